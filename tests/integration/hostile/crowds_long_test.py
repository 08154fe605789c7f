"""Crowds of strangers at full size, and ten thousand who are welcome and do nothing. Prints what it measured.

10,000 idle sessions for 60 s; 2,000 a second who connect and close, for 60 s; 5,000 half handshakes, 1,000
who read nothing and 1,000 of a byte a second at once. Each in plaintext and in TLS.
"""

import json
import time
import unittest

import cases
import crowds
import nodes
from crowds import MIB
from hostile import ESTABLISHED, POOLS_BYTES, HostileTest, SecureHostileTest
from nodes import eventually
from oracle import Oracle

SESSION_BYTES_MAX = {"plaintext": 4096, "TLS": 6144}


class FullSize(crowds.Crowds):
    half, deaf, slow = 5000, 1000, 1000
    churned = 120_000
    sees_slow_writers_off = True
    handshake_ms, stall_ms, ping_ms = 30_000, 10_000, 2000
    idle, few, idle_s = 10_000, 1000, 60

    def hold(self, node: nodes.Node, count: int):
        """So many sessions that do nothing but answer the node's pings; when all of them are there."""
        before = node.sum("ringwire_sessions")
        load = self.start_load("--to", node.enode, "--connections", count, "--kind", "ping", "--rate", 1,
                               "--seconds", self.idle_s + 60, "--json")
        self.assertTrue(eventually(lambda: node.sum("ringwire_sessions") == before + count
                                   or load.poll() is not None))
        self.assertEqual(node.sum("ringwire_sessions"), before + count)
        return load

    def test_ten_thousand_idle_sessions_are_a_minute_of_nothing(self):
        """They are of nodes nearby, whom no limit holds back. The first thousand are there before anything is
        counted: what any session at all makes a node touch is not what one costs."""
        node = self.start("node", "--memory.receive-buffers", 256, "--memory.bulk-buffers", 2,
                          "--limits.connections-max", self.idle + self.few + 200, "--limits.inbound-max",
                          self.idle + self.few + 100, "--limits.outbound-max", 8)
        bound = self.idle * SESSION_BYTES_MAX[self.carriage]
        with Oracle(self, node, rss_growth_bytes=POOLS_BYTES + bound + 32 * MIB,
                    rss_left_bytes=POOLS_BYTES + 32 * MIB, cores=1) as oracle:
            loads = [self.hold(node, self.few)]
            rss = node.rss_bytes()
            loads.append(self.hold(node, self.idle))
            opened_s = time.monotonic() - oracle.began
            opening_cpu_s = oracle.cpu_time() - oracle.cpu_s
            began, cpu_s = time.monotonic(), oracle.cpu_time()
            while time.monotonic() < began + self.idle_s:
                self.assertEqual(node.sum("ringwire_sessions"), self.idle + self.few + 1)
                time.sleep(1)
            grown, idle_cpu_s = node.rss_bytes() - rss, oracle.cpu_time() - cpu_s
            if not nodes.SANITIZED:
                self.assertLessEqual(grown, bound, "bytes for idle sessions")
            for load in loads:
                said, complaints = load.communicate(timeout=nodes.LIVENESS_S + self.idle_s + 60)
                self.assertEqual(load.returncode, 0, said + complaints)
                self.assertEqual(json.loads(said)["lost"], 0)
            oracle.at_least(ESTABLISHED, self.idle + self.few)
        sessions = self.idle + self.few
        self.tell("idle sessions", f"{self.idle} for {self.idle_s} s",
                  f"{grown / self.idle:.0f} bytes of RSS each beside the first {self.few}",
                  f"{100 * idle_cpu_s / self.idle_s:.1f} % of a core",
                  f"opened at {sessions / opened_s:.0f}/s",
                  f"{1e6 * opening_cpu_s / sessions:.0f} us of CPU for each of these",
                  *oracle.told_figures())


class Plaintext(FullSize, HostileTest):
    pass


class Tls(FullSize, SecureHostileTest):
    pass


if __name__ == "__main__":
    unittest.TestCase.maxDiff = None
    cases.main()

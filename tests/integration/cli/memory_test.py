"""The memory plan: what --explain-memory prints is more than what the node takes, also when it is flooded."""

import pathlib
import re
import subprocess
import unittest

import cases
import nodes
import wire
from nodes import DRIVERS, LIVENESS_S, RINGWIRE, eventually

# Small enough to be filled in seconds.
SMALL = ["--shards", "2", "--memory.relay-heap-mb", "32", "--memory.receive-buffers", "256",
         "--memory.bulk-buffers", "2", "--memory.peer-queue-kb", "8192", "--gossip.pool-mb", "16",
         "--gossip.pool-transactions", "8192", "--gossip.seen-messages", "65536",
         "--limits.stall-timeout-ms", "60000"]


class Refused(nodes.NodeTest):
    def refusal(self, status: int, *flags, launcher=()) -> str:
        ran = subprocess.run([*launcher, RINGWIRE, "node", "--listen", "127.0.0.1:0", "--metrics.addr",
                              "127.0.0.1:0", "--insecure-plaintext", *map(str, flags)], text=True, capture_output=True, timeout=LIVENESS_S, check=False)
        self.assertEqual((ran.returncode, ran.stdout), (status, ""), ran)
        self.assertEqual(len(ran.stderr.splitlines()), 1, ran.stderr)
        return ran.stderr

    def test_a_plan_above_the_ceiling_is_wrong_input(self):
        needed = nodes.plan_bytes("--shards", 2) // (1 << 20) + 1
        said = self.refusal(2, "--shards", 2, "--memory.total-mb", needed - 1)
        self.assertIn(f"memory.total-mb: the parts need {needed} MiB", said)
        self.assertIn("--explain-memory", said)
        node = self.start("fits", "--shards", 2, "--memory.total-mb", needed)
        self.assertEqual(node.end(), 0)

    def test_a_plan_above_what_the_process_may_have_is_refused(self):
        limited = ["bash", "-c", 'ulimit -v 300000 && exec "$0" "$@"']
        said = self.refusal(1, "--shards", 2, launcher=limited)
        self.assertRegex(said, r"^memory: the plan needs \d+ MiB, its own limit \(ulimit -v\) allows 292 MiB; ")
        self.assertIn("--explain-memory", said)


@unittest.skipIf(nodes.SANITIZED, "a sanitizer keeps freed memory")
class Flood(nodes.NodeTest):
    def peak_bytes(self, node) -> int:
        status = pathlib.Path(f"/proc/{node.pid}/status").read_text()
        return int(re.search(r"^VmHWM:\s+(\d+) kB$", status, re.M).group(1)) * 1024

    def test_a_flooded_node_stays_within_its_plan(self):
        for driver in DRIVERS:
            with self.subTest(driver=driver):
                flags = [*SMALL, "--driver", driver]
                node = self.start(driver, *flags)
                self.flood(node)
                self.assertLess(self.peak_bytes(node), nodes.plan_bytes(*flags))
                # It is well: who behaves is served.
                ran = self.run_load("--to", node.enode, "--kind", "ping", "--rate", 100, "--seconds", 1)
                self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
                self.assertEqual(node.end(), 0)

    def flood(self, node):
        deaf = [self.peer(node) for _ in range(10)]  # they are sent everything and read nothing
        # Unfinished messages of 1 MiB.
        begun = wire.frame(wire.APP_DATA, bytes(1 << 20))
        for _ in range(30):
            self.peer(node).send(begun[:700_000])
        # Transactions as large as they get, as fast as they go: pool, seen cache, queues of the deaf.
        loads = [self.start_load("--to", node.enode, "--connections", 4, "--rate", 20000, "--seconds", 10,
                                 "--size", size) for size in (400, 4096, 65536)]
        full = eventually(lambda: node.sum("ringwire_refusals_total", "shed")
                          + node.sum("ringwire_refusals_total", "too_slow")
                          + node.sum("ringwire_heap_refused_total") > 0)
        self.assertTrue(full, "the flood was none: " + str(node.metrics()))
        # And on, at the limit.
        taken = node.sum("ringwire_driver_received_bytes_total")
        self.assertTrue(eventually(lambda: node.sum("ringwire_driver_received_bytes_total")
                                   > taken + (64 << 20)))
        for load in loads:
            load.kill()
            load.wait()
        self.assertIsNone(node.process.poll())
        self.assertEqual(len(deaf), 10)

    def peer(self, node) -> wire.Peer:
        peer = wire.Peer(node.address, node.key)
        self.addCleanup(peer.close)
        peer.establish()
        return peer


if __name__ == "__main__":
    cases.main()

"""The memory plan: what --explain-memory prints is more than what the node takes, also when it is flooded."""

import pathlib
import re
import subprocess
import unittest

import cases
import nodes
import wire
from nodes import DRIVERS, LIVENESS_S, RINGWIRE

# Small enough to be filled in seconds. Peers prove who they are in Python, on a machine that may be busy: the
# deadline for it is not what is tested here.
SMALL = ["--shards", "2", "--memory.relay-heap-mb", "32", "--memory.receive-buffers", "256",
         "--memory.bulk-buffers", "2", "--memory.peer-queue-kb", "8192", "--gossip.pool-mb", "16",
         "--gossip.pool-transactions", "8192", "--gossip.seen-messages", "65536",
         "--limits.stall-timeout-ms", "60000", "--limits.handshake-timeout-ms", "60000"]


class Refused(nodes.NodeTest):
    def refusal(self, status: int, *flags, launcher=()) -> str:
        command = [*launcher, RINGWIRE, "node", "--listen", "127.0.0.1:0", "--metrics.addr", "127.0.0.1:0",
                   "--insecure-plaintext", *map(str, flags)]
        ran = subprocess.run(command, text=True, capture_output=True, timeout=LIVENESS_S, check=False)
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

    @unittest.skipIf(nodes.SANITIZED, "a sanitizer reserves more than any limit")
    def test_a_plan_above_what_the_process_may_have_is_refused(self):
        limited = ["bash", "-c", 'ulimit -v 300000 && exec "$0" "$@"']
        said = self.refusal(1, "--shards", 2, launcher=limited)
        self.assertRegex(said, r"^memory: the plan needs \d+ MiB, its own limit .ulimit -v. allows 292 MiB; ")
        self.assertIn("--explain-memory", said)


@unittest.skipIf(nodes.SANITIZED, "a sanitizer keeps freed memory")
class Flood(nodes.NodeTest):
    def peak_bytes(self, node) -> int:
        status = pathlib.Path(f"/proc/{node.pid}/status").read_text()
        return int(re.search(r"^VmHWM:\s+(\d+) kB$", status, re.M).group(1)) * 1024

    def test_d13_a_flooded_node_stays_within_its_plan_and_serves_again(self):
        for driver in DRIVERS:
            with self.subTest(driver=driver):
                flags = [*SMALL, "--driver", driver]
                node = self.start(driver, *flags)
                for _ in range(3):
                    self.flood(node)
                gone = [node.sum("ringwire_refusals_total", reason) for reason in ("shed", "too_slow")]
                self.assertGreater(sum(gone), 0, "the flood was none")
                self.assertLess(self.peak_bytes(node), nodes.plan_bytes(*flags))
                ran = self.run_load("--to", node.enode, "--kind", "ping", "--connections", 4, "--rate", 50,
                                    "--seconds", 2)
                self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
                self.assertEqual(node.end(), 0)

    def flood(self, node):
        deaf = [self.peer(node) for _ in range(10)]  # they are sent everything and read nothing
        # Unfinished messages of 1 MiB.
        begun = wire.frame(wire.APP_DATA, bytes(1 << 20))
        for _ in range(10):
            deaf.append(self.peer(node))
            deaf[-1].send(begun[:700_000])
        # Transactions of all sizes, faster than they can be relayed: pool, seen cache, queues of the deaf.
        loads = [self.start_load("--to", node.enode, "--connections", 2, "--rate", rate, "--seconds", 2,
                                 "--size", size) for size, rate in ((400, 5000), (4096, 2000), (65536, 500))]
        for load in loads:
            load.communicate(timeout=2 * LIVENESS_S)
        self.assertIsNone(node.process.poll(), node.log.read_text())
        for peer in deaf:
            peer.close()

    def peer(self, node) -> wire.Peer:
        peer = wire.Peer(node.address, node.key)
        self.addCleanup(peer.close)
        peer.establish()
        return peer


if __name__ == "__main__":
    cases.main()

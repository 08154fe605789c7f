"""Each rule of the oracle finds what it is for; and a node to which nothing happens passes."""

import contextlib
import signal
import socket
import time
import unittest
from unittest import mock

import cases
import nodes
import oracle
import wire
from hostile import BAD_PROTOCOL, ESTABLISHED, HostileTest, counter, frames
from oracle import Oracle
from wire import PUBLISH, frame, publish


class Rules(HostileTest):
    def setUp(self):
        super().setUp()
        # What does not come back will not come back.
        for name, limit_s in (("BACK_LIMIT_S", 0.5), ("RSS_LIMIT_S", 0.5)):
            self.enterContext(mock.patch.object(oracle, name, limit_s))
        self.node = self.start_public()

    @contextlib.contextmanager
    def finding(self, rule: str, **bounds):
        """An attack that the oracle does not let pass."""
        with self.assertRaisesRegex(AssertionError, f"^(.|\n)*{rule}: "):
            with Oracle(self, self.node, **bounds) as watching:
                watching.at_least(ESTABLISHED, 1)
                self.is_served(self.peer(self.node))
                yield watching

    def test_nothing_happens(self):
        with Oracle(self, self.node) as watching:
            watching.at_least(ESTABLISHED, 1)
            self.is_served(self.peer(self.node))

    def test_u1_a_node_that_died(self):
        with self.finding("U1"):
            self.node.kill()

    def test_u1_a_status_that_is_not_0(self):
        with self.finding("U1"):
            self.enterContext(mock.patch.object(self.node, "terminate", self.node.process.kill))

    def test_u2_a_node_that_answers_late(self):
        with self.finding("U2"):
            self.node.process.send_signal(signal.SIGSTOP)
            time.sleep(3 * oracle.CONNECT_LIMIT_S)
            self.node.process.send_signal(signal.SIGCONT)

    @unittest.skipIf(nodes.SANITIZED, "a sanitizer keeps freed memory")
    def test_u3_memory(self):
        with self.finding("U3", rss_growth_bytes=1 << 20):
            self.peer(self.node).send(frame(PUBLISH, publish(b"t", bytes(4_000_000))))
            time.sleep(0.2)

    def test_u4_descriptors(self):
        with self.finding("U4"):
            for _ in range(4):
                source = (next(self.strangers), 0)
                stays = socket.create_connection(self.node.address, nodes.LIVENESS_S, source)
                self.addCleanup(stays.close)

    def test_u5_lines_in_the_log(self):
        with mock.patch.multiple(oracle, LOG_BURST_BYTES=0, LOG_BYTES_PER_S=0), self.finding("U5"):
            self.assertTrue(nodes.eventually(lambda: "127.1.0.1" in self.node.log.read_text()))

    @unittest.skipIf(nodes.SANITIZED, "a sanitizer takes its time")
    def test_u6_time_of_the_cpu(self):
        with self.finding("U6", cores=0):
            peer = self.peer(self.node)
            for number in range(3000):
                peer.send(frame(PUBLISH, publish(b"t", b"%d" % number)))
            self.is_served(peer)

    def test_u7_a_counter_that_did_not_rise_or_rose_too_far(self):
        with self.finding("U7") as watching:
            watching.expect(frames("unknown_type"))
        self.node = self.start_public(name="another")
        with self.finding("U7") as watching:
            for _ in range(2):
                peer = self.peer(self.node)
                peer.send(frame(0x7F))
                self.assertEqual(peer.farewell(), BAD_PROTOCOL)
            watching.expect(frames("unknown_type"))

    def test_u8_who_offends_unpunished_and_who_is_punished_for_others(self):
        with self.finding("U8") as watching:
            watching.offender("127.1.77.77")
        self.node = self.start_public(name="another")
        with self.finding("U8") as watching:
            framed = wire.Identity()
            peer = self.peer(self.node, identity=framed)
            peer.send(frame(0x7F))
            self.assertEqual(peer.farewell(), BAD_PROTOCOL)
            watching.expect(counter("ledger_charges", "bad_frame"), 2)
            watching.innocent(framed.id)


if __name__ == "__main__":
    unittest.TestCase.maxDiff = None
    cases.main()

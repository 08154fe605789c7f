"""A node whose output nobody reads, or nobody reads any more, goes on and ends as any other."""

import os
import re

import cases
import nodes
from nodes import eventually


class Unread(nodes.NodeTest):
    def setUp(self):
        super().setUp()
        self.reader, self.writer = os.pipe()
        os.set_blocking(self.reader, False)
        self.said = b""
        self.addCleanup(os.close, self.writer)

    def heard(self) -> bytes:
        """All that came through the pipe so far."""
        try:
            self.said += os.read(self.reader, 1 << 20)
        except BlockingIOError:
            pass
        return self.said

    def fill_pipe(self):
        # Opened anew, so that this end alone does not wait.
        end = os.open(f"/proc/self/fd/{self.writer}", os.O_WRONLY | os.O_NONBLOCK)
        try:
            while True:
                os.write(end, bytes(4096))
        except BlockingIOError:
            os.close(end)

    def start_into_pipe(self) -> nodes.Node:
        node = self.launch("a", stderr=self.writer)
        node.wait_ready()
        self.assertTrue(eventually(lambda: re.search(rb"metrics: \S+\n", self.heard())))
        node.log.write_bytes(self.said)
        return node

    def give_it_something_to_log(self, node: nodes.Node):
        ran = self.run_load("--to", node.enode, "--connections", 4, "--rate", 100, "--seconds", 1)
        self.assertEqual(ran.returncode, 0, ran.stderr)

    def test_a_log_whose_reader_does_not_read_holds_up_nothing(self):
        self.addCleanup(os.close, self.reader)
        node = self.start_into_pipe()
        self.fill_pipe()
        self.give_it_something_to_log(node)
        self.give_it_something_to_log(node)
        self.assertEqual(node.end(), 0)

    def test_what_waited_is_written_once_the_reader_reads_on(self):
        self.addCleanup(os.close, self.reader)
        node = self.start_into_pipe()
        self.fill_pipe()
        self.give_it_something_to_log(node)
        self.assertTrue(eventually(lambda: self.heard().count(b" session closed ") == 4))
        self.assertEqual(node.end(), 0)

    def test_a_log_whose_reader_is_gone_ends_nothing(self):
        node = self.start_into_pipe()
        os.close(self.reader)
        self.give_it_something_to_log(node)
        self.assertTrue(eventually(lambda: node.sum("ringwire_log_lost_total", "write_failed") > 0))
        self.give_it_something_to_log(node)
        self.assertEqual(node.end(), 0)

    def test_a_ready_line_for_nobody_is_an_error_with_its_reason(self):
        os.close(self.reader)
        node = self.launch("a", stdout=self.writer)
        self.assertEqual(node.ended(), 1)
        self.assertIn("standard output: cannot say ready: Broken pipe", node.log.read_text())


if __name__ == "__main__":
    cases.main()

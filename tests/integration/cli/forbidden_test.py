"""Where the kernel refuses io_uring: nodes run on epoll and say so, or say why they do not run."""

import os
import pathlib
import socket
import subprocess
import sys
import unittest

import cases
import nodes
from nodes import LIVENESS_S, RINGWIRE

DENY = pathlib.Path(os.environ["RINGWIRE_SOURCE"]) / "tests/support/deny.py"
# A filter or security module; a kernel without it; a sandbox that hides it.
ERRORS = ("EPERM", "ENOSYS", "EACCES")


def without_uring(error: str) -> list[str]:
    return [sys.executable, str(DENY), f"io_uring_setup={error}", "--"]


class WithoutUring(nodes.NodeTest):
    def test_auto_starts_on_epoll_and_says_why(self):
        allowed = self.start("allowed")
        for error in ERRORS:
            with self.subTest(error=error):
                node = self.start(error, "--peer", allowed.enode, launcher=without_uring(error))
                said = node.log.read_text().splitlines()
                choice = next(line for line in said if line.startswith("driver: "))
                self.assertTrue(choice.startswith("driver: epoll"), choice)
                self.assertIn("io_uring cannot be used: ", choice)
                self.assertIn("ENOSYS" if error == "ENOSYS" else "EPERM", choice)
                self.assertTrue(nodes.eventually(lambda: node.sum("ringwire_sessions") == 1))
                ran = self.run_load("--to", node.enode, "--rate", 100, "--seconds", 1, "--check",
                                    "--delivery-log", node.deliveries, "--delivery-log", allowed.deliveries)
                self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
                self.assertEqual(node.end(), 0)

    def test_where_it_was_asked_for_the_node_does_not_start(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = f"127.0.0.1:{taken.getsockname()[1]}"
        for error in ERRORS:
            with self.subTest(error=error):
                command = [RINGWIRE, "node", "--driver", "uring", "--listen", address, "--insecure-plaintext"]
                ran = subprocess.run([*without_uring(error), *command], text=True, capture_output=True,
                                     timeout=LIVENESS_S, check=False)
                self.assertEqual((ran.returncode, ran.stdout), (1, ""), ran)
                self.assertEqual(len(ran.stderr.splitlines()), 1, ran.stderr)
                self.assertTrue(ran.stderr.startswith("driver: io_uring cannot be used: "), ran.stderr)
                self.assertIn("--driver auto", ran.stderr)

    def test_doctor_advises_and_the_generator_runs_all_the_same(self):
        ran = subprocess.run([*without_uring("EPERM"), RINGWIRE, "doctor"], text=True, capture_output=True,
                             timeout=LIVENESS_S, check=False)
        self.assertIn("not usable; nodes use epoll", ran.stdout)
        node = self.start("node")
        ran = subprocess.run([*without_uring("EPERM"), RINGWIRE, "load", "--insecure-plaintext", "--to",
                              node.enode, "--kind", "ping", "--rate", "100", "--seconds", "1"], text=True,
                             capture_output=True, timeout=LIVENESS_S, check=False)
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)


if __name__ == "__main__":
    cases.main()

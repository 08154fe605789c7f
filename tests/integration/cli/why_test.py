"""`ringwire why` against running nodes, and bans over a restart."""

import json
import socket
import subprocess
import unittest

import cases
from nodes import LIVENESS_S, RINGWIRE, NodeTest, eventually


def why(peer: str, address: str, *flags: str) -> subprocess.CompletedProcess:
    return subprocess.run([RINGWIRE, "why", peer, "--to", address, *flags], text=True, capture_output=True,
                          timeout=LIVENESS_S, check=False)


class Why(NodeTest):
    def asked(self, peer: str, node) -> dict:
        ran = why(peer, node.metrics_address, "--json")
        self.assertEqual((ran.returncode, ran.stderr), (0, ""), ran)
        return json.loads(ran.stdout)

    def offend(self, node) -> None:
        """A stranger's nonsense, from 127.0.0.1."""
        with socket.create_connection(node.address, timeout=LIVENESS_S) as stranger:
            stranger.sendall(b"x" * 200)
            stranger.settimeout(LIVENESS_S)
            try:
                while stranger.recv(4096):
                    pass
            except ConnectionResetError:
                pass

    def test_of_whom_nothing_is_known(self):
        node = self.start("a")
        self.assertEqual(self.asked("192.0.2.7", node)["known"], False)
        self.assertIn("nothing is known", why("ab" * 32, node.metrics_address).stdout)

    def test_shows_what_an_address_did_and_keeps_its_ban_over_a_kill(self):
        node = self.start("a", "--limits.treat-loopback-as-public")
        for _ in range(3):
            self.offend(node)
        self.assertTrue(eventually(lambda: self.asked("127.0.0.1", node).get("changes_total") == 3))
        answer = self.asked("127.0.0.1", node)
        self.assertEqual({change["reason"] for change in answer["changes"]}, {"bad_frame"})
        self.assertLess(answer["score"], -25)
        text = why("127.0.0.1", node.metrics_address).stdout
        self.assertIn("bad_frame", text)
        self.assertIn("not banned", text)
        while self.asked("127.0.0.1", node)["banned_for_seconds"] is None:
            self.offend(node)
        self.assertRegex(why("127.0.0.1", node.metrics_address).stdout, "banned, another [45] min")
        self.assertTrue(eventually(lambda: node.sum("ringwire_ban_file_saved_total") >= 1))
        node.kill()

        again = self.start("a", "--limits.treat-loopback-as-public")
        answer = self.asked("127.0.0.1", again)
        self.assertGreater(answer["banned_for_seconds"], 0)
        self.assertLess(answer["banned_for_seconds"], 300)
        self.assertEqual(answer["bans"], 1)

    def test_a_loopback_address_is_not_charged_by_default(self):
        node = self.start("a")
        for _ in range(10):
            self.offend(node)
        self.assertEqual(self.asked("127.0.0.1", node)["known"], False)

    def test_wrong_input(self):
        node = self.start("a")
        for peer, address in (("somebody", node.metrics_address), ("192.0.2.7", "nowhere")):
            ran = why(peer, address)
            self.assertEqual((ran.returncode, ran.stdout), (2, ""), ran)
            self.assertNotEqual(ran.stderr, "")

    def test_no_answer(self):
        with socket.create_server(("127.0.0.1", 0)) as closed:
            address = "127.0.0.1:%d" % closed.getsockname()[1]
        ran = why("192.0.2.7", address)
        self.assertEqual((ran.returncode, ran.stdout), (1, ""), ran)

    def test_the_examples_in_help_work(self):
        node = self.start("a")
        text = subprocess.run([RINGWIRE, "why", "--help"], text=True, capture_output=True, timeout=LIVENESS_S,
                              check=True).stdout
        examples = [line.strip() for line in text.splitlines() if line.startswith("  ringwire why ")]
        self.assertEqual(len(examples), 2, text)
        for example in examples:
            words = example.replace("127.0.0.1:9000", node.metrics_address).split()[1:]
            ran = subprocess.run([RINGWIRE, *words], capture_output=True, timeout=LIVENESS_S, check=False)
            self.assertEqual((ran.returncode, ran.stderr), (0, b""), ran)


if __name__ == "__main__":
    unittest.TestCase.maxDiff = None
    cases.main()

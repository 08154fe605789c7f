"""Nodes and the traffic generator as processes: what ./tools/demo shows, in small."""

import json
import socket
import subprocess

import cases
import nodes
from nodes import LIVENESS_S, RINGWIRE


class Network(nodes.NodeTest):
    def test_every_node_delivers_every_transaction_exactly_once(self):
        for driver in ("auto", "epoll"):
            with self.subTest(driver=driver):
                mesh = []
                for name in (f"{driver}1", f"{driver}2", f"{driver}3"):
                    peers = [flag for node in mesh for flag in ("--peer", node.enode)]
                    mesh.append(self.start(name, "--driver", driver, *peers))
                logs = [flag for node in mesh for flag in ("--delivery-log", node.deliveries)]
                ran = self.run_load("--to", mesh[0].enode, "--rate", 200, "--seconds", 2, "--json",
                                    "--check", *logs)
                self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
                report = json.loads(ran.stdout)
                self.assertEqual((report["lost"], report["duplicated"]), (0, 0))
                self.assertGreater(report["published"], 0)
                for node in mesh:
                    lines = node.deliveries.read_text().splitlines()
                    self.assertEqual(len(lines), report["published"])
                    self.assertEqual(len(set(lines)), len(lines))
                    for line in lines:
                        self.assertRegex(line, r"^\w+ (0x)?[0-9a-f]{64} \d+$")
                self.assertEqual([node.end() for node in mesh], [0, 0, 0])

    def test_a_node_keeps_its_key_across_runs_and_says_one_line(self):
        first = self.start("a")
        key = first.key
        self.assertEqual(first.end(), 0)
        self.assertEqual(len(first.output.read_text().splitlines()), 1)
        again = self.start("a")
        self.assertEqual(key, again.key)
        self.assertEqual(again.end(), 0)
        shown = subprocess.run([RINGWIRE, "key", "show", self.folder / "a/node.key"], text=True,
                               capture_output=True, timeout=LIVENESS_S, check=True).stdout
        self.assertIn(key.hex(), shown)

    def test_load_says_when_there_is_nobody_to_talk_to(self):
        node = self.start("gone")
        self.assertEqual(node.end(), 0)
        ran = self.run_load("--to", node.enode, "--rate", "10", "--seconds", "1")
        self.assertEqual(ran.returncode, 1, ran.stdout)
        self.assertIn("Connection refused", ran.stdout)

    def test_a_port_in_use_is_status_1_and_named(self):
        with socket.create_server(("127.0.0.1", 0)) as other:
            address = f"127.0.0.1:{other.getsockname()[1]}"
            ran = subprocess.run([RINGWIRE, "node", "--listen", address, "--insecure-plaintext"], text=True,
                                 capture_output=True, timeout=LIVENESS_S, check=False)
        self.assertEqual((ran.returncode, ran.stdout), (1, ""), ran.stderr)
        self.assertIn(address, ran.stderr)


if __name__ == "__main__":
    cases.main()

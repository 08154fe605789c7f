"""Nodes and the traffic generator as processes: what ./tools/demo shows, in small, and how a node ends."""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import time
import unittest

import cases

RINGWIRE = os.environ["RINGWIRE_BINARY"]
LIVENESS_S = 60  # catches a hang; a loaded machine may take its time


class Network(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.nodes = []
        self.addCleanup(self.stop_all)

    def stop_all(self):
        for node in self.nodes:
            node.kill()
            node.wait()

    def start_node(self, name: str, *flags: str) -> str:
        """Starts a node of two shards; its enode, once it is ready."""
        output, log = self.folder / f"{name}.out", self.folder / f"{name}.err"
        with output.open("w") as out, log.open("w") as err:
            self.nodes.append(subprocess.Popen(
                [RINGWIRE, "node", "--datadir", self.folder / name, "--listen", "127.0.0.1:0",
                 "--shards", "2", "--insecure-plaintext", "--delivery-log", self.folder / f"{name}.log",
                 *flags],
                stdout=out, stderr=err))
        deadline = time.monotonic() + LIVENESS_S
        while not (text := output.read_text()).endswith("\n"):
            self.assertIsNone(self.nodes[-1].poll(), log.read_text())
            self.assertLess(time.monotonic(), deadline, log.read_text())
            time.sleep(0.02)
        self.assertRegex(text, r"^ready enode://[0-9a-f]{128}@127\.0\.0\.1:[1-9]\d*\n$")
        return text.split()[1]

    def end(self, node: subprocess.Popen) -> int:
        node.send_signal(signal.SIGTERM)
        return node.wait(LIVENESS_S)

    def load(self, *flags: str):
        return subprocess.run([RINGWIRE, "load", *flags], text=True, capture_output=True,
                              timeout=LIVENESS_S, check=False)

    def test_every_node_delivers_every_transaction_exactly_once(self):
        for driver in ("auto", "epoll"):
            with self.subTest(driver=driver):
                enodes, logs = [], []
                for name in (f"{driver}1", f"{driver}2", f"{driver}3"):
                    peers = [flag for enode in enodes for flag in ("--peer", enode)]
                    enodes.append(self.start_node(name, "--driver", driver, *peers))
                    logs += ["--delivery-log", str(self.folder / f"{name}.log")]
                flags = ["--rate", "200", "--seconds", "2", "--json", "--check", *logs]
                ran = self.load("--to", enodes[0], *flags)
                self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
                report = json.loads(ran.stdout)
                self.assertEqual((report["lost"], report["duplicated"]), (0, 0))
                self.assertGreater(report["published"], 0)
                for name in (f"{driver}1", f"{driver}2", f"{driver}3"):
                    lines = (self.folder / f"{name}.log").read_text().splitlines()
                    self.assertEqual(len(lines), report["published"])
                    self.assertEqual(len(set(lines)), len(lines))
                    for line in lines:
                        self.assertRegex(line, r"^\w+ (0x)?[0-9a-f]{64} \d+$")
                self.assertEqual([self.end(node) for node in self.nodes[-3:]], [0, 0, 0])

    def test_a_node_keeps_its_key_across_runs_and_says_one_line(self):
        first = self.start_node("a")
        self.assertEqual(self.end(self.nodes[-1]), 0)
        self.assertEqual(len((self.folder / "a.out").read_text().splitlines()), 1)
        again = self.start_node("a")
        self.assertEqual(first.split("@")[0], again.split("@")[0])
        self.assertEqual(self.end(self.nodes[-1]), 0)
        shown = subprocess.run([RINGWIRE, "key", "show", self.folder / "a/node.key"], text=True,
                               capture_output=True, timeout=LIVENESS_S, check=True).stdout
        self.assertIn(re.search(r"enode://(\w+)@", first).group(1), shown)

    def test_load_says_when_there_is_nobody_to_talk_to(self):
        enode = self.start_node("gone")
        self.assertEqual(self.end(self.nodes[-1]), 0)
        ran = self.load("--to", enode, "--rate", "10", "--seconds", "1")
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

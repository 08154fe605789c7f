"""`ringwire stats` against running nodes, and what they serve over HTTP for it."""

import json
import re
import signal
import socket
import subprocess
import threading
import unittest
import urllib.error

import cases
from nodes import LIVENESS_S, RINGWIRE, NodeTest, eventually

VIEWS = ["latency", "peers", "memory", "shards"]
METRICS_BYTES_PER_SHARD = 48 * 1024  # engine/node/http_desk.hpp, part of the memory plan


def stats(view: str, address: str, *flags: str, patience_s: int = LIVENESS_S) -> subprocess.CompletedProcess:
    return subprocess.run([RINGWIRE, "stats", view, "--to", address, "--timeout", str(patience_s), *flags],
                          text=True, capture_output=True, timeout=3 * LIVENESS_S, check=False)


class Stats(NodeTest):
    def shown(self, view: str, node, *flags: str) -> str:
        ran = stats(view, node.metrics_address, *flags)
        self.assertEqual((ran.returncode, ran.stderr), (0, ""), ran)
        return ran.stdout

    def json(self, view: str, node):
        return json.loads(self.shown(view, node, "--json"))

    def start_pair(self):
        """Two connected nodes through which transactions have gone."""
        first, second = self.start_mesh(2, "--limits.ping-interval-ms", "100")
        ran = self.run_load("--to", first.enode, "--rate", "200", "--seconds", "1", "--json", "--check",
                            "--delivery-log", first.deliveries, "--delivery-log", second.deliveries)
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
        return first, second

    def table(self, text: str) -> list[dict[str, str]]:
        """Rows by title; columns are where the titles are, so this fails where they are not aligned."""
        lines = text.splitlines()
        titles = [(m.group(), m.start(), m.end()) for m in re.finditer(r"\S+(?: \S+)*", lines[1])]
        rows = []
        for line in lines[2:]:
            cells = [(m.group(), m.start(), m.end()) for m in re.finditer(r"\S+(?: \S+)*", line)]
            row = {}
            for cell, start, end in cells:
                under = [title for title, left, right in titles if left == start or right == end]
                if len(cells) > 1:
                    self.assertEqual(len(under), 1, f"{cell!r} is under no title:\n{text}")
                    row[under[0]] = cell
            if row:
                rows.append(row)
        return rows

    def test_the_examples_in_help_work(self):
        node = self.start("a")
        for command in ([], *([view] for view in VIEWS)):
            text = subprocess.run([RINGWIRE, "stats", *command, "--help"], text=True, capture_output=True,
                                  timeout=LIVENESS_S, check=True).stdout
            examples = re.findall(r"^  ringwire (stats .+)$", text, re.M)
            self.assertGreaterEqual(len(examples), 2)
            for example in examples:
                words = example.replace("127.0.0.1:9000", node.metrics_address).split()
                with self.subTest(example=example):
                    self.watched(words) if "--watch" in words else self.done(words)

    def done(self, words):
        ran = subprocess.run([RINGWIRE, *words], capture_output=True, timeout=LIVENESS_S, check=False)
        self.assertEqual((ran.returncode, ran.stderr), (0, b""), ran)
        self.assertNotEqual(ran.stdout, b"")

    def watched(self, words, count: int = 1) -> list[str]:
        """The first looks; ends like a person ends it."""
        with subprocess.Popen([RINGWIRE, *words], text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as watch:
            self.processes.append(watch)
            killer = threading.Timer(LIVENESS_S, watch.kill)
            killer.start()
            looks = [""]
            while len(looks) < count + 2:
                line = watch.stdout.readline()
                if not line:
                    break
                if line.startswith(("node ", "{")):
                    looks.append("")
                looks[-1] += line
            killer.cancel()
            watch.send_signal(signal.SIGINT)
            self.assertEqual(watch.stderr.read(), "")
        self.assertEqual(len(looks), count + 2, looks)
        return looks[1:count + 1]

    def test_peers_are_listed_with_what_they_are(self):
        first, second = self.start_pair()
        self.assertTrue(eventually(lambda: None not in [
            peer["round_trip_us"] for peer in self.json("peers", first)["peers"]]))
        [peer] = self.json("peers", first)["peers"]
        [mirror] = self.json("peers", second)["peers"]
        shown = subprocess.run([RINGWIRE, "key", "show", self.folder / "node1/node.key", "--json"], text=True,
                               capture_output=True, timeout=LIVENESS_S, check=True).stdout
        self.assertEqual(peer["id"], json.loads(shown)["id"])
        self.assertEqual({peer["direction"], mirror["direction"]}, {"in", "out"})
        version = json.loads(subprocess.run([RINGWIRE, "version", "--json"], capture_output=True,
                                            timeout=LIVENESS_S, check=True).stdout)["version"]
        self.assertEqual(peer["client"], f"ringwire/{version}")
        self.assertIn(peer["shard"], (0, 1))
        self.assertGreater(peer["connected_seconds"], 0)
        # Every transaction went from the first to the second, and about nothing the other way.
        self.assertGreater(peer["sent_bytes"], 200 * 100)
        self.assertGreater(mirror["received_bytes"], 200 * 100)
        self.assertLess(peer["received_bytes"], peer["sent_bytes"])
        [row] = [row for row in self.table(self.shown("peers", first)) if "id" in row]
        self.assertEqual((row["id"], row["address"], row["dir"]),
                         (peer["id"][:16], peer["address"], peer["direction"]))

    def test_bytes_to_a_peer_are_those_the_peer_received(self):
        first, second = self.start_pair()

        def settled():
            sent = self.json("peers", first)["peers"][0]["sent_bytes"]
            received = self.json("peers", second)["peers"][0]["received_bytes"]
            return abs(sent - received) < 200  # a ping or two may be under way

        self.assertTrue(eventually(settled))

    def test_latency_has_every_subsystem_that_worked(self):
        first, _ = self.start_pair()
        rows = self.json("latency", first)["latencies"]
        whole = {row["subsystem"]: row for row in rows if row["where"] == "all"}
        self.assertEqual(" ".join(whole), "turn securing handshake ping crossing decision send delivery")
        for subsystem in ("turn", "handshake", "ping", "decision", "delivery"):
            row = whole[subsystem]
            with self.subTest(subsystem=subsystem):
                self.assertGreater(row["count"], 0)
                us = row["latency_us"]
                self.assertLessEqual(us["p50"], us["p99"])
                self.assertLessEqual(us["p99"], us["p999"])
                self.assertLessEqual(us["p999"], us["max"])
        self.assertEqual(whole["decision"]["count"], 200)
        self.assertEqual(whole["delivery"]["count"], 200)
        for subsystem in ("handshake", "crossing", "decision", "delivery"):
            parts = [each for each in rows if each["subsystem"] == subsystem and each["where"] != "all"]
            self.assertEqual(sum(part["count"] for part in parts), whole[subsystem]["count"], subsystem)
        words = [row["subsystem"] for row in self.table(self.shown("latency", first)) if "subsystem" in row]
        self.assertEqual(words, list(whole))

    def test_shards_say_what_they_do(self):
        first, _ = self.start_pair()
        report = self.json("shards", first)
        self.assertEqual([shard["shard"] for shard in report["shards"]], [0, 1])
        self.assertEqual(sum(shard["sessions"] for shard in report["shards"]), 1)
        self.assertGreater(sum(shard["cpu_percent"] for shard in report["shards"]), 0)
        self.assertGreater(min(shard["turns_per_second"] for shard in report["shards"]), 0)
        self.assertEqual({shard["wait"] for shard in report["shards"]}, {"sleep"})
        rows = self.table(self.shown("shards", first))
        self.assertEqual([row["shard"] for row in rows], ["0", "1", "all"])

    def test_watching_shows_rates_between_looks(self):
        node = self.start("a", "--shards.busy-poll")
        looks = self.watched(["stats", "shards", "--to", node.metrics_address, "--watch", "1"], 2)
        self.assertIn("since the start", looks[0])
        self.assertRegex(looks[1], r"over the last \d+\.\d s|over the last \d+ min")
        self.assertIn("busy poll", looks[1])
        self.assertNotIn("\033", looks[0] + looks[1], "no terminal, no escapes")
        for line in self.watched(["stats", "shards", "--to", node.metrics_address, "--watch", "1", "--json"]):
            self.assertEqual(len(json.loads(line)["shards"]), 2)

    def test_memory_is_the_plan_of_this_configuration(self):
        for driver in ("uring", "epoll"):
            flags = ["--driver", driver, "--memory.relay-heap-mb", "24"]
            node = self.start(driver, *flags)
            planned = subprocess.run(
                [RINGWIRE, "node", "--explain-memory", "--insecure-plaintext", "--listen", "127.0.0.1:0",
                 "--metrics.addr", "127.0.0.1:0", "--shards", "2", *flags],
                text=True, capture_output=True, timeout=LIVENESS_S, check=True).stdout
            report = self.json("memory", node)
            self.assertEqual(report["plan_bytes"], int(re.search(r"^total +(\d+)", planned, re.M).group(1)))
            parts = {part["part"]: part for part in report["parts"]}
            [heap] = [part for name, part in parts.items() if name.startswith("heap: queues")]
            self.assertEqual(heap["plan_bytes"], 2 * 24 << 20)
            used = [part for part in parts.values() if part["used_bytes"] is not None]
            self.assertGreaterEqual(len(used), 8)
            for part in used:
                self.assertLessEqual(part["used_bytes"], part["plan_bytes"], part)
            self.assertGreater(report["resident_bytes"], 1 << 20)
            text = self.shown("memory", node)
            for name in parts:
                self.assertIn(f"\n{name} ", text)

    def test_metrics_stay_within_their_part_of_the_memory_plan(self):
        first, _ = self.start_pair()
        self.assertLess(len(first.get("/metrics")), METRICS_BYTES_PER_SHARD * 3)

    def test_a_crowd_that_asks_for_peers_gets_lists_or_is_told_to_come_again(self):
        node = self.start("a")
        host, port = node.metrics_address.split(":")
        with socket.create_connection((host, int(port)), LIVENESS_S) as one:
            one.settimeout(LIVENESS_S)
            one.sendall(b"GET /peers HTTP/1.1\r\nHost: x\r\n\r\nGET /peers HTTP/1.1\r\n\r\n")
            answer = b""
            while chunk := one.recv(65536):
                answer += chunk
        self.assertEqual(answer.count(b"HTTP/1.1 "), 1, "one request for each connection")
        self.assertTrue(answer.endswith(b'{"peers":[]}\n'), answer)
        answers, threads = [], []

        def ask():
            try:
                answers.append(node.get("/peers"))
            except urllib.error.HTTPError as error:
                answers.append(str(error.code))

        for _ in range(8):
            threads.append(threading.Thread(target=ask))
            threads[-1].start()
        for thread in threads:
            thread.join(LIVENESS_S)
        self.assertEqual(len(answers), 8)
        self.assertLessEqual(set(answers), {'{"peers":[]}\n', "503"})
        self.assertIn('{"peers":[]}\n', answers)


class LoadWithMetrics(NodeTest):
    def test_the_copies_of_all_nodes_are_weighed_against_what_they_relayed(self):
        nodes = self.start_mesh(2)
        logs = [word for node in nodes for word in ("--delivery-log", node.deliveries)]
        asked = [word for node in nodes for word in ("--metrics", node.metrics_address)]
        ran = self.run_load("--to", nodes[0].enode, "--rate", "200", "--seconds", "1", "--check", "--json",
                            *logs, *asked)
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
        report = json.loads(ran.stdout)
        self.assertEqual(report["nodes"], 2)
        copied = sum(node.sum("ringwire_copied_bytes_total") for node in nodes)
        relayed = sum(node.sum("ringwire_relayed_bytes_total") for node in nodes)
        self.assertGreater(relayed, 200 * 100)
        # What was copied before the load and after it: handshakes, pings.
        self.assertAlmostEqual(report["copied_per_relayed"], copied / relayed, delta=0.2)

    def test_a_node_without_metrics_is_named_before_anything_is_sent(self):
        node = self.start("a")
        with socket.create_server(("127.0.0.1", 0)) as server:
            nobody = f"127.0.0.1:{server.getsockname()[1]}"
        ran = self.run_load("--to", node.enode, "--metrics", nobody)
        self.assertEqual((ran.returncode, ran.stdout), (1, ""), ran)
        self.assertIn(f"{nobody}: nothing listens there", ran.stderr)
        self.assertEqual(node.sum("ringwire_driver_received_bytes_total", 'shard="1"'), 0)
        ran = self.run_load("--to", node.enode, "--metrics", "nonsense")
        self.assertEqual((ran.returncode, ran.stdout), (2, ""), ran)
        self.assertIn("flag --metrics", ran.stderr)


class NoAnswer(NodeTest):
    def refused(self, address: str, status: int = 1, patience_s: int = LIVENESS_S) -> str:
        ran = stats("peers", address, patience_s=patience_s)
        self.assertEqual((ran.returncode, ran.stdout), (status, ""), ran)
        self.assertEqual(ran.stderr.count("\n"), 1, ran.stderr)
        return ran.stderr

    def test_nobody_listens(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            address = f"127.0.0.1:{server.getsockname()[1]}"
        self.assertIn("nothing listens there", self.refused(address))

    def test_the_port_for_peers_is_not_the_port_for_metrics(self):
        node = self.start("a")
        self.assertIn("peers have another port", self.refused("%s:%d" % node.address))

    def test_another_program_is_no_ringwire_node(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            body = b"go_goroutines 7\n"

            def serve():
                peer, _ = server.accept()
                with peer:
                    peer.recv(65536)
                    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

            thread = threading.Thread(target=serve)
            thread.start()
            said = self.refused(f"127.0.0.1:{server.getsockname()[1]}")
            thread.join(LIVENESS_S)
        self.assertIn("not those of a ringwire node", said)

    def test_a_node_that_hangs_is_given_up(self):
        node = self.start("a")
        node.process.send_signal(signal.SIGSTOP)
        said = self.refused(node.metrics_address, patience_s=1)
        node.process.send_signal(signal.SIGCONT)
        self.assertIn("no answer within 1 s", said)

    def test_wrong_input_is_status_2(self):
        for address in ("localhost:9000", "127.0.0.1", "127.0.0.1:0", "http://127.0.0.1:9000/metrics"):
            self.assertIn("flag --to", self.refused(address, 2))
        for words in ([], ["nonsense"], ["peers"], ["peers", "--to", "127.0.0.1:9", "--watch", "0"],
                      ["peers", "--to", "127.0.0.1:9", "--timeout", "0"]):
            ran = subprocess.run([RINGWIRE, "stats", *words], capture_output=True, timeout=LIVENESS_S,
                                 check=False)
            self.assertEqual((ran.returncode, ran.stdout), (2, b""), ran)


if __name__ == "__main__":
    unittest.TestCase.maxDiff = None
    cases.main()

"""Nodes and traffic generators as processes, for tests that start programs.

Every process is started by a `NodeTest` and has ended when the test is over. Time limits here catch a hang;
they are wide, and wider where the programs are built with sanitizers.
"""

import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import time
import unittest
import urllib.request

RINGWIRE = os.environ["RINGWIRE_BINARY"]
SANITIZED = os.environ.get("RINGWIRE_SANITIZE", "none") != "none"
LIVENESS_S = 240 if SANITIZED else 60
DRIVERS = ("uring", "epoll")


def plan_bytes(*flags, security=("--insecure-plaintext",)) -> int:
    """What `ringwire node --explain-memory` says that a Node with these flags needs."""
    ran = subprocess.run([RINGWIRE, "node", "--listen", "127.0.0.1:0", "--metrics.addr", "127.0.0.1:0",
                          *security, "--explain-memory", *map(str, flags)],
                         text=True, capture_output=True, check=True, timeout=LIVENESS_S)
    parts = ran.stdout.splitlines()[1:]
    total = int(re.fullmatch(r"total +(\d+) .*", parts.pop()).group(1))
    assert total == sum(int(line.split()[-1]) for line in parts), ran.stdout
    return total


def eventually(condition, limit_s: float = LIVENESS_S) -> bool:
    deadline = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def total(samples: dict[str, float], metric: str, label: str = "") -> float:
    """Over all shards, and all labels that it does not name."""
    return sum(value for name, value in samples.items() if name.split("{")[0] == metric and label in name)


class Node:
    """`ringwire node` on a free port of 127.0.0.1, with metrics. Options go to subprocess.Popen."""

    def __init__(self, folder: pathlib.Path, name: str, *flags, launcher=(),
                 security=("--insecure-plaintext",), **options):
        self.output, self.log = folder / f"{name}.out", folder / f"{name}.err"
        self.deliveries = folder / f"{name}.log"
        with self.output.open("w") as out, self.log.open("w") as err:
            self.process = subprocess.Popen(
                [*map(str, launcher), RINGWIRE, "node", "--datadir", folder / name,
                 "--listen", "127.0.0.1:0", "--metrics.addr", "127.0.0.1:0", *security,
                 "--delivery-log", self.deliveries, *map(str, flags)],
                **{"stdout": out, "stderr": err, **options})

    @property
    def pid(self) -> int:
        return self.process.pid

    def wait_ready(self) -> str:
        """Its enode."""
        ready = eventually(lambda: self.output.read_text().endswith("\n") or self.process.poll() is not None)
        text = self.output.read_text()
        said = re.fullmatch(r"ready (enode://[0-9a-f]{128}@127\.0\.0\.1:[1-9]\d*)\n", text)
        assert ready and said, f"not ready: {text!r}, {self.process.poll()}, {self.log.read_text()}"
        return said.group(1)

    @property
    def enode(self) -> str:
        return self.output.read_text().split()[1]

    @property
    def address(self) -> tuple[str, int]:
        host, port = self.enode.split("@")[1].split(":")
        return host, int(port)

    @property
    def key(self) -> bytes:
        return bytes.fromhex(re.search("enode://([0-9a-f]+)@", self.enode).group(1))

    # --- what it says of itself

    @property
    def metrics_address(self) -> str:
        return re.search(r"^metrics: http://([^/]+)/", self.log.read_text(), re.M).group(1)

    def get(self, path: str) -> str:
        with urllib.request.urlopen(f"http://{self.metrics_address}{path}", timeout=LIVENESS_S) as answer:
            return answer.read().decode()

    def metrics(self) -> dict[str, float]:
        """Samples by name and labels, as they stand in the text."""
        lines = self.get("/metrics").splitlines()
        return {name: float(value) for name, value in
                (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))}

    def sum(self, metric: str, label: str = "") -> float:
        return total(self.metrics(), metric, label)

    def why(self, peer: str) -> dict:
        """What it has against a node id or an address."""
        return json.loads(self.get(f"/why?peer={peer}"))

    def rss_bytes(self) -> int:
        pages = pathlib.Path(f"/proc/{self.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def descriptors(self) -> int:
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    # --- ending it

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def ended(self) -> int:
        """The status; fails where it does not end."""
        try:
            return self.process.wait(LIVENESS_S)
        except subprocess.TimeoutExpired as hang:
            raise AssertionError(f"did not end: {self.log.read_text()}") from hang

    def end(self) -> int:
        self.terminate()
        return self.ended()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


class NodeTest(unittest.TestCase):
    # Flags of nodes and traffic generators. Peers of tests/support/wire.py are plaintext.
    security = ("--insecure-plaintext",)

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.processes = []
        self.addCleanup(self.end_all)

    def end_all(self):
        for process in self.processes:
            process.kill()
            process.wait()

    def launch(self, name: str, *flags, **options) -> Node:
        """Does not wait for it to be ready. Two shards where the flags do not say otherwise."""
        if "--shards" not in flags:
            flags = ("--shards", "2", *flags)
        node = Node(self.folder, name, *flags, **{"security": self.security, **options})
        self.processes.append(node.process)
        return node

    def start(self, name: str, *flags, **options) -> Node:
        node = self.launch(name, *flags, **options)
        node.wait_ready()
        return node

    def start_mesh(self, count: int, *flags) -> list[Node]:
        """Every node connected to every other."""
        nodes = []
        for index in range(count):
            peers = [word for other in nodes for word in ("--peer", other.enode)]
            nodes.append(self.start(f"node{index}", *flags, *peers))
        for node in nodes:
            self.assertTrue(eventually(lambda: node.sum("ringwire_sessions") == count - 1))
        return nodes

    def run_load(self, *flags) -> subprocess.CompletedProcess:
        command = [RINGWIRE, "load", *self.security, *map(str, flags)]
        return subprocess.run(command, text=True, capture_output=True, timeout=2 * LIVENESS_S, check=False)

    def start_load(self, *flags) -> subprocess.Popen:
        load = subprocess.Popen([RINGWIRE, "load", *self.security, *map(str, flags)], text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.processes.append(load)
        self.addCleanup(load.stdout.close)
        self.addCleanup(load.stderr.close)
        return load

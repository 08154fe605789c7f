"""A node that cannot start: one clear line that says what to change, and nothing half-started left behind."""

import os
import pathlib
import resource
import shutil
import socket
import subprocess
import sys
import unittest

import cases
import nodes
import wire
from nodes import LIVENESS_S, RINGWIRE

DENY = pathlib.Path(os.environ["RINGWIRE_SOURCE"]) / "tests/support/deny.py"


def without_capabilities(*names: str) -> list[str] | None:
    """What starts a program that has not these capabilities of root; None where that cannot be done."""
    if os.getuid() != 0:
        return []
    launcher = ["setpriv", "--inh-caps=-all", "--bounding-set=" + ",".join(f"-{name}" for name in names)]
    works = shutil.which("setpriv") and subprocess.run([*launcher, "true"], check=False).returncode == 0
    return launcher if works else None


class Start(nodes.NodeTest):
    def setUp(self):
        super().setUp()
        self.toml = self.folder / "node.toml"

    def make_key(self, path: pathlib.Path):
        subprocess.run([RINGWIRE, "key", "generate", path], check=True, timeout=LIVENESS_S,
                       capture_output=True)

    def free_address(self) -> str:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            return f"127.0.0.1:{taken.getsockname()[1]}"

    def refused(self, status: int, *flags, launcher=(), **options) -> str:
        """The one line it says. It has not listened, not even for a moment that outlives it."""
        address = self.free_address()
        if "--listen" not in flags:
            flags = ("--listen", address, *flags)
        ran = subprocess.run([*map(str, launcher), RINGWIRE, "node", *map(str, flags)], text=True,
                             capture_output=True, timeout=LIVENESS_S, check=False, **options)
        self.assertEqual((ran.returncode, ran.stdout), (status, ""), ran)
        self.assertEqual(len(ran.stderr.splitlines()), 1, ran.stderr)
        host, port = address.split(":")
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection((host, int(port)), timeout=LIVENESS_S).close()
        return ran.stderr.rstrip("\n")


class WrongConfiguration(Start):
    def test_file_line_key_and_what_is_accepted(self):
        table = [
            ("network-id = -1", 1, "network-id", "a number from 0 to"),
            ('listen = ["127.0.0.1"]', 1, "listen", "IP:PORT or [IP6]:PORT"),
            ('advertise = "0.0.0.0"', 1, "advertise", "an IP address that others can dial"),
            ('peers = ["enode://abc@127.0.0.1:1"]', 1, "peers", "enode://PUBLIC-KEY@IP:PORT"),
            ("[shards]\ncount = 65", 2, "shards.count", "a number from 0 to 64"),
            ('[shards]\n\ncpus = "1-"', 3, "shards.cpus", "CPU numbers and ranges"),
            ('[shards]\ndriver = "kqueue"', 2, "shards.driver", "one of auto uring epoll"),
            ("[shards]\ngather-us = 10001", 2, "shards.gather-us", "a number from 0 to 10000"),
            ("[limits]\nconnections-max = 0", 2, "limits.connections-max", "a number from 1 to 1000000"),
            ("[limits]\ninbound-max = 257", 2, "limits.inbound-max", "at most limits.connections-max, 256"),
            ("[limits]\nhandshake-timeout-ms = 99", 2, "limits.handshake-timeout-ms", "a number from 100 to"),
            ("[limits]\nping-interval-ms = 70000", 2, "limits.ping-interval-ms",
             "less than limits.idle-timeout-ms, 60000"),
            ("[limits]\nredial-min-ms = 900000", 2, "limits.redial-min-ms",
             "at most limits.redial-max-ms, 300000"),
            ("[memory]\nreceive-buffers = 1000", 2, "memory.receive-buffers", "a power of two from 16 to"),
            ("[memory]\npeer-queue-kb = 1000000", 2, "memory.peer-queue-kb", "memory.relay-heap-mb, 64"),
            ("[memory]\ntotal-mb = 10", 2, "memory.total-mb", "the parts need"),
            ("[gossip]\ntransaction-bytes-max = 1", 2, "gossip.transaction-bytes-max", "a number from 256"),
            ('[metrics]\naddr = "localhost"', 2, "metrics.addr", "IP:PORT or [IP6]:PORT"),
            ('[log]\nlevel = "loud"', 2, "log.level", "one of trace debug info warn error off"),
            ("[log]\njson = 1", 2, "log.json", "true or false"),
            ("[limits]\ninbound_max = 1", 2, "limits.inbound_max", "did you mean limits.inbound-max?"),
            ("[shards\ncount = 1", 1, "", "]"),
        ]
        for text, line, key, accepted in table:
            with self.subTest(text=text):
                self.toml.write_text("\n" + text + "\n")
                said = self.refused(2, "--config", self.toml, "--insecure-plaintext")
                place = f"{self.toml}:{line + 1}: "
                self.assertTrue(said.startswith(place + (f"{key}: " if key else "")), said)
                self.assertIn(accepted, said)

    def test_what_only_the_node_can_judge_is_placed_as_well(self):
        cpu = max(os.sched_getaffinity(0)) + 1
        self.toml.write_text(f'[shards]\ncount = 1\ncpus = "{cpu}"\n')
        said = self.refused(2, "--config", self.toml, "--insecure-plaintext")
        self.assertEqual(said, f"{self.toml}:3: shards.cpus: CPU {cpu} is not among those this process "
                               "may use")
        said = self.refused(2, "--insecure-plaintext", "--memory.total-mb", 10)
        self.assertIn("flag --memory.total-mb: memory.total-mb: the parts need ", said)
        said = self.refused(2, "--insecure-plaintext", "--tls.key", "any")
        self.assertIn("flag --insecure-plaintext: insecure-plaintext: there is no TLS then", said)

    def test_its_own_enode_among_the_peers(self):
        node = self.start("self")
        own = node.enode
        self.assertEqual(node.end(), 0)
        said = self.refused(2, "--insecure-plaintext", "--peer", own, "--datadir", self.folder / "self")
        self.assertEqual(said, "flag --peer: peers: one of them is this node: take it out")

    def test_wrong_input_leaves_nothing_behind(self):
        datadir = self.folder / "data"
        self.refused(2, "--datadir", datadir, "--insecure-plaintext", "--shards", 65)
        self.assertFalse(datadir.exists())


class TheMachineRefuses(Start):
    plain = ("--insecure-plaintext",)

    def test_a_port_in_use_by_another_program(self):
        with socket.create_server(("127.0.0.1", 0)) as other:
            address = f"127.0.0.1:{other.getsockname()[1]}"
            for flags in (("--listen", address), ("--metrics.addr", address)):
                with self.subTest(flags=flags):
                    said = self.refused(1, *self.plain, *flags)
                    self.assertIn(f"cannot bind {address}: EADDRINUSE", said)
                    self.assertIn("choose another port", said)

    def test_a_port_in_use_by_another_node_of_the_same_user(self):
        node = self.start("first")
        address = node.enode.split("@")[1]
        for shards in (1, 2):
            said = self.refused(1, *self.plain, "--listen", address, "--shards", shards)
            self.assertIn(f"flag --listen: listen: cannot bind {address}: EADDRINUSE", said)
        self.assertEqual(node.end(), 0)
        # It is free again at once, whatever the first node's connections are doing.
        again = subprocess.Popen([RINGWIRE, "node", "--insecure-plaintext", "--listen", address],
                                 stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.processes.append(again)
        self.addCleanup(again.stdout.close)
        self.assertIn(address, again.stdout.readline())

    def test_one_of_several_addresses_is_taken(self):
        with socket.create_server(("127.0.0.1", 0)) as other:
            address = f"127.0.0.1:{other.getsockname()[1]}"
            self.refused(1, *self.plain, "--listen", self.free_address(), "--listen", address)

    def test_an_address_of_another_machine(self):
        said = self.refused(1, *self.plain, "--listen", "192.0.2.1:30303")
        self.assertIn("cannot bind 192.0.2.1:30303: EADDRNOTAVAIL", said)
        self.assertIn("listen on 0.0.0.0", said)

    def test_a_port_that_needs_a_privilege(self):
        # As the kernel answers; whether this user has the privilege does not matter then.
        denied = [sys.executable, DENY, "bind=EACCES", "--"]
        said = self.refused(1, *self.plain, "--listen", "127.0.0.1:999", launcher=denied)
        self.assertIn("cannot bind 127.0.0.1:999: EACCES", said)
        self.assertIn("CAP_NET_BIND_SERVICE", said)
        start = int(pathlib.Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text())
        without = without_capabilities("net_bind_service")
        if start > 999 and without is not None:
            said = self.refused(1, *self.plain, "--listen", "127.0.0.1:999", launcher=without)
            self.assertIn("cannot bind 127.0.0.1:999: EACCES", said)

    def test_files_and_folders(self):
        key = self.folder / "node.key"
        self.make_key(key)
        readable_by_all = self.folder / "exposed.key"
        shutil.copy(key, readable_by_all)
        readable_by_all.chmod(0o644)
        no_key = self.folder / "no.key"
        no_key.write_text("nothing\n")
        no_key.chmod(0o600)
        pipe = self.folder / "pipe"
        os.mkfifo(pipe)
        table = [
            (("--key-file", readable_by_all), f"key-file: {readable_by_all}: mode 0644", "chmod 600"),
            (("--key-file", no_key), f"key-file: {no_key}: ", "64 hexadecimal digits"),
            (("--key-file", self.folder), f"key-file: {self.folder}: ", "is not a file"),
            (("--key-file", "/dev/null/key"), "key-file: /dev/null/key: ", "name a file that this user may"),
            (("--datadir", "/dev/null/data"), "flag --datadir: /dev/null/data: Not a", "name a folder"),
            (("--delivery-log", self.folder), f"delivery log {self.folder}: Is a directory", "name a file"),
            (("--delivery-log", "/dev/null/log"), "delivery log /dev/null/log: Not a", "name a file"),
            (("--delivery-log", pipe), f"delivery log {pipe}: ", "name a file"),
            (("--log.file", "/dev/null/log"), 'log.file: cannot write "/dev/null/log": ', "name a file"),
        ]
        for flags, problem, remedy in table:
            with self.subTest(flags=flags):
                said = self.refused(1, *self.plain, *flags)
                self.assertIn(problem, said)
                self.assertIn(remedy, said)
        said = self.refused(2, *self.plain, "--config", self.folder / "absent.toml")
        self.assertIn("absent.toml: cannot be read", said)

    def test_nowhere_to_say_ready(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            ran = subprocess.run([RINGWIRE, "node", *map(str, self.plain), "--listen", self.free_address()],
                                 stdout=full, stderr=subprocess.PIPE, text=True, timeout=LIVENESS_S,
                                 check=False)
        self.assertEqual(ran.returncode, 1, ran.stderr)
        self.assertIn("standard output: cannot say ready: No space left on device", ran.stderr)

    def test_files_that_belong_to_others(self):
        # Root reads everything, unless it has given that up.
        launcher = without_capabilities("dac_override", "dac_read_search")
        if launcher is None:
            self.skipTest("root cannot give up its privileges here")
        key = self.folder / "node.key"
        self.make_key(key)
        key.chmod(0)
        said = self.refused(1, *self.plain, "--key-file", key, launcher=launcher)
        self.assertIn(f"key-file: {key}: cannot be opened: Permission denied", said)

    def test_too_few_descriptors(self):
        def few():
            resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))

        said = self.refused(1, *self.plain, "--shards", 1, preexec_fn=few)
        self.assertEqual(said, "open files: 336 needed, 100 allowed; raise the limit (as root: ulimit -Hn "
                               "336; in a systemd unit: LimitNOFILE=336) or lower limits.connections-max")

        # What it needs is enough.
        def enough():
            resource.setrlimit(resource.RLIMIT_NOFILE, (336, 336))

        node = self.start("enough", "--shards", "1", preexec_fn=enough)
        self.assertEqual(node.end(), 0)

    def test_the_soft_limit_of_descriptors_is_raised(self):
        def soft():
            _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
            resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))

        node = self.start("soft", preexec_fn=soft)
        soft_now, _ = resource.prlimit(node.pid, resource.RLIMIT_NOFILE)
        self.assertGreaterEqual(soft_now, 256)
        self.assertEqual(node.end(), 0)

    def test_no_locked_memory_is_needed(self):
        def none():
            resource.setrlimit(resource.RLIMIT_MEMLOCK, (0, 0))

        for driver in nodes.DRIVERS:
            node = self.start(driver, "--driver", driver, preexec_fn=none)
            peer = wire.Peer(node.address, node.key)
            self.addCleanup(peer.close)
            peer.establish()
            self.assertEqual(node.end(), 0)


if __name__ == "__main__":
    cases.main()

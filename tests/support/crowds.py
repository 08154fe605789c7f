"""What a crowd of strangers does to a node, of whom each does little. One set of cases for every size and for
both carriages: tests/integration/hostile/crowds_test.py, crowds_long_test.py.

Prints what it measured, a line for each case.
"""

import contextlib
import json
import resource
import socket
import subprocess
import sys
import time

import churn
import nodes
import secure
import wire
from hostile import POOLS_BYTES, counter, strangers
from nodes import eventually
from oracle import Oracle
from wire import APP_DATA, FRAGMENT, PING, frame

FILES_BESIDE = 500  # of a process with a crowd
TIMED_OUT = counter("connection_timeouts", "handshake", "phase")
STALLED = counter("refusals", "stalled")
PUSHED_OUT, OVERDUE = counter("tls_pushed_out"), counter("tls_overdue")
SHED, OVERFLOWN = counter("refusals", "shed"), counter("refusals", "too_slow")
SLOW_FRAMES = counter("frames_slow")
ACCEPTED, GONE = counter("driver_accepted"), counter("driver_accept_gone")
MIB = 1 << 20
# What 7,000 connections have touched of the tables that are there for 14,000, and what heaps keep for reuse.
TABLES_BYTES = 48 * MIB


class Crowds:
    """Beside HostileTest, or SecureHostileTest."""

    half, deaf, slow = 300, 40, 40
    churned, churn_rate = 4000, 2000
    sees_slow_writers_off = False  # 30 s, not configurable
    # Long enough that all of them are there before the first is given up.
    handshake_ms, stall_ms, ping_ms = 3000, 2000, 500
    half_growth_bytes = 64 * MIB

    def setUp(self) -> None:
        super().setUp()
        # A peer in TLS has a key log of its own.
        needed = self.half + 2 * (self.deaf + self.slow) + FILES_BESIDE
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard < needed:
            self.skipTest(f"at most {hard} open files are allowed here (ulimit -Hn), {needed} are needed")
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, needed), hard))

    @property
    def carriage(self) -> str:
        return "plaintext" if self.security else "TLS"

    def first_words(self, node: nodes.Node) -> bytes:
        """All that an initiator says before it is answered."""
        if not self.security:
            return secure.Handshaker(secure.client_context()).step()
        return frame(wire.HANDSHAKE, wire.handshake(wire.Identity(), wire.keccak256(node.key)))

    def tell(self, case: str, *measured: str) -> None:
        print(f"{case}, {self.carriage}: {'; '.join(measured)}", flush=True)

    # --- connect and close

    def comes_and_goes(self, name: str, node: nodes.Node, sources: list[str], counted) -> None:
        """`counted(oracle)` says what has risen, and by how much."""
        with Oracle(self, node, rss_growth_bytes=POOLS_BYTES + 32 * MIB) as oracle:
            settings = {"address": node.address[0], "port": node.address[1], "sources": sources,
                        "hello": self.first_words(node).hex(), "rate": self.churn_rate, "count": self.churned}
            ran = subprocess.run([sys.executable, churn.__file__], input=json.dumps(settings), text=True,
                                 capture_output=True, check=True, timeout=10 * nodes.LIVENESS_S)
            said = json.loads(ran.stdout)
            self.assertTrue(eventually(lambda: oracle.risen(ACCEPTED) + oracle.risen(GONE) >= self.churned))
            counted(oracle)
        rate = self.churned / said["seconds"]
        self.tell(f"connect and close, {name}", f"{self.churned} at {rate:.0f}/s",
                  f"{oracle.cpu_used_s / said['seconds']:.2f} of a core", *oracle.told_figures())
        if not nodes.SANITIZED:
            self.assertGreater(rate, 0.9 * self.churn_rate, "the attacker was too slow to be one")

    def seen(self, oracle: Oracle) -> int:
        """Without those who reset before a busy node came to accept them."""
        return self.churned - int(oracle.risen(GONE))

    def test_d16_who_connects_and_closes_before_a_handshake_is_over_keeps_nobody_out(self):
        """From four networks, each far over its limits: nearly all are reset before a byte is read."""
        sources = [f"127.1.{net}.{host}" for net in range(4) for host in range(1, 61)]

        def counted(oracle: Oracle) -> None:
            oracle.at_least(("ringwire_connections_over_rate_total", ""), self.seen(oracle) // 2)

        self.comes_and_goes("four networks", self.start_public(), sources, counted)

    def test_d16_nor_where_nobody_is_over_a_limit(self):
        """From 65,024 addresses in 256 networks, which have four a second each."""
        def counted(oracle: Oracle) -> None:
            oracle.at_least(counter("connections_admitted"), self.seen(oracle) // 2)

        self.comes_and_goes("everywhere", self.start_public(), list(strangers()), counted)

    # --- who stays

    def half_handshakes(self, node: nodes.Node) -> list[socket.socket]:
        """A quarter says nothing, most a part of its first words, and one in twenty all of them, which makes
        the node sign. Slower than all strangers together may be."""
        said = self.first_words(node)
        opened = []
        for number in range(self.half):
            opened.append(socket.socket())
            self.addCleanup(opened[-1].close)
            opened[-1].bind((next(self.strangers), 0))
            opened[-1].connect(node.address)
            part = said if number % 20 == 0 else (b"", said[:3], said[:-1], said[:len(said) // 2])[number % 4]
            opened[-1].sendall(part)
            time.sleep(0.001)
        return opened

    def is_gone(self, half: socket.socket) -> None:
        half.settimeout(nodes.LIVENESS_S)
        with contextlib.suppress(ConnectionError):
            while half.recv(1 << 16):
                pass
        half.close()

    def ask_much(self, peer: wire.Peer) -> None:
        """For more than fits into what is on its way to a narrow peer, and once."""
        peer.socket.settimeout(0.2)
        with contextlib.suppress(OSError):
            peer.send(frame(PING, bytes(1024)) * 96)

    def drip(self, readers: list[wire.Peer], writers: list[wire.Peer], until) -> None:
        """A byte a second, each way, until that holds."""
        deadline = time.monotonic() + 2 * nodes.LIVENESS_S
        while not until() and time.monotonic() < deadline:
            began = time.monotonic()
            for peer in readers:
                with contextlib.suppress(OSError):
                    peer.socket.recv(1)
            for peer in writers:
                with contextlib.suppress(OSError):
                    peer.send(b"x")
            time.sleep(max(0.0, began + 1 - time.monotonic()))

    def test_b12_d2_d11_d12_half_handshakes_the_deaf_and_the_slow_all_at_once(self):
        peers = self.deaf + self.slow
        # Whoever reads nothing answers no ping.
        node = self.start_wide(self.half + peers, "--limits.stall-timeout-ms", self.stall_ms,
                               "--limits.ping-interval-ms", self.ping_ms, "--limits.idle-timeout-ms", 600_000,
                               handshake_ms=self.handshake_ms)
        with Oracle(self, node, rss_growth_bytes=POOLS_BYTES + 256 * MIB,
                    rss_left_bytes=POOLS_BYTES + TABLES_BYTES, cores=1.5) as oracle:
            deaf = [self.peer(node, narrow=True) for _ in range(self.deaf)]
            readers = [self.peer(node, narrow=True) for _ in range(self.slow // 2)]
            writers = [self.peer(node) for _ in range(self.slow - len(readers))]
            rss = node.rss_bytes()
            half = self.half_handshakes(node)
            grown = node.rss_bytes() - rss
            self.tell("half handshakes", f"{self.half} at once",
                      f"{grown / MIB:.1f} MiB more, {grown / self.half:.0f} bytes each")
            if not nodes.SANITIZED:
                self.assertLessEqual(grown, self.half_growth_bytes, "U3: bytes for half handshakes")
            there = node.sum("ringwire_connections") + oracle.risen(PUSHED_OUT) + oracle.risen(OVERDUE)
            self.assertGreaterEqual(there, self.half + peers)
            for peer in deaf + readers:
                self.ask_much(peer)
            for peer in writers:
                peer.send(frame(APP_DATA, length=10_000))
            unread, unfinished = len(deaf) + len(readers), len(writers) * self.sees_slow_writers_off

            def given_up() -> bool:
                # The longest queues go first where the heap is full, silent handshakes where others wait.
                queues = oracle.risen(STALLED) + oracle.risen(SHED) + oracle.risen(OVERFLOWN)
                return (queues == unread and oracle.risen(SLOW_FRAMES) == unfinished
                        and sum(map(oracle.risen, (TIMED_OUT, PUSHED_OUT, OVERDUE))) >= self.half)

            self.drip(readers, writers, given_up)
            ends = (STALLED, SHED, OVERFLOWN, SLOW_FRAMES, TIMED_OUT, PUSHED_OUT, OVERDUE)
            self.assertTrue(given_up(), [(each, oracle.risen(each)) for each in ends])
            oracle.at_least(STALLED, unread // 2)
            oracle.at_least(TIMED_OUT, self.half * 9 // 10)
            for each in half[1:9]:  # the first of all said everything, and may have been pushed out
                oracle.offender(each.getsockname()[0])
            for each in half:
                self.is_gone(each)
            for peer in deaf[:4] + readers[:4]:
                oracle.offender(peer.identity.id.hex())
            self.is_served(self.peer(node))
        self.tell("half, deaf and slow", f"{self.half} + {self.deaf} + {self.slow}",
                  f"{oracle.cpu_used_s:.1f} s of CPU", *oracle.told_figures())

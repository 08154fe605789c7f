"""Group D: memory and flow control of live sessions. What others have streams for are fragments here.

Cases by id, and how those about streams and windows are read: tests/README.md.
"""

import contextlib
import os
import socket
import struct
import time
import unittest

import cases
import nodes
import wire
from hostile import (BAD_CHECKSUM, BAD_PROTOCOL, MALFORMED, POOLS_BYTES, PUBLIC, UNHANDLED, UNSUBSCRIBED,
                     HostileTest, counter, fragments, frames)
from nodes import eventually
from oracle import Oracle
from wire import APP_DATA, FRAGMENT, HEADER, PING, PONG, SUBSCRIBE, WINDOW_UPDATE, frame

FIRST, LAST, ABORT = 1, 2, 4
OTHER = 4  # the slot, and number, of AppData's class
# A type of each class, and its cap.
LARGEST = {0: (wire.PUBLISH, 4_194_304), 1: (0x24, 10_485_760), 2: (wire.TRANSACTIONS, 1_048_576),
           3: (0x23, 10_485_760), OTHER: (APP_DATA, 10_485_760)}
PINGS = counter("pings_received")
WITHHELD = counter("pongs_withheld")


def piece(slot: int, flags: int, data: bytes = b"") -> bytes:
    return frame(FRAGMENT, bytes([slot, flags]) + data)


def in_pieces(slot: int, message: bytes, size: int = 10_000) -> list[bytes]:
    last = (len(message) - 1) // size
    return [piece(slot, FIRST * (at == 0) | LAST * (at == last), message[at * size:(at + 1) * size])
            for at in range(last + 1)]


def send_until_full(peer: wire.Peer, data: bytes, limit_s: float = 1) -> int:
    """How much of it the node's kernel took before nothing moved any more."""
    peer.socket.settimeout(limit_s)
    sent = 0
    with contextlib.suppress(TimeoutError, ConnectionError):
        while sent < len(data):
            sent += peer.socket.send(data[sent:sent + (1 << 16)])
    return sent


class Floods(HostileTest):
    def test_d1_a_flood_of_pings_costs_no_memory_and_strangers_get_twenty_a_second(self):
        """300,000 pings of 10,000,000."""
        flood = frame(PING, bytes(8)) * 300_000
        node = self.start_public()
        with Oracle(self, node, rss_growth_bytes=POOLS_BYTES + (4 << 20)) as oracle:
            hostile = self.peer(node)
            self.assertLess(send_until_full(hostile, flood), len(flood))
            oracle.at_least(counter("messages_over_rate", "message_type", "level"), 1)
            self.is_served(self.peer(node))
        # Whom no limit holds back, here a neighbour: each ping is answered once.
        node = self.start("private", "--memory.receive-buffers", 256, "--memory.bulk-buffers", 2)
        with Oracle(self, node, rss_growth_bytes=POOLS_BYTES + (4 << 20), cores=1) as oracle:
            honest = self.peer(node)
            block, answer = frame(PING, bytes(8)) * 2000, HEADER.size + 8
            for _ in range(150):
                honest.send(block)
                received = 0
                while received < 2000 * answer:
                    received += len(honest.socket.recv(1 << 16))
            oracle.at_least(PINGS, 300_000)
            self.is_served(honest)
            self.assertEqual(oracle.risen(WITHHELD), 0)

    # That nothing moves is looked for when the session's timer fires: at its next ping at the latest.
    def test_d2_who_asks_and_never_reads_is_held_to_a_queue_and_then_given_up(self):
        node = self.start("private", "--memory.receive-buffers", 256, "--memory.bulk-buffers", 2,
                          "--limits.stall-timeout-ms", 2000, "--limits.ping-interval-ms", 500)
        flood = frame(PING, bytes(1024)) * 20_000
        with Oracle(self, node, rss_growth_bytes=16 << 20, cores=1) as oracle:
            hostile = self.peer(node)
            hostile.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            send_until_full(hostile, flood)
            oracle.at_least(WITHHELD, 1000)
            oracle.expect(counter("refusals", "stalled"))
            oracle.expect(counter("disconnects_sent", "too_slow"))
            # The same pings to who reads.
            honest = self.peer(node)
            for _ in range(100):
                honest.send(frame(PING, bytes(1024)))
                honest.read_until(PONG)

    def test_d3_credit_beyond_all_bounds_ends_the_session_and_nothing_else(self):
        def updates(*pairs):
            return b"".join(frame(WINDOW_UPDATE, struct.pack(">BI", *pair)) for pair in pairs)

        most = (1 << 32) - 2  # together with what each end begins with
        with Oracle(self, self.start_public()) as oracle:
            rows = [(f"{name} in class {class_}", MALFORMED, BAD_PROTOCOL,
                     updates(*((class_, each) for each in credit))) for class_ in (1, 2, 3, OTHER)
                    for name, credit in (("all ones", [most + 1]), ("all there may be, on top", [most]),
                                         ("2^31 twice", [1 << 31] * 2), ("nothing", [0]))]
            rows += [("class 5", MALFORMED, BAD_PROTOCOL, updates((5, 1))),
                     ("class 255", MALFORMED, BAD_PROTOCOL, updates((255, 1))),
                     ("a byte too short", MALFORMED, BAD_PROTOCOL, frame(WINDOW_UPDATE, bytes(4))),
                     ("a byte too long", frames("too_long"), BAD_PROTOCOL, frame(WINDOW_UPDATE, bytes(6)))]
            self.refuse_each(oracle, rows, established=True)
            honest = self.peer(oracle.node)
            honest.send(updates((1, 1 << 30), (2, 1 << 30), (3, 1 << 30), (OTHER, 1 << 30), (0, most + 1)))
            self.is_served(honest)

    def test_d14_answers_to_what_nobody_asked_mean_nothing(self):
        """Of the kinds that have no requests yet they are passed over; the embedder's have, and count."""
        charged = 2  # points
        with Oracle(self, self.start_public()) as oracle:
            peer = self.peer(oracle.node)
            for number in range(50):
                peer.send(frame(PONG, os.urandom(8)))
                oracle.expect(counter("pongs_unknown"))
                for kind in (0x11, 0x21, 0x23, 0x2A, 0x32, 0x41, 0x43, 0x45, 0x47, 0x49, 0x4B, 0x4D):
                    request_id = (0, 1, 1, 2**64 - 1)[number % 4]
                    peer.send(frame(kind, wire.rlp([request_id, []])))
                    oracle.expect(UNHANDLED)
                peer.send(frame(0x61, (number // 2).to_bytes(8, "big") + b"request"))  # 0, and each twice
                oracle.expect(UNSUBSCRIBED)
            self.is_served(peer)
            source = next(self.strangers)
            hostile = self.peer(oracle.node, source)
            for number in range(20 // charged + 2):  # the score fades meanwhile
                with contextlib.suppress(ConnectionError):
                    hostile.send(frame(0x62, number.to_bytes(8, "big") + b"answer"))
            self.assertEqual(hostile.farewell(), BAD_PROTOCOL)
            oracle.at_least(counter("app_dropped", "unasked_answer"), 20 // charged)
            oracle.offender(hostile.identity.id.hex())
            self.refuse(oracle, "a pong without a nonce", MALFORMED, BAD_PROTOCOL, frame(PONG, bytes(7)),
                        established=True)
            self.refuse(oracle, "an answer without an id", MALFORMED, BAD_PROTOCOL, frame(0x62, bytes(7)),
                        established=True)

    def test_d15_subscriptions_without_end_are_nowhere_kept(self):
        """Topics have no mesh in this version; 100,000 of them, faster than strangers may."""
        node = self.start("private", "--memory.receive-buffers", 256, "--memory.bulk-buffers", 2)
        with Oracle(self, node, rss_growth_bytes=POOLS_BYTES + (4 << 20), cores=1) as oracle:
            peer = self.peer(node)
            for start in range(0, 100_000, 1000):
                peer.send(b"".join(frame(SUBSCRIBE, b"\x01topic %d" % number)
                                   for number in range(start, start + 1000)))
            oracle.expect(UNHANDLED, 100_000)
            self.assertTrue(eventually(lambda: oracle.risen(UNHANDLED) == 100_000))
            self.is_served(peer)


class Readers(HostileTest):
    def test_d2_who_reads_is_answered_whatever_waits_for_it(self):
        """Topic messages are of a pong's class: that some wait here does not mean that it reads nothing."""
        node = self.start_public()
        with Oracle(self, node, rss_growth_bytes=64 << 20, rss_left_bytes=64 << 20, cores=1) as oracle:
            readers = [self.peer(node) for _ in range(4)]
            author = self.peer(node)
            for _ in range(20):
                message = wire.publish(b"t", os.urandom(200_000))
                author.send(frame(wire.PUBLISH, message))
                for reader in readers:
                    reader.send(frame(PING, b"honestly"))
                for reader in readers:
                    self.assertEqual(reader.read_until(PONG), b"honestly")
            oracle.expect(WITHHELD, 0)


class Fragments(HostileTest):
    def test_d4_a_message_holds_to_what_its_first_fragment_declared(self):
        inner = frame(APP_DATA, bytes(20_000))
        begun = piece(OTHER, FIRST, inner[:1000])
        damaged = inner[:-1] + b"\x01"
        table = [
            ("no flags byte", "malformed", frame(FRAGMENT, b"\x04")),
            ("a flag that does not exist", "malformed", piece(OTHER, 8, b"x")),
            ("an abort with bytes", "malformed", begun + piece(OTHER, ABORT, b"x")),
            ("no bytes", "malformed", piece(OTHER, FIRST)),
            ("the middle of nothing", "not_open", piece(OTHER, 0, b"x")),
            ("the end of nothing", "not_open", piece(OTHER, LAST, b"x")),
            ("an abort of nothing", "not_open", piece(OTHER, ABORT)),
            ("less than a header", "short_first", piece(OTHER, FIRST, inner[:17])),
            ("no inner type", "bad_inner_header", piece(OTHER, FIRST, frame(0x7F) + b"x")),
            ("an inner length above its cap", "bad_inner_header",
             piece(OTHER, FIRST, frame(APP_DATA, length=LARGEST[OTHER][1] + 1) + b"x")),
            ("a fragment in a fragment", "not_fragmentable", piece(OTHER, FIRST, begun)),
            ("another class's slot", "wrong_slot", piece(2, FIRST, inner[:1000])),
            ("more than was declared", "too_many_bytes",
             piece(OTHER, FIRST, frame(APP_DATA, bytes(20), length=10))),
            ("less than was declared", "too_few_bytes", begun + piece(OTHER, LAST, inner[1000:1100])),
        ]
        with Oracle(self, self.start_public()) as oracle:
            self.refuse_each(oracle, [(name, fragments(what), BAD_PROTOCOL, data)
                                      for name, what, data in table], established=True)
            self.refuse(oracle, "a flipped bit inside", fragments("bad_checksum"), BAD_CHECKSUM,
                        piece(OTHER, FIRST, damaged[:16_000]) + piece(OTHER, LAST, damaged[16_000:]),
                        established=True)
            honest = self.peer(oracle.node)
            honest.send(piece(OTHER, FIRST, inner[:16_000]) + piece(OTHER, LAST, inner[16_000:]))
            oracle.expect(counter("messages_assembled"))
            self.is_served(honest)

    def test_d4_who_sends_on_without_credit_is_refused(self):
        """Where there is memory credit is granted faster than it is used; 16 buffers are soon low."""
        sync = 3
        begun = piece(sync, FIRST, frame(LARGEST[sync][0], length=LARGEST[sync][1]) + bytes(16_000))
        node = self.start("small", *PUBLIC[:1], "--memory.receive-buffers", 16, "--memory.bulk-buffers", 1)
        with Oracle(self, node) as oracle:
            hostile = self.peer(node)
            with contextlib.suppress(ConnectionError):
                hostile.send(begun + piece(sync, 0, bytes(16_000)) * 600)
                self.assertIn(hostile.farewell(), (BAD_PROTOCOL, None))
            oracle.expect(counter("credit_exceeded"))
            honest = self.peer(node)
            honest.send(begun)
            for _ in range(20):  # after each fragment it is told what more it may send
                honest.read_until(WINDOW_UPDATE)
                honest.send(piece(sync, 0, bytes(16_000)))
            self.is_served(honest)

    def test_d5_a_peer_has_one_open_message_in_each_class(self):
        inner = {slot: frame(kind, length=cap) + b"x" for slot, (kind, cap) in LARGEST.items()}
        with Oracle(self, self.start_public()) as oracle:
            rows = [(f"a second one in slot {slot}", fragments("already_open"), BAD_PROTOCOL,
                     piece(slot, FIRST, data) * 2) for slot, data in inner.items()]
            rows += [(f"slot {slot}", fragments("unknown_slot"), BAD_PROTOCOL,
                      piece(slot, FIRST, inner[OTHER])) for slot in (5, 6, 255)]
            self.refuse_each(oracle, rows, established=True)
            honest = self.peer(oracle.node)
            for slot, data in inner.items():
                honest.send(piece(slot, FIRST, data))
            for slot in inner:
                honest.send(piece(slot, ABORT))
            oracle.expect(counter("messages_aborted"), len(inner))
            self.is_served(honest)

    def test_d6_messages_begun_and_given_up_at_full_speed_cost_a_bounded_share(self):
        count = 100_000
        # In the one class that needs no credit.
        pair = piece(0, FIRST, frame(wire.PUBLISH, length=1 << 20)) + piece(0, ABORT)
        with Oracle(self, self.start_public(), rss_growth_bytes=POOLS_BYTES + (8 << 20)) as oracle:
            hostile = self.peer(oracle.node)
            for _ in range(count // 1000):
                hostile.send(pair * 1000)
            oracle.expect(counter("messages_aborted"), count)
            self.assertTrue(eventually(lambda: oracle.risen(counter("messages_aborted")) == count))
            self.is_served(hostile)

    def test_d7_memory_follows_what_came_and_not_what_was_declared(self):
        """36 MiB declared by each of 100 peers; a byte of each message comes."""
        peers = 100
        node = self.start_wide(peers)
        with Oracle(self, node, rss_growth_bytes=POOLS_BYTES + (8 << 20)) as oracle:
            crowd = self.crowd(node, peers)
            for peer in crowd:
                for slot, (kind, cap) in LARGEST.items():
                    peer.send(piece(slot, FIRST, frame(kind, length=cap) + b"x"))
                peer.send(frame(PING, bytes(8)))
                peer.read_until(PONG)
            self.assertLess(node.sum("ringwire_heap_used_bytes"), peers * len(LARGEST) * 8192)
            for peer in crowd:
                peer.send(piece(OTHER, LAST, b"y"))
                oracle.expect(fragments("too_few_bytes"))
            self.assertTrue(eventually(lambda: node.sum("ringwire_heap_used_bytes") == 0))
            self.is_served(self.peer(node))

    def test_d8_fragments_of_one_byte_take_no_more_than_their_bytes(self):
        """A fragment has no offset, so there are no gaps; what is left of sparse segments is tiny ones."""
        inner = frame(APP_DATA, bytes(4000))
        middle = b"".join(piece(OTHER, 0, inner[at:at + 1]) for at in range(18, len(inner) - 1))
        peers = 20
        with Oracle(self, self.start_public(), rss_growth_bytes=POOLS_BYTES + (8 << 20)) as oracle:
            crowd = self.crowd(oracle.node, peers)
            for peer in crowd:
                peer.send(piece(OTHER, FIRST, inner[:18]) + middle)
                peer.send(frame(PING, bytes(8)))
                peer.read_until(PONG)
            self.assertLess(oracle.node.sum("ringwire_heap_used_bytes"), peers * 16_384)
            for peer in crowd:
                peer.send(piece(OTHER, LAST, inner[-1:]))
            oracle.expect(counter("messages_assembled"), peers)
            self.refuse(oracle, "one byte too many", fragments("too_many_bytes"), BAD_PROTOCOL,
                        piece(OTHER, FIRST, inner[:18]) + middle + piece(OTHER, 0, b"xy"), established=True)
            self.is_served(crowd[0])


class Slow(HostileTest):
    def test_d11_two_hundred_slow_readers_of_everything_take_a_bounded_part(self):
        """Half of them read a byte a second. What they are sent is what the node relays, whole: 5 MB/s each.
        Without credit for what comes in fragments: integration/cli/credit_test.py."""
        peers = 200
        heap_bytes = 80 << 20
        node = self.start_wide(peers, "--memory.relay-heap-mb", 32, "--memory.peer-queue-kb", 32_768,
                               "--gossip.pool-mb", 16, "--limits.stall-timeout-ms", 1000,
                               "--limits.ping-interval-ms", 500)
        with Oracle(self, node, rss_growth_bytes=heap_bytes + POOLS_BYTES + (16 << 20),
                    rss_left_bytes=heap_bytes, cores=1) as oracle:
            crowd = self.crowd(node, peers)
            for peer in crowd:
                peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            load = self.start_load("--to", node.enode, "--connections", 2, "--rate", 400, "--size", 12_000,
                                   "--seconds", 5)
            deadline = time.monotonic() + nodes.LIVENESS_S
            while oracle.risen(counter("refusals", "stalled")) < peers and time.monotonic() < deadline:
                for peer in crowd[::2]:
                    with contextlib.suppress(OSError):
                        peer.socket.recv(1)
                time.sleep(0.5)
            load.communicate(timeout=nodes.LIVENESS_S)
            self.assertEqual(load.returncode, 0)
            # The canary's, which reads; that the generator has left may take a slow node a moment.
            self.assertTrue(eventually(lambda: node.sum("ringwire_sessions") == 1))
            oracle.expect(counter("refusals", "stalled"), peers)
            for peer in crowd[:4]:
                oracle.offender(peer.identity.id.hex())
            self.is_served(self.peer(node))

    def test_d12_a_message_in_fragments_is_whole_in_time_or_its_sender_is_given_up(self):
        """30 s and its length at 64 KiB a second, not configurable; bytes keep coming all the while."""
        with Oracle(self, self.start_public()) as oracle:
            slow, fast = self.peer(oracle.node), self.peer(oracle.node)
            slow.send(piece(OTHER, FIRST, frame(APP_DATA, length=10_000) + b"x"))
            began = time.monotonic()
            with contextlib.suppress(ConnectionError):
                while time.monotonic() < began + nodes.LIVENESS_S:
                    slow.send(piece(OTHER, 0, b"x"))
                    fast.send(piece(OTHER, FIRST | LAST, frame(APP_DATA, b"whole")))
                    oracle.expect(counter("messages_assembled"))
                    time.sleep(1)
            oracle.expect(fragments("too_slow"))
            oracle.expect(counter("disconnects_sent", "too_slow"))
            self.assertGreater(time.monotonic() - began, 29)
            self.is_served(fast)

    def test_d12_a_message_in_one_frame_is_whole_in_time_or_its_sender_is_given_up(self):
        with Oracle(self, self.start_public()) as oracle:
            slow = self.peer(oracle.node)
            slow.send(frame(APP_DATA, length=10_000))
            began, gone = time.monotonic(), False
            while time.monotonic() < began + 60 and not gone:
                try:
                    slow.send(b"x")
                except ConnectionError:
                    gone = True
                time.sleep(1)
            self.assertTrue(gone, "a minute for 60 bytes of a frame")
            oracle.expect(counter("disconnects_sent", "too_slow"))
            self.is_served(self.peer(oracle.node))

    def test_d13_unfinished_messages_share_one_budget(self):
        """24 peers, each with 8 MiB of a 10 MiB message, against 80 MiB, half of it for what is begun."""
        peers, heap_bytes = 24, 80 << 20
        node = self.start_wide(peers, "--memory.relay-heap-mb", 32, "--gossip.pool-mb", 16)
        most = frame(APP_DATA, length=10 << 20) + bytes(8 << 20)

        # The allocator keeps what the heap gives back: bounded by the plan, and not a leak.
        with Oracle(self, node, rss_growth_bytes=heap_bytes + POOLS_BYTES + (16 << 20),
                    rss_left_bytes=heap_bytes, cores=1) as oracle:
            for peer in self.crowd(node, peers):
                send_until_full(peer, most, 0.2)
                self.assertLessEqual(node.sum("ringwire_heap_used_bytes"), heap_bytes)
            self.assertGreater(node.sum("ringwire_heap_used_bytes"), heap_bytes // 4)
            # Who is honest meanwhile finds room, in a frame and in fragments.
            honest = self.peer(node)
            honest.send(frame(APP_DATA, bytes(8 << 20)))
            honest.send(b"".join(in_pieces(OTHER, frame(APP_DATA, bytes(200_000)))))
            oracle.expect(UNSUBSCRIBED, 2)
            self.is_served(honest)
            self.close_peers()
            self.assertTrue(eventually(lambda: node.sum("ringwire_heap_used_bytes") == 0))
            oracle.at_least(counter("refusals", "unfinished"), 4)
            honest = self.peer(node)
            honest.send(frame(APP_DATA, bytes(8 << 20)))
            oracle.expect(UNSUBSCRIBED)
            self.is_served(honest)


class Churn(HostileTest):
    STAGES = 4

    def leave(self, node, source: str, stage: int, hello: bytes) -> None:
        """Resets a connection after nothing, in the first header, in the hello, behind it."""
        with contextlib.suppress(ConnectionError):
            with socket.create_connection(node.address, nodes.LIVENESS_S, (source, 0)) as gone:
                gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                gone.sendall((b"", hello[:9], hello[:-1], hello)[stage])
                if stage == 3:
                    gone.recv(HEADER.size)

    def test_d16_connections_that_come_and_are_reset_at_any_stage_leave_nothing(self):
        """4,000, as fast as one thread makes them; with limits, which end nine of ten, and without."""
        count = 4000
        for name, flags in (("public", ("--limits.treat-loopback-as-public",)), ("private", ())):
            node = self.start(name, "--memory.receive-buffers", 256, "--memory.bulk-buffers", 2, *flags)
            hello = frame(wire.HANDSHAKE, wire.handshake(wire.Identity(), wire.keccak256(node.key)))
            growth = POOLS_BYTES + (8 << 20)
            with self.subTest(name), Oracle(self, node, rss_growth_bytes=growth, cores=1) as oracle:
                for number in range(count):
                    source = f"127.1.{number % 4}.{1 + number % 60}"
                    self.leave(node, source, number % self.STAGES, hello)
                accepted, gone = counter("driver_accepted"), counter("driver_accept_gone")
                self.assertTrue(eventually(lambda: oracle.risen(accepted) + oracle.risen(gone) >= count))
                if flags:
                    # Of three stages any number may be gone before it is accepted, as the threads take turns.
                    over = counter("connections_over_rate")
                    oracle.at_least(over, 1)
                    self.assertGreater(oracle.risen(over) + oracle.risen(gone), count * 3 // 4)
                else:
                    oracle.at_least(counter("connections_admitted"), count // self.STAGES)
                self.is_served(self.peer(node, "127.1.200.1"))

    def test_d16_a_peer_that_vanished_is_found_by_its_silence(self):
        node = self.start_public("--limits.idle-timeout-ms", 1000, "--limits.ping-interval-ms", 300)
        with Oracle(self, node) as oracle:
            silent = self.peer(node)
            self.assertEqual(silent.farewell(), 10, "timeout")
            oracle.expect(counter("idle_timeouts"))
            self.is_served(self.peer(node))


if __name__ == "__main__":
    unittest.TestCase.maxDiff = None
    cases.main()

"""Peers that break the protocol: closed with the reason that the specification names, and counted by name.

Each case is said by a client that knows codec/wire/README.md and nothing else.
"""

import os
import struct
import unittest

import cases
import nodes
import wire
from nodes import eventually
from wire import (APP_DATA, DISCONNECT, FRAGMENT, HANDSHAKE, HANDSHAKE_ACK, INITIATOR, PING, PUBLISH,
                  RESPONDER, SUBSCRIBE, TRANSACTIONS, Identity, auth_digest, frame, handshake, publish,
                  publish_digest, rlp, signed_publish)

BAD_PROTOCOL, BAD_CHECKSUM, SELF, WRONG_NETWORK, WRONG_IDENTITY, WRONG_VERSION = 1, 2, 5, 6, 7, 8


def frames(reason: str) -> str:
    return f'ringwire_frames_refused_total reason="{reason}"'


def handshakes(reason: str) -> str:
    return f'ringwire_handshakes_failed_total reason="{reason}"'


def fragments(reason: str) -> str:
    return f'ringwire_fragments_refused_total reason="{reason}"'


MALFORMED = 'ringwire_refusals_total reason="malformed_message"'
BLAMED = 'ringwire_refusals_total reason="blamed"'


class Hostile(nodes.NodeTest):
    def setUp(self):
        super().setUp()
        self.node = self.start("node")
        self.node_id = wire.keccak256(self.node.key)

    def connect(self) -> wire.Peer:
        peer = wire.Peer(self.node.address, self.node.key, nodes.LIVENESS_S)
        self.addCleanup(peer.close)
        return peer

    def counted(self, what: str) -> int:
        return self.node.sum(*what.split(" "))

    def expect(self, name: str, what: str, reason: int | None, say):
        """`say(peer)` breaks the protocol; it is counted as `what`, and the node's last word is `reason`."""
        with self.subTest(name=name):
            before = self.counted(what)
            peer = self.connect()
            say(peer)
            self.assertEqual(peer.farewell(), reason)
            peer.close()
            self.assertTrue(eventually(lambda: self.counted(what) == before + 1),
                            f"{what}: {self.counted(what) - before} counted")

    def tearDown(self):
        # None of it did the node any harm.
        peer = self.connect()
        peer.establish()
        self.assertTrue(eventually(lambda: self.node.sum("ringwire_connections") == 1))
        self.assertEqual(self.node.end(), 0, self.node.log.read_text())


class BeforeTheHandshake(Hostile):
    def test_frames_that_no_peer_may_send(self):
        hello = handshake(Identity(1), self.node_id)
        table = [
            ("another version", "bad_version", BAD_PROTOCOL, frame(HANDSHAKE, hello, version=2)),
            ("version 0", "bad_version", BAD_PROTOCOL, frame(HANDSHAKE, hello, version=0)),
            ("a flag that does not exist", "unknown_flag", BAD_PROTOCOL,
             frame(HANDSHAKE, hello, version=0x11)),
            ("a type that does not exist", "unknown_type", BAD_PROTOCOL, frame(0x7F)),
            ("type 0", "unknown_type", BAD_PROTOCOL, frame(0)),
            ("a handshake that is compressed", "not_compressible", BAD_PROTOCOL,
             frame(HANDSHAKE, hello, version=0x81)),
            ("one byte above the cap", "too_long", BAD_PROTOCOL, frame(HANDSHAKE, length=513)),
            ("the longest length there is", "too_long", BAD_PROTOCOL, frame(HANDSHAKE, length=0xFFFFFFFF)),
            ("a flipped bit", "bad_checksum", BAD_CHECKSUM,
             frame(HANDSHAKE, hello, sum_=wire.checksum(hello, HANDSHAKE) ^ 1)),
            ("no checksum", "bad_checksum", BAD_CHECKSUM, frame(HANDSHAKE, hello, sum_=0)),
            ("another protocol", "bad_version", BAD_PROTOCOL, b"GET / HTTP/1.1\r\nHost: node\r\n\r\n"),
            ("TLS", "bad_version", BAD_PROTOCOL, bytes.fromhex("1603010200010001fc0303") + bytes(64)),
            ("zeros", "bad_version", BAD_PROTOCOL, bytes(1000)),
        ]
        for kind in (PING, TRANSACTIONS, PUBLISH, SUBSCRIBE, FRAGMENT, APP_DATA):
            table.append((f"type {kind:#x} before the handshake", "not_allowed_yet", BAD_PROTOCOL,
                          frame(kind, bytes(10))))
        for name, counter, reason, data in table:
            self.expect(name, frames(counter), reason, lambda peer, data=data: peer.send(data))

    def test_random_bytes(self):
        refused = "ringwire_frames_refused_total"
        before = self.node.sum(refused)
        for _ in range(50):
            peer = self.connect()
            peer.send(os.urandom(200))
            self.assertIn(peer.farewell(), (BAD_PROTOCOL, None))
        self.assertTrue(eventually(lambda: self.node.sum(refused) == before + 50))

    def test_silence_is_ended_by_the_deadline(self):
        hasty = self.start("hasty", "--limits.handshake-timeout-ms", 300)
        for said in (b"", frame(HANDSHAKE)[:7],
                     frame(HANDSHAKE, handshake(Identity(1), wire.keccak256(hasty.key)))):
            peer = wire.Peer(hasty.address, hasty.key, nodes.LIVENESS_S)
            peer.send(said)
            self.assertIsNone(peer.farewell(), "who has proven nothing is told nothing")
            peer.close()
        self.assertTrue(eventually(
            lambda: hasty.sum("ringwire_connection_timeouts_total", 'phase="handshake"') == 3))
        self.assertEqual(hasty.end(), 0)


class Handshakes(Hostile):
    def test_handshakes_that_are_refused(self):
        identity = Identity()
        good = {"identity": identity, "expected": self.node_id}
        fields = [1, 1, INITIATOR, identity.key, self.node_id, bytes(32), 1337, b"", 0, bytes(32), 0, 0]

        def with_field(index: int, value) -> bytes:
            return rlp(fields[:index] + [value] + fields[index + 1:])

        not_a_point = bytes(63) + b"\x01"
        table = [
            ("empty", "malformed_handshake", BAD_PROTOCOL, b""),
            ("no list", "malformed_handshake", BAD_PROTOCOL, rlp(b"hello")),
            ("a list too short", "malformed_handshake", BAD_PROTOCOL, rlp(fields[:11])),
            ("bytes behind the list", "malformed_handshake", BAD_PROTOCOL, rlp(fields) + b"\0"),
            ("no point of the curve", "malformed_handshake", BAD_PROTOCOL, with_field(3, not_a_point)),
            ("a short key", "malformed_handshake", BAD_PROTOCOL, with_field(3, bytes(63))),
            ("a short nonce", "malformed_handshake", BAD_PROTOCOL, with_field(5, bytes(31))),
            ("an address without a port", "malformed_handshake", BAD_PROTOCOL, with_field(7, bytes(4))),
            ("versions turned round", "malformed_handshake", BAD_PROTOCOL, rlp([2, 1] + fields[2:])),
            ("the node's own role", "wrong_role", BAD_PROTOCOL, handshake(**good, role=RESPONDER)),
            ("the node's own key", "self", SELF, with_field(3, self.node.key)),
            ("another network", "wrong_network", WRONG_NETWORK, handshake(**good, network=1)),
            ("a later version", "no_common_version", WRONG_VERSION, handshake(**good, versions=(2, 3))),
            ("for somebody else", "expects_another", WRONG_IDENTITY, handshake(identity, bytes(32))),
        ]
        for name, counter, reason, payload in table:
            self.expect(name, handshakes(counter), reason,
                        lambda peer, payload=payload: peer.send(frame(HANDSHAKE, payload)))

    def test_fields_of_a_later_version_are_no_fault(self):
        peer = self.connect()
        mine = rlp([1, 9, INITIATOR, peer.identity.key, self.node_id, os.urandom(32), 1337, b"", 0, bytes(32),
                    0, 0xFFFF, [b"later", [1, 2]], b"and more"])
        peer.send(frame(HANDSHAKE, mine))
        theirs = peer.read_until(HANDSHAKE)
        peer.send(frame(HANDSHAKE_ACK, peer.identity.sign(auth_digest(INITIATOR, mine, theirs))))
        peer.read_until(HANDSHAKE_ACK)
        peer.send(frame(PING, bytes(8)))
        peer.read_until(wire.PONG)
        peer.close()

    def test_messages_out_of_order(self):
        hello = frame(HANDSHAKE, handshake(Identity(), self.node_id))
        table = [
            ("a second handshake", "duplicate_handshake", hello + hello),
            ("the ack first", "ack_before_handshake", frame(HANDSHAKE_ACK, bytes(65))),
        ]
        for name, counter, data in table:
            self.expect(name, handshakes(counter), BAD_PROTOCOL, lambda peer, data=data: peer.send(data))

    def test_proofs_that_prove_nothing(self):
        def ack_of(change):
            def say(peer):
                mine = handshake(peer.identity, self.node_id)
                peer.send(frame(HANDSHAKE, mine))
                theirs = peer.read_until(HANDSHAKE)
                peer.send(frame(HANDSHAKE_ACK, change(peer, mine, theirs)))
            return say

        def signed(peer, mine, theirs, role=INITIATOR):
            return peer.identity.sign(auth_digest(role, mine, theirs))

        def high_s(peer, mine, theirs):
            ack = signed(peer, mine, theirs)
            s = wire.N - int.from_bytes(ack[32:64], "big")
            return ack[:32] + s.to_bytes(32, "big") + bytes([ack[64] ^ 1])

        table = [
            ("too short", "malformed_ack", BAD_PROTOCOL, lambda *all_: signed(*all_)[:64]),
            ("recovery id 4", "bad_recovery_id", WRONG_IDENTITY, lambda *all_: signed(*all_)[:64] + b"\x04"),
            ("r is 0", "signature_out_of_range", WRONG_IDENTITY,
             lambda *all_: bytes(32) + signed(*all_)[32:]),
            ("s is n", "signature_out_of_range", WRONG_IDENTITY,
             lambda *all_: signed(*all_)[:32] + wire.N.to_bytes(32, "big") + b"\0"),
            ("the other s", "high_s", WRONG_IDENTITY, high_s),
            ("another key's", "wrong_signer", WRONG_IDENTITY,
             lambda _, mine, theirs: Identity().sign(auth_digest(INITIATOR, mine, theirs))),
            ("in the other role", "wrong_signer", WRONG_IDENTITY,
             lambda *all_: signed(*all_, role=RESPONDER)),
            ("over something else", "wrong_signer", WRONG_IDENTITY,
             lambda peer, mine, theirs: signed(peer, mine, mine)),
        ]
        for name, counter, reason, change in table:
            self.expect(name, handshakes(counter), reason, ack_of(change))

    def test_a_recorded_handshake_does_not_work_twice(self):
        recorded = self.connect()
        mine = handshake(recorded.identity, self.node_id)
        recorded.send(frame(HANDSHAKE, mine))
        theirs = recorded.read_until(HANDSHAKE)
        ack = recorded.identity.sign(auth_digest(INITIATOR, mine, theirs))
        recorded.send(frame(HANDSHAKE_ACK, ack))
        recorded.read_until(HANDSHAKE_ACK)
        self.expect("replay", handshakes("wrong_signer"), WRONG_IDENTITY,
                    lambda peer: peer.send(frame(HANDSHAKE, mine) + frame(HANDSHAKE_ACK, ack)))
        recorded.send(frame(PING, bytes(8)))
        recorded.read_until(wire.PONG)
        recorded.close()


class Established(Hostile):
    def after(self, data: bytes):
        def say(peer):
            peer.establish()
            peer.send(data)
        return say

    def test_frames_and_records_that_no_peer_may_send(self):
        compressed = struct.pack(">I", 100) + b"no block of LZ4"
        too_long = struct.pack(">I", 10_485_761) + bytes(10)
        author, victim = Identity(), Identity()
        signature = author.sign(publish_digest(author.id, 1, b"t", b"x"))
        twin = (wire.N - int.from_bytes(signature[32:64], "big")).to_bytes(32, "big")
        table = [
            ("a topic message in another's name", BLAMED, BAD_PROTOCOL,
             frame(PUBLISH, signed_publish(b"t", b"x", victim.id, 1, signature))),
            ("a topic message that was altered", BLAMED, BAD_PROTOCOL,
             frame(PUBLISH, signed_publish(b"t", b"y", author.id, 1, signature))),
            ("a signature without low s", MALFORMED, BAD_PROTOCOL,
             frame(PUBLISH, signed_publish(b"t", b"x", author.id, 1, signature[:32] + twin + b"\0"))),
            ("an author cut short", MALFORMED, BAD_PROTOCOL,
             frame(PUBLISH, signed_publish(b"t", b"", author.id, 1, signature[:64]))),
            ("a flipped bit", frames("bad_checksum"), BAD_CHECKSUM, frame(PING, bytes(8), sum_=1)),
            ("a length above the cap", frames("too_long"), BAD_PROTOCOL, frame(PUBLISH, length=4_194_305)),
            ("a block that does not unpack", frames("bad_compression"), BAD_PROTOCOL,
             frame(APP_DATA, compressed, version=0x81)),
            ("a block that unpacks to too much", frames("too_long_uncompressed"), BAD_PROTOCOL,
             frame(APP_DATA, too_long, version=0x81)),
            ("a ping without a nonce", MALFORMED, BAD_PROTOCOL, frame(PING, bytes(7))),
            ("another handshake", MALFORMED, BAD_PROTOCOL,
             frame(HANDSHAKE, handshake(Identity(1), self.node_id))),
            ("a goodbye without a reason", MALFORMED, BAD_PROTOCOL, frame(DISCONNECT)),
            ("transactions that are no list", MALFORMED, BAD_PROTOCOL, frame(TRANSACTIONS, rlp(b"x"))),
            ("bytes behind the transactions", MALFORMED, BAD_PROTOCOL, frame(TRANSACTIONS, rlp([]) + b"\0")),
            ("a transaction that is none", BLAMED, BAD_PROTOCOL, frame(TRANSACTIONS, rlp([[1, 2, 3]]))),
            ("no topic", MALFORMED, BAD_PROTOCOL, frame(PUBLISH, publish(b"", b"x"))),
            ("a topic cut short", MALFORMED, BAD_PROTOCOL, frame(PUBLISH, b"\x08\x20short")),
            ("more hops than there may be", MALFORMED, BAD_PROTOCOL, frame(PUBLISH, publish(b"t", b"x", 33))),
            ("an encoding that does not exist", MALFORMED, BAD_PROTOCOL, frame(PUBLISH, b"\x08\x01t\x02x")),
            ("a packed topic message that does not unpack", MALFORMED, BAD_PROTOCOL,
             frame(PUBLISH, b"\x08\x01t\x01" + compressed)),
        ]
        for name, counter, reason, data in table:
            self.expect(name, counter, reason, self.after(data))

    def test_fragments_that_no_peer_may_send(self):
        inner = frame(APP_DATA, bytes(20_000))
        slot = 4  # "other", which AppData belongs to
        first, last, abort = 1, 2, 4

        def piece(number: int, flags: int, data: bytes = b"") -> bytes:
            return frame(FRAGMENT, bytes([number, flags]) + data)

        begun = piece(slot, first, inner[:1000])
        table = [
            ("no flags byte", "malformed", frame(FRAGMENT, b"\x04")),
            ("a flag that does not exist", "malformed", piece(slot, 8, b"x")),
            ("an abort with bytes", "malformed", begun + piece(slot, abort, b"x")),
            ("no bytes", "malformed", piece(slot, first)),
            ("a class that does not exist", "unknown_slot", piece(5, first, inner[:1000])),
            ("the middle of nothing", "not_open", piece(slot, 0, b"x")),
            ("the end of nothing", "not_open", piece(slot, last, b"x")),
            ("two at once", "already_open", begun + begun),
            ("less than a header", "short_first", piece(slot, first, inner[:17])),
            ("an inner type that does not exist", "bad_inner_header", piece(slot, first, frame(0x7F) + b"x")),
            ("an inner length above its cap", "bad_inner_header",
             piece(slot, first, frame(APP_DATA, length=0xFFFFFFFF) + b"x")),
            ("a fragment in a fragment", "not_fragmentable", piece(slot, first, begun)),
            ("another class's slot", "wrong_slot", piece(2, first, inner[:1000])),
            ("more than was declared", "too_many_bytes",
             piece(slot, first, frame(APP_DATA, bytes(20), length=10))),
            ("less than was declared", "too_few_bytes", begun + piece(slot, last, inner[1000:1100])),
        ]
        for name, counter, data in table:
            self.expect(name, fragments(counter), BAD_PROTOCOL, self.after(data))
        damaged = inner[:-1] + b"\x01"
        self.expect("a flipped bit inside", fragments("bad_checksum"), BAD_CHECKSUM,
                    self.after(piece(slot, first, damaged[:16_000]) + piece(slot, last, damaged[16_000:])))

    def test_a_peer_that_is_silent_is_disconnected(self):
        strict = self.start("strict", "--limits.idle-timeout-ms", 1000, "--limits.ping-interval-ms", 300)
        peer = wire.Peer(strict.address, strict.key, nodes.LIVENESS_S)
        self.addCleanup(peer.close)
        peer.establish()
        self.assertEqual(peer.farewell(), 10, "timeout")
        self.assertEqual(strict.sum("ringwire_idle_timeouts_total"), 1)
        self.assertEqual(strict.end(), 0)


if __name__ == "__main__":
    cases.main()

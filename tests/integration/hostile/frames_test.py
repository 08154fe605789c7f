"""Group C: framing and codecs, over sessions that were proven. A row of a table is one session.

Cases by id: tests/README.md.
"""

import ctypes
import os
import pathlib
import re
import struct
import time
import unittest

import cases
import wire
from hostile import (BAD_CHECKSUM, BAD_PROTOCOL, BLAMED, MALFORMED, POOLS_BYTES, UNHANDLED, UNSUBSCRIBED,
                     HostileTest, counter, frames, handshakes)
from nodes import eventually, total
from oracle import Oracle
from wire import (APP_DATA, FRAGMENT, HANDSHAKE, PING, PUBLISH, TRANSACTIONS, frame, publish, rlp)

PAGE = pathlib.Path(os.environ["RINGWIRE_SOURCE"]) / "codec/wire/README.md"
APP_DATA_CAP, PUBLISH_CAP = 10_485_760, 4_194_304
COMPRESSED = 0x81
DELIVERIES = counter("deliveries")
HEADER_BITS, TIMESTAMP_BIT = 144, 80

_lz4 = ctypes.CDLL("liblz4.so.1")


def caps() -> dict[int, int]:
    """Of the types that come in a session, from section 2 of the page."""
    rows = re.findall(r"^\| 0x(\w\w) \| \w+ \| ([\d,]+) \|", PAGE.read_text(), re.M)
    return {int(code, 16): int(cap.replace(",", "")) for code, cap in rows if code not in ("01", "02")}


def packed(data: bytes) -> bytes:
    """One LZ4 block."""
    out = ctypes.create_string_buffer(len(data) + 1024)
    size = _lz4.LZ4_compress_default(data, out, len(data), len(out))
    return out.raw[:size]


def app_data(block: bytes, size: int, plain: bytes | None = None) -> bytes:
    """AppData that came compressed, with the checksum of `plain`."""
    sum_ = wire.checksum(plain or b"", APP_DATA)
    return frame(APP_DATA, struct.pack(">I", size) + block, version=COMPRESSED, sum_=sum_)


class Frames(HostileTest):
    def setUp(self):
        super().setUp()
        self.node = self.start_public()

    def refuse_all(self, oracle: Oracle, what, reason, rows: dict) -> None:
        for name, said in rows.items():
            self.refuse(oracle, name, what, reason, said, established=True)


class Lengths(Frames):
    def test_c1_c2_a_length_is_judged_by_its_type_before_a_byte_of_it_is_kept(self):
        peers = 400
        node = self.start_wide(peers, name="wide")
        self.assertEqual(len(caps()), 46)
        with Oracle(self, node, rss_growth_bytes=16 << 20) as oracle:
            rows = {f"type {kind:#x}, one byte above its cap": frame(kind, length=cap + 1)
                    for kind, cap in caps().items()}
            rows |= {f"{length} bytes of {kind:#x}": frame(kind, length=length)
                     for kind in (APP_DATA, PING) for length in (1 << 31, (1 << 32) - 1)}
            self.refuse_all(oracle, frames("too_long"), BAD_PROTOCOL, rows)
            # What the cap allows is waited for, and nothing is kept for it.
            waiting = self.crowd(node, peers)
            for number, peer in enumerate(waiting):
                kind = (APP_DATA, PUBLISH)[number % 2]
                peer.send(frame(kind, length=(APP_DATA_CAP, PUBLISH_CAP)[number % 2]) + b"x")
            time.sleep(0.2)
            self.assertLess(node.sum("ringwire_heap_used_bytes"), 4 << 20)
            oracle.expect(counter("frames_cut"), peers)
            for peer in waiting:
                peer.close()
            # The control: as much as the cap allows, and all of it comes.
            honest = self.peer(node)
            honest.send(frame(PUBLISH, publish(b"t", bytes(PUBLISH_CAP - 4))))
            oracle.expect(DELIVERIES)
            self.is_served(honest)


class Damage(Frames):
    def test_c3_each_flipped_bit_of_a_header_is_one_refusal_or_nothing(self):
        payload = b"\xffseven.."  # no slot of a fragment either, where the type turns into that
        good = frame(PING, payload)
        found = [("ringwire_frames_refused_total", ""), MALFORMED, ("ringwire_fragments_refused_total", ""),
                 UNHANDLED]
        handled = 0
        with Oracle(self, self.node) as oracle:
            for bit in range(TIMESTAMP_BIT):
                said = bytearray(good)
                said[bit // 8] ^= 0x80 >> bit % 8
                length = struct.unpack_from(">I", said, 2)[0]
                peer = self.peer(self.node)
                peer.send(bytes(said) + bytes(max(0, min(length, 4096) - len(payload))))
                if said[1] in caps() and said[1] not in (PING, FRAGMENT):
                    self.is_served(peer)  # a type nobody handles yet: the checksum is that of a payload
                    handled += 1
                else:
                    self.assertIn(peer.farewell(), (BAD_PROTOCOL, BAD_CHECKSUM, None), bit)
                peer.close()
            self.assertEqual(handled, 2)
            self.assertTrue(eventually(lambda: sum(oracle.risen(each) for each in found) == TIMESTAMP_BIT),
                            {each: oracle.risen(each) for each in found})
            oracle.at_least(frames("bad_checksum"), 32)
            # Nothing depends on the timestamp.
            honest = self.peer(self.node)
            for bit in range(TIMESTAMP_BIT, HEADER_BITS):
                said = bytearray(good)
                said[bit // 8] ^= 0x80 >> bit % 8
                honest.send(bytes(said))
            self.is_served(honest)

    def test_c3_a_wrong_checksum_ends_it_though_good_frames_follow(self):
        plain = b"text " * 1000
        block, ping = packed(plain), frame(PING, bytes(8))
        with Oracle(self, self.node) as oracle:
            self.refuse_all(oracle, frames("bad_checksum"), BAD_CHECKSUM, {
                "a flipped bit": frame(PING, b"\x01" + bytes(7), sum_=wire.checksum(bytes(8), PING)),
                "no checksum, though it was not agreed on": frame(PING, bytes(8), sum_=0),
                "of the packed bytes": app_data(block, len(plain), struct.pack(">I", len(plain)) + block),
                "with a good frame behind it": frame(PING, bytes(8), sum_=1) + ping,
            })
            honest = self.peer(self.node)
            honest.send(app_data(block, len(plain), plain))
            oracle.expect(UNSUBSCRIBED)
            self.is_served(honest)

    def test_c4_a_stream_means_the_same_however_it_is_cut(self):
        message = frame(PUBLISH, publish(b"t", os.urandom(10_000)))
        with Oracle(self, self.node) as oracle:
            listener, peer = self.peer(self.node), self.peer(self.node)
            said = [frame(PUBLISH, publish(b"t", b"%d" % number)) for number in range(18 + 64)]
            for at in range(18):
                peer.send(said[at][:at])
                time.sleep(0.002)
                peer.send(said[at][at:])
            peer.send(b"".join(said[18:]))
            for at in range(len(message)):
                peer.send(message[at:at + 1])
            oracle.expect(DELIVERIES, len(said) + 1)
            heard = {listener.read_until(PUBLISH)[1:] for _ in range(len(said) + 1)}
            self.assertEqual(heard, {each[19:] for each in (*said, message)})
            # The bad twin, cut in single bytes as well, is refused once.
            self.refuse(oracle, "in single bytes", frames("bad_checksum"), BAD_CHECKSUM, established=True,
                        say=lambda peer: [peer.send(bytes([byte])) for byte in frame(PING, bytes(8), sum_=1)])

    def test_c5_nothing_may_follow_what_is_whole(self):
        author = wire.Identity()
        signature = author.sign(wire.publish_digest(author.id, 1, b"t", b"x"))
        twin = (wire.N - int.from_bytes(signature[32:64], "big")).to_bytes(32, "big")
        with Oracle(self, self.node) as oracle:
            self.refuse_all(oracle, MALFORMED, BAD_PROTOCOL, {
                "behind a list of transactions": frame(TRANSACTIONS, rlp([]) + b"\0"),
                "no list": frame(TRANSACTIONS, rlp(b"x")),
                "a list longer than its message": frame(TRANSACTIONS, b"\xc5" + bytes(3)),
                "a long form of a short list": frame(TRANSACTIONS, b"\xf8\x00"),
                "a ping without a nonce": frame(PING, bytes(7)),
                "no topic": frame(PUBLISH, publish(b"", b"x")),
                "a topic cut short": frame(PUBLISH, b"\x08\x20short"),
                "more hops than there may be": frame(PUBLISH, publish(b"t", b"x", 33)),
                "an encoding that does not exist": frame(PUBLISH, b"\x08\x01t\x02x"),
                "an author cut short": frame(PUBLISH, wire.signed_publish(b"t", b"", author.id, 1,
                                                                          signature[:64])),
                "a signature without low s": frame(PUBLISH, wire.signed_publish(
                    b"t", b"x", author.id, 1, signature[:32] + twin + b"\0")),
            })
            self.refuse_all(oracle, BLAMED, BAD_PROTOCOL, {
                "in a transaction": frame(TRANSACTIONS, rlp([[1, 2, 3]])),
            })
            hello = wire.handshake(wire.Identity(), wire.keccak256(self.node.key))
            self.refuse(oracle, "behind a handshake", handshakes("malformed_handshake"), BAD_PROTOCOL,
                        frame(HANDSHAKE, hello + b"\0"))
            honest = self.peer(self.node)
            honest.send(frame(TRANSACTIONS, rlp([])) + frame(PING, bytes(1024)))
            honest.send(frame(PUBLISH, publish(b"t", b"x")))
            oracle.expect(DELIVERIES)
            self.is_served(honest)


class Compression(Frames):
    """AppData in a frame that says it is compressed; topic messages are packed by their own rule."""

    def setUp(self):
        super().setUp()
        self.plain = b"the quick brown fox jumps over the lazy dog; " * 40
        self.block = packed(self.plain)

    def publish_packed(self, block: bytes, size: int) -> bytes:
        return frame(PUBLISH, b"\x08\x01t\x01" + struct.pack(">I", size) + block)

    def control(self, oracle: Oracle) -> None:
        """The same bytes, as they should be."""
        honest = self.peer(self.node)
        honest.send(app_data(self.block, len(self.plain), self.plain))
        oracle.expect(UNSUBSCRIBED)
        honest.send(self.publish_packed(self.block, len(self.plain)))
        oracle.expect(DELIVERIES)
        self.is_served(honest)

    def test_c12_a_declared_size_allocates_nothing(self):
        five = b"\x10x\0\0\0"
        with Oracle(self, self.node, rss_growth_bytes=POOLS_BYTES + (4 << 20)) as oracle:
            for size in (APP_DATA_CAP + 1, 1 << 31, (1 << 32) - 1):
                self.refuse_all(oracle, frames("too_long_uncompressed"), BAD_PROTOCOL,
                                {f"{size} bytes": app_data(five, size)})
            for _ in range(40):  # 400 MiB, if it believed them
                self.refuse_all(oracle, frames("bad_compression"), BAD_PROTOCOL,
                                {"as much as it may": app_data(five, APP_DATA_CAP)})
                self.refuse_all(oracle, MALFORMED, BAD_PROTOCOL,
                                {"in a topic message": self.publish_packed(five, PUBLISH_CAP),
                                 "above the cap of one": self.publish_packed(five, (1 << 32) - 1)})
            self.control(oracle)

    def test_c13_c14_blocks_that_reach_outside_themselves_are_refused(self):
        tail = b"\x50tails"  # the last five bytes are literals
        blocks = {"nothing": (b"", 1), "size 0": (tail, 0),
                  "one byte short": (self.block[:-1], len(self.plain)),
                  "one byte more": (self.block + b"\0", len(self.plain)),
                  "another size": (self.block, len(self.plain) - 1),
                  "a run of literals without end": (b"\xf0" + b"\xff" * 1000, 1 << 20),
                  "a match without end": (b"\x1fa\x01\x00" + b"\xff" * 1000, 1 << 20),
                  "an offset cut off": (b"\x1fa\x01", 20),
                  "an offset before the start": (b"\x18a\x02\x00" + tail, 18),
                  "offset 65535": (b"\x18a\xff\xff" + tail, 18),
                  "offset 0": (b"\x18a\x00\x00" + tail, 18),
                  "an end without literals": (b"\x18a\x01\x00", 13)}
        with Oracle(self, self.node, rss_growth_bytes=POOLS_BYTES + (4 << 20)) as oracle:
            self.refuse_all(oracle, frames("bad_compression"), BAD_PROTOCOL,
                            {name: app_data(*block) for name, block in blocks.items()})
            self.refuse_all(oracle, MALFORMED, BAD_PROTOCOL,
                            {f"packed, {name}": self.publish_packed(*block)
                             for name, block in blocks.items()})
            self.control(oracle)

    def test_c14_what_an_offset_of_0_would_repeat_is_nobodys_message(self):
        """liblz4 1.9.4 takes such a block and gives out what was in its buffer before."""
        secret = b"another peer's secret" * 100
        leak = b"\x1fa\x00\x00" + b"\xff" * 7 + b"\x10" + b"\x50tails"
        with Oracle(self, self.node, rss_growth_bytes=POOLS_BYTES + (4 << 20)) as oracle:
            listener, victim = self.peer(self.node), self.peer(self.node)
            for number in range(10):
                victim.send(self.publish_packed(packed(secret + bytes([number])), len(secret) + 1))
                oracle.expect(DELIVERIES)
                self.refuse_all(oracle, MALFORMED, BAD_PROTOCOL,
                                {"offset 0": self.publish_packed(leak, 1826)})
            for _ in range(10):
                self.assertNotIn(leak, listener.read_until(PUBLISH))
            self.control(oracle)

    def test_c15_no_flipped_bit_of_a_block_gets_past_the_checksum(self):
        flips = 60
        refused = (frames("bad_compression"), frames("bad_checksum"))
        with Oracle(self, self.node) as oracle:
            for number in range(flips):
                bit = number * (8 * len(self.block)) // flips
                block = bytearray(self.block)
                block[bit // 8] ^= 1 << bit % 8
                peer = self.peer(self.node)
                peer.send(app_data(bytes(block), len(self.plain), self.plain))
                self.assertIn(peer.farewell(), (BAD_PROTOCOL, BAD_CHECKSUM))
                peer.close()
            self.assertTrue(eventually(lambda: sum(oracle.risen(each) for each in refused) == flips),
                            [oracle.risen(each) for each in refused])
            for each in refused:  # both happen
                oracle.at_least(each, 1)
            self.control(oracle)


class Collisions(Frames):
    def test_c16_ids_chosen_for_one_place_go_to_both_shards(self):
        """100,000 collisions of a Keccak cannot be made here. These agree in the bits that a table without a
        key would go by, and a key spreads them; clusters in one table: gossip/seen_cache_test.cpp."""
        wanted, chosen, number = 96, [], 0
        while len(chosen) < wanted:
            number += 1
            body = number.to_bytes(4, "big")
            id_ = wire.keccak256(b"\x01t" + body)  # of a topic message without an author
            if id_[0] & 1 == 0 and id_[7] & 1 == 0 and id_[-1] & 1 == 0:
                chosen.append(body)
        with Oracle(self, self.node) as oracle:
            peer = self.peer(self.node)
            for body in chosen:
                peer.send(frame(PUBLISH, publish(b"t", body)))
            oracle.expect(counter("gossip_decided"), wanted)
            self.assertTrue(eventually(lambda: oracle.risen(counter("gossip_decided")) == wanted))
            samples = self.node.metrics()
            shares = [total(samples, "ringwire_gossip_decided_total", f'shard="{shard}"') for shard in (0, 1)]
            self.assertGreater(min(shares), wanted / 5, shares)


if __name__ == "__main__":
    unittest.TestCase.maxDiff = None
    cases.main()

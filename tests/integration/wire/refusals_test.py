"""Records that the page forbids, and their twins on the right side of the bound: the reader of this folder
and the project refuse the ones and accept the others.
"""

import random
import unittest

import bounds
import cases
import frames
import page
import records
from fixed import SIGNED, N
from lz4_block import sequence
from page import CODES, TYPES
from project import heard, judge
from rlp import LIST, STRING, wrap

HASH = bytes(32)
EMPTY_LIST = b"\xc0"


def nested(depth: int) -> bytes:
    item = EMPTY_LIST
    for _ in range(depth - 1):
        item = wrap(LIST, item)
    return item


class Records(unittest.TestCase):
    """Cases are collected, and judged by both when a test has ended."""

    def setUp(self):
        self.rng = random.Random(1)
        self.cases = []

    def tearDown(self):
        answers = heard(b"".join(frames.write(code, payload) for code, payload, _, _ in self.cases), 1)
        self.assertEqual(len(answers), len(self.cases), answers[-1:])
        for (code, payload, good, what), said in zip(self.cases, answers):
            where = f"{TYPES[code].name}, {what}: {payload[:80].hex()}"
            self.assertEqual("malformed" not in said, good, f"the project on {where}: {str(said)[:200]}")
            why = judge(code, payload)
            self.assertEqual(why == "", good, f"the reader on {where}: {why}")

    def payload(self, name: str, good: bool, payload: bytes, what: str):
        """What is over the cap is refused before it is a record."""
        if len(payload) <= TYPES[CODES[name]].cap:
            self.cases.append((CODES[name], payload, good, what))
        else:
            self.assertFalse(good, f"{name}, {what}")

    def message(self, name: str, good: bool, fields: dict):
        """A random message but for these fields."""
        codec = records.CODECS[CODES[name]]
        message = codec.make(self.rng)
        self.assertLessEqual(fields.keys(), message.keys())
        self.payload(name, good, codec.write({**message, **fields}), str(fields)[:80])

    def bound(self, name: str, field: str, good: list, bad: list, **others):
        for value in good + bad:
            self.message(name, value in good, {field: value, **others})

    def test_rlp_that_is_not_strict(self):
        number, hashes = b"\x07", wrap(LIST, wrap(STRING, HASH))
        good = wrap(LIST, number + hashes)
        self.payload("GetNodeData", True, good, "as it should be")
        for what, payload in {
                "behind the list": good + b"\0",
                "behind the last field": wrap(LIST, number + hashes + b"\1"),
                "nothing": b"",
                "a string": wrap(STRING, number + hashes),
                "a field is missing": wrap(LIST, number),
                "a list for a number": wrap(LIST, EMPTY_LIST + hashes),
                "a string for a list": wrap(LIST, b"\7\x80"),
                "two bytes for one": wrap(LIST, b"\x81\x07" + hashes),
                "zero as a byte": wrap(LIST, b"\0" + hashes),
                "a leading zero": wrap(LIST, b"\x82\0\x87" + hashes),
                "nine bytes": wrap(LIST, b"\x89\1" + bytes(8) + hashes),
                "a long length for a short list": b"\xf8\x23" + good[1:],
                "a zero in a length": b"\xf9\0" + wrap(LIST, number + wrap(LIST, 2 * wrap(STRING, HASH)))[1:],
                "cut off": good[:-1],
                "a short hash": wrap(LIST, number + wrap(LIST, wrap(STRING, HASH[1:])))}.items():
            self.payload("GetNodeData", False, payload, what)

    def test_counts(self):
        for name, (field, most) in bounds.COUNTS.items():
            form = dict(page.MESSAGES[CODES[name]].fields)[field].item
            item = min((form.make(self.rng) for _ in range(30)), key=lambda value: len(form.write(value)))
            if name == "SnapshotManifest":
                item = next(m for m in iter(lambda: bounds.make(CODES["SnapshotManifest"], self.rng), None)
                            if m["snapshot"])["snapshot"][0]
            for count in (most, most + 1):
                same = {"types": bytes(count), "sizes": [0] * count} if "PooledTransactionH" in name else {}
                self.message(name, count == most, {field: [item] * count, **same})

    def test_peers_and_topics(self):
        for name in ("Neighbors", "Prune"):
            self.bound(name, "records", [[], [b""], [bytes(300)]], [[bytes(301)]])
        for name in ("IHave", "Graft", "Prune"):
            self.bound(name, "topic", [b"t", bytes(128)], [b"", bytes(129)])
        self.bound("Prune", "back-off", [0, 3600], [3601])

    def test_blocks(self):
        start = {"start-hash": b"", "start-number": 5}
        self.bound("GetBlockHeaders", "limit", [0, 1024], [1025], **start)
        self.message("GetBlockHeaders", False, {**start, "start-hash": HASH})
        self.bound("GetBlockHeaders", "reverse", [0, 1], [2])
        self.bound("BlockChunk", "data", [b"\0", bytes(262_144)], [b"", bytes(262_145)])
        self.bound("BlockChunk", "index", [0, 639], [640])
        self.bound("GetBlockTxs", "index", [[], [0, 99_999], list(range(2000))], [[1, 1], [2, 1], [100_000]])
        self.bound("BlockTxs", "tx", [[], [b"\1\0"], [b"\x7f\0"], [EMPTY_LIST], [b"\xc2\x81\0"]], [])
        for tx in (b"\1", b"\x81\x80", b"\x82\0\0", b"\x82\x80\0", b"\x80"):
            fields = b"\x80" + wrap(STRING, HASH) + wrap(LIST, tx)
            self.payload("BlockTxs", False, wrap(LIST, fields), tx.hex())

    def test_manifests(self):
        whole = {"block-bytes": 10_485_760, "chunk-bytes": 16_384, "chunks": [HASH] * 640}
        self.bound("BlockManifest", "proof", [b"", bytes(1024)], [bytes(1025)])
        self.message("BlockManifest", True, whole)
        self.message("BlockManifest", True, {**whole, "chunk-bytes": 262_144, "chunks": [HASH] * 40})
        self.message("BlockManifest", True, {**whole, "block-bytes": 1, "chunks": [HASH]})
        for field, value in (("block-bytes", 10_485_761), ("block-bytes", 0), ("chunk-bytes", 16_383),
                             ("chunk-bytes", 262_145), ("chunks", [HASH] * 639), ("chunks", [HASH] * 641)):
            self.message("BlockManifest", False, {**whole, field: value})

    def test_compact_blocks(self):
        def placed(*indexes):
            return [{"index": index, "tx": EMPTY_LIST} for index in indexes]
        short = {"short-ids": [bytes(6)] * 2}
        self.bound("CompactBlock", "placed", [placed(), placed(0, 3), placed(1, 2)],
                   [placed(0, 4), placed(1, 1), placed(2, 1)], **short)
        self.message("CompactBlock", True, {"short-ids": [bytes(6)] * 100_000, "placed": []})
        self.message("CompactBlock", False, {"short-ids": [bytes(6)] * 100_000, "placed": placed(0)})
        self.bound("CompactBlock", "short-ids", [], [[bytes(5)], [bytes(7)]], placed=[])

    def test_announced_transactions_are_as_many_of_each(self):
        good = {"types": b"\0\xff", "sizes": [0, 2**32 - 1], "hash": [HASH] * 2}
        self.message("NewPooledTransactionHashes", True, good)
        for field, value in (("types", b"\0"), ("sizes", [1] * 3), ("hash", [HASH]), ("sizes", [0, 2**32])):
            self.message("NewPooledTransactionHashes", False, {**good, field: value})

    def test_snapshots(self):
        good = {"format": 1, "number": 1, "block": HASH, "state-root": HASH, "total-bytes": 65_537,
                "chunk-bytes": 65_536, "chunks": [HASH] * 2}
        most = {**good, "total-bytes": 2**32, "chunks": [HASH] * 65_536}
        self.bound("SnapshotManifest", "snapshot", [[], [good], [most]],
                   [[{**good, "total-bytes": 0, "chunks": []}], [{**good, "chunks": [HASH]}],
                    [{**good, "chunk-bytes": 65_535}],
                    [{**most, "total-bytes": 2**32 + 1, "chunks": [HASH] * 65_537}],
                    [{**good, "chunk-bytes": 4_194_305, "chunks": [HASH]}]])
        self.bound("GetSnapshotChunk", "index", [0, 65_535], [65_536])
        self.bound("SnapshotChunk", "data", [b"", bytes(4_194_304)], [bytes(4_194_305)])

    def test_handshakes(self):
        self.bound("Handshake", "version-min", [1, 5], [0, 6], **{"version-max": 5})
        self.bound("Handshake", "role", [0, 1], [2], **{"expected-id": b""})
        self.bound("Handshake", "expected-id", [b"", HASH], [HASH[1:], HASH + b"\0"], role=0)
        self.bound("Handshake", "public-key", [], [bytes(64), b"\xff" * 64, bytes(63)])
        mapped = bytes(10) + b"\xff\xff\x7f\0\0\1"
        self.bound("Handshake", "listen-address", [bytes(4), bytes(16)], [b"", bytes(5), mapped],
                   **{"listen-port": 1})
        self.bound("Handshake", "listen-port", [1, 65_535], [0, 65_536], **{"listen-address": bytes(4)})
        self.bound("Handshake", "listen-port", [0], [1], **{"listen-address": b""})

    def test_what_follows_the_fields_of_a_handshake(self):
        for later in ([], [b"\x80"], [wrap(STRING, b"x" * 33)], [wrap(STRING, b"a\nb")], [EMPTY_LIST],
                      [nested(64)], [b"\x61", nested(64)], [b"\x61", EMPTY_LIST, b"\7"]):
            self.message("Handshake", True, {"later": later})
        for later in ([b"\x81\1"], [nested(65)], [b"\x61", nested(65)], [b"\x61", wrap(LIST, b"\xb8\1\xff")],
                      [b"\x61", b"\xc2\x81\1"], [b"\x82\1"]):
            self.message("Handshake", False, {"later": later})

    def test_signatures(self):
        self.bound("HandshakeAck", "r", [1, N - 1], [0, N])
        self.bound("HandshakeAck", "s", [1, N // 2], [0, N // 2 + 1, N - 1])
        self.bound("HandshakeAck", "recovery", [0, 3], [4])
        self.payload("HandshakeAck", False, bytes(64), "64 bytes")

    def test_session_records(self):
        self.bound("Ping", "padding", [b"", bytes(1016)], [bytes(1017)])
        self.payload("Pong", False, bytes(7), "7 bytes")
        self.bound("Disconnect", "text", [b"", b"\xff" * 128], [bytes(129)])
        self.payload("Disconnect", False, b"", "no reason")
        self.bound("WindowUpdate", "class", [0, 4], [5])
        self.bound("WindowUpdate", "credit", [1, 2**32 - 1], [0])
        self.payload("WindowUpdate", False, b"\0\0\0\1", "4 bytes")
        self.bound("Fragment", "flags", [0, 1, 2, 3], [4, 5, 6, 7, 8, 128], bytes=b"x")
        self.bound("Fragment", "bytes", [b""], [b"x"], flags=4)
        self.bound("Fragment", "bytes", [b"x", bytes(16_384)], [b"", bytes(16_385)], flags=1)
        self.payload("Fragment", False, b"\0", "1 byte")

    def test_publish_and_subscribe(self):
        plain = {"encoding": 0, "body": b""}
        self.bound("Publish", "ttl", [0, 32], [33, 255], **plain)
        self.bound("Publish", "topic", [b"t", bytes(128)], [b"", bytes(129)], **plain)
        self.bound("Publish", "encoding", [0], [2, 0x7F, 0x82, 255], body=b"")
        codec = records.CODECS[CODES["Publish"]]
        good = next(m for m in iter(lambda: codec.make(self.rng), None) if m["encoding"] == SIGNED)
        for r, s, recovery in ((1, 1, 0), (N - 1, N // 2, 3), (0, 1, 0), (N, 1, 0), (1, 0, 0),
                               (1, N // 2 + 1, 0), (1, N - 1, 0), (1, 1, 4)):
            is_good = 1 <= r < N and 1 <= s <= N // 2 and recovery < 4
            signature = r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([recovery])
            self.payload("Publish", is_good, codec.write({**good, "signature": signature}), f"{r} {s}")
        whole = codec.write({**good, "body": b""})
        self.payload("Publish", True, whole, "nothing but an author")
        for size in (len(whole) - 1, 3 + len(good["topic"])):
            self.payload("Publish", False, whole[:size], "an author cut short")
        for payload in (b"", b"\1", b"\1\1", b"\1\1t"):
            self.payload("Publish", False, payload, "cut off")
        size = (4).to_bytes(4, "big")
        self.bound("Publish", "body", [size + sequence(b"abcd")],
                   [b"", size, size + sequence(b"abc"), bytes(4) + sequence(b""), size + sequence(b"a", 1, 4),
                    (4_194_305).to_bytes(4, "big") + sequence(b"abcd")], encoding=1)
        self.bound("Subscribe", "on", [0, 1], [2])
        self.bound("Subscribe", "topic", [b"t", bytes(128)], [b"", bytes(129)])
        for name in ("AppRequest", "AppResponse"):
            self.payload(name, False, bytes(7), "7 bytes")
            self.payload(name, True, bytes(8), "8 bytes")

    def transaction(self, kind: int, good: bool, fields: dict):
        codec = records.CODECS[CODES["Transactions"]]
        made = next(m for m in iter(lambda: codec.make_one(self.rng), None) if m["kind"] == kind)
        self.message("Transactions", good, {"transactions": [made, {**made, **fields}]})

    def test_transactions(self):
        for kind in range(5):
            for field, good, bad in (("r", [1, N - 1], [0, N]), ("s", [1, N // 2], [0, N // 2 + 1]),
                                     ("to", [b"", bytes(20)], [bytes(19), bytes(21)]),
                                     ("value", [2**256 - 1], []), ("nonce", [2**64 - 1], [2**64]),
                                     ("gas", [2**64 - 1], [2**64])):
                for value in good + bad:
                    self.transaction(kind, value in good, {field: value})
            for parity in (0, 1, 2) if kind else ():
                self.transaction(kind, parity < 2, {"y-parity": parity})
        for v in (0, 1, 26, 27, 28, 29, 34, 35, 36, 2**64 - 1, 2**64):
            self.transaction(0, v in (27, 28, 35, 36, 2**64 - 1), {"v": v})
        signed = {"chain-id": 2**256 - 1, "address": bytes(20), "nonce": 0, "y-parity": 255, "r": 0,
                  "s": 2**256 - 1}
        self.transaction(4, True, {"authorizations": [signed]})
        self.transaction(4, False, {"authorizations": [{**signed, "y-parity": 256}]})

    def test_lists_of_transactions(self):
        codec = records.CODECS[CODES["Transactions"]]
        legacy, typed = (codec.canonical(next(m for m in iter(lambda: codec.make_one(self.rng), None)
                                              if m["kind"] == kind and len(codec.canonical(m)) < 250))
                         for kind in (0, 1))
        for good, payload, what in (
                (True, legacy * 4096, "4096"), (False, legacy * 4097, "4097"), (True, b"", "none"),
                (False, wrap(STRING, legacy), "legacy in a string"), (False, typed, "typed without a string"),
                (False, wrap(STRING, b"\0" + typed[1:]), "kind 0"),
                (False, wrap(STRING, b"\5" + typed[1:]), "kind 5"),
                (False, wrap(STRING, typed + b"\0"), "behind it"), (False, b"\1", "a byte"),
                (False, b"\x80", "empty")):
            self.payload("Transactions", good, wrap(LIST, payload), what)


if __name__ == "__main__":
    cases.main()

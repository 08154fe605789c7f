"""codec/wire/README.md is enough to write a peer: the reader in this folder, made from it, and the project's
own code write to each other, random messages of every type, and refuse the same.
"""

import collections
import json
import os
import pathlib
import random
import unittest

import cases
import frames
import lz4_block
import page
import records
from project import difference, heard, judge, peer
from xxh3 import xxh3_64

VECTORS = pathlib.Path(os.environ["RINGWIRE_VECTORS"])
# Rounds of every type; a batch of them is one run of the peer.
ROUNDS = int(os.environ.get("RINGWIRE_READER_ROUNDS", "250"))
BATCH = min(ROUNDS, 250)
TYPES = list(page.TYPES)


class Algorithms(unittest.TestCase):
    def test_checksums_are_those_of_the_published_vectors(self):
        path = VECTORS / "xxhash/xxhash_sanity.json"
        if not path.exists():
            self.skipTest(f"no vectors at {path.name}")
        rows = [row for row in json.loads(path.read_text())["XXH3_64"] if int(row["seed"], 16) == 0]
        state, data = 2654435761, bytearray()
        while len(data) < max(row["len"] for row in rows):
            data.append(state >> 56)
            state = state * 11400714785074694797 % 2**64
        self.assertGreater(len(rows), 10)
        for row in rows:
            self.assertEqual(f"{xxh3_64(bytes(data[:row['len']])):016x}", row["hash"], row["len"])

    def test_lz4_blocks_come_back_and_are_shorter_where_they_repeat(self):
        rng = random.Random(1)
        for _ in range(500):
            piece = rng.randbytes(rng.randint(1, 20))
            data = piece * 100 + rng.randbytes(rng.randint(0, 20))
            block = lz4_block.encode(data)
            self.assertEqual(lz4_block.decode(block, len(data)), data)
            self.assertLess(len(block), len(data) * 9 // 10)


class BothWays(unittest.TestCase):
    def batches(self):
        """The seed of each run of the peer."""
        return range(1, ROUNDS // BATCH + 1)

    def check_counts(self, counts: collections.Counter):
        self.assertEqual(set(counts), set(TYPES))
        self.assertGreaterEqual(min(counts.values()), BATCH)

    def test_the_reader_understands_what_the_project_writes(self):
        for seed in self.batches():
            stream = peer("write", seed, BATCH * len(TYPES))
            counts, packed, at = collections.Counter(), collections.Counter(), 0
            while at < len(stream):
                said = json.loads(stream[at:(at := stream.index(b"\n", at) + 1)])
                header = frames.read_header(stream[at:at + frames.HEADER.size])
                end = at + frames.HEADER.size + header.length
                code, plain = frames.read(stream[at:end])
                at, where = end, f"{page.TYPES[code].name}, seed {seed}: {plain.hex()}"
                message = records.CODECS[code].read(plain)
                self.assertEqual(code, said["type"], where)
                self.assertEqual(difference(message, said["values"]), "", where)
                self.assertEqual(records.derived(code, message).hex(), said["derived"], where)
                self.assertEqual(records.CODECS[code].write(message), plain, where)
                counts[code] += 1
                packed[code] += header.version >> 7
            self.check_counts(counts)
            self.check_packed(packed)

    def check_packed(self, packed: collections.Counter):
        for code, rule in page.TYPES.items():
            if rule.compressible:  # many are too short to be worth it
                self.assertGreaterEqual(packed[code], BATCH // 25, rule.name)
            else:
                self.assertEqual(packed[code], 0, rule.name)

    def test_the_project_understands_what_the_reader_writes(self):
        for seed in self.batches():
            rng = random.Random(seed)
            codes = TYPES * BATCH
            rng.shuffle(codes)
            messages = [records.CODECS[code].make(rng) for code in codes]
            plains = [records.CODECS[code].write(message) for code, message in zip(codes, messages)]
            sent = [frames.write(code, plain, may_compress=rng.random() < 0.7, timestamp=rng.getrandbits(64))
                    for code, plain in zip(codes, plains)]
            answers = heard(b"".join(sent), seed)
            for code, message, plain, said in zip(codes, messages, plains, answers):
                where = f"{page.TYPES[code].name}, seed {seed}: {plain.hex()}"
                self.assertEqual(said.get("malformed", ""), "", where)
                self.assertEqual(code, said["type"], where)
                self.assertEqual(difference(message, said["values"]), "", where)
                self.assertEqual(said["derived"], records.derived(code, message).hex(), where)
            self.assertEqual(len(answers), len(codes), f"seed {seed}: {answers[-1]}")
            self.check_counts(collections.Counter(codes))

    def damaged(self, code: int, rng) -> bytes:
        """A record with up to three bytes changed, and sometimes cut or followed by something."""
        codec = records.CODECS[code]
        payload = bytearray(codec.write(codec.make(rng))[:page.TYPES[code].cap - 1])
        for _ in range(rng.randint(0, 3) if payload else 0):
            # Where lengths and counts stand more often than in what nobody looks into.
            at = rng.randrange(min(len(payload), rng.choice((4, 40, len(payload)))))
            payload[at] = rng.choice((0, 0x7F, 0x80, 0x81, 0xC0, rng.randrange(256), payload[at] ^ 1))
        ending = rng.random()
        if ending < 0.1:
            return bytes(payload[:rng.randint(0, len(payload))])
        return bytes(payload) + (b"\0" if ending > 0.95 else b"")

    def test_both_judge_damaged_records_alike(self):
        for seed in self.batches():
            rng = random.Random(1000 + seed)
            codes = TYPES * BATCH
            payloads = [self.damaged(code, rng) for code in codes]
            answers = heard(b"".join(map(frames.write, codes, payloads)), seed)
            self.assertEqual(len(answers), len(codes), f"seed {seed}: {answers[-1]}")
            refused = collections.Counter()
            for code, payload, said in zip(codes, payloads, answers):
                why = judge(code, payload)
                where = f"{page.TYPES[code].name}, seed {seed}: {payload.hex()}"
                self.assertEqual("malformed" in said, why != "", f"{where}\n{said}\nreader: {why}")
                refused[code] += why != ""
            self.assertGreater(sum(refused.values()), len(codes) // 5)
            self.assertLess(sum(refused.values()), len(codes) * 4 // 5)


if __name__ == "__main__":
    cases.main()

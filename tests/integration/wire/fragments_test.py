"""Messages in fragments, as section 5 has them: the project puts together what the reader cut, and both
refuse the same.
"""

import random
import unittest

import cases
import fragments
import frames
import records
from fixed import ABORT, FIRST, LAST
from fragments import Assembly, cut, fragment, slot_of
from frames import HEADER
from page import CODES, TYPES
from project import difference, heard
from rlp import Refused

ROUNDS = 20
BLOCK, SYNC = 1, 3


class Fragments(unittest.TestCase):
    def mixed(self, queues: dict[int, list], rng) -> list:
        """One message of each class is under way at a time; between classes the order is free."""
        mixed = []
        while any(queues.values()):
            mixed.append(queues[rng.choice([slot for slot, queue in queues.items() if queue])].pop(0))
        return mixed

    def test_the_project_puts_together_what_the_reader_cut(self):
        rng = random.Random(1)
        messages = {slot: [] for slot in range(len(fragments.CLASSES))}
        queues = {slot: [] for slot in messages}
        for code in [code for code, rule in TYPES.items() if rule.fragments] * ROUNDS:
            message = records.CODECS[code].make(rng)
            inner = frames.write(code, records.CODECS[code].write(message), may_compress=rng.random() < 0.7)
            messages[slot_of(code)].append((code, message))
            slot, pieces = slot_of(code), cut(inner, slot_of(code), rng)
            if len(pieces) > 1 and rng.random() < 0.3:
                queues[slot] += [pieces[0], fragment(slot, ABORT)]
            queues[slot] += pieces
        sent = self.mixed(queues, rng)
        answers, assembly = heard(b"".join(sent), 1, "assemble"), Assembly()
        ours = [done for done in (assembly.take(frame[HEADER.size:]) for frame in sent) if done]
        self.assertEqual(len(ours), len(answers), answers[-1])
        for (code, plain), said in zip(ours, answers):
            sent_code, message = messages[slot_of(code)].pop(0)
            self.assertEqual((code, said["type"]), (sent_code, sent_code))
            self.assertEqual(records.CODECS[code].read(plain), message)
            self.assertEqual(difference(message, said["values"]), "", TYPES[code].name)
        self.assertFalse(any(messages.values()))

    def judged(self, what: str, *sent: bytes) -> bool:
        """Whether both take it; fails where they do not agree."""
        answers, assembly = heard(b"".join(sent), 1, "assemble"), Assembly()
        why = ""
        try:
            for frame in sent:
                assembly.take(frame[HEADER.size:])
        except Refused as refused:
            why = str(refused)
        said = answers[-1].get("refused", "") if answers else ""
        self.assertEqual(why != "", said not in ("", "unfinished"), f"{what}: {said}, the reader: {why}")
        return why == ""

    def test_both_take_these(self):
        record = records.CODECS[CODES["NodeData"]].write({"request-id": 1, "bytes": [bytes(40)]})
        inner = frames.write(CODES["NodeData"], record, may_compress=True)
        for what, sent in {
                "whole": [fragment(SYNC, FIRST | LAST, inner)],
                "a header, the rest": [fragment(SYNC, FIRST, inner[:18]), fragment(SYNC, LAST, inner[18:])],
                "three": [fragment(SYNC, FIRST, inner[:20]), fragment(SYNC, 0, inner[20:21]),
                          fragment(SYNC, LAST, inner[21:])],
                "aborted, and again": [fragment(SYNC, FIRST, inner[:18]), fragment(SYNC, ABORT),
                                       fragment(SYNC, FIRST | LAST, inner)],
                "two at a time": [fragment(SYNC, FIRST, inner[:18]),
                                  fragment(BLOCK, FIRST, frames.write(CODES["BlockTxs"], bytes(9))[:20]),
                                  fragment(SYNC, LAST, inner[18:])]}.items():
            self.assertTrue(self.judged(what, *sent), what)

    def test_both_refuse_these(self):
        inner = frames.write(CODES["NodeData"], b"\xc2\x01\xc0")
        opened = fragment(SYNC, FIRST, inner[:18])
        cap = TYPES[CODES["NodeData"]].cap
        for what, sent in {
                "goes on with nothing": [fragment(SYNC, 0, b"x")],
                "ends nothing": [fragment(SYNC, LAST, inner)],
                "aborts nothing": [fragment(SYNC, ABORT)],
                "ends twice": [fragment(SYNC, FIRST | LAST, inner), fragment(SYNC, LAST, b"x")],
                "begins twice": [opened, opened],
                "half a header": [fragment(SYNC, FIRST, inner[:17])],
                "another version": [fragment(SYNC, FIRST, b"\2" + inner[1:])],
                "above the cap": [fragment(SYNC, FIRST, HEADER.pack(1, CODES["NodeData"], cap + 1, 0, 0))],
                "a type for no fragment": [fragment(0, FIRST | LAST, frames.write(CODES["Ping"], bytes(8)))],
                "a fragment": [fragment(4, FIRST | LAST, opened)],
                "the slot of another class": [fragment(BLOCK, FIRST | LAST, inner)],
                "a slot of no class": [fragment(5, FIRST | LAST, inner)],
                "more than it said": [fragment(SYNC, FIRST, inner + b"x")],
                "more, later": [opened, fragment(SYNC, 0, inner[18:] + b"x")],
                "less than it said": [opened, fragment(SYNC, LAST, inner[18:-1])],
                "another checksum": [fragment(SYNC, FIRST | LAST, inner[:-1] + b"\xc1")],
                "no LZ4 block": [fragment(SYNC, FIRST | LAST, b"\x81" + inner[1:])]}.items():
            self.assertFalse(self.judged(what, *sent), what)


if __name__ == "__main__":
    cases.main()

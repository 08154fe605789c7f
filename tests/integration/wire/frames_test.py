"""Frames that section 1 forbids, and their twins that it does not: the reader of this folder and the project
agree, and refuse by the same name.
"""

import json
import re
import unittest

import cases
import frames
from frames import COMPRESSED, HEADER
from lz4_block import sequence
from page import CODES, TYPES
from project import heard, peer, refusal

APP = CODES["AppData"]


def header(version: int = 1, code: int = APP, length: int = 0, checksum: int = 0) -> bytes:
    return HEADER.pack(version, code, length, checksum, 0)


def packed(size: int, block: bytes, plain: bytes = b"", code: int = APP) -> bytes:
    """A compressed frame that says what it likes."""
    payload = size.to_bytes(4, "big") + block
    return header(1 | COMPRESSED, code, len(payload), frames.checksum(code, plain)) + payload


class Frames(unittest.TestCase):
    def expect(self, wanted: str, frame: bytes, *, early: bool = False, unchecked: bool = False):
        """Both refuse it by that name; both accept it where there is none."""
        said = heard(frame, 1, *["early"] * early, *["unchecked"] * unchecked)
        self.assertEqual(said[-1].get("refused", ""), wanted, frame[:40].hex())
        reader = refusal(frame, authenticated=not early, unchecked=unchecked)
        self.assertEqual(reader, wanted, frame[:40].hex())

    def test_the_table_of_types_says_what_the_code_does(self):
        rows = [json.loads(line) for line in peer("types").splitlines()]
        for rule, row in zip(TYPES.values(), rows):
            snake = re.sub("(?<!^)(?=[A-Z])", "_", rule.name).lower()
            # A fragment goes out in the class of what is in it.
            traffic_class = "other" if rule.name == "Fragment" else rule.traffic_class
            self.assertEqual([rule.code, snake, rule.cap, traffic_class, rule.fragments, rule.compressible,
                              rule.early], row)
        self.assertEqual(len(rows), len(TYPES))

    def test_versions_flags_and_types_that_are_none(self):
        for version in (0, 2, 15, 0x80, 0xFF):
            self.expect("bad_version", header(version))
        for version in (0x11, 0x21, 0x41, 0xF1):
            self.expect("unknown_flag", header(version))
        for code in set(range(256)) - set(TYPES):
            self.expect("unknown_type", header(1, code))

    def test_caps_and_flags_of_every_type(self):
        for code, rule in TYPES.items():
            self.expect("too_long", header(1, code, rule.cap + 1))
            self.expect("unfinished", header(1, code, rule.cap))
            wanted = "unfinished" if rule.early else "not_allowed_yet"
            self.expect(wanted, header(1, code, rule.cap), early=True)
            self.expect("unfinished" if rule.compressible else "not_compressible",
                        header(1 | COMPRESSED, code, rule.cap))

    def test_the_first_of_several_faults_has_the_name(self):
        long = 0xFFFFFFFF
        self.expect("bad_version", header(0xF2, 0xFF, long), early=True)
        self.expect("unknown_flag", header(0xF1, 0xFF, long), early=True)
        self.expect("unknown_type", header(0x81, 0xFF, long), early=True)
        self.expect("not_compressible", header(0x81, CODES["NewBlock"], long), early=True)
        self.expect("too_long", header(0x81, APP, long), early=True)
        self.expect("bad_compression", packed(5, sequence(b"abcd")))

    def test_checksums(self):
        good = frames.write(APP, b"payload")
        self.expect("", good)
        self.expect("bad_checksum", good[:-1] + b"D")
        self.expect("bad_checksum", good[:6] + bytes([good[6] ^ 1]) + good[7:])
        zero = header(1, APP, 7) + b"payload"
        self.expect("bad_checksum", zero)
        self.expect("", zero, unchecked=True)
        self.expect("bad_checksum", good[:6] + b"\0\0\0\1" + good[10:], unchecked=True)
        self.expect("bad_checksum", packed(4, sequence(b"abcd"), b"abce"))

    def test_the_time_to_live_of_a_publish_alone_is_not_summed(self):
        publish = frames.write(CODES["Publish"], b"\x05\x01t\0body")
        self.expect("", publish[:18] + b"\x04" + publish[19:])
        self.expect("bad_checksum", publish[:18] + b"\x05\x01u" + publish[21:])
        self.expect("", frames.write(CODES["Publish"], b""))

    def test_compressed_payloads(self):
        plain = b"abcd" * 6
        block = sequence(b"abcd", 4, 15) + sequence(plain[19:])
        self.expect("", packed(24, block, plain))
        self.expect("", packed(1, sequence(b"a"), b"a"))
        refused = {
            "no plain size": header(1 | COMPRESSED, APP, 3) + bytes(3),
            "no block": packed(4, b""),
            "nothing in it": packed(0, sequence(b"")),
            "too small a size": packed(23, block, plain),
            "too large a size": packed(25, block, plain),
            "offset 0": packed(24, b"\x4babcd\0\0" + sequence(plain[19:]), plain),
            "before the output": packed(24, sequence(b"abcd", 5, 15) + sequence(plain[19:]), plain),
            "a match at the end": packed(24, sequence(b"abcd", 4, 20), plain),
            "4 literals at the end": packed(24, sequence(b"abcd", 4, 16) + sequence(plain[20:]), plain),
            "a match 11 before the end": packed(24, sequence(plain[:13], 4, 4) + sequence(plain[17:]), plain),
            "bytes behind it": packed(24, block + b"\0", plain),
            "cut off": packed(24, block[:-1], plain),
        }
        self.expect("", packed(24, sequence(plain[:12], 4, 4) + sequence(plain[16:]), plain))
        for what, frame in refused.items():
            with self.subTest(what):
                self.expect("bad_compression", frame)

    def test_plain_sizes_over_the_cap(self):
        for code, rule in TYPES.items():
            if rule.compressible:
                self.expect("too_long_uncompressed", packed(rule.cap + 1, sequence(b"abcd"), code=code))
                self.expect("bad_compression", packed(rule.cap, sequence(b"abcd"), code=code))


if __name__ == "__main__":
    cases.main()

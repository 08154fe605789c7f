"""The forms of fields (section 9) as objects that read, write and make up values of theirs.

A value is an int, bytes, a list, or a dict of a record's fields by name. Fields that were left out are
missing from the dict. Transactions and receipts stay as they are: the list, or what the string holds.
"""

import re

import rlp
from rlp import LIST, STRING, demand


def some_bytes(rng, size: int) -> bytes:
    """Half of them repeat themselves, so that compression has something to find."""
    if size > 8 and rng.random() < 0.5:
        piece = rng.randbytes(rng.randint(1, 40))
        return (piece * (size // len(piece) + 1))[:size]
    return rng.randbytes(size)


def some_size(rng) -> int:
    return rng.choice((0, 1, rng.randint(0, 8), rng.randint(0, 60), rng.randint(0, 600)))


class Int:
    def __init__(self, width: int, limit: int | None = None):
        self.width = width
        self.limit = limit or 1 << 8 * width

    def read(self, data, at, end):
        digits, at = rlp.string(data, at, end)
        value = rlp.integer(digits, self.width)
        demand(value < self.limit, "an integer is too large")
        return value, at

    def write(self, value) -> bytes:
        return rlp.wrap(STRING, rlp.to_digits(value))

    def make(self, rng):
        if rng.random() < 0.1:
            return rng.choice((0, 1, self.limit - 1))
        return rng.getrandbits(rng.randint(1, 8 * self.width)) % self.limit


class Bytes:
    """Of one of these sizes; of any where there are none."""

    def __init__(self, *sizes: int):
        self.sizes = sizes

    def read(self, data, at, end):
        value, at = rlp.string(data, at, end)
        demand(not self.sizes or len(value) in self.sizes, "a string has the wrong size")
        return value, at

    def write(self, value) -> bytes:
        return rlp.wrap(STRING, value)

    def make(self, rng):
        size = rng.choice(self.sizes) if self.sizes else some_size(rng)
        return rng.randbytes(size) if self.sizes else some_bytes(rng, size)


class Envelope:
    """A transaction or receipt: a list as it stands, or a string of a kind and something."""

    def read(self, data, at, end):
        kind, start, stop = rlp.head(data, at, end)
        demand(kind == LIST or (stop - start > 1 and 1 <= data[start] <= 0x7F), "no kind before a list")
        return data[at if kind == LIST else start:stop], stop

    def write(self, value) -> bytes:
        return rlp.wrap(STRING, value) if value[0] <= 0x7F else value

    def make(self, rng):
        body = some_bytes(rng, some_size(rng))
        if rng.random() < 0.5:
            return rlp.wrap(LIST, body)
        return bytes([rng.randint(1, 0x7F)]) + (body or b"\xc0")


class List:
    def __init__(self, item):
        self.item = item

    def read(self, data, at, end):
        at, stop = rlp.open_list(data, at, end)
        values = []
        while at < stop:
            value, at = self.item.read(data, at, stop)
            values.append(value)
        return values, stop

    def write(self, value) -> bytes:
        return rlp.wrap(LIST, b"".join(map(self.item.write, value)))

    def make(self, rng):
        return [self.item.make(rng) for _ in range(rng.choice((0, 1, 2, rng.randint(0, 10))))]


class Record:
    """Exactly these fields; the optional ones may end anywhere."""

    def __init__(self, fields: list, optional: list):
        self.fields = fields + optional
        self.least = len(fields)
        names = [name for name, _ in self.fields]
        assert len(set(names)) == len(names), names

    def read(self, data, at, end):
        at, stop = rlp.open_list(data, at, end)
        values = {}
        for name, form in self.fields:
            if at == stop and len(values) >= self.least:
                break
            values[name], at = form.read(data, at, stop)
        demand(at == stop, "something follows the last field")
        return values, stop

    def write(self, value) -> bytes:
        present = [form.write(value[name]) for name, form in self.fields if name in value]
        return rlp.wrap(LIST, b"".join(present))

    def make(self, rng):
        count = rng.randint(self.least, len(self.fields))
        return {name: form.make(rng) for name, form in self.fields[:count]}


SIMPLE = {"int": Int(8), "int32": Int(4), "int16": Int(2), "big": Int(32), "bool": Int(1, 2),
          "hash": Bytes(32), "bytes": Bytes(), "tx": Envelope(), "receipt": Envelope(), "request-id": Int(8)}
OPENING, CLOSING = "[{(", ")}]"


def split(text: str) -> list[str]:
    """At the commas outside of all brackets."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in OPENING) - (letter in CLOSING)
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]


def parse_form(text: str, records: dict):
    if text in SIMPLE or text in records:
        return SIMPLE.get(text) or records[text]
    if sized := re.fullmatch(r"bytes\((\d+)\)", text):
        return Bytes(int(sized.group(1)))
    if choice := re.fullmatch(r"\((.+) or empty\)", text):
        return Bytes(0, *parse_form(choice.group(1), records).sizes)
    inner = text[1:-1]
    if text[0] + text[-1] == "[]":
        return List(parse_field(inner, records)[1])
    if text[0] + text[-1] == "{}":
        return parse_record(inner, records)
    raise ValueError(f"not a form: {text}")


def parse_field(text: str, records: dict):
    """The name, and the form at the end. What has no name goes by that of its items, or by its form."""
    last = re.search(r"(\[.*\]|\{.*\}|\(.* or empty\)|bytes\(\d+\)|\S+)$", text).group()
    name = text[:-len(last)].strip()
    if not name and last[0] == "[":
        name = parse_field(last[1:-1], records)[0]
    return name or " ".join(re.findall("[a-z-]+", last)), parse_form(last, records)


def parse_record(text: str, records: dict) -> Record:
    parts = split(text)
    optional = split(parts.pop()[1:-1]) if parts[-1].startswith("(") else []
    return Record([parse_field(part, records) for part in parts],
                  [parse_field(part, records) for part in optional])

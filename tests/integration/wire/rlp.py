"""Strict RLP (section 3): one accepted form for each value, and refusals by name."""

LIST, STRING = True, False
DEPTH = 64


class Refused(Exception):
    """What came breaks a rule of the page; `name` is the page's own where it has one."""

    def __init__(self, name: str, why: str = ""):
        super().__init__(f"{name}: {why}" if why else name)
        self.name = name


def malformed(why: str) -> Refused:
    return Refused("malformed", why)


def demand(holds: bool, why: str) -> None:
    if not holds:
        raise malformed(why)


def head(data: bytes, at: int, end: int) -> tuple[bool, int, int]:
    """Kind, first byte and end of the content of the item at `at`, which must end by `end`."""
    demand(at < end, "an item is missing")
    first = data[at]
    if first < 0x80:
        return STRING, at, at + 1
    kind, short = (LIST, 0xC0) if first >= 0xC0 else (STRING, 0x80)
    start, size = at + 1, first - short
    if size > 55:
        width = size - 55
        demand(start + width <= end, "a length is cut off")
        digits, start = data[start:start + width], start + width
        size = int.from_bytes(digits, "big")
        demand(digits[0] != 0 and size > 55, "a length is not in its shortest form")
    demand(start + size <= end, "an item is cut off")
    demand(kind == LIST or size != 1 or data[start] >= 0x80, "a byte below 0x80 is itself")
    return kind, start, start + size


def string(data: bytes, at: int, end: int) -> tuple[bytes, int]:
    kind, start, stop = head(data, at, end)
    demand(kind == STRING, "a string was wanted")
    return data[start:stop], stop


def open_list(data: bytes, at: int, end: int) -> tuple[int, int]:
    kind, start, stop = head(data, at, end)
    demand(kind == LIST, "a list was wanted")
    return start, stop


def check_nested(data: bytes, at: int, end: int, depth: int = DEPTH) -> int:
    """The end of the item at `at`, all of whose items are strict too."""
    kind, start, stop = head(data, at, end)
    demand(kind == STRING or depth > 0, "lists are nested too deep")
    while kind == LIST and start < stop:
        start = check_nested(data, start, stop, depth - 1)
    return stop


def integer(digits: bytes, width: int) -> int:
    demand(len(digits) <= width, "an integer is too wide")
    demand(digits[:1] != b"\0", "an integer has leading zeros")
    return int.from_bytes(digits, "big")


def to_digits(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def wrap(kind: bool, body: bytes) -> bytes:
    if kind == STRING and len(body) == 1 and body[0] < 0x80:
        return body
    short = 0xC0 if kind == LIST else 0x80
    if len(body) <= 55:
        return bytes([short + len(body)]) + body
    size = to_digits(len(body))
    return bytes([short + 55 + len(size)]) + size + body

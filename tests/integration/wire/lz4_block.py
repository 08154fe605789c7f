"""LZ4 blocks in plain Python: a strict decoder, and an encoder good enough to make real matches."""

from rlp import Refused

LAST_LITERALS, LAST_MATCH_START = 5, 12


def demand(holds: bool, why: str) -> None:
    if not holds:
        raise Refused("bad_compression", why)


def read_length(block: bytes, at: int, length: int) -> tuple[int, int]:
    while True:
        demand(at < len(block), "a length is cut off")
        length, at = length + block[at], at + 1
        if block[at - 1] != 255:
            return length, at


def copy_match(out: bytearray, offset: int, length: int) -> None:
    start = len(out) - offset
    if offset >= length:
        out += out[start:start + length]
    else:
        pattern = bytes(out[start:])
        out += (pattern * (length // offset + 1))[:length]


def decode(block: bytes, size: int) -> bytes:
    """Exactly `size` bytes; never holds more."""
    out, at = bytearray(), 0
    last_start, last_end = -LAST_MATCH_START, -LAST_LITERALS
    while True:
        demand(at < len(block), "it ends without literals")
        token, at = block[at], at + 1
        literals = token >> 4
        if literals == 15:
            literals, at = read_length(block, at, literals)
        demand(at + literals <= len(block) and len(out) + literals <= size, "literals do not fit")
        out += block[at:at + literals]
        at += literals
        if at == len(block):
            break
        demand(at + 2 <= len(block), "an offset is cut off")
        offset, at = int.from_bytes(block[at:at + 2], "little"), at + 2
        demand(1 <= offset <= len(out), "an offset leads nowhere")
        length = token & 15
        if length == 15:
            length, at = read_length(block, at, length)
        last_start, last_end = len(out), len(out) + length + 4
        demand(last_end <= size, "a match does not fit")
        copy_match(out, offset, length + 4)
    demand(len(out) == size, "it is shorter than it says")
    demand(size - last_start >= LAST_MATCH_START and size - last_end >= LAST_LITERALS, "it ends in a match")
    return bytes(out)


def length_bytes(length: int) -> bytes:
    return b"\xff" * ((length - 15) // 255) + bytes([(length - 15) % 255]) if length >= 15 else b""


def sequence(literals: bytes, offset: int = 0, match: int = 4) -> bytes:
    """Literals, and a match where there is an offset."""
    token = bytes([min(len(literals), 15) << 4 | min(match - 4, 15)])
    head = token + length_bytes(len(literals)) + literals
    return head + offset.to_bytes(2, "little") + length_bytes(match - 4) if offset else head


def match_length(data: bytes, at: int, earlier: int, end: int) -> int:
    length = 4
    while at + length < end and data[at + length] == data[earlier + length]:
        length += 1
    return length


def encode(data: bytes) -> bytes:
    out, at, anchor, seen = bytearray(), 0, 0, {}
    while at <= len(data) - LAST_MATCH_START:
        word = data[at:at + 4]
        earlier, seen[word] = seen.get(word, -0x10000), at
        if at - earlier > 0xFFFF:
            at += 1
            continue
        length = match_length(data, at, earlier, len(data) - LAST_LITERALS)
        out += sequence(data[anchor:at], at - earlier, length)
        at = anchor = at + length
    return bytes(out + sequence(data[anchor:]))

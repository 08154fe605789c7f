"""Large messages in fragments: section 5, in both directions."""

import fixed
import frames
import page
from fixed import ABORT, FIRST, LAST
from frames import HEADER
from rlp import Refused

FRAGMENT = page.CODES["Fragment"]
CLASSES = ["consensus", "block", "transaction", "sync", "other"]


def slot_of(code: int) -> int:
    return CLASSES.index(page.TYPES[code].traffic_class)


def fragment(slot: int, flags: int, data: bytes = b"") -> bytes:
    return frames.write(FRAGMENT, bytes([slot, flags]) + data)


def cut(frame: bytes, slot: int, rng) -> list[bytes]:
    """`frame` as frames of fragments; the first has its header whole."""
    pieces, at = [], 0
    while at < len(frame):
        size = rng.choice((1, rng.randint(1, 300), fixed.FRAGMENT_BYTES))
        size = size if at else max(size, HEADER.size)
        pieces.append(frame[at:at + size])
        at += size
    flags = [FIRST * (i == 0) | LAST * (i == len(pieces) - 1) for i in range(len(pieces))]
    return [fragment(slot, flag, piece) for flag, piece in zip(flags, pieces)]


class Assembly:
    """One direction of a connection."""

    def __init__(self):
        self.slots: dict[int, bytearray] = {}

    def take(self, payload: bytes) -> tuple[int, bytes] | None:
        """The payload of a Fragment; answers the inner type and plain payload with the last of a message."""
        part = fixed.Fragment().read(payload)
        slot, flags = part["slot"], part["flags"]
        opens = bool(flags & FIRST)
        if opens == (slot in self.slots):
            raise Refused("fragment", "a first in an open slot, or another in one that is not")
        inner = self.slots.setdefault(slot, bytearray())
        inner += part["bytes"]
        if flags != ABORT:
            self.check(slot, inner, bool(flags & LAST))
        if flags & (LAST | ABORT):
            del self.slots[slot]
        return frames.read(bytes(inner)) if flags & LAST else None

    def check(self, slot: int, inner: bytearray, last: bool) -> None:
        if len(inner) < HEADER.size:
            raise Refused("fragment", "the inner header is not whole")
        header = frames.read_header(inner[:HEADER.size])
        if not page.TYPES[header.code].fragments or slot != slot_of(header.code):
            raise Refused("fragment", "no type for fragments, or not for this slot")
        missing = HEADER.size + header.length - len(inner)
        if missing < 0 or (last and missing > 0):
            raise Refused("fragment", "more or fewer bytes than the inner header says")

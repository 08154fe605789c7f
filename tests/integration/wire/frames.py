"""Frames: section 1, in its order of checks and with its names of refusals."""

import dataclasses
import struct

import lz4_block
import page
from rlp import Refused
from xxh3 import xxh3_64

HEADER = struct.Struct(">BBIIQ")
COMPRESSED, RESERVED = 0x80, 0x70
PUBLISH = page.CODES["Publish"]


@dataclasses.dataclass(frozen=True)
class Header:
    version: int
    code: int
    length: int
    checksum: int
    timestamp: int


def refuse_if(broken: bool, name: str, why: str = "") -> None:
    if broken:
        raise Refused(name, why)


def checksum(code: int, plain: bytes) -> int:
    return xxh3_64(plain[1:] if code == PUBLISH else plain) & 0xFFFFFFFF


def read_header(data: bytes, *, authenticated: bool = True) -> Header:
    header = Header(*HEADER.unpack(data))
    refuse_if(header.version & 0x0F != 1, "bad_version")
    refuse_if(header.version & RESERVED != 0, "unknown_flag")
    rule = page.TYPES.get(header.code)
    refuse_if(rule is None, "unknown_type")
    refuse_if(header.version & COMPRESSED and not rule.compressible, "not_compressible")
    refuse_if(header.length > rule.cap, "too_long")
    refuse_if(not authenticated and not rule.early, "not_allowed_yet")
    return header


def read_payload(header: Header, payload: bytes, *, unchecked: bool = False) -> bytes:
    """Plain. `unchecked`: both ends set bit 0 of the options."""
    if header.version & COMPRESSED:
        refuse_if(len(payload) < 4, "bad_compression", "no plain size")
        size = int.from_bytes(payload[:4], "big")
        refuse_if(size == 0, "bad_compression", "nothing in it")
        refuse_if(size > page.TYPES[header.code].cap, "too_long_uncompressed")
        payload = lz4_block.decode(payload[4:], size)
    if not (unchecked and header.checksum == 0):
        refuse_if(header.checksum != checksum(header.code, payload), "bad_checksum")
    return payload


def read(frame: bytes, *, authenticated: bool = True, unchecked: bool = False) -> tuple[int, bytes]:
    """Type and plain payload of the one frame that `frame` is. "unfinished" is no name of the page."""
    header = read_header(frame[:HEADER.size], authenticated=authenticated)
    refuse_if(len(frame) < HEADER.size + header.length, "unfinished")
    return header.code, read_payload(header, frame[HEADER.size:], unchecked=unchecked)


def compress(plain: bytes) -> bytes:
    return len(plain).to_bytes(4, "big") + lz4_block.encode(plain)


def write(code: int, plain: bytes, *, may_compress: bool = False, timestamp: int = 0) -> bytes:
    """Compressed where it may be and saves a tenth."""
    sum_, version, payload = checksum(code, plain), 1, plain
    if may_compress and page.TYPES[code].compressible and plain:
        packed = compress(plain)
        if 10 * len(packed) <= 9 * len(plain):
            version, payload = 1 | COMPRESSED, packed
    return HEADER.pack(version, code, len(payload), sum_, timestamp) + payload

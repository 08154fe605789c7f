"""Keccak-256 with the original padding, as Ethereum uses it."""

import struct

ROTATIONS = [[0, 36, 3, 41, 18], [1, 44, 10, 45, 2], [62, 6, 43, 15, 61], [28, 55, 25, 21, 56],
             [27, 20, 39, 8, 14]]
MASK = (1 << 64) - 1


def round_constants():
    register = 1
    for _ in range(24):
        constant = 0
        for power in range(7):
            register = ((register << 1) ^ ((register >> 7) * 0x71)) % 256
            if register & 2:
                constant ^= 1 << ((1 << power) - 1)
        yield constant


CONSTANTS = list(round_constants())


def rotate(lane: int, by: int) -> int:
    return ((lane << by) | (lane >> (64 - by))) & MASK


def keccak_f(a: list[list[int]]) -> None:
    for constant in CONSTANTS:
        c = [a[x][0] ^ a[x][1] ^ a[x][2] ^ a[x][3] ^ a[x][4] for x in range(5)]
        d = [c[x - 1] ^ rotate(c[(x + 1) % 5], 1) for x in range(5)]
        b = [[0] * 5 for _ in range(5)]
        for x in range(5):
            for y in range(5):
                b[y][(2 * x + 3 * y) % 5] = rotate(a[x][y] ^ d[x], ROTATIONS[x][y])
        for x in range(5):
            for y in range(5):
                a[x][y] = b[x][y] ^ (~b[(x + 1) % 5][y] & b[(x + 2) % 5][y] & MASK)
        a[0][0] ^= constant


def keccak256(message: bytes) -> bytes:
    rate = 136
    padded = bytearray(message) + b"\x01" + bytes(-(len(message) + 1) % rate)
    padded[-1] |= 0x80
    state = [[0] * 5 for _ in range(5)]
    for block in range(0, len(padded), rate):
        for lane, (word,) in enumerate(struct.iter_unpack("<Q", padded[block:block + rate])):
            state[lane % 5][lane // 5] ^= word
        keccak_f(state)
    return struct.pack("<4Q", *(state[x][0] for x in range(4)))

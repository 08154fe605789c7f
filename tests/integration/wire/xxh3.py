"""XXH3-64 with seed 0 and the default secret, from the published algorithm: the checksum of frames."""

import struct

SECRET = bytes.fromhex(
    "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221"
    "b8084674f743248ee03590e6813a264c3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8"
    "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364eac5ac8334d3ebc3c581a0fffa1363eb"
    "170ddd51b7f0da49d316552629d4689e2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e")
MASK = (1 << 64) - 1
P32_1, P32_2, P32_3 = 0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D
P64_1, P64_2, P64_3 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
P64_4, P64_5 = 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5
MX1, MX2 = 0x165667919E3779F9, 0x9FB21C651E98DF25
STRIPE, BLOCK = 64, 1024


def u32(data: bytes, at: int) -> int:
    return int.from_bytes(data[at:at + 4], "little")


def u64(data: bytes, at: int) -> int:
    return int.from_bytes(data[at:at + 8], "little")


def rotate(x: int, by: int) -> int:
    return ((x << by) | (x >> (64 - by))) & MASK


def fold(a: int, b: int) -> int:
    product = a * b
    return (product & MASK) ^ (product >> 64)


def avalanche64(h: int) -> int:
    h = (h ^ (h >> 33)) * P64_2 & MASK
    h = (h ^ (h >> 29)) * P64_3 & MASK
    return h ^ (h >> 32)


def avalanche(h: int) -> int:
    h = (h ^ (h >> 37)) * MX1 & MASK
    return h ^ (h >> 32)


def mix(data: bytes, at: int, secret: int) -> int:
    return fold(u64(data, at) ^ u64(SECRET, secret), u64(data, at + 8) ^ u64(SECRET, secret + 8))


def up_to_16(data: bytes) -> int:
    size = len(data)
    if size == 0:
        return avalanche64(u64(SECRET, 56) ^ u64(SECRET, 64))
    if size <= 3:
        word = data[0] << 16 | data[size >> 1] << 24 | data[-1] | size << 8
        return avalanche64(word ^ u32(SECRET, 0) ^ u32(SECRET, 4))
    if size <= 8:
        h = (u32(data, size - 4) + (u32(data, 0) << 32)) ^ u64(SECRET, 8) ^ u64(SECRET, 16)
        h = (h ^ rotate(h, 49) ^ rotate(h, 24)) * MX2 & MASK
        h = (h ^ ((h >> 35) + size)) * MX2 & MASK
        return h ^ (h >> 28)
    low = u64(data, 0) ^ u64(SECRET, 24) ^ u64(SECRET, 32)
    high = u64(data, size - 8) ^ u64(SECRET, 40) ^ u64(SECRET, 48)
    swapped = int.from_bytes(low.to_bytes(8, "little"), "big")
    return avalanche((size + swapped + high + fold(low, high)) & MASK)


def up_to_128(data: bytes) -> int:
    size = len(data)
    h = size * P64_1
    for pair in range((size - 1) // 32 + 1):
        h += mix(data, 16 * pair, 32 * pair) + mix(data, size - 16 * (pair + 1), 32 * pair + 16)
    return avalanche(h & MASK)


def up_to_240(data: bytes) -> int:
    size = len(data)
    h = avalanche((size * P64_1 + sum(mix(data, 16 * i, 16 * i) for i in range(8))) & MASK)
    h += sum(mix(data, 16 * i, 16 * (i - 8) + 3) for i in range(8, size // 16))
    return avalanche((h + mix(data, size - 16, 119)) & MASK)


STRIPE_WORDS = struct.Struct("<8Q")
KEYS = [STRIPE_WORDS.unpack_from(SECRET, 8 * i) for i in range(16)]
SCRAMBLE_KEY = STRIPE_WORDS.unpack_from(SECRET, 128)
LAST_KEY = STRIPE_WORDS.unpack_from(SECRET, 121)


def accumulate(lanes: list[int], data: bytes, at: int, keys) -> None:
    words = STRIPE_WORDS.unpack_from(data, at)
    for i in range(8):
        key = words[i] ^ keys[i]
        lanes[i] = (lanes[i] + words[i ^ 1] + (key & 0xFFFFFFFF) * (key >> 32)) & MASK


def long(data: bytes) -> int:
    size = len(data)
    lanes = [P32_3, P64_1, P64_2, P64_3, P64_4, P32_2, P64_5, P32_1]
    for stripe in range((size - 1) // STRIPE):
        accumulate(lanes, data, stripe * STRIPE, KEYS[stripe % 16])
        if stripe % 16 == 15:
            lanes = [(x ^ (x >> 47) ^ key) * P32_1 & MASK for x, key in zip(lanes, SCRAMBLE_KEY)]
    accumulate(lanes, data, size - STRIPE, LAST_KEY)
    h = size * P64_1
    for i in range(4):
        h += fold(lanes[2 * i] ^ u64(SECRET, 11 + 16 * i), lanes[2 * i + 1] ^ u64(SECRET, 19 + 16 * i))
    return avalanche(h & MASK)


def xxh3_64(data: bytes) -> int:
    if len(data) <= 16:
        return up_to_16(data)
    if len(data) <= 128:
        return up_to_128(data)
    return up_to_240(data) if len(data) <= 240 else long(data)

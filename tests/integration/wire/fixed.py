"""Records of fixed layout: sections 5, 7 and 8, and HandshakeAck."""

import struct

import lz4_block
from forms import some_bytes, some_size
from keccak import keccak256
from rlp import demand
from wire import Identity

TOPIC, TTL, PLAIN = 128, 32, 4_194_304
SIGNED, AUTHOR_BYTES = 0x80, 105
AUTHORS = [Identity(secret) for secret in (1, 2, 3)]
N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
FIRST, LAST, ABORT = 1, 2, 4
FRAGMENT_BYTES = 16_384


def check_signature(r: int, s: int) -> None:
    demand(1 <= r < N and 1 <= s <= N // 2, "no signature of ours")


def some_signature(rng) -> tuple[int, int]:
    return rng.randrange(1, N), rng.randrange(1, N // 2 + 1)


class Ping:
    def read(self, payload: bytes) -> dict:
        demand(8 <= len(payload) <= 1024, "no ping")
        return {"nonce": int.from_bytes(payload[:8], "big"), "padding": payload[8:]}

    def write(self, m: dict) -> bytes:
        return m["nonce"].to_bytes(8, "big") + m["padding"]

    def make(self, rng) -> dict:
        size = rng.choice((0, 1, 1016, rng.randint(0, 1016)))
        return {"nonce": rng.getrandbits(64), "padding": rng.randbytes(size)}


class Disconnect:
    def read(self, payload: bytes) -> dict:
        demand(1 <= len(payload) <= 129, "no reason or too much text")
        return {"reason": payload[0], "text": payload[1:]}

    def write(self, m: dict) -> bytes:
        return bytes([m["reason"]]) + m["text"]

    def make(self, rng) -> dict:
        size = rng.choice((0, 128, rng.randint(0, 128)))
        return {"reason": rng.randrange(256), "text": rng.randbytes(size)}


class WindowUpdate:
    def read(self, payload: bytes) -> dict:
        demand(len(payload) == 5, "no window update")
        kind, credit = struct.unpack(">BI", payload)
        demand(kind <= 4 and credit > 0, "no class, or no credit")
        return {"class": kind, "credit": credit}

    def write(self, m: dict) -> bytes:
        return struct.pack(">BI", m["class"], m["credit"])

    def make(self, rng) -> dict:
        return {"class": rng.randrange(5), "credit": rng.getrandbits(rng.randint(1, 32)) or 1}


class Fragment:
    def read(self, payload: bytes) -> dict:
        demand(len(payload) >= 2, "no fragment")
        slot, flags, data = payload[0], payload[1], payload[2:]
        demand(flags <= 3 or flags == ABORT, "unknown flags")
        least, most = (0, 0) if flags == ABORT else (1, FRAGMENT_BYTES)
        demand(least <= len(data) <= most, "no size of a fragment")
        return {"slot": slot, "flags": flags, "bytes": data}

    def write(self, m: dict) -> bytes:
        return bytes([m["slot"], m["flags"]]) + m["bytes"]

    def make(self, rng) -> dict:
        flags = rng.choice((0, FIRST, LAST, FIRST | LAST, ABORT))
        size = 0 if flags == ABORT else rng.choice((1, rng.randint(1, 500), rng.randint(1, FRAGMENT_BYTES)))
        return {"slot": rng.randrange(256), "flags": flags, "bytes": rng.randbytes(size)}


def publish_digest(m: dict) -> bytes:
    content = keccak256(bytes([len(m["topic"])]) + m["topic"] + m["message"])
    return keccak256(b"ringwire/1 publish" + m["origin"] + m["sequence"].to_bytes(8, "big") + content)


class Publish:
    """The body stays as it came; `message` is what it holds. A signed one has three fields more."""

    def read(self, payload: bytes) -> dict:
        demand(len(payload) >= 2, "no publish")
        ttl, size = payload[0], payload[1]
        demand(ttl <= TTL and 1 <= size <= TOPIC and len(payload) >= 3 + size, "no time to live, or no topic")
        topic, encoding, body = payload[2:2 + size], payload[2 + size], payload[3 + size:]
        m = {"ttl": ttl, "topic": topic, "encoding": encoding}
        if encoding & SIGNED:
            demand(len(body) >= AUTHOR_BYTES, "an author cut short")
            m |= {"origin": body[:32], "sequence": int.from_bytes(body[32:40], "big")}
            m |= {"signature": body[40:AUTHOR_BYTES]}
            HandshakeAck().read(m["signature"])
            body = body[AUTHOR_BYTES:]
        return m | {"body": body, "message": self.decode(encoding & ~SIGNED, body)}

    def decode(self, encoding: int, body: bytes) -> bytes:
        demand(encoding <= 1, "an unknown encoding")
        if encoding == 0:
            return body
        demand(len(body) >= 4, "no plain size")
        plain = int.from_bytes(body[:4], "big")
        demand(1 <= plain <= PLAIN, "no plain size to decode")
        return lz4_block.decode(body[4:], plain)

    def write(self, m: dict) -> bytes:
        head = bytes([m["ttl"], len(m["topic"])]) + m["topic"] + bytes([m["encoding"]])
        if m["encoding"] & SIGNED and "origin" in m:
            head += m["origin"] + m["sequence"].to_bytes(8, "big") + m["signature"]
        return head + m["body"]

    def make(self, rng) -> dict:
        message, encoding = some_bytes(rng, some_size(rng)), rng.randrange(2)
        if encoding == 1:
            message = message or b"m"
            body = len(message).to_bytes(4, "big") + lz4_block.encode(message)
        else:
            body = message
        m = {"ttl": rng.randint(0, TTL), "topic": rng.randbytes(rng.randint(1, TOPIC)), "encoding": encoding}
        if rng.randrange(4) == 0:
            m["encoding"] |= SIGNED
            m |= self.make_author(rng, m | {"message": message})
        return m | {"body": body, "message": message}

    def make_author(self, rng, m: dict) -> dict:
        """Half of them sign what is sent, the others something else."""
        author, sequence = rng.choice(AUTHORS), rng.getrandbits(64)
        signed = publish_digest({**m, "origin": author.id, "sequence": sequence ^ rng.randrange(2)})
        return {"origin": author.id, "sequence": sequence, "signature": author.sign(signed)}


class Subscribe:
    def read(self, payload: bytes) -> dict:
        demand(2 <= len(payload) <= 1 + TOPIC and payload[0] <= 1, "no subscription")
        return {"on": payload[0], "topic": payload[1:]}

    def write(self, m: dict) -> bytes:
        return bytes([m["on"]]) + m["topic"]

    def make(self, rng) -> dict:
        return {"on": rng.randrange(2), "topic": rng.randbytes(rng.randint(1, TOPIC))}


class AppData:
    def read(self, payload: bytes) -> dict:
        return {"bytes": payload}

    def write(self, m: dict) -> bytes:
        return m["bytes"]

    def make(self, rng) -> dict:
        return {"bytes": some_bytes(rng, some_size(rng))}


class AppRequest:
    def read(self, payload: bytes) -> dict:
        demand(len(payload) >= 8, "no request id")
        return {"id": int.from_bytes(payload[:8], "big"), "bytes": payload[8:]}

    def write(self, m: dict) -> bytes:
        return m["id"].to_bytes(8, "big") + m["bytes"]

    def make(self, rng) -> dict:
        return {"id": rng.getrandbits(64), "bytes": some_bytes(rng, some_size(rng))}


class HandshakeAck:
    def read(self, payload: bytes) -> dict:
        demand(len(payload) == 65 and payload[64] <= 3, "no signature")
        r, s = (int.from_bytes(payload[at:at + 32], "big") for at in (0, 32))
        check_signature(r, s)
        return {"r": r, "s": s, "recovery": payload[64]}

    def write(self, m: dict) -> bytes:
        return m["r"].to_bytes(32, "big") + m["s"].to_bytes(32, "big") + bytes([m["recovery"]])

    def make(self, rng) -> dict:
        r, s = some_signature(rng)
        return {"r": r, "s": s, "recovery": rng.randrange(4)}

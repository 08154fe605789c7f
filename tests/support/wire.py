"""A peer of the protocol ringwire/1, written from codec/wire/README.md alone.

It proves that the page is enough to write one, and says what no peer of ours would say. Slow, and careless
with its keys: for tests only.
"""

import ctypes
import functools
import hashlib
import os
import socket
import struct
import threading

from keccak import keccak256

# --- secp256k1

P = 2**256 - 2**32 - 977
N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
G = (0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
     0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8)


def add(a, b):
    if a is None or b is None:
        return a or b
    if a[0] == b[0] and (a[1] + b[1]) % P == 0:
        return None
    if a == b:
        slope = 3 * a[0] * a[0] * pow(2 * a[1], -1, P)
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P)
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def multiply(point, times: int):
    result = None
    while times:
        if times & 1:
            result = add(result, point)
        point = add(point, point)
        times >>= 1
    return result


def recover(digest: bytes, signature: bytes) -> bytes | None:
    """The key that made r | s | recovery id over it."""
    r, s = (int.from_bytes(signature[at:at + 32], "big") for at in (0, 32))
    x = r + N * (signature[64] >> 1)
    y = pow(x**3 + 7, (P + 1) // 4, P)
    if x >= P or y * y % P != (x**3 + 7) % P:
        return None
    y = y if y % 2 == signature[64] & 1 else P - y
    inverse, number = pow(r, -1, N), int.from_bytes(digest, "big")
    point = add(multiply((x, y), s * inverse % N), multiply(G, -number * inverse % N))
    return None if point is None else point[0].to_bytes(32, "big") + point[1].to_bytes(32, "big")


class Walk:
    """A random multiple of G and then those that follow it: each for one addition. Nobody may guess one."""

    def __init__(self):
        self.secret = int.from_bytes(os.urandom(31), "big") + 1
        self.point = multiply(G, self.secret)
        self.lock = threading.Lock()

    def step(self):
        with self.lock:
            self.secret, self.point = self.secret + 1, add(self.point, G)
            return self.secret, self.point


KEYS, NONCES = Walk(), Walk()


class Identity:
    """With a secret of yours, the same signatures each time; else cheap enough to have thousands."""

    def __init__(self, secret: int | None = None):
        self.fixed = secret is not None
        self.secret, point = (secret, multiply(G, secret)) if self.fixed else KEYS.step()
        self.key = point[0].to_bytes(32, "big") + point[1].to_bytes(32, "big")

    @functools.cached_property
    def id(self) -> bytes:
        return keccak256(self.key)

    def nonce(self, digest: bytes):
        if not self.fixed:
            return NONCES.step()
        k = int.from_bytes(hashlib.sha256(self.secret.to_bytes(32, "big") + digest).digest(), "big") % N
        return k, multiply(G, k)

    def sign(self, digest: bytes) -> bytes:
        """r | s | recovery id, s in the lower half."""
        k, (x, y) = self.nonce(digest)
        r = x % N
        s = pow(k, -1, N) * (int.from_bytes(digest, "big") + r * self.secret) % N
        recovery = (y & 1) | (2 if x >= N else 0)
        if s > N // 2:
            s, recovery = N - s, recovery ^ 1
        return r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([recovery])


# --- frames (section 1)

HANDSHAKE, HANDSHAKE_ACK, PING, PONG, DISCONNECT, WINDOW_UPDATE, FRAGMENT = range(1, 8)
TRANSACTIONS, PUBLISH, SUBSCRIBE, APP_DATA = 0x30, 0x50, 0x56, 0x60
HEADER = struct.Struct(">BBIIQ")

_xxhash = ctypes.CDLL("libxxhash.so.0")
_xxhash.XXH3_64bits.restype = ctypes.c_uint64
_xxhash.XXH3_64bits.argtypes = [ctypes.c_char_p, ctypes.c_size_t]


def checksum(payload: bytes, kind: int) -> int:
    checked = payload[1:] if kind == PUBLISH else payload
    return _xxhash.XXH3_64bits(checked, len(checked)) & 0xFFFFFFFF


def frame(kind: int, payload: bytes = b"", *, version: int = 1, length: int | None = None,
          sum_: int | None = None) -> bytes:
    return HEADER.pack(version, kind, len(payload) if length is None else length,
                       checksum(payload, kind) if sum_ is None else sum_, 0) + payload


# --- records (sections 3 to 7)


def rlp(item) -> bytes:
    if isinstance(item, int):
        item = item.to_bytes((item.bit_length() + 7) // 8, "big")
    if isinstance(item, list):
        body, short = b"".join(map(rlp, item)), 0xC0
    else:
        body, short = item, 0x80
        if len(body) == 1 and body[0] < 0x80:
            return body
    if len(body) <= 55:
        return bytes([short + len(body)]) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([short + 55 + len(size)]) + size + body


INITIATOR, RESPONDER = 0, 1


def handshake(identity: Identity, expected: bytes, *, network: int = 1337, role: int = INITIATOR,
              versions: tuple[int, int] = (1, 1), nonce: bytes | None = None) -> bytes:
    return rlp([versions[0], versions[1], role, identity.key, expected, nonce or os.urandom(32), network,
                b"", 0, bytes(32), 0, 0])


def auth_digest(role: int, initiator: bytes, responder: bytes, binding: bytes = bytes(32)) -> bytes:
    transcript = keccak256(initiator) + keccak256(responder) + binding
    return keccak256(b"ringwire/1 auth" + bytes([role]) + transcript)


def publish(topic: bytes, body: bytes, ttl: int = 8) -> bytes:
    return bytes([ttl, len(topic)]) + topic + b"\0" + body


def publish_digest(origin: bytes, sequence: int, topic: bytes, message: bytes) -> bytes:
    content = keccak256(bytes([len(topic)]) + topic + message)
    return keccak256(b"ringwire/1 publish" + origin + struct.pack(">Q", sequence) + content)


def signed_publish(topic: bytes, body: bytes, origin: bytes, sequence: int, signature: bytes) -> bytes:
    author = origin + struct.pack(">Q", sequence) + signature
    return bytes([8, len(topic)]) + topic + b"\x80" + author + body


# --- a connection


class Peer:
    """One connection to the node with `key` at `address`; blocking, with a time limit. A narrow one takes
    little at a time, so that little is on its way where it reads nothing: 50 KB and not megabytes."""

    binding = bytes(32)  # of the channel: plaintext has none

    def __init__(self, address: tuple[str, int], key: bytes, limit_s: float = 60, source: str = "",
                 identity: Identity | None = None, narrow: bool = False):
        self.socket = socket.socket()
        self.socket.settimeout(limit_s)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if narrow:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
        try:
            self.socket.bind((source, 0))
            self.socket.connect(address)
        except OSError:
            self.socket.close()
            raise
        self.node_id = keccak256(key)
        self.identity = identity or Identity()

    def close(self) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def _read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            more = self.socket.recv(size - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def read_frame(self) -> tuple[int, bytes]:
        _, kind, length, sum_, _ = HEADER.unpack(self._read(HEADER.size))
        payload = self._read(length)
        assert sum_ == checksum(payload, kind), "the node sent a bad checksum"
        return kind, payload

    def read_until(self, wanted: int) -> bytes:
        """The payload of the next frame of that kind."""
        while True:
            kind, payload = self.read_frame()
            if kind == wanted:
                return payload

    def farewell(self) -> int | None:
        """Reads until the node is gone; the reason it gave, if it gave one."""
        reason = None
        try:
            while True:
                kind, payload = self.read_frame()
                if kind == DISCONNECT:
                    reason = payload[0]
        except (EOFError, ConnectionResetError):
            return reason

    def prove(self, **fields) -> bytes:
        """Sends Handshake and HandshakeAck; the payload of the ack, which proves nothing about the claim."""
        mine = handshake(self.identity, self.node_id, **fields)
        self.send(frame(HANDSHAKE, mine))
        theirs = self.read_until(HANDSHAKE)
        ack = self.identity.sign(auth_digest(INITIATOR, mine, theirs, self.binding))
        self.send(frame(HANDSHAKE_ACK, ack))
        return ack

    def authenticate(self, **fields) -> bytes:
        """And takes the node's proof."""
        ack = self.prove(**fields)
        self.read_until(HANDSHAKE_ACK)
        return ack

    def establish(self) -> None:
        """Returns once the node answers a ping: its side is established."""
        self.authenticate()
        self.send(frame(PING, bytes(8)))
        self.read_until(PONG)

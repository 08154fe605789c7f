"""A peer inside TLS 1.3: OpenSSL's handshake by Python's ssl, and from then on records of our own making.

The exporter and the keys come out of the key log, so that a test can say under the right keys what no TLS
library says.
"""

import contextlib
import ctypes
import hashlib
import hmac
import pathlib
import ssl
import struct
import tempfile

import wire

ALPN = "ringwire/1"
CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION_DATA = range(20, 24)

_crypto = ctypes.CDLL("libcrypto.so.3")
for _name in ("EVP_CIPHER_CTX_new", "EVP_aes_128_gcm", "EVP_chacha20_poly1305"):
    getattr(_crypto, _name).restype = ctypes.c_void_p
_GET_TAG = 0x10


def expand(secret: bytes, label: str, context: bytes, size: int) -> bytes:
    """HKDF-Expand-Label of RFC 8446, 7.1, up to one block."""
    name = b"tls13 " + label.encode()
    info = struct.pack(">HB", size, len(name)) + name + bytes([len(context)]) + context
    return hmac.digest(secret, info + b"\x01", "sha256")[:size]


def exported(secret: bytes) -> bytes:
    """The channel binding of section 4 of codec/wire/README.md."""
    empty = hashlib.sha256().digest()
    return expand(expand(secret, "EXPORTER-ringwire/1", empty, 32), "exporter", empty, 32)


def record(kind: int, body: bytes, version: int = 0x0303) -> bytes:
    return struct.pack(">BHH", kind, version, len(body)) + body


def records_of(data: bytes) -> list[bytes]:
    found = []
    while data:
        size = 5 + int.from_bytes(data[3:5], "big")
        found.append(data[:size])
        data = data[size:]
    return found


class Sealer:
    """Records under a traffic secret, from the first one on."""

    def __init__(self, secret: bytes, suite: str):
        self.cipher, key_bytes = {"TLS_AES_128_GCM_SHA256": (_crypto.EVP_aes_128_gcm, 16),
                                  "TLS_CHACHA20_POLY1305_SHA256": (_crypto.EVP_chacha20_poly1305, 32)}[suite]
        self.key, self.iv = expand(secret, "key", b"", key_bytes), expand(secret, "iv", b"", 12)
        self.number = 0

    def seal(self, content: bytes, kind: int = APPLICATION_DATA, *, inner: bytes | None = None) -> bytes:
        """`inner` stands for content and type where both are to be wrong."""
        plain = content + bytes([kind]) if inner is None else inner
        head = struct.pack(">BHH", APPLICATION_DATA, 0x0303, len(plain) + 16)
        nonce = bytes(a ^ b for a, b in zip(self.iv, self.number.to_bytes(12, "big")))
        self.number += 1
        context = ctypes.c_void_p(_crypto.EVP_CIPHER_CTX_new())
        out, size, tag = ctypes.create_string_buffer(len(plain) + 16), ctypes.c_int(), bytes(16)
        _crypto.EVP_EncryptInit_ex(context, ctypes.c_void_p(self.cipher()), None, self.key, nonce)
        _crypto.EVP_EncryptUpdate(context, None, ctypes.byref(size), head, len(head))
        _crypto.EVP_EncryptUpdate(context, out, ctypes.byref(size), plain, len(plain))
        sealed = out.raw[:size.value]
        _crypto.EVP_EncryptFinal_ex(context, out, ctypes.byref(size))
        tag = ctypes.create_string_buffer(16)
        _crypto.EVP_CIPHER_CTX_ctrl(context, _GET_TAG, 16, tag)
        _crypto.EVP_CIPHER_CTX_free(context)
        return head + sealed + tag.raw


def client_context(alpn=(ALPN,)) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context


class Handshaker:
    """The client's half of a handshake, in memory."""

    def __init__(self, context: ssl.SSLContext | None = None):
        self.folder = tempfile.TemporaryDirectory()
        self.log = pathlib.Path(self.folder.name) / "keys"
        context = context or client_context()
        context.keylog_filename = str(self.log)
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing)
        self.done = False

    def step(self, received: bytes = b"") -> bytes:
        """What to send."""
        self.incoming.write(received)
        try:
            self.tls.do_handshake()
            self.done = True
        except ssl.SSLWantReadError:
            pass
        return self.outgoing.read()

    def secrets(self) -> dict[str, bytes]:
        lines = (line.split() for line in self.log.read_text().splitlines() if not line.startswith("#"))
        return {name: bytes.fromhex(secret) for name, _, secret in lines}


class SecurePeer(wire.Peer):
    """As Peer, once `secure` has been called."""

    def secure(self, context: ssl.SSLContext | None = None) -> "SecurePeer":
        self.handshaker = Handshaker(context)
        self.socket.sendall(self.handshaker.step())
        while not self.handshaker.done:
            received = self.socket.recv(1 << 16)
            if not received:
                raise EOFError
            self.socket.sendall(self.handshaker.step(received))
        self.keys_are_there()
        return self

    def close(self) -> None:
        """With close_notify, where there are keys and somebody to hear it."""
        if hasattr(self, "sealer"):
            with contextlib.suppress(OSError):
                self.socket.sendall(self.seal(b"\x01\x00", ALERT))
        super().close()

    def keys_are_there(self) -> None:
        secrets = self.handshaker.secrets()
        self.binding = exported(secrets["EXPORTER_SECRET"])
        self.sealer = Sealer(secrets["CLIENT_TRAFFIC_SECRET_0"], self.handshaker.tls.cipher()[0])
        self.plain = b""

    def seal(self, *args, **fields) -> bytes:
        return self.sealer.seal(*args, **fields)

    def send(self, data: bytes) -> None:
        for at in range(0, len(data), 16_000):
            self.socket.sendall(self.seal(data[at:at + 16_000]))

    def _read(self, size: int) -> bytes:
        while len(self.plain) < size:
            try:
                more = self.handshaker.tls.read(1 << 16)
            except ssl.SSLWantReadError:
                sealed = self.socket.recv(1 << 16)
                if not sealed:
                    raise EOFError from None
                self.handshaker.incoming.write(sealed)
                continue
            except ssl.SSLZeroReturnError:
                raise EOFError from None
            if not more:
                raise EOFError
            self.plain += more
        data, self.plain = self.plain[:size], self.plain[size:]
        return data

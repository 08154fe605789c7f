"""A reader, a writer and a maker for every type of section 2."""

import bounds
import fixed
import page
import rlp
from fixed import check_signature, some_signature
from forms import parse_record
from rlp import LIST, STRING, demand

P = 2**256 - 2**32 - 977
CLIENT_LETTERS = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ._+-/():,"
HANDSHAKE = parse_record(
    "version-min int, version-max int, role bool, public-key bytes(64), expected-id (hash or empty), nonce hash, "
    "network-id int, listen-address bytes, listen-port int, head-hash hash, head-number int, options int", {})
FEES = "chain-id int, nonce int, priority-fee big, max-fee big, gas int, "
CALL = "to (bytes(20) or empty), value big, data bytes, "
ACCESS = "access-list [{address bytes(20), [hash]}], "
SIGNATURE = "y-parity bool, r big, s big"
AUTHORIZATION = "chain-id big, address bytes(20), nonce int, " + SIGNATURE
TRANSACTIONS = {kind: parse_record(text, {}) for kind, text in {
    0: "nonce int, gas-price big, gas int, " + CALL + "v big, r big, s big",
    1: "chain-id int, nonce int, gas-price big, gas int, " + CALL + ACCESS + SIGNATURE,
    2: FEES + CALL + ACCESS + SIGNATURE,
    3: FEES + CALL + ACCESS + "max-fee-per-blob-gas big, blob-hashes [hash], " + SIGNATURE,
    4: FEES + CALL + ACCESS + f"authorizations [{{{AUTHORIZATION}}}], " + SIGNATURE}.items()}


class Message:
    """Sections 9 to 13: one RLP list."""

    def __init__(self, code: int):
        self.code = code
        self.form = page.MESSAGES[code]

    def read(self, payload: bytes) -> dict:
        message, end = self.form.read(payload, 0, len(payload))
        demand(end == len(payload), "something follows the list")
        bounds.check(self.code, message)
        return message

    def write(self, message: dict) -> bytes:
        return self.form.write(message)

    def make(self, rng) -> dict:
        return bounds.make(self.code, rng)


def is_client(item: bytes) -> bool:
    kind, start, _ = rlp.head(item, 0, len(item))
    text = item[start:]
    return kind == STRING and len(text) <= 32 and all(letter in CLIENT_LETTERS for letter in text)


class Handshake:
    """Fields from the twelfth on are kept as the items they are; `client` is what the first of them says."""

    keys: list[bytes] = []

    def read(self, payload: bytes) -> dict:
        at, end = rlp.open_list(payload, 0, len(payload))
        demand(end == len(payload), "something follows the list")
        m, later = {}, []
        for name, form in HANDSHAKE.fields:
            m[name], at = form.read(payload, at, end)
        while at < end:
            start, at = at, rlp.check_nested(payload, at, end)
            later.append(payload[start:at])
        self.check(m)
        m["later"] = later
        m["client"] = later[0][rlp.head(later[0], 0, len(later[0]))[1]:] if later and is_client(later[0]) else b""
        return m

    def check(self, m: dict) -> None:
        demand(1 <= m["version-min"] <= m["version-max"], "no range of versions")
        demand(m["role"] == 0 or not m["expected-id"], "a responder expects nobody")
        x, y = (int.from_bytes(m["public-key"][at:at + 32], "big") for at in (0, 32))
        demand(x < P and y < P and (y * y - x * x * x - 7) % P == 0, "the key is not on the curve")
        address, port = m["listen-address"], m["listen-port"]
        demand(len(address) in (0, 4, 16) and address[:12] != bytes(10) + b"\xff\xff", "no address")
        demand(port <= 65535 and (port == 0) == (address == b""), "no port")

    def write(self, m: dict) -> bytes:
        fields = b"".join(form.write(m[name]) for name, form in HANDSHAKE.fields)
        return rlp.wrap(LIST, fields + b"".join(m["later"]))

    def make(self, rng) -> dict:
        m = HANDSHAKE.make(rng)
        m["version-min"], m["version-max"] = sorted((m["version-min"] or 1, m["version-max"] or 1))
        m["public-key"] = rng.choice(self.keys)
        m["expected-id"] = b"" if m["role"] else m["expected-id"]
        m["listen-address"] = rng.randbytes(rng.choice((0, 4, 16)))
        m["listen-port"] = rng.randint(1, 65535) if m["listen-address"] else 0
        m["client"] = bytes(rng.choice(CLIENT_LETTERS) for _ in range(rng.randint(0, 32)))
        m["later"] = [rlp.wrap(STRING, m["client"])] if m["client"] else []
        if m["client"] and rng.random() < 0.3:
            m["later"] += [rlp.wrap(LIST, rlp.wrap(STRING, rng.randbytes(9))), rlp.wrap(STRING, rng.randbytes(3))]
        return m


class Transactions:
    """Each a dict of its fields and its `kind`; 0 is legacy."""

    def read(self, payload: bytes) -> dict:
        at, end = rlp.open_list(payload, 0, len(payload))
        demand(end == len(payload), "something follows the list")
        transactions = []
        while at < end:
            transaction, at = self.read_one(payload, at, end)
            transactions.append(transaction)
        demand(len(transactions) <= 4096, "too many transactions")
        return {"transactions": transactions}

    def read_one(self, payload: bytes, at: int, end: int) -> tuple[dict, int]:
        is_list, start, stop = rlp.head(payload, at, end)
        kind = 0
        if not is_list:
            demand(start < stop and payload[start] in (1, 2, 3, 4), "an unknown kind")
            kind, at = payload[start], start + 1
        m, after = TRANSACTIONS[kind].read(payload, at, stop)
        demand(after == stop, "something follows a transaction")
        self.check(m)
        return {"kind": kind, **m}, stop

    def check(self, m: dict) -> None:
        check_signature(m["r"], m["s"])
        demand("v" not in m or m["v"] in (27, 28) or 35 <= m["v"] <= 36 + 2 * (2**64 - 1), "no v")

    def canonical(self, m: dict) -> bytes:
        body = TRANSACTIONS[m["kind"]].write(m)
        return body if m["kind"] == 0 else bytes([m["kind"]]) + body

    def write(self, message: dict) -> bytes:
        items = [self.canonical(m) if m["kind"] == 0 else rlp.wrap(STRING, self.canonical(m))
                 for m in message["transactions"]]
        return rlp.wrap(LIST, b"".join(items))

    def make(self, rng) -> dict:
        return {"transactions": [self.make_one(rng) for _ in range(rng.randint(0, 4))]}

    def make_one(self, rng) -> dict:
        kind = rng.randrange(5)
        m = {"kind": kind, **TRANSACTIONS[kind].make(rng)}
        for signed in (m, *m.get("authorizations", [])):
            signed["r"], signed["s"] = some_signature(rng)
        if kind == 0:
            m["v"] = rng.choice((27, 28, 35 + rng.getrandbits(rng.randint(1, 65))))
        return m


CODECS = {code: Message(code) for code in page.MESSAGES} | {page.CODES[name]: codec for name, codec in {
    "Handshake": Handshake(), "HandshakeAck": fixed.HandshakeAck(), "Ping": fixed.Ping(), "Pong": fixed.Ping(),
    "Disconnect": fixed.Disconnect(), "WindowUpdate": fixed.WindowUpdate(), "Fragment": fixed.Fragment(),
    "Transactions": Transactions(), "Publish": fixed.Publish(), "Subscribe": fixed.Subscribe(),
    "AppData": fixed.AppData(), "AppRequest": fixed.AppRequest(), "AppResponse": fixed.AppRequest()}.items()}
assert CODECS.keys() == page.TYPES.keys()

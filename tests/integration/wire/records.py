"""A reader, a writer and a maker for every type of section 2."""

import struct

import bounds
import fixed
import page
import rlp
import siphash
from fixed import check_signature, publish_digest, some_signature
from forms import Int, parse_record
from keccak import keccak256
from rlp import LIST, STRING, demand
from wire import recover

P = 2**256 - 2**32 - 977
CLIENT_LETTERS = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ._+-/():,"
HANDSHAKE = parse_record(
    "version-min int, version-max int, role bool, public-key bytes(64), expected-id (hash or empty), "
    "nonce hash, network-id int, listen-address bytes, listen-port int, head-hash hash, head-number int, "
    "options int", {})
FEES = "chain-id int, nonce int, priority-fee big, max-fee big, gas int, "
CALL = "to (bytes(20) or empty), value big, data bytes, "
ACCESS = "access-list [{address bytes(20), [hash]}], "
SIGNATURE = "y-parity bool, r big, s big"
AUTHORIZATION = "chain-id big, address bytes(20), nonce int, y-parity byte, r big, s big"
TRANSACTIONS = {kind: parse_record(text, {"byte": Int(1)}) for kind, text in {
    0: "nonce int, gas-price big, gas int, " + CALL + "v int, r big, s big",
    1: "chain-id int, nonce int, gas-price big, gas int, " + CALL + ACCESS + SIGNATURE,
    2: FEES + CALL + ACCESS + SIGNATURE,
    3: FEES + CALL + ACCESS + "max-fee-per-blob-gas big, blob-hashes [hash], " + SIGNATURE,
    4: FEES + CALL + ACCESS + f"authorizations [{{{AUTHORIZATION}}}], " + SIGNATURE}.items()}


def some_key(rng) -> bytes:
    """A point of the curve."""
    while True:
        x = rng.randrange(P)
        y = pow(x**3 + 7, (P + 1) // 4, P)
        if y * y % P == (x**3 + 7) % P:
            return x.to_bytes(32, "big") + y.to_bytes(32, "big")


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
        m["client"] = rlp.string(later[0], 0, len(later[0]))[0] if later and is_client(later[0]) else b""
        return m

    def check(self, m: dict) -> None:
        demand(1 <= m["version-min"] <= m["version-max"], "no range of versions")
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
        m["public-key"] = some_key(rng)
        m["expected-id"] = b"" if m["role"] else m["expected-id"]
        m["listen-address"] = rng.randbytes(rng.choice((0, 4, 16)))
        m["listen-port"] = rng.randint(1, 65535) if m["listen-address"] else 0
        m["client"] = bytes(rng.choice(CLIENT_LETTERS) for _ in range(rng.randint(0, 32)))
        m["later"] = [rlp.wrap(STRING, m["client"])] if m["client"] else []
        if m["client"] and rng.random() < 0.3:
            item = rlp.wrap(STRING, rng.randbytes(9))
            m["later"] += [rlp.wrap(LIST, item), item]
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
        demand("v" not in m or m["v"] in (27, 28) or 35 <= m["v"], "no v")

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
        m["r"], m["s"] = some_signature(rng)
        if kind == 0:
            m["v"] = rng.choice((27, 28, 35 + rng.getrandbits(rng.randint(1, 63))))
        return m


CODECS = {code: Message(code) for code in page.MESSAGES} | {page.CODES[name]: codec for name, codec in {
    "Handshake": Handshake(), "HandshakeAck": fixed.HandshakeAck(), "Ping": fixed.Ping(),
    "Pong": fixed.Ping(), "Disconnect": fixed.Disconnect(), "WindowUpdate": fixed.WindowUpdate(),
    "Fragment": fixed.Fragment(),
    "Transactions": Transactions(), "Publish": fixed.Publish(), "Subscribe": fixed.Subscribe(),
    "AppData": fixed.AppData(), "AppRequest": fixed.AppRequest(), "AppResponse": fixed.AppRequest()}.items()}
assert CODECS.keys() == page.TYPES.keys()


# --- what the page derives from a message: ids and hashes, one after the other


def manifest_id(m: dict) -> bytes:
    numbers = struct.pack(">QII", m["number"], m["block-bytes"], m["chunk-bytes"])
    return keccak256(b"ringwire/1 manifest" + m["block"] + numbers + b"".join(m["chunks"]))


def snapshot_id(m: dict) -> bytes:
    what = struct.pack(">IQ", m["format"], m["number"]) + m["block"] + m["state-root"]
    sizes = struct.pack(">QI", m["total-bytes"], m["chunk-bytes"])
    return keccak256(b"ringwire/1 snapshot" + what + sizes + b"".join(m["chunks"]))


def short_ids(m: dict) -> bytes:
    """Those that the placed transactions would have."""
    block_hash = keccak256(page.RECORDS["header"].write(m["header"]))
    key = struct.unpack(">QQ", keccak256(block_hash + struct.pack(">Q", m["nonce"]))[:16])
    hashes = [siphash.siphash13(key, keccak256(placed["tx"])) for placed in m["placed"]]
    return b"".join(struct.pack(">Q", value)[2:] for value in hashes)


def publish_id(m: dict) -> bytes:
    """And of a signed one whether its origin signed it."""
    if "origin" not in m:
        return keccak256(bytes([len(m["topic"])]) + m["topic"] + m["message"])
    digest = publish_digest(m)
    number = keccak256(b"ringwire/1 number" + m["origin"] + struct.pack(">Q", m["sequence"]))
    key = recover(digest, m["signature"])
    is_good = key is not None and keccak256(key) == m["origin"]
    return keccak256(digest + m["signature"])[:16] + number[:16] + bytes([is_good])


def node_id_and_digest(m: dict) -> bytes:
    """Who it is, and what would be signed if both ends said the same, in plaintext."""
    said = keccak256(CODECS[page.CODES["Handshake"]].write(m))
    digest = keccak256(b"ringwire/1 auth" + bytes([m["role"]]) + said + said + bytes(32))
    return keccak256(m["public-key"]) + digest


def transaction_hashes(m: dict) -> bytes:
    codec = CODECS[page.CODES["Transactions"]]
    return b"".join(keccak256(codec.canonical(transaction)) for transaction in m["transactions"])


DERIVED = {"BlockManifest": manifest_id, "CompactBlock": short_ids, "Handshake": node_id_and_digest,
           "Publish": publish_id,
           "SnapshotManifest": lambda m: b"".join(map(snapshot_id, m["snapshot"])),
           "Transactions": transaction_hashes}


def derived(code: int, message: dict) -> bytes:
    return DERIVED.get(page.TYPES[code].name, lambda m: b"")(message)

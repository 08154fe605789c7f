"""What sections 9 to 13 ask of a message beyond its form, and random messages that keep to it."""

import page
from rlp import demand

ITEMS, TOPIC, RECORDS, RECORD_BYTES = 1024, 128, 16, 300
BLOCK_TXS, BLOCK_CHUNK, BLOCK_BYTES = 100_000, 262_144, 10_485_760
SNAPSHOT_CHUNK, SNAPSHOT_CHUNKS = 4_194_304, 65_536
# Lists that were asked for, or that answer such a request, and what stands of their length elsewhere.
COUNTS = {
    "BlockHeaders": ("header", ITEMS), "GetBlockBodies": ("hash", ITEMS), "BlockBodies": ("body", ITEMS),
    "NewBlockHashes": ("hash number int", 256), "BlockTxs": ("tx", BLOCK_TXS),
    "GetPooledTransactions": ("hash", 256), "PooledTransactions": ("tx", 256),
    "NewPooledTransactionHashes": ("hash", 4096), "GetNodeData": ("hash", ITEMS),
    "NodeData": ("bytes", ITEMS),
    "GetReceipts": ("hash", ITEMS), "Receipts": ("receipt", ITEMS), "SnapshotManifest": ("snapshot", 1),
    "GetStorageRanges": ("accounts", ITEMS), "StorageRanges": ("key hash value bytes", ITEMS),
    "GetByteCodes": ("hash", ITEMS), "ByteCodes": ("bytes", ITEMS),
    "IHave": ("hash", 5000), "IWant": ("hash", 5000), "IDontWant": ("hash", 64),
    "Neighbors": ("records", RECORDS), "Prune": ("records", RECORDS),
}


def rising(values: list) -> bool:
    return all(a < b for a, b in zip(values, values[1:]))


def pieces(total: int, size: int) -> int:
    return (total + size - 1) // size


def check_records(records: list) -> None:
    demand(all(len(record) <= RECORD_BYTES for record in records), "a node record is too long")


def check_get_headers(m) -> None:
    demand(not m["start-hash"] or m["start-number"] == 0, "a start by hash and by number")
    demand(m["limit"] <= ITEMS, "too many headers")


def check_manifest(m) -> None:
    demand(1 <= m["block-bytes"] <= BLOCK_BYTES, "no size of a block")
    demand(16_384 <= m["chunk-bytes"] <= BLOCK_CHUNK, "no size of a chunk")
    demand(len(m["chunks"]) == pieces(m["block-bytes"], m["chunk-bytes"]), "the chunks do not make the block")
    demand(len(m["proof"]) <= 1024, "the proof is too long")


def check_chunk(m) -> None:
    demand(1 <= len(m["data"]) <= BLOCK_CHUNK and m["index"] < 640, "no chunk of a block")


def check_compact(m) -> None:
    places = [placed["index"] for placed in m["placed"]]
    total = len(places) + len(m["short-ids"])
    demand(total <= BLOCK_TXS, "too many transactions")
    demand(rising(places) and all(place < total for place in places), "placed out of order")


def check_get_txs(m) -> None:
    demand(rising(m["index"]) and all(index < BLOCK_TXS for index in m["index"]), "indexes out of order")


def check_announced(m) -> None:
    demand(len(m["types"]) == len(m["sizes"]) == len(m["hash"]), "not as many of each")


def check_snapshots(m) -> None:
    for snapshot in m["snapshot"]:
        demand(snapshot["total-bytes"] >= 1, "an empty snapshot")
        demand(65_536 <= snapshot["chunk-bytes"] <= SNAPSHOT_CHUNK, "no size of a chunk")
        demand(len(snapshot["chunks"]) <= SNAPSHOT_CHUNKS, "too many chunks")
        demand(len(snapshot["chunks"]) == pieces(snapshot["total-bytes"], snapshot["chunk-bytes"]),
               "the chunks do not make the snapshot")


def check_prune(m) -> None:
    demand(m["back-off"] <= 3600, "a back-off too long")
    check_records(m["records"])


CHECKS = {
    "Neighbors": lambda m: check_records(m["records"]), "GetBlockHeaders": check_get_headers,
    "BlockManifest": check_manifest, "BlockChunk": check_chunk, "CompactBlock": check_compact,
    "GetBlockTxs": check_get_txs, "NewPooledTransactionHashes": check_announced,
    "SnapshotManifest": check_snapshots, "Prune": check_prune,
    "GetSnapshotChunk": lambda m: demand(m["index"] < SNAPSHOT_CHUNKS, "no chunk of a snapshot"),
    "SnapshotChunk": lambda m: demand(len(m["data"]) <= SNAPSHOT_CHUNK, "a chunk too long"),
}


def check(code: int, message: dict) -> None:
    name = page.TYPES[code].name
    if name in COUNTS:
        field, most = COUNTS[name]
        demand(len(message[field]) <= most, f"more than {most} of {field}")
    if "topic" in message:
        demand(1 <= len(message["topic"]) <= TOPIC, "no topic")
    CHECKS.get(name, lambda m: None)(message)


# --- random messages


def shape_manifest(m, rng) -> None:
    m["chunk-bytes"] = rng.randint(16_384, BLOCK_CHUNK)
    m["block-bytes"] = rng.choice((1, m["chunk-bytes"], rng.randint(1, 8 * m["chunk-bytes"])))
    m["chunks"] = [rng.randbytes(32) for _ in range(pieces(m["block-bytes"], m["chunk-bytes"]))]


def shape_snapshot(m, rng) -> None:
    del m["snapshot"][1:]
    for snapshot in m["snapshot"]:
        size, count = rng.randint(65_536, SNAPSHOT_CHUNK), rng.randint(1, 20)
        snapshot["chunk-bytes"] = size
        snapshot["total-bytes"] = rng.randint((count - 1) * size + 1, count * size)
        snapshot["chunks"] = [rng.randbytes(32) for _ in range(count)]


def shape_compact(m, rng) -> None:
    total = len(m["placed"]) + len(m["short-ids"])
    for placed, index in zip(m["placed"], sorted(rng.sample(range(total), len(m["placed"])))):
        placed["index"] = index


def shape_get_headers(m, rng) -> None:
    m["limit"] %= ITEMS + 1
    m["start-number"] = 0 if m["start-hash"] else m["start-number"]


def shape_announced(m, rng) -> None:
    count = len(m["hash"])
    m["types"], m["sizes"] = rng.randbytes(count), [rng.getrandbits(32) for _ in range(count)]


def shape_records(m, rng) -> None:
    m["records"] = [record[:RECORD_BYTES] for record in m["records"]]


def shape_index(limit: int):
    def shape(m, rng) -> None:
        m["index"] %= limit
        if m.get("data") == b"":
            m["data"] = b"\0"
    return shape


SHAPES = {
    "Neighbors": shape_records, "Prune": shape_records, "GetBlockHeaders": shape_get_headers,
    "BlockManifest": shape_manifest, "BlockChunk": shape_index(640), "CompactBlock": shape_compact,
    "NewPooledTransactionHashes": shape_announced, "SnapshotManifest": shape_snapshot,
    "GetSnapshotChunk": shape_index(SNAPSHOT_CHUNKS),
    "GetBlockTxs": lambda m, rng: m.update(index=sorted({index % BLOCK_TXS for index in m["index"]})),
    "AccountRange": lambda m, rng: m["key hash account"].sort(key=lambda entry: entry["key"]),
}


def make(code: int, rng) -> dict:
    name = page.TYPES[code].name
    message = page.MESSAGES[code].make(rng)
    field, most = COUNTS.get(name, ("", ITEMS))
    if most < ITEMS and rng.random() < 0.05:
        item = dict(page.MESSAGES[code].fields)[field].item
        message[field] = [item.make(rng) for _ in range(most)]
    SHAPES.get(name, lambda m, rng: None)(message, rng)
    if "topic" in message:
        message["topic"] = (message["topic"] or b"t")[:TOPIC]
    if "back-off" in message:
        message["back-off"] %= 3601
    check(code, message)
    return message

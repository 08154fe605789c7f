"""The project's own reader and writer, as the program wire_peer, beside the reader of this folder."""

import json
import os
import re
import subprocess

import frames
import records
from rlp import Refused

PEER = os.environ["RINGWIRE_WIRE_PEER"]
LIMIT_S = 600


def peer(*words, data: bytes = b"") -> bytes:
    ran = subprocess.run([PEER, *map(str, words)], input=data, capture_output=True, timeout=LIMIT_S,
                         check=False)
    assert ran.returncode == 0, f"wire_peer {words}: {ran.returncode} {ran.stderr.decode()}"
    return ran.stdout


def heard(data: bytes, seed: int, *words) -> list[dict]:
    return [json.loads(line) for line in peer("read", seed, *words, data=data).splitlines()]


# What JSON calls a field otherwise than the page, mostly as Ethereum's tools do; and what it calls the fields
# that the page knows by their form only.
NAMES = {
    "authorizations": ["authorizationList"], "back-off": ["backoffSeconds"], "base-fee": ["baseFeePerGas"],
    "beneficiary": ["miner"], "blob-hashes": ["blobVersionedHashes"], "block": ["blockHash"],
    "chunks": ["chunkHashes"], "data": ["input"], "gwei": ["amount"],
    "index": ["indexes"], "key": ["hash"], "kind": ["type"], "max-fee": ["maxFeePerGas"], "mix": ["mixHash"],
    "ommers": ["sha3Uncles", "uncles"], "parent": ["parentHash"],
    "parent-beacon-root": ["parentBeaconBlockRoot"], "priority-fee": ["maxPriorityFeePerGas"],
    "state-root": ["root"], "validator": ["validatorIndex"],
    "body": ["bodies"], "bytes": ["codes", "nodes"], "hash": ["hashes", "ids", "storageKeys"],
    "hash number int": ["blocks"], "header": ["headers"], "key hash account": ["accounts"],
    "key hash value bytes": ["accounts", "slots"], "receipt": ["blocks", "receipts"],
    "snapshot": ["snapshots"], "tx": ["transaction", "transactions"],
}


def is_name(ours: str, theirs: str) -> bool:
    camel = re.sub(r"[- ](\w)", lambda match: match.group(1).upper(), ours)
    return theirs in (ours, camel, *NAMES.get(ours, []))


def difference(ours, theirs, path: str = "") -> str:
    """Where a value of the reader and the project's JSON are not the same, in names, order or values."""
    if isinstance(ours, dict):
        ours = {name: value for name, value in ours.items() if name != "later"}
        if not isinstance(theirs, dict) or len(ours) != len(theirs) or not all(map(is_name, ours, theirs)):
            return f"{path}: {list(ours)} is {theirs}"
        pairs = zip(ours, ours.values(), theirs.values())
    elif isinstance(ours, list):
        if not isinstance(theirs, list) or len(ours) != len(theirs):
            return f"{path}: {len(ours)} items are {theirs}"
        pairs = zip(range(len(ours)), ours, theirs)
    else:
        said = hex(theirs) if isinstance(theirs, int) else theirs or "0x"
        text = hex(ours) if isinstance(ours, int) else "0x" + ours.hex()
        return "" if text == said else f"{path}: {text} is {said}"
    return next(filter(None, (difference(a, b, f"{path}/{name}") for name, a, b in pairs)), "")


def judge(code: int, payload: bytes) -> str:
    """Empty, or why the reader refuses."""
    try:
        records.CODECS[code].read(payload)
        return ""
    except Refused as refused:
        return str(refused)


def refusal(frame: bytes, **options) -> str:
    """Of a frame by its header or payload, by name; empty for none."""
    try:
        frames.read(frame, **options)
        return ""
    except Refused as refused:
        return refused.name

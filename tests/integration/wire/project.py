"""The project's own reader and writer, as the program wire_peer, beside the reader of this folder."""

import json
import os
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


def shown(value):
    """Values of the reader as the project's JSON has them, without names: the order is the page's."""
    if isinstance(value, dict):
        return [shown(inner) for name, inner in value.items() if name != "later"]
    if isinstance(value, list):
        return [shown(inner) for inner in value]
    return hex(value) if isinstance(value, int) else "0x" + value.hex()


def told(value):
    """The project's JSON without names; what may be absent or is yes or no as its bytes say it."""
    if isinstance(value, dict):
        return [told(inner) for inner in value.values()]
    if isinstance(value, list):
        return [told(inner) for inner in value]
    if value is None:
        return "0x"
    return hex(value) if isinstance(value, int) else value


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

"""Which way the folders depend on each other. There is no list of exceptions, and there will be none.

A file may include its own layer and every layer on an earlier line. Layers on one line are siblings and do
not include each other. A layer is a folder with all folders below it, or one file; the longest name that fits
a path is its layer.
"""

from tree import Finding, Tree

LAYERS = [
    ["codec/base"],
    ["codec/crypto"],
    ["codec/wire"],
    ["codec/trie"],
    ["discovery", "gossip", "sync"],
    # What an operator decides and what an embedder sees are plain words that the engine speaks as well; what
    # makes a C ABI of them is its last layer.
    ["engine/api/config.hpp", "engine/api/peer_events.hpp"],
    ["engine/api/ringwire.hpp"],
    ["engine/driver", "engine/disk"],
    ["engine/uring", "engine/epoll", "engine/sim"],
    ["engine/session"],
    ["engine/security"],
    ["engine/transport"],
    ["engine/shard"],
    ["engine/log"],
    ["engine/storage"],
    ["engine/metrics"],
    ["engine/node"],
    ["engine/api"],
    ["tools/sim"],
    ["tools", "bench"],
    ["tests"],
]

RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}


def layer_of(path: str) -> str | None:
    parts = path.split("/")
    for length in range(len(parts), 0, -1):
        name = "/".join(parts[:length])
        if name in RANK:
            return name
    return None


def seen_from(path: str) -> str | None:
    """The layer whose view a file has. A unit test sees what the folder it tests sees, and links no more."""
    if path.startswith("tests/unit/"):
        return layer_of(path.removeprefix("tests/unit/")) or "tests"
    return layer_of(path)


def may_include(includer: str, included: str) -> bool:
    # A unit test also sees the support code of the tests and its own neighbours.
    if includer.startswith("tests/unit/") and included.startswith("tests/"):
        return included.startswith(("tests/support/", includer.rpartition("/")[0] + "/"))
    own, other = seen_from(includer), layer_of(included)
    return own == other or RANK[other] < RANK[own]


def check_layers(tree: Tree):
    """Each include follows the table; each source file has a layer."""
    for file in tree.sources():
        if seen_from(file.path) is None:
            yield Finding(file.path, 1, "tests/lint/layers.py does not know this folder: give it a place")
            continue
        for include in file.includes:
            if include.system or include.path not in tree or layer_of(include.path) is None:
                continue
            if not may_include(file.path, include.path):
                yield Finding(
                    file.path, include.line,
                    f"{seen_from(file.path)} must not include {include.path}: it is not below it in "
                    "tests/lint/layers.py; move what is shared down, or pass the fact from above")

"""The house rules that a program can check. Each is a function over a tree; its documentation is the rule.

A finding says what to do instead. A rule that has to make an exception is wrong or in the wrong words: change
the rule.
"""

import posixpath
import re

from layers import check_layers
from tree import Finding, Tree

COLUMNS = 110

# Folders in which bytes of messages live.
DATA_PATH = ("codec/", "discovery/", "gossip/", "sync/", "engine/")

# Pure state machines and codecs: time, randomness and bytes come in as arguments.
PURE = ("codec/wire/", "codec/trie/", "discovery/", "gossip/", "sync/", "engine/session/", "engine/security/")

# Folders whose namespace is not ringwire::<last folder>.
NAMESPACES = {
    "codec/base": "ringwire",
    "engine/api": "ringwire",
}


def check_include_style(tree: Tree):
    """Includes of our own are root-relative and in quotes; everything else is in angle brackets."""
    for file in tree.sources():
        for include in file.includes:
            made = f"{include.path}.in" in tree  # by meson, from this
            if not include.system and include.path not in tree and not made:
                yield Finding(file.path, include.line,
                              f'"{include.path}" is no file of this tree, counted from its root; '
                              "a system header is written with < >")
            if include.system and include.path in tree:
                yield Finding(file.path, include.line, f'write "{include.path}": it is our own')


# What standard libraries bring along through other headers, and differently from version to version.
STANDARD_HEADERS = {
    "algorithm": "all_of any_of none_of for_each find find_if count count_if equal mismatch search copy "
                 "copy_n copy_if fill fill_n generate transform remove_if replace reverse rotate shuffle "
                 "unique sort stable_sort partition nth_element is_sorted lower_bound upper_bound "
                 "equal_range binary_search min max minmax min_element max_element clamp",
    "bit": "bit_cast bit_ceil bit_floor bit_width countl_zero countr_zero has_single_bit popcount",
    "cmath": "ceil exp floor isfinite isnan log log2 pow round sqrt",
    "functional": "function hash invoke ref",
    "limits": "numeric_limits",
    "numeric": "accumulate iota",
    "stdexcept": "invalid_argument logic_error out_of_range runtime_error",
}


def check_standard_headers(tree: Tree):
    """Who uses a name of these standard headers includes the header, or its own header does."""
    for file in tree.sources():
        included = {include.path for include in file.includes}
        own = file.path.removesuffix(".cpp") + ".hpp"
        if file.path.endswith(".cpp") and own in tree:
            included |= {include.path for include in tree.files[own].includes}
        for header, names in STANDARD_HEADERS.items():
            uses = list(file.matches(rf"\bstd::({names.replace(' ', '|')})\b(?!::)"))
            if header not in included and uses:
                line, match = uses[0]
                yield Finding(file.path, line, f"{match.group()} is of <{header}>")


def check_uring_door(tree: Tree):
    """Only engine/uring knows liburing: its meson.build names it, its files include it."""
    for file in tree:
        if file.path.startswith("engine/uring/"):
            continue
        if file.path.endswith("meson.build"):
            for line, _ in file.matches(r"liburing", re.sub(r"#.*", "", file.text)):
                yield Finding(file.path, line, "only engine/uring/meson.build names liburing")
        if file.is_source():
            for include in file.includes:
                if include.system and include.path.startswith("liburing"):
                    yield Finding(file.path, include.line, "only engine/uring includes it; use engine/driver")


def check_libcrypto_door(tree: Tree):
    """Only codec/crypto knows libcrypto, in .cpp files without wolfSSL: the two sets of headers collide."""
    for file in tree:
        if file.path.endswith("meson.build") and file.path != "codec/crypto/meson.build":
            for line, _ in file.matches(r"'(libcrypto|libssl|openssl)'", re.sub(r"#.*", "", file.text)):
                yield Finding(file.path, line, "only codec/crypto/meson.build names it")
        if not file.is_source():
            continue
        lines = {name: include.line for include in file.includes if include.system
                 for name in ("openssl", "wolfssl") if include.path.startswith(f"{name}/")}
        if "openssl" in lines and not file.folder.removeprefix("bench/micro/") == "codec/crypto":
            yield Finding(file.path, lines["openssl"], "only codec/crypto and its benchmarks include it")
        if lines and not file.path.endswith(".cpp"):
            yield Finding(file.path, min(lines.values()), "in a header it reaches everybody: use a .cpp")
        if len(lines) == 2:
            yield Finding(file.path, max(lines.values()), "openssl and wolfssl collide: use two files")


def check_seeded_tls(tree: Tree):
    """Who knows the seed has the keys: only simulated nodes and tests know TLS that follows from one."""
    name, homes = "tls_seeded_random", ("engine/node/stepped/", "tests/")
    for file in tree:
        if file.path.startswith(homes) or file.path.startswith(f"engine/transport/{name}."):
            continue
        if file.path.endswith("meson.build") and file.folder != "engine/transport":
            for line, _ in file.matches(r"transport_seeded", re.sub(r"#.*", "", file.text)):
                yield Finding(file.path, line, "for simulated nodes only: engine/node/stepped")
        for include in file.includes if file.is_source() else ():
            if include.path == f"engine/transport/{name}.hpp":
                yield Finding(file.path, include.line, "for simulated nodes only: engine/node/stepped")


def check_api_is_vocabulary(tree: Tree):
    """What an embedder includes needs no header of ours but itself and codec/base."""
    for file in tree.sources():
        if not file.path.startswith("engine/api/") or not file.path.endswith((".hpp", ".h")):
            continue
        for include in file.includes:
            if not include.system and not include.path.startswith(("codec/base/", "engine/api/")):
                yield Finding(file.path, include.line, "it may include codec/base and engine/api")


def check_copies(tree: Tree):
    """Bytes of messages are copied by copy_counted only, so that the copy budget is a number."""
    for file in tree.sources():
        if not file.path.startswith(DATA_PATH) or file.path == "codec/base/copy.cpp":
            continue
        for line, match in file.matches(r"\b(__builtin_)?(mem(p?cpy|move)|bcopy)\b"):
            if match.group() == "__builtin_memcpy" and file.path == "codec/base/bytes.hpp":
                continue
            yield Finding(file.path, line,
                          f"{match.group()}: message bytes go through copy_counted, integers through "
                          "load_be/store_be, fixed-size headers and keys through std::copy")


def check_purity(tree: Tree):
    """Protocols open nothing, read no clock, start no thread, take no lock, draw no randomness."""
    system = re.compile(
        r"(sys|net|netinet|arpa|linux|openssl|wolfssl)/.*|"
        r"(unistd|poll|fcntl|pthread|signal|threads|time)\.h|"
        r"thread|mutex|shared_mutex|condition_variable|future|semaphore|random|"
        r"fstream|iostream|filesystem")
    for file in tree.sources():
        if not file.path.startswith(PURE):
            continue
        for include in file.includes:
            if include.system and system.fullmatch(include.path):
                yield Finding(file.path, include.line,
                              f"<{include.path}> in a pure folder: time, randomness, bytes are arguments")
        for line, match in file.matches(r"_clock::now\b|\b(std::)?(rand|random_device)\s*[({]"):
            yield Finding(file.path, line, f"{match.group()}: `now` and a seeded generator are arguments")


def expected_namespace(folder: str) -> str | None:
    """None where a folder may choose: programs that nothing includes."""
    if folder in NAMESPACES:
        return NAMESPACES[folder]
    if not folder or folder.startswith(("tests", "tools/examples", "bench/micro")):
        return None
    return f"ringwire::{folder.rpartition('/')[2]}"


def check_namespaces(tree: Tree):
    """The namespace is ringwire::<last folder>, so that a name says where it lives."""
    for file in tree.sources():
        wanted = expected_namespace(file.folder)
        if wanted is None or not file.path.endswith((".hpp", ".cpp")):
            continue
        pattern = r"^\s*(?:inline\s+)?namespace\s+(ringwire[\w:]*)\s*\{"
        opened = [(line, match.group(1)) for line, match in file.matches(pattern)]
        for line, name in opened:
            if name != wanted and not name.startswith(wanted + "::"):
                yield Finding(file.path, line, f"namespace {name}: files of {file.folder} are in {wanted}")
        is_main = any(file.matches(r"^(int|extern \"C\" int) (main|LLVMFuzzerTestOneInput)\("))
        if not opened and not is_main and not any(file.matches(r'^extern\s+"')):
            yield Finding(file.path, 1, f"open namespace {wanted}")


def check_header_start(tree: Tree):
    """A header opens with what it is for, then #pragma once, before anything else."""
    for file in tree.sources():
        if not file.path.endswith(".hpp"):
            continue
        code = [line for line in file.code.split("\n") if line.strip()]
        if not code or code[0].strip() != "#pragma once":
            yield Finding(file.path, 1, "the first line of code is #pragma once")
        if not file.text.startswith("//"):
            yield Finding(file.path, 1, "a header begins with a comment: the problem, then the rules")


def check_words(tree: Tree):
    """No notes to ourselves and no paths of one machine in the tree."""
    words = "|".join(("TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK"))
    places = "|".join(f"/{top}/" for top in ("wo" + "rk", "ro" + "ot", "ho" + "me", "Us" + "ers"))
    for file in tree:
        for line, match in file.matches(rf"\b({words})\b", file.text):
            yield Finding(file.path, line, f"{match.group()}: finish it, or say in a README what is missing")
        for line, match in file.matches(rf"(?<![\w.$}}/-])({places})[\w.]", file.text):
            yield Finding(file.path, line, f"{match.group()}...: a path of one machine")


def check_lines(tree: Tree):
    """At most 110 columns, no tabs, no space at the end of a line, one newline at the end of a file."""
    for file in tree:
        if not file.text.endswith("\n") or file.text.endswith("\n\n"):
            if file.text:
                yield Finding(file.path, len(file.lines), "a file ends with exactly one newline")
        for number, line in enumerate(file.lines, 1):
            if line != line.rstrip():
                yield Finding(file.path, number, "space at the end of the line")
            if file.path.endswith(".md"):
                continue
            if "\t" in line:
                yield Finding(file.path, number, "a tab: indent with spaces")
            if len(line) > COLUMNS and (file.is_source() or file.path.endswith((".py", ".sh"))):
                yield Finding(file.path, number, f"{len(line)} columns: at most {COLUMNS}")


def check_readmes(tree: Tree):
    """Each folder with code has a README.md: the problem, states and limits, what was decided and why."""
    wanted = {file.folder for file in tree.sources() if not file.path.startswith(("tests/", "bench/"))}
    wanted |= {top for top in ("bench", "tests", "tools") if any(f.path.startswith(top + "/") for f in tree)}
    for folder in sorted(wanted):
        if f"{folder}/README.md" not in tree:
            yield Finding(folder, 1, "has no README.md")


def check_links(tree: Tree):
    """A link in a README to a place in this tree leads somewhere."""
    folders = {file.folder for file in tree}
    for file in tree:
        if not file.path.endswith(".md"):
            continue
        for line, match in file.matches(r"\]\(([^)#:\s]+)\)", file.text):
            target = posixpath.normpath(posixpath.join(file.folder, match.group(1)))
            if target not in tree and target not in folders and target != "LICENSE":
                yield Finding(file.path, line, f"{match.group(1)} is not there")


def check_everything_is_built(tree: Tree):
    """Each .cpp stands in the meson.build of its folder or of one above: what nothing builds is dead."""
    for file in tree.sources():
        if not file.path.endswith((".cpp", ".c")):
            continue
        folder, name, found = file.folder, file.path.rpartition("/")[2], False
        while True:
            build = tree.files.get(f"{folder}/meson.build" if folder else "meson.build")
            stem = name.rpartition(".")[0]
            found = found or (build is not None and re.search(rf"['/]{re.escape(stem)}(\.\w+)?'", build.text))
            if found or not folder:
                break
            folder, _, last = folder.rpartition("/")
            name = f"{last}/{name}"
        if not found:
            yield Finding(file.path, 1, "no meson.build names it: build it or delete it")


def check_packages(tree: Tree):
    """tools/packages has every library that a meson.build asks for, and no other."""
    listed = {}
    if (packages := tree.files.get("tools/packages")) is None:
        return
    for number, line in enumerate(packages.lines, 1):
        words = line.split()
        if words and not line.startswith("#") and words[4] != "-":
            listed[words[4]] = number
    used = {"threads"}
    for file in tree:
        if not file.path.endswith("meson.build"):
            continue
        for line, match in file.matches(r"\bdependency\('([^']+)'", re.sub(r"#.*", "", file.text)):
            used.add(match.group(1))
            if match.group(1) not in listed and match.group(1) != "threads":
                yield Finding(file.path, line, f"{match.group(1)} is not in tools/packages: list its package")
    for name, line in listed.items():
        if name not in used:
            yield Finding(packages.path, line, f"no meson.build asks for {name}")


RULES = [
    check_layers, check_include_style, check_standard_headers, check_uring_door, check_libcrypto_door,
    check_seeded_tls, check_api_is_vocabulary, check_copies, check_purity, check_namespaces,
    check_header_start, check_words, check_lines, check_readmes, check_links, check_everything_is_built,
    check_packages,
]

"""Runs a program whose system calls fail as they do where they are forbidden, by a seccomp filter.

usage: deny.py CALL=ERRNO... -- PROGRAM [ARGUMENT...]

example: deny.py io_uring_setup=EPERM -- ringwire node --insecure-plaintext
"""

import ctypes
import errno
import os
import platform
import struct
import sys

# asm/unistd.h; the first is the same everywhere.
NUMBERS = {
    "io_uring_setup": {"x86_64": 425, "aarch64": 425},
    "bind": {"x86_64": 49, "aarch64": 200},
}

# linux/filter.h, linux/seccomp.h, linux/prctl.h
LOAD_NUMBER = (0x20, 0, 0, 0)
RETURN, JUMP_IF_EQUAL = 0x06, 0x15
ALLOW, FAIL_WITH = 0x7FFF0000, 0x00050000
PR_SET_SECCOMP, SECCOMP_MODE_FILTER, PR_SET_NO_NEW_PRIVS = 22, 2, 38


def program(denied: dict[str, str]) -> bytes:
    rules = [LOAD_NUMBER]
    for call, error in denied.items():
        rules.append((JUMP_IF_EQUAL, 0, 1, NUMBERS[call][platform.machine()]))
        rules.append((RETURN, 0, 0, FAIL_WITH | getattr(errno, error)))
    rules.append((RETURN, 0, 0, ALLOW))
    return b"".join(struct.pack("HBBI", *rule) for rule in rules)


def install(denied: dict[str, str]) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    rules = program(denied)
    kept = ctypes.create_string_buffer(rules, len(rules))
    filters = struct.pack("HL", len(rules) // 8, ctypes.addressof(kept))
    for request in ((PR_SET_NO_NEW_PRIVS, 1, 0), (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filters)):
        if libc.prctl(*request, 0, 0) != 0:
            sys.exit(f"prctl {request[0]}: {os.strerror(ctypes.get_errno())}")


def main(words: list[str]) -> None:
    if "--" not in words or words[-1] == "--":
        sys.exit(__doc__)
    at = words.index("--")
    install(dict(word.split("=") for word in words[:at]))
    os.execvp(words[at + 1], words[at + 1:])


if __name__ == "__main__":
    main(sys.argv[1:])

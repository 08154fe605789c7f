"""Comes and is gone, so many times a second, in a process of its own: connects, says the first bytes of a
hello or none, and closes.

    {"address", "port", "hello": hex, "sources": [address], "rate": a second, "count"}

At its end it says as JSON how many connections it made, how many of them the node's kernel did not take, how
many were reset while it spoke, and the seconds that all of it took.
"""

import json
import socket
import struct
import sys
import time

RESET = struct.pack("ii", 1, 0)  # SO_LINGER: not a FIN
PATIENCE_S = 5.0


class Churn:
    def __init__(self, address: str, port: int, hello: str, sources: list[str], rate: int, count: int):
        self.address, self.sources, self.rate, self.count = (address, port), sources, rate, count
        said = bytes.fromhex(hello)
        # Nothing; a part of the first header; all but the end; all, which makes the node work.
        self.beginnings = (b"", said[:3], said[:-1], said)
        self.refused, self.reset = 0, 0

    def come_and_go(self, number: int) -> None:
        with socket.socket() as gone:
            gone.settimeout(PATIENCE_S)
            gone.bind((self.sources[number % len(self.sources)], 0))
            try:
                gone.connect(self.address)
            except OSError:
                self.refused += 1
                return
            # Each source does all of it in time, and at any time all of it is done.
            kind = number + number // len(self.sources)
            if kind // len(self.beginnings) % 2:
                gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            try:
                gone.sendall(self.beginnings[kind % len(self.beginnings)])
            except OSError:
                self.reset += 1

    def run(self) -> None:
        began = time.monotonic()
        for number in range(self.count):
            early = began + number / self.rate - time.monotonic()
            if early > 0:
                time.sleep(early)
            self.come_and_go(number)
        print(json.dumps({"made": self.count - self.refused, "refused": self.refused, "reset": self.reset,
                          "seconds": time.monotonic() - began}))


if __name__ == "__main__":
    Churn(**json.load(sys.stdin)).run()

"""Two honest peers beside an attack, in a process of their own: the attacker's work does not slow them.

One keeps its session and pings ten times a second. The other connects afresh each second, from another /24
each time. Says `idle SECONDS` once it knows how quick the node is at rest; at the end of its input it says as
JSON what became of them.
"""

import json
import socket
import struct
import sys
import threading
import time

import secure
import wire

PING_EVERY_S, CONNECT_EVERY_S, IDLE_PINGS = 0.1, 1.0, 8
STEADY = "127.2.0.1"
GONE = (OSError, EOFError, AssertionError)


class Canary:
    def __init__(self, address: str, port: int, key: str, tls: bool, limit_s: float):
        self.address, self.key, self.tls, self.limit_s = (address, port), bytes.fromhex(key), tls, limit_s
        self.ending = threading.Event()
        self.speaking = threading.Lock()  # two threads say something to one peer, in records with numbers
        self.round_trips, self.fresh, self.failures, self.lateness = [], [], [], []

    def connect(self, source: str) -> wire.Peer:
        kind = secure.SecurePeer if self.tls else wire.Peer
        peer = kind(self.address, self.key, self.limit_s, source)
        if self.tls:
            peer.secure()
        peer.establish()
        return peer

    def wait(self, due: float) -> float:
        """Until then, or until all is over; and how late this machine let it be. The next moment."""
        early = due - time.monotonic()
        self.ending.wait(max(0.0, early))
        # Who comes here late was kept by the node.
        if early > 0 and not self.ending.is_set():
            self.lateness.append(time.monotonic() - due)
        return time.monotonic()

    def say(self, peer: wire.Peer, message: bytes) -> None:
        with self.speaking:
            peer.send(message)

    def keep_pinging(self) -> None:
        sent = {}
        peer = self.connect(STEADY)
        reader = threading.Thread(target=self.take_pongs, args=(peer, sent), daemon=True)
        reader.start()
        number = 0
        while not self.ending.is_set():
            began, number = time.monotonic(), number + 1
            sent[number] = began
            try:
                self.say(peer, wire.frame(wire.PING, struct.pack(">Q", number)))
            except GONE as error:
                self.failures.append(f"steady peer, sending: {error!r}")
                break
            self.wait(began + PING_EVERY_S)
        deadline = time.monotonic() + self.limit_s
        while sent and time.monotonic() < deadline and reader.is_alive():
            time.sleep(0.01)
        if sent:
            self.failures.append(f"{len(sent)} pings were not answered")
        peer.socket.shutdown(socket.SHUT_RDWR)
        reader.join()
        peer.close()

    def take_pongs(self, peer: wire.Peer, sent: dict[int, float]) -> None:
        try:
            while True:
                kind, payload = peer.read_frame()
                if kind == wire.PING:
                    self.say(peer, wire.frame(wire.PONG, payload))
                elif kind == wire.FRAGMENT and payload[0] > 0:  # consensus needs no credit
                    update = struct.pack(">BI", payload[0], len(payload))
                    self.say(peer, wire.frame(wire.WINDOW_UPDATE, update))
                elif kind == wire.DISCONNECT:
                    self.failures.append(f"steady peer was disconnected: {payload[0]}")
                elif kind == wire.PONG:
                    self.round_trips.append(time.monotonic() - sent.pop(struct.unpack(">Q", payload[:8])[0]))
                    if len(self.round_trips) == IDLE_PINGS:
                        print("idle", max(self.round_trips), flush=True)
        except GONE as error:
            if not self.ending.is_set():
                self.failures.append(f"steady peer, reading: {error!r}")

    def keep_connecting(self) -> None:
        number = 0
        while not self.ending.is_set():
            began, number = time.monotonic(), number + 1
            try:
                self.connect(f"127.{3 + number % 100}.{number % 256}.1").close()
                self.fresh.append(time.monotonic() - began)
            except GONE as error:
                if not self.ending.is_set():
                    self.failures.append(f"fresh peer {number}: {error!r}")
            self.wait(began + CONNECT_EVERY_S)

    def run(self) -> None:
        both = [threading.Thread(target=self.guarded, args=(each,))
                for each in (self.keep_pinging, self.keep_connecting)]
        for thread in both:
            thread.start()
        sys.stdin.read()
        self.ending.set()
        for thread in both:
            thread.join()
        print(json.dumps({"round_trips": self.round_trips[IDLE_PINGS:], "fresh": self.fresh,
                          "failures": self.failures, "late": max(self.lateness, default=0.0)}), flush=True)

    def guarded(self, work) -> None:
        try:
            work()
        except Exception as error:  # a canary that died is a finding, not silence
            self.failures.append(f"{work.__name__}: {error!r}")


if __name__ == "__main__":
    Canary(**json.loads(sys.argv[1])).run()

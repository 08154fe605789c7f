"""Group I, and what group B means inside TLS: records and handshakes that no TLS library would say.

The hostile end is OpenSSL's handshake, byte by byte in our hands, and records made under the right keys
(tests/support/secure.py). Cases by id: tests/README.md.
"""

import contextlib
import hashlib
import socket
import ssl
import threading
import time
import unittest

import cases
import nodes
import secure
import wire
from certificates import OPENSSL, self_signed
from hostile import WRONG_IDENTITY, SecureHostileTest, counter, handshakes
from nodes import eventually
from oracle import SLACK, Oracle
from secure import ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE, record, records_of
from wire import HANDSHAKE_ACK, INITIATOR, PUBLISH, auth_digest, frame, publish

KEY_SHARE, ALPN, VERSIONS = 51, 16, 43
DELIVERIES = counter("deliveries")
TIMED_OUT = counter("connection_timeouts", "handshake", "phase")
COMPLETED = counter("tls_handshakes", "completed", "stage")
RECORD_BYTES_MAX = 16_384
RECORDS_OF_A_HELLO, EMPTY_IN_A_ROW = 8, 32


def failed(reason: str) -> tuple[str, str]:
    return counter("tls_failures", reason)


def refused(reason: str) -> tuple[str, str]:
    return counter("tls_records_refused", reason)


def with_extension(hello: bytes, wanted: int, change) -> bytes:
    """A ClientHello or ServerHello, a handshake message, of which `change(content)` is that extension; None
    takes it away."""
    server = hello[0] == 2
    at = 4 + 2 + 32
    at += 1 + hello[at]
    at += 3 if server else 2 + int.from_bytes(hello[at:at + 2], "big")
    at += 0 if server else 1 + hello[at]
    head, left, made = hello[4:at], hello[at + 2:], b""
    while left:
        kind, size = int.from_bytes(left[:2], "big"), int.from_bytes(left[2:4], "big")
        content, left = left[4:4 + size], left[4 + size:]
        content = change(content) if kind == wanted else content
        if content is not None:
            made += kind.to_bytes(2, "big") + len(content).to_bytes(2, "big") + content
    body = head + len(made).to_bytes(2, "big") + made
    return hello[:1] + len(body).to_bytes(3, "big") + body


class Secured(SecureHostileTest):
    def hello(self, **context) -> bytes:
        """A good ClientHello without its record."""
        return secure.Handshaker(secure.client_context(**context)).step()[5:]

    def after_hello(self, peer) -> secure.Handshaker:
        """The client has said its hello and has the node's flight: its own is what step() gives."""
        handshaker = secure.Handshaker()
        peer.socket.sendall(handshaker.step())
        return handshaker

    def is_gone(self, peer) -> None:
        with contextlib.suppress(ConnectionError):
            while peer.socket.recv(1 << 16):
                pass
        peer.close()

    def raw(self, oracle: Oracle, rows) -> None:
        """Name, counter, what a stranger sends, charged: in the place of a ClientHello."""
        for name, what, said, charged in rows:
            with self.subTest(name):
                source = next(self.strangers)
                peer = self.connect(oracle.node, source)
                with contextlib.suppress(ConnectionError):
                    peer.socket.sendall(said)
                self.is_gone(peer)
                oracle.expect(what)
                if charged:
                    oracle.offender(source)

    def sealed(self, oracle: Oracle, rows) -> None:
        """Name, counter, what a proven peer sends (`say(peer)` makes it), charged."""
        for name, what, say, charged in rows:
            with self.subTest(name):
                source = next(self.strangers)
                peer = self.peer(oracle.node, source)
                with contextlib.suppress(ConnectionError):
                    peer.socket.sendall(say(peer))
                self.is_gone(peer)
                oracle.expect(what)
                if charged:
                    oracle.offender(source)


class Handshakes(Secured):
    def test_i1_change_cipher_spec_is_taken_once_and_only_where_it_may_be(self):
        once = record(CHANGE_CIPHER_SPEC, b"\x01")

        def flight(oracle, name, what, say):
            with self.subTest(name):
                source = next(self.strangers)
                peer = self.connect(oracle.node, source)
                client = self.after_hello(peer)
                while not client.done:
                    own = client.step(peer.socket.recv(1 << 16))
                self.assertEqual(records_of(own)[0], once)
                with contextlib.suppress(ConnectionError):
                    peer.socket.sendall(say(own[len(once):]))
                self.is_gone(peer)
                oracle.expect(what)
                oracle.offender(source)

        with Oracle(self, self.start_public()) as oracle:
            flight(oracle, "twice", failed("repeated_change_cipher_spec"), lambda rest: once * 2 + rest)
            flight(oracle, "a thousand times", failed("repeated_change_cipher_spec"), lambda _: once * 1000)
            flight(oracle, "of another value", failed("bad_change_cipher_spec"),
                   lambda rest: record(CHANGE_CIPHER_SPEC, b"\x02") + rest)
            flight(oracle, "of two bytes", failed("bad_change_cipher_spec"),
                   lambda rest: record(CHANGE_CIPHER_SPEC, b"\x01\x01") + rest)
            self.raw(oracle, [("before the hello", failed("not_tls"), once, True)])
            self.sealed(oracle, [("in a session", refused("unexpected_record"), lambda peer: once, False),
                                 ("in a session, under keys", refused("unexpected_type"),
                                  lambda peer: peer.seal(b"\x01", CHANGE_CIPHER_SPEC), True)])
            self.is_served(self.peer(oracle.node))  # whose client sends one

    def test_i3_nothing_follows_a_message_behind_which_keys_change(self):
        hello = self.hello()
        with Oracle(self, self.start_public()) as oracle:
            self.raw(oracle, [
                ("another hello behind it", failed("several_messages"), record(HANDSHAKE, hello * 2), True),
                ("a Finished in its record", failed("several_messages"),
                 record(HANDSHAKE, hello + b"\x14\0\0\x20" + bytes(32)), True),
                ("one byte more", failed("several_messages"), record(HANDSHAKE, hello + b"\x14"), True),
                ("data in the middle of it", failed("not_tls"),
                 record(HANDSHAKE, hello[:90]) + record(APPLICATION_DATA, bytes(64)), True),
                ("an alert in the middle of it", failed("not_tls"),
                 record(HANDSHAKE, hello[:90]) + record(ALERT, b"\x01\0"), True),
            ])
            peer = self.connect(oracle.node)
            client = self.after_hello(peer)
            while not client.done:
                own = client.step(peer.socket.recv(1 << 16))
            # The client's Finished in plaintext, where its record should be under keys.
            peer.socket.sendall(record(HANDSHAKE, b"\x14\0\0\x20" + bytes(32)) + own)
            self.is_gone(peer)
            oracle.expect(("ringwire_tls_failures_total", ""), 6)
            self.is_served(self.peer(oracle.node))

    def test_i5_a_hello_comes_in_few_records_of_usual_size_and_in_time(self):
        hello = self.hello()
        node = self.start_public("--limits.handshake-timeout-ms", 1000)
        parts = [hello[at * len(hello) // RECORDS_OF_A_HELLO:(at + 1) * len(hello) // RECORDS_OF_A_HELLO]
                 for at in range(RECORDS_OF_A_HELLO)]
        empty = record(HANDSHAKE, b"")
        with Oracle(self, node) as oracle:
            self.raw(oracle, [
                ("a byte in each record", failed("too_many_records"),
                 b"".join(record(HANDSHAKE, bytes([byte])) for byte in hello), True),
                ("16 KiB and a byte", failed("record_too_long"),
                 record(HANDSHAKE, bytes(RECORD_BYTES_MAX + 1))[:100], True),
                ("4 KiB and more", failed("hello_too_long"), record(HANDSHAKE, bytes(4097))[:100], True),
                ("16 MiB declared", failed("hello_too_long"), record(HANDSHAKE, b"\x01\xff\xff\xff"), True),
                ("an empty record", failed("empty_record"), empty, True),
                ("empty records for ever", failed("empty_record"), empty * 10_000, True),
                ("plaintext", failed("not_tls"), frame(wire.PING, bytes(8)), True),
                ("cut short in its list", failed("malformed_hello"),
                 record(HANDSHAKE, hello[:1] + (100).to_bytes(3, "big") + hello[4:104]), True),
                ("other protocols", failed("no_alpn"),
                 record(HANDSHAKE, self.hello(alpn=("RINGWIRE/1", "ringwire/10", "h2"))), False),
                ("no protocol", failed("no_alpn"), record(HANDSHAKE, self.hello(alpn=())), False),
                ("a thousand protocols", failed("hello_too_long"),
                 record(HANDSHAKE, with_extension(hello, ALPN, lambda _: b"\x27\x10" + b"\x04eth9" * 2000)),
                 True),
            ])
            slow = self.connect(node)
            with contextlib.suppress(ConnectionError):
                for byte in record(HANDSHAKE, hello):
                    slow.socket.sendall(bytes([byte]))
                    time.sleep(0.02)
                self.is_gone(slow)
            oracle.expect(TIMED_OUT)
            # In as many records as it may.
            peer = self.connect(node)
            peer.socket.sendall(b"".join(record(HANDSHAKE, part) for part in parts))
            self.assertEqual(records_of(peer.socket.recv(1 << 16))[0][0], HANDSHAKE)
            oracle.expect(TIMED_OUT)  # and then it says nothing more
            self.is_served(self.peer(node))

    def test_b1_key_shares_of_small_order_are_refused(self):
        hello = self.hello()

        def sharing(point: bytes) -> bytes:
            share = b"\x00\x1d" + len(point).to_bytes(2, "big") + point
            return record(HANDSHAKE, with_extension(hello, KEY_SHARE,
                                                    lambda _: len(share).to_bytes(2, "big") + share))

        points = {"zeros": bytes(32), "of order 1": b"\x01" + bytes(31),
                  "p": b"\xed" + b"\xff" * 30 + b"\x7f", "p + 1": b"\xee" + b"\xff" * 30 + b"\x7f"}
        with Oracle(self, self.start_public()) as oracle:
            self.raw(oracle, [(name, failed("bad_key_share"), sharing(point), True)
                              for name, point in points.items()])
            self.is_served(self.peer(oracle.node))

    def test_b1_points_of_another_curve_are_not_looked_at(self):
        """The node asks for one of X25519: whether they are on P-256 is nothing that it computes with."""
        hello = self.hello()

        def sharing(point: bytes) -> bytes:
            share = b"\x00\x17\x00\x41\x04" + point
            return record(HANDSHAKE, with_extension(hello, KEY_SHARE,
                                                    lambda _: len(share).to_bytes(2, "big") + share))

        points = {"off the curve": b"\x01" * 64, "zeros": bytes(64), "above p": b"\xff" * 64}
        with Oracle(self, self.start_public()) as oracle:
            for name, point in points.items():
                with self.subTest(name):
                    peer = self.connect(oracle.node)
                    peer.socket.sendall(sharing(point))
                    again, asked = records_of(peer.socket.recv(1 << 16))[0][5:], []
                    self.assertEqual(again[6:38], hashlib.sha256(b"HelloRetryRequest").digest())
                    with_extension(again, KEY_SHARE, lambda group: asked.append(group) or group)
                    self.assertEqual(asked, [b"\x00\x1d"])
                    peer.close()
                    oracle.expect(counter("tls_ended"))
            self.is_served(self.peer(oracle.node))

    def test_b12_half_handshakes_of_many_addresses_keep_nobody_waiting(self):
        """300 that stop behind their ClientHello, each from an address of its own."""
        count = 300
        node = self.start_wide(count, handshake_ms=60_000)
        hello = secure.Handshaker().step()
        let_in_s = 3 * SLACK  # two such patiences as a silent client has, and what the machine needs
        with Oracle(self, node, rss_growth_bytes=64 << 20, rss_left_bytes=64 << 20,
                    connect_limit_s=let_in_s) as oracle:
            for _ in range(count):
                self.connect(node).socket.sendall(hello)
            for _ in range(8):
                began = time.monotonic()
                self.is_served(self.peer(node, "127.9.0.1"))
                self.assertLess(time.monotonic() - began, let_in_s, "seconds until an honest peer was let in")
                time.sleep(0.5)
            oracle.at_least(("ringwire_tls_handshakes_total", "begun"), count // 2)
            oracle.at_least(counter("tls_overdue"), 1)

    def test_b9_a_proof_holds_for_the_channel_it_was_made_in(self):
        with Oracle(self, self.start_public()) as oracle:
            for binding in (bytes(32), b"\x01" * 32):
                source = next(self.strangers)
                peer = self.connect(oracle.node, source).secure()
                mine = wire.handshake(peer.identity, peer.node_id)
                peer.send(frame(wire.HANDSHAKE, mine))
                theirs = peer.read_until(wire.HANDSHAKE)
                ack = peer.identity.sign(auth_digest(INITIATOR, mine, theirs, binding))
                peer.send(frame(HANDSHAKE_ACK, ack))
                self.assertEqual(peer.farewell(), WRONG_IDENTITY)
                oracle.expect(handshakes("wrong_signer"))
                oracle.offender(source)
                oracle.innocent(peer.identity.id)
            self.is_served(self.peer(oracle.node))


class Sessions(Secured):
    def test_i5_i6_records_that_mean_nothing_and_new_keys_end_the_session(self):
        key_update, cancelled = b"\x18\0\0\x01\x00", b"\x01\x5a"
        with Oracle(self, self.start_public()) as oracle:
            self.sealed(oracle, [
                ("KeyUpdate", refused("key_update"), lambda peer: peer.seal(key_update, HANDSHAKE), True),
                ("KeyUpdates for ever", refused("key_update"),
                 lambda peer: b"".join(peer.seal(key_update, HANDSHAKE) for _ in range(200)), True),
                ("a new hello", refused("unexpected_handshake"),
                 lambda peer: peer.seal(self.hello(), HANDSHAKE), True),
                ("a ticket from a client", refused("unexpected_handshake"),
                 lambda peer: peer.seal(b"\x04\0\0\x01\0", HANDSHAKE), True),
                ("empty records for ever", refused("too_many_empty"),
                 lambda peer: b"".join(peer.seal(b"") for _ in range(EMPTY_IN_A_ROW + 1)), True),
                ("cancelled for ever", refused("too_many_empty"),
                 lambda peer: b"".join(peer.seal(cancelled, ALERT) for _ in range(EMPTY_IN_A_ROW + 1)), True),
                ("an empty handshake message", refused("empty_message"),
                 lambda peer: peer.seal(b"", HANDSHAKE), True),
                ("only padding", refused("no_type"), lambda peer: peer.seal(b"", inner=bytes(40)), True),
                ("a type that does not exist", refused("unexpected_type"),
                 lambda peer: peer.seal(b"x", 99), True),
                ("half an alert", refused("malformed_alert"), lambda peer: peer.seal(b"\x02", ALERT), True),
                ("an alert", refused("peer_alert"), lambda peer: peer.seal(b"\x02\x28", ALERT), False),
                ("16 KiB and 257 bytes", refused("too_long"),
                 lambda peer: record(APPLICATION_DATA, bytes(RECORD_BYTES_MAX + 257))[:100], False),
                ("shorter than a tag", refused("too_short"),
                 lambda peer: record(APPLICATION_DATA, bytes(16)), False),
                ("another version", refused("bad_version"),
                 lambda peer: record(APPLICATION_DATA, bytes(64), 0x0302), False),
                ("under other keys", refused("not_authentic"),
                 lambda peer: record(APPLICATION_DATA, bytes(64)), False),
            ])
            honest = self.peer(oracle.node)
            for _ in range(3):
                honest.socket.sendall(b"".join(honest.seal(b"") for _ in range(EMPTY_IN_A_ROW)))
                self.is_served(honest)
            honest.socket.sendall(honest.seal(b"", inner=frame(wire.PING, bytes(8)) + b"\x17" + bytes(1000)))
            honest.read_until(wire.PONG)

    def test_i7_what_was_cut_short_is_not_delivered(self):
        message = frame(PUBLISH, publish(b"t", bytes(3000)))
        close = b"\x01\0"

        def ending(oracle, name, what, say, delivered=0):
            with self.subTest(name):
                peer = self.peer(oracle.node)
                say(peer)
                peer.socket.shutdown(socket.SHUT_WR)
                self.is_gone(peer)
                if what:
                    oracle.expect(what)
                oracle.expect(DELIVERIES, delivered)

        with Oracle(self, self.start_public()) as oracle:
            ending(oracle, "no close_notify", refused("truncated"), lambda peer: None)
            ending(oracle, "a record cut", refused("truncated"),
                   lambda peer: peer.socket.sendall(peer.seal(message)[:-1]))
            ending(oracle, "a message cut between records", refused("truncated"),
                   lambda peer: peer.socket.sendall(peer.seal(message[:1500])))
            ending(oracle, "a message cut by close_notify", None,
                   lambda peer: peer.socket.sendall(peer.seal(message[:1500]) + peer.seal(close, ALERT)))
            ending(oracle, "a message behind close_notify", None,
                   lambda peer: peer.socket.sendall(peer.seal(close, ALERT) + peer.seal(message)))
            ending(oracle, "all of it, and close_notify", None, delivered=1,
                   say=lambda peer: peer.socket.sendall(peer.seal(message) + peer.seal(close, ALERT)))


class FakeServer:
    """A TLS server that the node dials; `change(records)` makes its flight of what OpenSSL would say. Answers
    one dial after the other."""

    def __init__(self, certificate, address: str, change=lambda records: records):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(*map(str, certificate))
        self.context.set_alpn_protocols([secure.ALPN])
        self.change = change
        self.listener = socket.create_server((address, 0))
        self.enode = f"enode://{wire.Identity().key.hex()}@{address}:{self.listener.getsockname()[1]}"
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                connection, _ = self.listener.accept()
                with connection, contextlib.suppress(ssl.SSLError, OSError):
                    self.talk(connection)

    def talk(self, connection) -> None:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = self.context.wrap_bio(incoming, outgoing, server_side=True)
        while received := connection.recv(1 << 16):
            incoming.write(received)
            with contextlib.suppress(ssl.SSLWantReadError):
                tls.do_handshake()
            connection.sendall(b"".join(self.change(records_of(outgoing.read()))))

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()


class Dialled(Secured):
    """The node is the client."""

    def dials(self, name: str, what, change=lambda records: records, certificate=None):
        """A node that dials such a server, again and again; how the handshake ends is counted as `what`."""
        with self.subTest(name):
            server = FakeServer(certificate or [self.pem], "127.1.0.1", change)
            self.addCleanup(server.close)
            node = self.start_public("--peer", server.enode, "--limits.redial-min-ms", 100,
                                     "--limits.redial-max-ms", 60_000, name=name.replace(" ", "-"))
            with Oracle(self, node) as oracle:
                oracle.at_least(what, 1)
                self.assertTrue(eventually(lambda: oracle.risen(what) or node.sum(*what)))
                self.is_served(self.peer(node))

    def setUp(self):
        super().setUp()
        self.assertEqual(self.start("certified").end(), 0)
        self.pem = self.folder / "certified" / "tls.pem"

    def test_i4_a_server_hello_without_a_key_share_yields_no_keys(self):
        def without_share(records):
            first = records[0]
            return [record(HANDSHAKE, with_extension(first[5:], KEY_SHARE, lambda _: None)), *records[1:]]

        self.dials("as it should be", COMPLETED)
        self.dials("no key share", failed("bad_key_share"), without_share)

    def test_i3_a_server_hello_has_its_record_for_itself(self):
        def glued(records):
            return [record(HANDSHAKE, records[0][5:] + b"\x08\0\0\x02\0\0"), *records[1:]]

        self.dials("glued", failed("several_messages"), glued)

    @unittest.skipIf(OPENSSL is None, "openssl is not installed")
    def test_b11_huge_keys_and_long_chains_are_refused(self):
        # Five primes, because two of that size take minutes to find.
        for name, key in (("huge", ("-newkey", "rsa:8200", "-pkeyopt", "rsa_keygen_primes:5")), ("own", ())):
            self_signed(self.folder, name, *key)
        own = (self.folder / "own.crt").read_bytes()
        (self.folder / "chain.crt").write_bytes(own * 11)
        (self.folder / "short.crt").write_bytes(own * 2)
        for name, what, *files in (("a huge key", failed("bad_certificate"), "huge.crt", "huge.key"),
                                   ("a long chain", failed("bad_certificate"), "chain.crt", "own.key"),
                                   ("a short chain", COMPLETED, "short.crt", "own.key")):
            self.dials(name, what, certificate=[self.folder / file for file in files])


if __name__ == "__main__":
    unittest.TestCase.maxDiff = None
    cases.main()

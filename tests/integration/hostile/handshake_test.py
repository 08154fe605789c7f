"""Group B: handshakes, identities, keys. In plaintext; what TLS has of it is in tls_test.py.

A row of a table is one connection from an address of its own. Cases by id: tests/README.md.
"""

import contextlib
import os
import random
import socket
import struct
import threading
import time
import unittest

import cases
import nodes
import wire
from hostile import (BAD_CHECKSUM, BAD_PROTOCOL, DUPLICATE, ESTABLISHED, MALFORMED, SELF, WRONG_IDENTITY,
                     WRONG_NETWORK, WRONG_VERSION, HostileTest, counter, frames, handshakes)
from nodes import eventually
from oracle import Oracle
from wire import (DISCONNECT, HANDSHAKE, HANDSHAKE_ACK, INITIATOR, PING, PONG, RESPONDER, Identity,
                  auth_digest, frame, handshake, rlp)

HANDSHAKE_CAP = 512
BLAMED = counter("refusals", "blamed")


class Handshakes(HostileTest):
    def setUp(self):
        super().setUp()
        self.node = self.start_public()
        self.node_id = wire.keccak256(self.node.key)
        self.identity = Identity()

    def fields(self, **changed) -> list:
        """Of a good Handshake, by number."""
        nonce = os.urandom(32)
        good = [1, 1, INITIATOR, self.identity.key, self.node_id, nonce, 1337, b"", 0, bytes(32), 0, 0]
        for place, value in changed.items():
            good[int(place.removeprefix("f"))] = value
        return good

    def hello(self, **changed) -> bytes:
        return frame(HANDSHAKE, rlp(self.fields(**changed)))


class Hellos(Handshakes):
    def test_b1_keys_that_are_no_point_are_refused_like_any_other_nonsense(self):
        """No secret is used before the key is judged, and every refusal has the same bytes: no oracle."""
        x, y = (self.identity.key[at:at + 32] for at in (0, 32))
        other_y = (wire.P - int.from_bytes(y, "big") + 1).to_bytes(32, "big")
        keys = {"zeros": bytes(64), "off the curve": x + other_y, "x is p": wire.P.to_bytes(32, "big") + y,
                "x and y above p": b"\xff" * 64, "y is 0": x + bytes(32), "swapped": y + x,
                "not a point": bytes(63) + b"\x01", "a short key": self.identity.key[:63],
                "a long key": self.identity.key + b"\0"}
        last_words = set()

        def listen(peer, key):
            peer.send(self.hello(f3=key))
            said = b""
            while piece := peer.socket.recv(4096):
                said += piece
            last_words.add(said[-19:-9] + said[-1:])  # without the timestamp

        with Oracle(self, self.node) as oracle:
            for name, key in keys.items():
                with self.subTest(name):
                    source = next(self.strangers)
                    listen(self.connect(self.node, source), key)
                    oracle.expect(handshakes("malformed_handshake"))
                    oracle.offender(source)
            self.assertEqual(last_words, {frame(DISCONNECT, bytes([BAD_PROTOCOL]))[:10] + b"\x01"})
            self.peer(self.node, identity=self.identity)

    def test_b2_b3_a_hello_cut_at_any_length_ends_the_connection_and_nothing_else(self):
        whole = rlp(self.fields())
        with Oracle(self, self.node) as oracle:
            # As a frame that is whole but too short: each length up to 400 bytes.
            payload = whole + rlp(bytes(400))
            for length in range(401):
                if length == len(whole):
                    continue
                peer = self.connect(self.node)
                peer.send(frame(HANDSHAKE, payload[:length]))
                self.assertEqual(peer.farewell(), BAD_PROTOCOL, length)
                peer.close()
                oracle.expect(handshakes("malformed_handshake"))
            # As a stream that ends there: in the header, and at each byte of the payload.
            said = frame(HANDSHAKE, whole)
            for length in range(1, len(said)):
                peer = self.connect(self.node)
                peer.send(said[:length])
                peer.socket.shutdown(socket.SHUT_WR)
                self.assertIsNone(peer.farewell(), length)
                peer.close()
                oracle.expect(counter("frames_cut"))
            # The same bytes in two segments, split anywhere, are a handshake.
            for length in range(1, len(said), 7):
                peer = self.connect(self.node)
                peer.send(said[:length])
                time.sleep(0.001)
                peer.send(said[length:])
                self.assertTrue(peer.read_until(HANDSHAKE_ACK))
                peer.close()

    def test_b4_fields_longer_than_they_may_be_are_refused(self):
        two_kib = os.urandom(2048)
        with Oracle(self, self.node) as oracle:
            self.refuse_each(oracle, [
                ("a long name of the client", frames("too_long"), BAD_PROTOCOL,
                 frame(HANDSHAKE, rlp(self.fields() + [two_kib]))),
                ("a long id", frames("too_long"), BAD_PROTOCOL, self.hello(f4=two_kib)),
                ("a long key", frames("too_long"), BAD_PROTOCOL, self.hello(f3=two_kib)),
                ("no list", handshakes("malformed_handshake"), BAD_PROTOCOL, frame(HANDSHAKE, rlp(b"hello"))),
                ("a short nonce", handshakes("malformed_handshake"), BAD_PROTOCOL, self.hello(f5=bytes(31))),
                ("random bytes for an id", handshakes("malformed_handshake"), BAD_PROTOCOL,
                 self.hello(f4=os.urandom(300))),
                ("an integer of 9 bytes", handshakes("malformed_handshake"), BAD_PROTOCOL,
                 self.hello(f10=2**64)),
                ("lists for ever", handshakes("malformed_handshake"), BAD_PROTOCOL,
                 frame(HANDSHAKE, b"\xc1" * (HANDSHAKE_CAP - 1) + b"\xc0")),
            ])
            # What a later version may add within the cap is no fault.
            self.is_established(rlp(self.fields(f1=9, f11=0xFFFF) + [b"later", [1, [2]], bytes(150)]))

    def is_established(self, mine: bytes) -> None:
        peer = self.connect(self.node, identity=self.identity)
        peer.send(frame(HANDSHAKE, mine))
        theirs = peer.read_until(HANDSHAKE)
        peer.send(frame(HANDSHAKE_ACK, self.identity.sign(auth_digest(INITIATOR, mine, theirs))))
        peer.read_until(HANDSHAKE_ACK)
        self.is_served(peer)

    def test_b6_crafted_first_words_end_their_connection_only(self):
        """A sample over a socket; pre-authentication parsers have fuzz targets of their own."""
        prng = random.Random(6)
        refused = (counter("frames_refused"), counter("handshakes_failed"), counter("frames_cut"))
        sent = 0
        with Oracle(self, self.node) as oracle:
            for _ in range(300):
                said = bytearray(self.hello() if prng.random() < 0.7 else os.urandom(prng.randrange(1, 400)))
                payload = rlp(self.fields())
                if prng.random() < 0.7:  # the payload changes and its checksum is right
                    changed = bytearray(payload)
                    for _ in range(prng.choice((1, 1, 2, 8))):
                        changed[prng.randrange(3)] = prng.randrange(256)  # the list's own length
                    if changed == payload:
                        continue
                    said = bytearray(frame(HANDSHAKE, bytes(changed)))
                else:
                    said[prng.randrange(min(2, len(said)))] ^= 0x76
                peer = self.connect(self.node)
                peer.send(bytes(said))
                peer.socket.shutdown(socket.SHUT_WR)
                self.assertIn(peer.farewell(), (BAD_PROTOCOL, BAD_CHECKSUM, None))
                peer.close()
                sent += 1
            self.assertGreater(sent, 200)
            self.assertTrue(eventually(lambda: sum(oracle.risen(each) for each in refused) == sent),
                            [oracle.risen(each) for each in refused])
            oracle.at_least(handshakes("malformed_handshake"), 50)
            self.is_served(self.peer(self.node))

    def test_b19_goodbyes_in_any_form_end_it_cleanly(self):
        odd = [("a code without a name", frame(DISCONNECT, b"\xff"), counter("disconnects_received_unknown")),
               ("with a text", frame(DISCONNECT, b"\x00bye"), counter("disconnects_received", "requested"))]
        with Oracle(self, self.node) as oracle:
            self.refuse_each(oracle, [
                ("no reason", MALFORMED, BAD_PROTOCOL, frame(DISCONNECT)),
                ("2 KiB of text", frames("too_long"), BAD_PROTOCOL, frame(DISCONNECT, bytes(2049))),
            ], established=True)
            for established in (False, True):
                for name, said, what in odd:
                    with self.subTest(name, established=established):
                        peer = (self.peer if established else self.connect)(self.node)
                        peer.send(said)
                        self.assertIsNone(peer.farewell())
                        oracle.expect(what)
            # Before there is a session the form of a goodbye matters to nobody: it is over. A list is two
            # reasons without a name.
            oracle.expect(counter("disconnects_received_unknown"), 2)
            for said in (frame(DISCONNECT), frame(DISCONNECT, rlp([])), frame(DISCONNECT, rlp([rlp(4)]))):
                peer = self.connect(self.node)
                peer.send(said)
                self.assertIsNone(peer.farewell())

    def test_b20_versions_and_networks_that_are_not_ours_are_refused(self):
        def versions(low, high):
            return handshake(self.identity, self.node_id, versions=(low, high))

        with Oracle(self, self.node) as oracle:
            self.refuse_each(oracle, [
                ("later ones only", handshakes("no_common_version"), WRONG_VERSION,
                 frame(HANDSHAKE, versions(2, 3))),
                ("the last ones there are", handshakes("no_common_version"), WRONG_VERSION,
                 frame(HANDSHAKE, versions(2**64 - 1, 2**64 - 1))),
                ("turned round", handshakes("malformed_handshake"), BAD_PROTOCOL,
                 frame(HANDSHAKE, versions(2, 1))),
                ("version 0", handshakes("malformed_handshake"), BAD_PROTOCOL,
                 frame(HANDSHAKE, versions(0, 1))),
                ("an older frame", frames("bad_version"), BAD_PROTOCOL,
                 frame(HANDSHAKE, versions(1, 1), version=0)),
                ("10,000 capabilities", frames("too_long"), BAD_PROTOCOL,
                 frame(HANDSHAKE, rlp(self.fields() + [[b"eth/68"] * 10_000]))),
                ("another network", handshakes("wrong_network"), WRONG_NETWORK,
                 frame(HANDSHAKE, handshake(self.identity, self.node_id, network=1))),
                ("bytes behind the list", handshakes("malformed_handshake"), BAD_PROTOCOL,
                 frame(HANDSHAKE, versions(1, 1) + b"\0")),
                ("an address without a port", handshakes("malformed_handshake"), BAD_PROTOCOL,
                 self.hello(f7=bytes(4))),
            ])
            self.is_established(versions(1, 2**64 - 1))


class Proofs(Handshakes):
    def saying_ack(self, change, claimed: Identity | None = None):
        """Sends the Ack that `change(peer, mine, theirs)` makes."""
        def say(peer):
            peer.identity = claimed or peer.identity
            mine = handshake(peer.identity, self.node_id)
            peer.send(frame(HANDSHAKE, mine))
            theirs = peer.read_until(HANDSHAKE)
            peer.send(frame(HANDSHAKE_ACK, change(peer, mine, theirs)))
        return say

    def test_b7_twins_and_edges_of_signatures_open_no_session(self):
        def signed(peer, mine, theirs):
            return peer.identity.sign(auth_digest(INITIATOR, mine, theirs))

        def high_s(*all_):
            ack = signed(*all_)
            s = wire.N - int.from_bytes(ack[32:64], "big")
            return ack[:32] + s.to_bytes(32, "big") + bytes([ack[64] ^ 1])

        def with_recovery(number):
            return lambda *all_: signed(*all_)[:64] + bytes([number])

        def with_field(at, value):
            return lambda *all_: (ack := signed(*all_))[:at] + value.to_bytes(32, "big") + ack[at + 32:]

        table = [("too short", "malformed_ack", BAD_PROTOCOL, lambda *all_: signed(*all_)[:64]),
                 ("the other s", "high_s", WRONG_IDENTITY, high_s),
                 ("the other recovery id", "wrong_signer", WRONG_IDENTITY,
                  lambda *all_: (ack := signed(*all_))[:64] + bytes([ack[64] ^ 1]))]
        table += [(f"recovery id {number}", "bad_recovery_id", WRONG_IDENTITY, with_recovery(number))
                  for number in (4, 27, 28, 255)]
        table += [(f"{name} is {value:#x}", "signature_out_of_range", WRONG_IDENTITY, with_field(at, value))
                  for name, at in (("r", 0), ("s", 32)) for value in (0, wire.N, 2**256 - 1)]
        with Oracle(self, self.node) as oracle:
            self.refuse_each(oracle, [(name, handshakes(what), reason, self.saying_ack(change, self.identity))
                                      for name, what, reason, change in table])
            oracle.innocent(self.identity.id)
            self.assertEqual(oracle.node.sum("ringwire_claims_total", "granted"), oracle.risen(ESTABLISHED)
                             + nodes.total(oracle.before, *ESTABLISHED))
            self.peer(self.node, identity=self.identity)

    def test_b8_a_signature_over_a_digest_of_the_attackers_choice_proves_nothing(self):
        victim = Identity()
        point = tuple(int.from_bytes(victim.key[at:at + 32], "big") for at in (0, 32))

        def forge(*_):
            """Verifies under the victim's key, for a digest that nobody would have asked for."""
            u, v = 5, 7
            x, y = wire.add(wire.multiply(wire.G, u), wire.multiply(point, v))
            r, s = x % wire.N, x * pow(v, -1, wire.N) % wire.N
            parity = y & 1
            if s > wire.N // 2:
                s, parity = wire.N - s, parity ^ 1
            signature = r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([parity])
            digest = (u * s % wire.N if s * v % wire.N == r else -u * s % wire.N).to_bytes(32, "big")
            self.assertEqual(wire.recover(digest, signature), victim.key)
            return signature

        with Oracle(self, self.node) as oracle:
            for _ in range(4):
                self.refuse(oracle, "forged", handshakes("wrong_signer"), WRONG_IDENTITY,
                            self.saying_ack(forge, victim))
            oracle.innocent(victim.id)
            self.peer(self.node, identity=victim)

    def test_b9_a_proof_works_once_and_for_one_node(self):
        elsewhere = self.start_public(name="elsewhere")
        with Oracle(self, self.node) as oracle:
            # Recorded between us and another node, without a word of whom it was meant for.
            recorded = self.connect(elsewhere, identity=self.identity)
            mine = handshake(self.identity, b"")
            recorded.send(frame(HANDSHAKE, mine))
            ack = self.identity.sign(auth_digest(INITIATOR, mine, recorded.read_until(HANDSHAKE)))
            recorded.send(frame(HANDSHAKE_ACK, ack))
            recorded.read_until(HANDSHAKE_ACK)
            replay = frame(HANDSHAKE, mine) + frame(HANDSHAKE_ACK, ack)
            self.refuse(oracle, "shown to another node", handshakes("wrong_signer"), WRONG_IDENTITY, replay)
            self.refuse(oracle, "meant for another node", handshakes("expects_another"), WRONG_IDENTITY,
                        frame(HANDSHAKE, handshake(self.identity, wire.keccak256(elsewhere.key))))
            # And with this node, a second time.
            again = self.connect(self.node, identity=self.identity)
            mine = handshake(self.identity, self.node_id)
            again.send(frame(HANDSHAKE, mine))
            ack = self.identity.sign(auth_digest(INITIATOR, mine, again.read_until(HANDSHAKE)))
            again.send(frame(HANDSHAKE_ACK, ack))
            again.read_until(HANDSHAKE_ACK)
            self.refuse(oracle, "shown twice", handshakes("wrong_signer"), WRONG_IDENTITY,
                        frame(HANDSHAKE, mine) + frame(HANDSHAKE_ACK, ack))
            oracle.innocent(self.identity.id)
            self.is_served(again)

    def test_b10_nobody_is_who_he_says_he_is_without_its_key(self):
        victim, author = Identity(), Identity()

        def own(peer, mine, theirs):
            return author.sign(auth_digest(INITIATOR, mine, theirs))

        def in_role(role):
            return lambda peer, mine, theirs: peer.identity.sign(auth_digest(role, mine, theirs))

        def over(peer, mine, _):
            return peer.identity.sign(auth_digest(INITIATOR, mine, mine))

        def topic_message(origin, body=b"x"):
            signature = author.sign(wire.publish_digest(author.id, 1, b"t", b"x"))
            return frame(wire.PUBLISH, wire.signed_publish(b"t", body, origin, 1, signature))

        with Oracle(self, self.node) as oracle:
            self.refuse_each(oracle, [
                ("in the hello", handshakes("wrong_signer"), WRONG_IDENTITY, self.saying_ack(own, victim)),
                ("in the other role", handshakes("wrong_signer"), WRONG_IDENTITY,
                 self.saying_ack(in_role(RESPONDER))),
                ("over something else", handshakes("wrong_signer"), WRONG_IDENTITY, self.saying_ack(over)),
                ("as the node itself", handshakes("self"), SELF, self.hello(f3=self.node.key)),
                ("in the node's role", handshakes("wrong_role"), BAD_PROTOCOL,
                 frame(HANDSHAKE, handshake(self.identity, self.node_id, role=RESPONDER))),
            ])
            self.refuse_each(oracle, [
                ("in gossip", BLAMED, BAD_PROTOCOL, topic_message(victim.id)),
                ("in gossip, altered", BLAMED, BAD_PROTOCOL, topic_message(author.id, b"y")),
            ], established=True)
            oracle.innocent(victim.id)
            listener = self.peer(self.node, identity=victim)
            self.peer(self.node).send(topic_message(author.id))
            self.assertEqual(listener.read_until(wire.PUBLISH)[-1:], b"x")

    def test_b17_no_message_is_taken_before_both_proofs_are_there(self):
        types = [code for code in range(256) if code not in (HANDSHAKE, HANDSHAKE_ACK, DISCONNECT)]
        known = [*range(PING, wire.FRAGMENT + 1), 0x10, 0x11, *range(0x20, 0x2B), *range(0x30, 0x34),
                 *range(0x40, 0x4E), *range(0x50, 0x57), *range(0x60, 0x63)]
        known.remove(DISCONNECT)
        hello = self.hello()
        with Oracle(self, self.node) as oracle:
            for said, states in ((b"", types), (hello, known)):
                for kind in states:
                    peer = self.connect(self.node)
                    peer.send(said + frame(kind, bytes(5)))
                    self.assertEqual(peer.farewell(), BAD_PROTOCOL, f"{kind:#x} after {len(said)} bytes")
                    peer.close()
                    oracle.expect(frames("not_allowed_yet" if kind in known else "unknown_type"))
            self.refuse_each(oracle, [
                ("a second handshake", handshakes("duplicate_handshake"), BAD_PROTOCOL, hello + hello),
                ("the ack first", handshakes("ack_before_handshake"), BAD_PROTOCOL,
                 frame(HANDSHAKE_ACK, bytes(65))),
                ("flags", frames("unknown_flag"), BAD_PROTOCOL, frame(HANDSHAKE, b"", version=0x11)),
                ("compressed", frames("not_compressible"), BAD_PROTOCOL, frame(HANDSHAKE, b"", version=0x81)),
                ("another protocol", frames("bad_version"), BAD_PROTOCOL, b"GET / HTTP/1.1\r\n\r\n"),
                ("TLS", frames("bad_version"), BAD_PROTOCOL,
                 bytes.fromhex("1603010200010001fc0303") + bytes(64)),
                ("zeros", frames("bad_version"), BAD_PROTOCOL, bytes(1000)),
                ("a byte above the cap", frames("too_long"), BAD_PROTOCOL,
                 frame(HANDSHAKE, length=HANDSHAKE_CAP + 1)),
                ("a flipped bit", frames("bad_checksum"), BAD_CHECKSUM, frame(HANDSHAKE, bytes(90), sum_=1)),
            ])
            self.refuse(oracle, "a handshake in a session", MALFORMED, BAD_PROTOCOL, hello, established=True)
            # Behind the Ack, in the same segment, it waits for the session and is answered.
            peer = self.connect(self.node)
            mine = handshake(peer.identity, self.node_id)
            peer.send(frame(HANDSHAKE, mine))
            ack = peer.identity.sign(auth_digest(INITIATOR, mine, peer.read_until(HANDSHAKE)))
            peer.send(frame(HANDSHAKE_ACK, ack) + frame(PING, bytes(8)))
            self.assertEqual(peer.read_until(PONG), bytes(8))


class Deadlines(HostileTest):
    def test_b5_from_accept_to_proven_there_is_one_deadline_whatever_is_said(self):
        node = self.start_public("--limits.handshake-timeout-ms", 1000)
        hello = frame(HANDSHAKE, handshake(Identity(), wire.keccak256(node.key)))
        with Oracle(self, node) as oracle:
            quiet = []
            for said in (b"", hello[:7], hello, hello + frame(HANDSHAKE_ACK, bytes(65))[:40]):
                source = next(self.strangers)
                quiet.append(self.connect(node, source))
                quiet[-1].send(said)
                oracle.expect(counter("connection_timeouts", "handshake", "phase"))
                oracle.offender(source)
            for peer in quiet:
                self.assertIsNone(peer.farewell(), "who has proven nothing is told nothing")
            # A byte now and then moves nothing.
            source = next(self.strangers)
            peer = self.connect(node, source)
            with self.assertRaises(OSError):
                for at in range(len(hello)):
                    peer.send(hello[at:at + 1])
                    time.sleep(0.1)
            oracle.expect(counter("connection_timeouts", "handshake", "phase"))
            oracle.offender(source)

    def test_b13_an_address_that_reconnects_for_ever_is_reset_before_anything_is_read(self):
        for driver in nodes.DRIVERS:
            node = self.start_public("--driver", driver, "--limits.connects-per-minute", 6,
                                     "--limits.inbound-per-address", 100, name=driver)
            with self.subTest(driver=driver), Oracle(self, node) as oracle:
                for _ in range(60):
                    # The node may be as quick to reset it as to accept it.
                    with contextlib.suppress(ConnectionResetError):
                        socket.create_connection(node.address, nodes.LIVENESS_S, ("127.1.0.5", 0)).close()
                # Four at once, and one more in ten seconds.
                oracle.at_least(counter("connections_over_rate", "address", "level"), 50)
                self.assertEqual(node.sum("ringwire_handshakes_failed_total"), 0)
                self.is_served(self.peer(node, "127.1.8.1"))

    def test_b12_two_thousand_half_handshakes_cost_little_and_keep_nobody_out(self):
        """10,000 in the bank; 2,000 at half the rate that all strangers together may have."""
        count = 2000
        node = self.start_wide(count, handshake_ms=4000)
        hello = frame(HANDSHAKE, handshake(Identity(), wire.keccak256(node.key)))
        with Oracle(self, node, rss_growth_bytes=count * 8192) as oracle:
            half = []
            for number in range(count):
                half.append(self.connect(node))
                # All of a Handshake makes the node sign; most stop a byte before its end.
                half[-1].send(hello if number % 10 == 0 else hello[:-1])
                time.sleep(0.001)
            oracle.expect(counter("connection_timeouts", "handshake", "phase"), count)
            self.assertTrue(eventually(lambda: oracle.risen(("ringwire_connection_timeouts_total", ""))
                                       == count))
            for peer in half:
                self.assertIsNone(peer.farewell())
                peer.close()
            self.is_served(self.peer(node))


class Doubles(HostileTest):
    def dialled_by(self, node, identity, listener):
        """The connection that the node dialled, proven from our side as its responder."""
        accepted, _ = listener.accept()
        accepted.settimeout(nodes.LIVENESS_S)
        peer = wire.Peer.__new__(wire.Peer)
        peer.socket, peer.identity, peer.node_id = accepted, identity, wire.keccak256(node.key)
        self.addCleanup(peer.close)
        return peer

    def answer(self, peer) -> None:
        theirs = peer.read_until(HANDSHAKE)
        mine = rlp([1, 1, RESPONDER, peer.identity.key, b"", os.urandom(32), 1337, b"", 0, bytes(32), 0, 0])
        peer.send(frame(HANDSHAKE, mine))
        peer.send(frame(HANDSHAKE_ACK, peer.identity.sign(auth_digest(RESPONDER, theirs, mine))))

    def ask(self, peer) -> None:
        """As authenticate(), but that the node's Ack may already be a goodbye."""
        mine = handshake(peer.identity, peer.node_id)
        peer.send(frame(HANDSHAKE, mine))
        theirs = peer.read_until(HANDSHAKE)
        peer.send(frame(HANDSHAKE_ACK, peer.identity.sign(auth_digest(INITIATOR, mine, theirs))))

    def test_b14_b15_of_two_dials_that_cross_the_one_by_the_smaller_id_stays(self):
        """40 rounds of 10,000: each is a whole handshake in each direction. In every order: tests/model."""
        rounds = 40
        identity = Identity()
        with socket.create_server(("127.1.0.1", 0)) as listener:
            listener.settimeout(nodes.LIVENESS_S)
            port = listener.getsockname()[1]
            # It dials for ever, and us it trusts: so many sessions in a minute are no attack here.
            enode = f"enode://{identity.key.hex()}@127.1.0.1:{port}"
            node = self.start_public("--peer", enode, "--trusted-peer", enode, "--limits.redial-min-ms", 100,
                                     "--limits.redial-max-ms", 100, "--limits.inbound-per-address", 100)
            ours_stays = identity.id < wire.keccak256(node.key)
            with Oracle(self, node, cores=0.8) as oracle:
                for number in range(rounds):
                    theirs = self.dialled_by(node, identity, listener)
                    ours = self.connect(node, "127.1.0.1", identity=identity)
                    first, second = (self.answer, theirs), (self.ask, ours)
                    for act, peer in (first, second) if number % 2 else (second, first):
                        act(peer)
                    loser, survivor = (theirs, ours) if ours_stays else (ours, theirs)
                    self.assertEqual(loser.farewell(), DUPLICATE, number)
                    self.is_served(survivor)
                    ours.close()
                    theirs.close()
                    self.assertTrue(eventually(lambda: node.sum("ringwire_sessions") == 1))  # the canary's
                self.assertEqual(rounds, oracle.risen(counter("claims_revoked", "simultaneous"))
                                 + oracle.risen(counter("claims", "denied_duplicate", "answer")))
                oracle.at_least(ESTABLISHED, rounds)

    def test_b16_a_second_session_of_a_node_and_one_with_itself_are_refused(self):
        node = self.start_public("--limits.connects-per-minute", 600, "--limits.inbound-per-address", 100)
        first = self.peer(node)
        with Oracle(self, node) as oracle:
            for _ in range(20):
                again = self.connect(node, identity=first.identity)
                again.authenticate()
                oracle.expect(counter("claims", "denied_duplicate", "answer"))
                answered = threading.Thread(target=self.answer_pings, args=(first,))
                answered.start()
                self.assertEqual(again.farewell(), DUPLICATE)
                answered.join()
                again.close()
            itself = rlp([1, 1, INITIATOR, node.key, b"", bytes(32), 1337, b"", 0, bytes(32), 0, 0])
            for _ in range(20):
                self.refuse(oracle, "self", handshakes("self"), SELF, frame(HANDSHAKE, itself))
            self.is_served(first)
            first.close()

    def answer_pings(self, peer) -> None:
        """The probe of a holder whose claim somebody else wants."""
        peer.send(frame(PONG, peer.read_until(PING)))

    def test_b16_a_node_that_dials_itself_under_another_name_gives_up_and_tries_less_and_less(self):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        alias = f"enode://{Identity().key.hex()}@127.0.0.1:{port}"
        node = self.start_public("--peer", alias, "--listen", f"127.0.0.1:{port}", "--limits.redial-min-ms",
                                 100, "--limits.redial-max-ms", 1000)
        with Oracle(self, node) as oracle:
            oracle.at_least(handshakes("self"), 2)
            self.assertTrue(eventually(lambda: oracle.risen(handshakes("self")) >= 2))
            self.is_served(self.peer(node))


class FullWindows(HostileTest):
    def deaf(self, node) -> wire.Peer:
        """Reads nothing, and has little room for what it does not read."""
        peer = self.peer(node)
        peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        return peer

    def say(self, peer, data: bytes) -> None:
        peer.socket.settimeout(1)
        with contextlib.suppress(OSError):  # it is gone, or reads no more
            peer.send(data)

    def reset(self, peer) -> None:
        peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def test_b18_a_session_may_end_in_any_way_while_it_is_sent_to(self):
        node = self.start_public("--limits.stall-timeout-ms", 60_000)
        ways = [lambda peer: peer.close(), self.reset, lambda peer: peer.socket.shutdown(socket.SHUT_WR),
                lambda peer: self.say(peer, frame(DISCONNECT, b"\0")),
                lambda peer: self.say(peer, frame(0x7F)),
                lambda peer: self.say(peer, frame(PING, bytes(8), sum_=1))]
        rounds = 4
        with Oracle(self, node, rss_growth_bytes=64 << 20, cores=0.8) as oracle:
            load = self.start_load("--to", node.enode, "--connections", 2, "--rate", 600, "--size", 12_000,
                                   "--seconds", 5)
            for _ in range(rounds):
                peers = [self.deaf(node) for _ in ways]
                queued = oracle.risen(("ringwire_egress_queued_frames_total", ""))
                self.assertTrue(eventually(
                    lambda: oracle.risen(("ringwire_egress_queued_frames_total", "")) > queued + 50))
                for end, peer in zip(ways, peers):
                    end(peer)
                for peer in peers:
                    peer.close()
            self.assertIsNone(load.poll(), "the load ended before the last of them was cut off")
            load.communicate(timeout=nodes.LIVENESS_S)
            self.assertEqual(load.returncode, 0)
            oracle.expect(frames("unknown_type"), rounds)
            oracle.expect(frames("bad_checksum"), rounds)
            self.is_served(self.peer(node))


if __name__ == "__main__":
    unittest.TestCase.maxDiff = None
    cases.main()

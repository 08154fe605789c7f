"""Group K: time, limits, bans.

The wall clock of a machine cannot be set by a test. Monotonic and boot clocks can, in a time namespace, where
that is allowed; what only a simulated clock can show is in tests/README.md by the name of its test.
"""

import contextlib
import json
import socket
import struct
import subprocess
import time
import unittest

import cases
import nodes
import wire
from hostile import (BAD_PROTOCOL, ESTABLISHED, PUBLIC, TOO_MANY_PEERS, UNHANDLED, WRONG_IDENTITY,
                     HostileTest, counter, frames, handshakes)
from nodes import eventually
from oracle import Oracle
from wire import HANDSHAKE, HANDSHAKE_ACK, PING, PONG, Identity, frame, handshake

BANNED = 12
BAN_S = 300  # the first one
TO_A_BAN = 6  # bad frames of an address that proves nothing: the score fades between them
ONE, OTHER = "127.1.250.9", "127.1.251.9"
YEAR_S = 365 * 86_400
UNTIL_NS = 2**63 // 10**9  # seconds that 64 bits of nanoseconds can say
BAD = frame(0x7F)


def clock(monotonic_s: int, boot_s: int) -> list[str]:
    """A program whose clocks are so far ahead."""
    return ["unshare", "--time", "--monotonic", str(monotonic_s), "--boottime", str(boot_s)]


def may_set_clocks() -> bool:
    with contextlib.suppress(OSError):
        return subprocess.run([*clock(1, 1), "true"], capture_output=True, check=False).returncode == 0
    return False


class Bans(HostileTest):
    def offend(self, node, source: str, times: int = TO_A_BAN) -> None:
        for _ in range(times):
            with contextlib.suppress(ConnectionError):  # banned meanwhile
                peer = self.connect(node, source)
                peer.send(BAD)
                peer.farewell()
                peer.close()

    def is_banned(self, node, who: str) -> bool:
        said = node.why(who)
        return said["known"] and said["banned_for_seconds"] is not None

    def changes(self, node, who: str) -> int:
        return node.why(who).get("changes_total", 0)

    def ban(self, node, source: str) -> None:
        self.offend(node, source)
        self.assertTrue(eventually(lambda: self.is_banned(node, source)), node.why(source))

    def is_turned_away(self, node, source: str) -> None:
        with contextlib.suppress(ConnectionError):  # it may be reset as soon as it is there
            self.assertIsNone(self.connect(node, source).farewell())

    def is_stored(self, node, saves: int) -> None:
        self.assertTrue(eventually(lambda: node.sum("ringwire_ban_file_saved_total") >= saves))

    def test_k1_no_step_of_a_clock_between_two_runs_lengthens_a_ban_or_ends_it_early(self):
        """In one boot; a machine that slept, or was off: engine/storage/ban_file_test.cpp."""
        if not may_set_clocks():
            self.skipTest("time namespaces are not allowed here")
        node = self.start_public(launcher=clock(1000, YEAR_S))
        self.ban(node, ONE)
        self.is_stored(node, 1)
        node.kill()
        stored = {file: file.read_bytes() for file in (self.folder / "node").glob("bans.*")}
        for ahead_s, left_s in ((100, BAN_S - 100), (-YEAR_S, BAN_S), (0, BAN_S), (10 * YEAR_S, 0)):
            # The monotonic clock goes where it likes: back, or to the end of what 64 bits can say.
            for monotonic_s in (0, UNTIL_NS // 2 - 10 * YEAR_S):
                with self.subTest(ahead_s=ahead_s, monotonic_s=monotonic_s):
                    for file in (self.folder / "node").glob("bans.*"):
                        file.unlink()
                    for file, content in stored.items():
                        file.write_bytes(content)
                    node = self.start_public(launcher=clock(monotonic_s, YEAR_S + ahead_s))
                    with Oracle(self, node) as oracle:
                        remaining = node.why(ONE).get("banned_for_seconds") or 0
                        self.assertLessEqual(remaining, left_s)
                        self.assertGreater(remaining, left_s - 60 if left_s else -1)
                        if left_s:
                            self.is_turned_away(node, ONE)
                            oracle.expect(counter("refusals", "banned_address"))
                        self.is_served(self.peer(node))
                        oracle.at_least(ESTABLISHED, 1)

    def test_k6_k7_a_ban_is_about_who_proved_it_and_each_address_has_its_own(self):
        addresses = 200
        node = self.start_public()
        with Oracle(self, node) as oracle:
            for number in range(addresses):
                self.offend(node, f"127.1.{number}.7")
                oracle.offender(f"127.1.{number}.7")
            oracle.at_least(frames("unknown_type"), addresses * (TO_A_BAN - 1))
            self.assertTrue(eventually(lambda: node.sum("ringwire_bans", 'shard="0"') == addresses),
                            node.sum("ringwire_bans"))
            self.is_turned_away(node, "127.1.3.7")
            oracle.at_least(counter("refusals", "banned_address"), 1)
            self.is_served(self.peer(node, "127.1.3.8"))

    def test_k6_k7_a_node_is_banned_at_every_address_and_its_neighbours_are_not(self):
        """Two behind one address: the one that offends is out, also elsewhere; the other stays."""
        node = self.start_public()
        hostile, neighbour = Identity(), Identity()
        with Oracle(self, node) as oracle:
            kept = self.peer(node, "127.1.0.9", identity=neighbour)
            self.ban_as(oracle, "127.1.0.9", hostile)
            oracle.offender(hostile.id.hex())
            elsewhere = self.connect(node, identity=hostile)
            elsewhere.authenticate()
            self.assertEqual(elsewhere.farewell(), BANNED)
            oracle.expect(counter("refusals", "banned_node"))
            self.is_served(kept)
            kept.close()
            self.is_served(self.peer(node, "127.1.0.9"))
            self.assertFalse(self.is_banned(node, "127.1.0.9"))
            oracle.innocent(neighbour.id)

    def ban_as(self, oracle, source: str, identity: Identity) -> None:
        """Two bad frames are a ban, unless the score fades by a step between them."""
        node, who = oracle.node, identity.id.hex()
        for offences in range(1, 4):
            self.refuse_as(oracle, source, identity)
            self.assertTrue(eventually(lambda: self.changes(node, who) >= offences))
            if self.is_banned(node, who):
                return
        self.fail(node.why(who))

    def refuse_as(self, oracle, source: str, identity: Identity) -> None:
        peer = self.peer(oracle.node, source, identity=identity)
        peer.send(BAD)
        self.assertEqual(peer.farewell(), BAD_PROTOCOL)
        peer.close()
        oracle.expect(frames("unknown_type"))

    def test_k7_nobody_is_banned_for_what_was_said_in_his_name(self):
        node = self.start_public()
        victim = Identity()
        node_id = wire.keccak256(node.key)
        with Oracle(self, node) as oracle:
            for _ in range(12):
                source = next(self.strangers)
                peer = self.connect(node, source)
                mine = handshake(victim, node_id)
                peer.send(frame(HANDSHAKE, mine))
                peer.read_until(HANDSHAKE)
                peer.send(frame(HANDSHAKE_ACK, Identity().sign(wire.keccak256(mine))))
                self.assertEqual(peer.farewell(), WRONG_IDENTITY)
                oracle.expect(handshakes("wrong_signer"))
                oracle.offender(source)
            for _ in range(3):  # and with a hello alone
                peer = self.connect(node)
                peer.send(frame(HANDSHAKE, handshake(victim, node_id)) + BAD)
                self.assertEqual(peer.farewell(), BAD_PROTOCOL)
                oracle.expect(frames("unknown_type"))
            oracle.innocent(victim.id)
            self.is_served(self.peer(node, identity=victim))

    def test_k8_bans_come_from_the_last_good_copy_and_a_bad_file_keeps_no_node_from_starting(self):
        node = self.start_public()
        self.ban(node, ONE)
        self.is_stored(node, 1)
        saves = node.sum("ringwire_ban_file_saved_total")
        self.ban(node, OTHER)
        self.is_stored(node, saves + 1)
        node.kill()
        files = sorted((self.folder / "node").glob("bans.*"), key=lambda file: file.read_bytes()[16:24])
        older, newer = (file.read_bytes() for file in files[-2:])
        damaged = {"a flipped bit": newer[:60] + bytes([newer[60] ^ 1]) + newer[61:], "cut": newer[:-5],
                   "empty": b"", "something else": b"x" * 1000}
        whole = files[-1].read_bytes()
        for name, content in (*damaged.items(), ("both", newer[:40]), ("none", whole)):
            with self.subTest(name):
                files[-2].write_bytes(older[:50] if name == "both" else older)
                files[-1].write_bytes(content)
                (self.folder / "node" / "bans.new").write_bytes(b"begun")
                node = self.start_public()
                bad = {"both": 2, "none": 0}.get(name, 1)
                self.assertEqual(node.sum("ringwire_ban_file_passed_over_total"), bad, node.log.read_text())
                self.assertEqual(self.is_banned(node, ONE), name != "both")
                self.assertEqual(self.is_banned(node, OTHER), name == "none")
                with Oracle(self, node) as oracle:
                    oracle.at_least(ESTABLISHED, 1)
                    self.is_served(self.peer(node))

    def test_k9_a_trusted_peer_is_never_banned_nor_held_back_by_limits_of_strangers(self):
        trusted = Identity()
        enode = f"enode://{trusted.key.hex()}@127.1.0.77:30303"
        node = self.start_public("--trusted-peer", enode, "--limits.inbound-per-address", 2,
                                 "--limits.connects-per-minute", 4)
        with Oracle(self, node) as oracle:
            for _ in range(20):
                self.refuse_as(oracle, "127.1.0.77", trusted)
            self.assertTrue(node.why(trusted.id.hex())["trusted"])
            self.assertFalse(self.is_banned(node, trusted.id.hex()))
            oracle.at_least(counter("ledger_spared"), 20)
            # Who is not trusted is out.
            stranger, source = Identity(), next(self.strangers)
            self.ban_as(oracle, source, stranger)
            oracle.offender(stranger.id.hex())
            self.is_served(self.peer(node, "127.1.0.77", identity=trusted))

    def test_k9_a_trusted_peer_gets_in_where_strangers_hold_every_place(self):
        """Wherever it comes from: where it is said to live is a hint."""
        trusted, other = Identity(), Identity()
        enodes = [word for each, host in ((trusted, 77), (other, 78))
                  for word in ("--trusted-peer", f"enode://{each.key.hex()}@127.1.0.{host}:30303")]
        node = self.start_public(*enodes, "--limits.connections-max", 24, "--limits.inbound-max", 16,
                                 "--limits.outbound-max", 8)
        crowd = [self.peer(node, f"127.4.{number}.1") for number in range(16)]
        self.assertTrue(eventually(lambda: node.sum("ringwire_sessions") == 16))
        for refused in range(1, 4):
            stranger = self.connect(node)
            stranger.prove()  # a node that looks at that before it has said its own proof says none
            self.assertEqual(stranger.farewell(), TOO_MANY_PEERS)
            self.assertEqual(node.sum("ringwire_connections_refused_proven_total"), refused)
        # And who holds what is left for saying who one is says nothing.
        flood = [self.connect(node) for _ in range(100)]
        self.is_served(self.peer(node, "127.1.0.77", identity=trusted))
        for peer in flood:
            peer.close()
        self.is_served(self.peer(node, "127.1.9.9", identity=other))
        self.assertEqual(node.sum("ringwire_sessions"), 18)
        for peer in crowd:
            self.is_served(peer)
        self.assertEqual(node.end(), 0)


class Clocks(HostileTest):
    def round_trip_us(self, node, address: str) -> int | None:
        peers = json.loads(node.get("/peers"))["peers"]
        return next(each["round_trip_us"] for each in peers if each["address"].startswith(address + ":"))

    def test_k4_k5_what_peers_say_about_time_moves_nothing(self):
        """Timestamps of frames are informative; those in blocks are the application's."""
        now_ms = time.time_ns() // 1_000_000
        year_ms = YEAR_S * 1000
        stamps = (0, 1, now_ms - 10 * year_ms, now_ms, now_ms + 10 * year_ms, 2**63 - 1, 2**63, 2**64 - 1)
        node = self.start_public("--limits.ping-interval-ms", 200)
        with Oracle(self, node) as oracle:
            liar = self.peer(node)
            pings = [frame(PING, struct.pack(">Q", stamp)) for stamp in stamps]
            for stamp, said in zip(stamps, pings):
                liar.send(said[:10] + struct.pack(">Q", stamp) + said[wire.HEADER.size:])
                while True:
                    kind, payload = liar.read_frame()
                    if kind == PONG:
                        break
                    self.assertEqual(kind, PING)
                    liar.send(frame(PONG, payload)[:10] + struct.pack(">Q", stamp) + payload)
                self.assertEqual(payload, said[wire.HEADER.size:])
                block = frame(0x24, wire.rlp([[[stamp] * 15, [], []], stamp]))
                liar.send(block[:10] + struct.pack(">Q", stamp) + block[wire.HEADER.size:])
                oracle.expect(UNHANDLED)
            # Its round trip is what we measured, whatever it says.
            while (round_trip_us := self.round_trip_us(node, "127.1.0.1")) is None:
                liar.send(frame(PONG, bytes(8)) + frame(PONG, liar.read_until(PING)))
            self.assertLess(round_trip_us, nodes.LIVENESS_S * 1_000_000)
            oracle.at_least(counter("pongs_unknown"), 1)
            self.is_served(liar)

    def test_k1_k2_a_node_works_whose_clock_is_near_the_end_of_its_range(self):
        if not may_set_clocks():
            self.skipTest("time namespaces are not allowed here")
        late = UNTIL_NS // 2 - 10 * YEAR_S
        node = self.start_public("--limits.idle-timeout-ms", 86_400_000, "--limits.handshake-timeout-ms",
                                 1000, launcher=clock(late, late))
        with Oracle(self, node) as oracle:
            self.assertIsNone(self.connect(node).farewell())  # its deadline comes
            oracle.expect(counter("connection_timeouts", "handshake", "phase"))
            self.refuse(oracle, "a bad frame", frames("unknown_type"), BAD_PROTOCOL, BAD, established=True)
            self.is_served(self.peer(node))

    def test_k2_k3_limits_hold_at_the_ends_of_their_ranges(self):
        """Arithmetic over all 64-bit edges: engine/security/token_bucket_test.cpp."""
        most = {"connects-per-minute": 1_000_000, "peer-messages-per-minute": 10**9,
                "peer-kb-per-second": 67_108_864, "peer-cpu-ms": 1000, "inbound-per-address": 1_000_000,
                "idle-timeout-ms": 86_400_000, "ping-interval-ms": 86_399_999, "stall-timeout-ms": 86_400_000,
                "redial-max-ms": 86_400_000}
        least = {"connects-per-minute": 1, "peer-messages-per-minute": 60, "peer-kb-per-second": 16,
                 "peer-cpu-ms": 1, "inbound-per-address": 1, "idle-timeout-ms": 1000, "ping-interval-ms": 100,
                 "stall-timeout-ms": 1000}

        def flags(values):
            return [word for name, value in values.items() for word in (f"--limits.{name}", value)]

        node = self.start_public(*flags(most), name="most")
        with Oracle(self, node) as oracle:
            peer = self.peer(node)
            for number in range(2000):
                peer.send(frame(wire.PUBLISH, wire.publish(b"t", b"%d" % number)))
            oracle.expect(counter("gossip_decided"), 2000)
            self.is_served(peer)
            for level in ("address", "peer"):
                self.assertEqual(oracle.risen(counter("messages_over_rate", level, "level")), 0)
        # The canary is a stranger as well: one message a second is not for it.
        node = self.start_public(*flags(least), name="least")
        peer = self.peer(node, "127.1.0.1")
        for _ in range(40):
            with contextlib.suppress(ConnectionError):
                socket.create_connection(node.address, nodes.LIVENESS_S, ("127.1.0.1", 0)).close()
            peer.send(frame(wire.PUBLISH, wire.publish(b"t", b"x")) * 50)
        for what in (counter("connections_over_rate", "address", "level"),
                     counter("messages_over_rate", "peer", "level")):
            self.assertTrue(eventually(lambda what=what: node.sum(*what) > 0), what)
        self.peer(node, "127.1.1.1")
        self.assertEqual(node.end(), 0)
        for name in ("connects-per-minute", "peer-messages-per-minute", "inbound-per-address"):
            for value in (0, 2**64 - 1, 2**64):
                with self.subTest(name=name, value=value):
                    refused = self.launch("refused", *PUBLIC, f"--limits.{name}", value)
                    self.assertEqual(refused.ended(), 2, refused.log.read_text())


if __name__ == "__main__":
    unittest.TestCase.maxDiff = None
    cases.main()

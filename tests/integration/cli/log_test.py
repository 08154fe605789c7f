"""What an operator reads in a node's log about its sessions."""

import json
import socket

import cases
import nodes
from nodes import eventually


class SessionLog(nodes.NodeTest):
    def setUp(self):
        super().setUp()
        self.node = self.start("a")

    def expect(self, pattern: str):
        found = eventually(lambda: nodes.re.search(pattern, self.node.log.read_text(), nodes.re.M), 30)
        self.assertTrue(found, f"{pattern} in\n{self.node.log.read_text()}")

    def test_a_session_is_a_line_when_it_opens_and_one_with_its_cause_when_it_ends(self):
        ran = self.run_load("--to", self.node.enode, "--rate", 50, "--seconds", 1, "--json")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertGreater(json.loads(ran.stdout)["published"], 0)
        self.expect(r"info +shard-\d session opened [0-9a-f]{16} 127\.0\.0\.1:\d+ inbound$")
        self.expect(r"info +shard-\d session closed [0-9a-f]{16} 127\.0\.0\.1:\d+ after \d+\.\d s: "
                    r"the peer said requested$")

    def test_a_refusal_says_in_which_state_and_why(self):
        self.run_load("--to", self.node.enode, "--rate", 50, "--seconds", 1, "--network-id", 99)
        self.expect(r"refused 127\.0\.0\.1:\d+ while awaiting_handshake: wrong_network$")
        with socket.create_connection(self.node.address) as stranger:
            stranger.sendall(b"GET / HTTP/1.1\r\nHost: me\r\n\r\n")
            self.expect(r"refused 127\.0\.0\.1:\d+ while awaiting_handshake: bad_protocol$")

    def test_who_ended_a_session_is_said_and_why(self):
        other = self.start("b", "--peer", self.node.enode)
        self.assertTrue(eventually(lambda: self.node.sum("ringwire_sessions") == 1))
        self.assertEqual(other.end(), 0)
        self.expect(r"session closed [0-9a-f]{16} \S+ after \d+\.\d s: the peer said shutdown$")
        self.assertIn(": we said shutdown\n", other.log.read_text())
        third = self.start("c", "--peer", self.node.enode)
        self.assertTrue(eventually(lambda: self.node.sum("ringwire_sessions") == 1))
        third.kill()
        self.expect(r"session closed [0-9a-f]{16} \S+ after \d+\.\d s: (the peer hung up|ECONNRESET: .+)$")

    def test_a_silent_stranger_is_refused_for_its_silence(self):
        self.node = self.start("b", "--limits.handshake-timeout-ms", 100)
        with socket.create_connection(self.node.address):
            self.expect(r"refused 127\.0\.0\.1:\d+ while awaiting_handshake: timeout$")

    def test_a_peer_that_cannot_be_reached_is_named(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            nobody = f"127.0.0.1:{server.getsockname()[1]}"
        key = self.node.enode.split("@")[0]
        self.node = self.start("b", "--peer", f"{key}@{nobody}")
        self.expect(f"info +shard-\\d cannot reach {nobody}: ECONNREFUSED: .+$")

    def test_start_and_stop_are_told_with_driver_and_addresses(self):
        self.node = self.start("b", "--driver", "epoll")
        self.assertEqual(self.node.end(), 0)
        self.expect(r"info +node ringwire \d+\.\d+\.\d+, node [0-9a-f]{64} of network 1337 started: 2 shards")
        self.expect(r"info +node driver: epoll.* \(as configured\)$")
        self.expect(r"info +node listening on %s:%d$" % self.node.address)
        self.expect(r"info +node metrics on " + self.node.metrics_address + "$")
        self.expect(r"info +node stopped within \d+\.\d s$")

    def test_a_flood_of_one_cause_does_not_fill_the_disk(self):
        for _ in range(500):
            with socket.create_connection(self.node.address) as stranger:
                stranger.sendall(b"\0" * 64)
        self.assertTrue(eventually(lambda: self.node.sum("ringwire_log_suppressed_total") > 0))
        self.assertLess(len(self.node.log.read_text().splitlines()), 200)
        # Another cause is still heard.
        self.run_load("--to", self.node.enode, "--rate", 50, "--seconds", 1, "--network-id", 99)
        self.expect(r"refused 127\.0\.0\.1:\d+ while awaiting_handshake: wrong_network")


if __name__ == "__main__":
    cases.main()

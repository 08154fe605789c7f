"""Nodes as they run by default: inside TLS, with a certificate of their own or an operator's."""

import itertools
import os
import re
import shutil
import stat
import subprocess
import unittest

import cases
import nodes
from certificates import OPENSSL, self_signed, signed_by
from nodes import LIVENESS_S, RINGWIRE, eventually


class Secured(nodes.NodeTest):
    security = ()

    def failures(self, node: nodes.Node, reason: str) -> float:
        return node.sum("ringwire_tls_failures_total", f'reason="{reason}"')


class ByDefault(Secured):
    def test_nodes_and_the_generator_talk_over_tls_and_nothing_is_lost(self):
        for driver in nodes.DRIVERS:
            with self.subTest(driver=driver):
                mesh = [self.start(f"{driver}-a", "--driver", driver)]
                mesh.append(self.start(f"{driver}-b", "--driver", driver, "--peer", mesh[0].enode))
                self.assertTrue(eventually(lambda: mesh[0].sum("ringwire_sessions") == 1))
                logs = [word for node in mesh for word in ("--delivery-log", node.deliveries)]
                ran = self.run_load("--to", mesh[0].enode, "--rate", 500, "--seconds", 2, "--connections", 4,
                                    "--check", *logs)
                self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
                for node in mesh:
                    self.assertEqual(node.sum("ringwire_tls_records_refused_total"), 0)
                    self.assertEqual(node.sum("ringwire_tls_failures_total"), 0)
                self.assertGreaterEqual(mesh[0].sum("ringwire_tls_handshakes_total", "completed"), 5)
                self.assertEqual([node.end() for node in mesh], [0, 0])

    def test_a_session_gives_way_to_a_new_one_when_its_key_has_sealed_enough(self):
        """By whoever has the limit, who was dialled or who dialled: the session comes back."""
        for driver, limited in itertools.product(nodes.DRIVERS, (0, 1)):
            with self.subTest(driver=driver, limited=("dialled", "dialling")[limited]):
                flags = [["--driver", driver, "--limits.redial-min-ms", 100] for _ in range(2)]
                flags[limited] += ["--tls.records-per-key", 1000]
                pair = [self.start(f"{driver}{limited}-a", *flags[0])]
                pair.append(self.start(f"{driver}{limited}-b", *flags[1], "--peer", pair[0].enode))
                self.assertTrue(eventually(lambda: pair[0].sum("ringwire_sessions") == 1))
                for _ in range(100):  # a turn is a record, and who is slow takes fewer
                    ran = self.run_load("--to", pair[limited].enode, "--rate", 1000, "--seconds", 1)
                    self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
                    redials = pair[limited].sum("ringwire_tls_redials_total")
                    if redials > 0:
                        break
                self.assertGreater(redials, 0)
                for node in pair:
                    self.assertTrue(eventually(lambda: node.sum("ringwire_sessions") == 1))
                    self.assertEqual(node.sum("ringwire_disconnects_sent_total", 'reason="too_slow"'), 0)
                before = [node.deliveries.stat().st_size for node in pair]
                again = self.run_load("--to", pair[limited].enode, "--rate", 100, "--seconds", 1)
                self.assertEqual(again.returncode, 0, again.stdout + again.stderr)
                for node, size in zip(pair, before):
                    self.assertTrue(eventually(lambda: node.deliveries.stat().st_size > size))
                self.assertEqual([node.end() for node in pair], [0, 0])

    def test_two_thousand_sessions_are_held_within_the_plan_and_given_back(self):
        connections = 2000
        for driver in nodes.DRIVERS:
            with self.subTest(driver=driver):
                flags = ["--driver", driver, "--limits.connections-max", connections + 100,
                         "--limits.inbound-max", connections, "--limits.outbound-max", 8,
                         "--limits.handshake-timeout-ms", 60000]
                node = self.start(f"{driver}-wide", *flags)
                load = self.start_load("--to", node.enode, "--connections", connections, "--kind", "ping",
                                       "--rate", 1000, "--seconds", 2)
                self.assertTrue(eventually(lambda: node.sum("ringwire_sessions") == connections
                                           or load.poll() is not None))
                self.assertEqual(node.sum("ringwire_sessions"), connections)
                if not nodes.SANITIZED:  # they take as much again
                    self.assertLess(node.rss_bytes(), nodes.plan_bytes("--shards", 2, *flags, security=()))
                said, complaints = load.communicate(timeout=LIVENESS_S)
                self.assertEqual(load.returncode, 0, said + complaints)
                self.assertTrue(eventually(lambda: node.sum("ringwire_connections") == 0))
                self.assertEqual(node.sum("ringwire_heap_used_bytes"), 0)
                for name in ("failures_total", "pushed_out_total", "ended_total", "waiting",
                             "records_refused_total"):
                    self.assertEqual(node.sum(f"ringwire_tls_{name}"), 0, name)
                self.assertEqual(node.end(), 0)

    def test_its_own_certificate_is_kept_for_its_owner_only(self):
        node = self.start("kept")
        self.assertEqual(node.end(), 0)
        file = self.folder / "kept" / "tls.pem"
        self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)
        content = file.read_bytes()
        self.assertEqual(self.start("kept").end(), 0)
        self.assertEqual(file.read_bytes(), content)
        self.assertIn("secured by TLS 1.3", node.log.read_text())

    def test_a_damaged_one_is_named_and_not_used(self):
        (self.folder / "damaged").mkdir()
        file = self.folder / "damaged" / "tls.pem"
        file.write_text("nothing\n")
        file.chmod(0o600)
        node = self.launch("damaged")
        self.assertEqual(node.ended(), 1)
        self.assertIn(f"tls: {file}: ", node.log.read_text())
        self.assertIn("delete the file", node.log.read_text())

    def test_a_generator_in_plaintext_is_refused(self):
        node = self.start("node")
        ran = subprocess.run([RINGWIRE, "load", "--insecure-plaintext", "--to", node.enode, "--kind", "ping",
                              "--rate", "10", "--seconds", "1"], text=True, capture_output=True,
                             timeout=LIVENESS_S, check=False)
        self.assertEqual(ran.returncode, 1, ran)
        self.assertGreaterEqual(self.failures(node, "not_tls"), 1)
        self.assertTrue(eventually(
            lambda: re.search(r"refused 127\.0\.0\.1:\d+ while securing: not_tls", node.log.read_text())))


@unittest.skipIf(OPENSSL is None, "openssl is not installed")
class WithCertificates(Secured):
    def member(self, name: str, authority: str) -> tuple:
        """The flags of a node of that network."""
        signed_by(self.folder, name, authority)
        (self.folder / f"{name}.key").chmod(0o600)
        return ("--tls.certificate", self.folder / f"{name}.crt", "--tls.key", self.folder / f"{name}.key",
                "--tls.authorities", self.folder / f"{authority}.crt")

    def test_in_a_closed_network_members_meet_and_strangers_do_not(self):
        self_signed(self.folder, "network")
        self_signed(self.folder, "elsewhere")
        one = self.start("one", *self.member("first", "network"))
        two = self.start("two", *self.member("second", "network"), "--peer", one.enode)
        self.assertTrue(eventually(lambda: two.sum("ringwire_sessions") == 1))
        self.start("stranger", "--peer", one.enode)
        self.assertTrue(eventually(lambda: self.failures(one, "no_certificate") >= 1))
        before = one.sum("ringwire_tls_ended_total")
        other = self.start("other", *self.member("third", "elsewhere"), "--peer", one.enode)
        # Who dials looks first. The reset of a socket that was not read to its end may overtake its alert.
        self.assertTrue(eventually(lambda: self.failures(other, "untrusted_certificate") >= 1))
        self.assertTrue(eventually(lambda: self.failures(one, "peer_alert")
                                   + one.sum("ringwire_tls_ended_total") - before >= 1))
        self.assertEqual(one.sum("ringwire_sessions"), 1)

    def test_a_generator_reaches_a_closed_network_as_a_member_only(self):
        self_signed(self.folder, "network")
        node = self.start("node", *self.member("first", "network"))
        ping = ["--to", node.enode, "--kind", "ping", "--rate", 10, "--seconds", 1]
        member = self.run_load(*ping, *self.member("second", "network"))
        self.assertEqual(member.returncode, 0, member)
        self.assertEqual(self.run_load(*ping).returncode, 1)
        self.assertGreaterEqual(self.failures(node, "no_certificate"), 1)
        (self.folder / "second.key").unlink()
        wrong = self.run_load(*ping, "--tls.certificate", self.folder / "second.crt",
                              "--tls.key", self.folder / "second.key")
        self.assertEqual(wrong.returncode, 2)
        self.assertIn(f"flag --tls.key: {self.folder / 'second.key'}: ", wrong.stderr)

    def test_wrong_files_are_wrong_input_and_named(self):
        self_signed(self.folder, "good")
        self_signed(self.folder, "other")
        good, key = self.folder / "good.crt", self.folder / "good.key"
        key.chmod(0o600)
        exposed = self.folder / "exposed.key"
        shutil.copy(key, exposed)
        exposed.chmod(0o644)
        other = self.folder / "other.key"
        other.chmod(0o600)
        absent, empty = self.folder / "absent", self.folder / "empty"
        empty.write_text("")
        certificate, private, authorities = "--tls.certificate", "--tls.key", "--tls.authorities"
        table = [
            ((certificate, absent, private, key), f"tls.certificate: {absent}: "),
            ((certificate, empty, private, key), f"tls.certificate: {empty}: "),
            ((certificate, good, private, absent), f"tls.key: {absent}: "),
            ((certificate, good, private, exposed), f"tls.key: {exposed}: "),
            ((certificate, good, private, other), f"tls.key: {other}: "),
            ((certificate, good, private, key, authorities, absent), f"tls.authorities: {absent}: "),
            ((certificate, good), "tls.certificate: needs its key"),
            ((private, key), "tls.key: needs its certificate"),
            ((authorities, good), "tls.authorities: they have to have signed our certificate too"),
        ]
        for number, (flags, said) in enumerate(table):
            with self.subTest(said=said):
                node = self.launch(f"wrong{number}", *flags)
                self.assertEqual(node.ended(), 2, node.log.read_text())
                lines = node.log.read_text().splitlines()
                self.assertEqual(len(lines), 1, lines)
                self.assertRegex(lines[0], "^flag --tls[.][a-z]+: " + re.escape(said))
                self.assertEqual(os.path.getsize(node.output), 0)


if __name__ == "__main__":
    cases.main()

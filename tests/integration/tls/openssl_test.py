"""Handshake and records of the project, in the program tls_peer, with OpenSSL's `s_client` and `s_server`."""

import json
import os
import pathlib
import random
import re
import select
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import unittest

import cases
from certificates import OPENSSL, LIMIT_S, self_signed, signed_by

PEER = os.environ["RINGWIRE_TLS_PEER"]
ALPN = ["-alpn", "ringwire/1"]
LABEL = "EXPORTER-ringwire/1"
SUITES = {"AES-128-GCM": "TLS_AES_128_GCM_SHA256", "ChaCha20-Poly1305": "TLS_CHACHA20_POLY1305_SHA256"}


class Serving:
    """tls_peer as a server, for one connection."""

    def __init__(self, *files):
        self.process = subprocess.Popen([PEER, "serve", *map(str, files)], stdout=subprocess.PIPE)
        self.port = json.loads(self.process.stdout.readline())["port"]

    def said(self) -> dict:
        """All it says until it ends."""
        out, _ = self.process.communicate(timeout=LIMIT_S)
        assert self.process.returncode == 0, self.process.returncode
        return {key: value for line in out.splitlines() for key, value in json.loads(line).items()}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()


def dial(port: int, *files, data: bytes = b"hello\n") -> dict:
    """tls_peer as a client."""
    ran = subprocess.run([PEER, "dial", str(port), *map(str, files)], input=data, capture_output=True,
                         timeout=LIMIT_S, check=False)
    assert ran.returncode == 0, (ran.returncode, ran.stderr)
    return {key: value for line in ran.stdout.splitlines() for key, value in json.loads(line).items()}


class OpensslServer:
    """`openssl s_server`; with -rev it answers each line with the line reversed."""

    def __init__(self, *words):
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.process = subprocess.Popen(
            [OPENSSL, "s_server", "-accept", f"127.0.0.1:{self.port}", *map(str, words)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.output = b""
        threading.Thread(target=self.read, daemon=True).start()
        self.wait_for(b"ACCEPT")

    def read(self):
        while piece := os.read(self.process.stdout.fileno(), 65536):
            self.output += piece

    def wait_for(self, words: bytes):
        deadline = time.monotonic() + LIMIT_S
        while words not in self.output:
            assert self.process.poll() is None and time.monotonic() < deadline, self.output
            select.select([], [], [], 0.01)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            pipe.close()


def client(port: int, *words) -> subprocess.Popen:
    return subprocess.Popen([OPENSSL, "s_client", "-connect", f"127.0.0.1:{port}", *words],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def echoed(process: subprocess.Popen, data: bytes) -> bytes:
    """What comes back of `data`; then the client ends the session."""
    writer = threading.Thread(target=lambda: (process.stdin.write(data), process.stdin.flush()))
    writer.start()
    received = b""
    while len(received) < len(data):
        piece = os.read(process.stdout.fileno(), 65536)
        if not piece:
            break
        received += piece
    writer.join()
    return received


def end(process: subprocess.Popen) -> tuple[str, str]:
    out, err = process.communicate(timeout=LIMIT_S)
    return out.decode(errors="replace"), err.decode(errors="replace")


@unittest.skipIf(OPENSSL is None, "openssl is not installed")
class WithOpenssl(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ringwire-tls-"))
        self.own = self.folder / "own.pem"

    def tearDown(self):
        shutil.rmtree(self.folder)

    def certificate(self, name: str, *request) -> pathlib.Path:
        """One file with key and certificate, 0600."""
        self_signed(self.folder, name, *request)
        return self.joined(name)

    def joined(self, name: str) -> pathlib.Path:
        key, pem, both = (self.folder / f"{name}.{end}" for end in ("key", "crt", "pem"))
        both.write_bytes(key.read_bytes() + pem.read_bytes())
        both.chmod(0o600)
        return both

    def leaf(self, name: str, authority: str) -> pathlib.Path:
        signed_by(self.folder, name, authority)
        return self.joined(name)


class OurServer(WithOpenssl):
    def test_a_client_with_any_of_our_suites_and_groups_talks_to_us(self):
        data = random.Random(1).randbytes(200_000)
        for suite, standard in SUITES.items():
            for groups in ("X25519", "P-256:X25519", "P-384:X25519", "X25519:P-256"):
                with self.subTest(f"{suite}, {groups}"), Serving(self.own) as ours:
                    process = client(ours.port, *ALPN, "-ciphersuites", standard, "-groups", groups, "-quiet")
                    self.assertEqual(echoed(process, data), data)
                    process.kill()
                    end(process)
                    said = ours.said()
                    self.assertEqual((said["secured"], said["used"]), (suite, 0))

    def test_both_ends_export_the_same_and_nobody_gets_a_ticket(self):
        bindings = set()
        for _ in range(3):
            with Serving(self.own) as ours:
                process = client(ours.port, *ALPN, "-keymatexport", LABEL, "-keymatexportlen", "32")
                process.stdin.write(b"a line\n")
                process.stdin.flush()
                out = b""
                while b"\na line\n" not in out:
                    piece = os.read(process.stdout.fileno(), 65536)
                    self.assertTrue(piece, out)
                    out += piece
                out = out.decode() + end(process)[0]  # at the end of its input it says close_notify
                said = ours.said()
                self.assertIn("TLSv1.3", out)
                self.assertIn("ALPN protocol: ringwire/1", out)
                self.assertNotIn("New Session Ticket", out)
                material = re.search(r"Keying material: ([0-9A-F]{64})", out)
                self.assertIsNotNone(material, out)
                self.assertEqual(material.group(1).lower(), said["binding"])
                self.assertEqual(said["ended"], "close_notify")
                bindings.add(said["binding"])
        self.assertEqual(len(bindings), 3)

    def test_a_client_of_something_else_is_refused_and_told_why(self):
        for words, failure, alert in (
                ([*ALPN, "-tls1_2"], "no_tls13", "protocol version"),
                ([], "no_alpn", "no application protocol"),
                (["-alpn", "h2,http/1.1"], "no_alpn", "no application protocol"),
                ([*ALPN, "-ciphersuites", "TLS_AES_256_GCM_SHA384"], "no_common_parameters",
                 "handshake failure"),
                # It asks for another group, which these clients do not have.
                ([*ALPN, "-groups", "P-384"], "peer_alert", ""),
                ([*ALPN, "-groups", "P-256"], "peer_alert", ""),
        ):
            with self.subTest(" ".join(words)), Serving(self.own) as ours:
                process = client(ours.port, *words)
                _, err = end(process)
                self.assertEqual(ours.said(), {"failed": failure})
                self.assertNotEqual(process.returncode, 0)
                self.assertIn(alert, err)

    def test_a_key_update_ends_the_session(self):
        with Serving(self.own) as ours:
            process = client(ours.port, *ALPN)
            process.stdin.write(b"first\n")
            process.stdin.flush()
            out = b""
            while b"\nfirst\n" not in out:
                piece = os.read(process.stdout.fileno(), 65536)
                self.assertTrue(piece, out)
                out += piece
            process.stdin.write(b"K\n")
            process.stdin.flush()
            self.assertEqual(ours.said()["ended"], "key_update")
            self.assertIn("unexpected message", end(process)[1])

    def test_in_a_closed_network_a_client_needs_a_certificate_of_it(self):
        self.certificate("network")
        self.certificate("elsewhere")
        ours_file, member, stranger = (
            self.leaf("ours", "network"), self.leaf("member", "network"), self.leaf("stranger", "elsewhere"))
        authority = self.folder / "network.crt"
        for words, said in (
                (["-cert", member, "-key", member], "secured"),
                ([], "no_certificate"),
                (["-cert", stranger, "-key", stranger], "untrusted_certificate"),
        ):
            with self.subTest(said), Serving(ours_file, authority) as ours:
                process = client(ours.port, *ALPN, "-CAfile", authority, "-verify_return_error", *words)
                _, err = end(process)
                told = ours.said()
                if said == "secured":
                    self.assertEqual(told["ended"], "close_notify", err)
                else:
                    self.assertEqual(told, {"failed": said}, err)


class OurClient(WithOpenssl):
    def setUp(self):
        super().setUp()
        pem = self.certificate("server")
        self.server = ["-cert", pem, "-key", pem]

    def test_a_server_with_any_of_our_suites_and_groups_talks_to_us(self):
        line = random.Random(2).randbytes(5_000).hex().encode() + b"\n"
        for suite, standard in SUITES.items():
            for groups in ("X25519", "P-256:X25519", "P-384:X25519:P-256"):
                with self.subTest(f"{suite}, {groups}"), \
                        OpensslServer(*self.server, *ALPN, "-rev", "-ciphersuites", standard,
                                      "-groups", groups) as theirs:
                    said = dial(theirs.port, self.own, data=line)
                    self.assertEqual(said["secured"], suite)
                    self.assertEqual(said["used"], 0)
                    # It sent two tickets before, which are ignored.
                    self.assertEqual(bytes.fromhex(said["received"]), line[-2::-1] + b"\n")
                    self.assertEqual(said["ended"], "enough")

    def test_a_server_of_something_else_is_refused(self):
        for words, failure in (
                ([], "wrong_alpn"),
                (["-alpn", "h2"], "peer_alert"),
                ([*ALPN, "-tls1_2"], "peer_alert"),
                ([*ALPN, "-ciphersuites", "TLS_AES_256_GCM_SHA384"], "peer_alert"),
                ([*ALPN, "-groups", "P-256"], "peer_alert"),
        ):
            with self.subTest(" ".join(words)), OpensslServer(*self.server, *words) as theirs:
                self.assertEqual(dial(theirs.port, self.own), {"failed": failure})

    def test_in_an_open_network_any_certificate_of_usual_size_will_do(self):
        for name, request in (("rsa2048", ["-newkey", "rsa:2048"]), ("rsa4096", ["-newkey", "rsa:4096"]),
                              ("ed25519", ["-newkey", "ed25519"]),
                              ("p384", ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"])):
            pem = self.certificate(name, *request)
            with self.subTest(name), OpensslServer("-cert", pem, "-key", pem, *ALPN, "-rev") as theirs:
                self.assertIn("secured", dial(theirs.port, self.own))

    def test_a_huge_key_and_a_long_chain_are_refused(self):
        # Five primes, because two of that size take minutes to find.
        huge = self.certificate("huge", "-newkey", "rsa:8200", "-pkeyopt", "rsa_keygen_primes:5")
        chain = self.folder / "chain.crt"
        chain.write_bytes((self.folder / "server.crt").read_bytes() * 11)
        for words in (["-cert", huge, "-key", huge], [*self.server, "-cert_chain", chain]):
            with self.subTest(words[1].name), OpensslServer(*words, *ALPN, "-rev") as theirs:
                self.assertEqual(dial(theirs.port, self.own), {"failed": "bad_certificate"})

    def test_in_a_closed_network_the_server_needs_a_certificate_of_it(self):
        self.certificate("network")
        member, theirs_file = self.leaf("member", "network"), self.leaf("theirs", "network")
        authority = self.folder / "network.crt"
        with OpensslServer("-cert", theirs_file, "-key", theirs_file, "-CAfile", authority, "-Verify", 2,
                           "-verify_return_error", *ALPN, "-rev") as theirs:
            self.assertIn("secured", dial(theirs.port, member, authority))
            theirs.wait_for(b"CN = member")
        with OpensslServer(*self.server, *ALPN, "-rev") as theirs:
            self.assertEqual(dial(theirs.port, member, authority), {"failed": "untrusted_certificate"})


class BothOurs(unittest.TestCase):
    def test_two_of_us_talk_to_each_other(self):
        with tempfile.TemporaryDirectory(prefix="ringwire-tls-") as folder:
            data = random.Random(3).randbytes(300_000)
            with Serving(f"{folder}/one.pem") as ours:
                said = dial(ours.port, f"{folder}/other.pem", data=data)
                told = ours.said()
            self.assertEqual(bytes.fromhex(said["received"]), data)
            self.assertEqual((said["binding"], said["secured"]), (told["binding"], told["secured"]))


if __name__ == "__main__":
    cases.main()

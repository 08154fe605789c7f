"""Ten thousand peers at once, fifty thousand one after the other: what they took, they give back."""

import itertools
import json
import resource
import socket
import unittest

import cases
import nodes
import wire
from nodes import DRIVERS, LIVENESS_S, eventually

CONNECTIONS = 10_000
CHURN_EARLY, CHURN_HALF, CHURN_WHOLE = 20_000, 20_000, 10_000
AT_ONCE = 200  # connections open at the same time while they come and go

# What the allocator may keep after the same work was done once before: its free lists are not a leak. One
# session is about 2 KiB, so a leak of one in ten of 50,000 connections is beyond it.
RSS_SLACK_BYTES = 8 << 20

# A client has 28,000 ports by default, and each is in TIME_WAIT for a while after it was closed: 127.0.0.0/8
# is full of addresses.
SOURCES = itertools.cycle(f"127.0.1.{last}" for last in range(1, 101))


class Crowd(nodes.NodeTest):
    def setUp(self):
        super().setUp()
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard < CONNECTIONS + 1000:
            self.skipTest(f"at most {hard} open files are allowed here, {CONNECTIONS + 1000} are needed")
        # The generator and the node raise their own.
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))

    def start_wide(self, driver: str) -> nodes.Node:
        """A node with room for CONNECTIONS peers that dial it."""
        flags = ["--driver", driver, "--limits.connections-max", CONNECTIONS + 200, "--limits.inbound-max",
                 CONNECTIONS + 100, "--limits.outbound-max", 8, "--limits.handshake-timeout-ms", 60000]
        node = self.start(driver, *flags)
        node.plan_bytes = nodes.plan_bytes("--shards", 2, *flags)
        return node

    def footprint(self, node) -> dict[str, int]:
        return {"descriptors": node.descriptors(), "connections": node.sum("ringwire_connections"),
                "sessions": node.sum("ringwire_sessions"), "claims": node.sum("ringwire_claims"),
                "timers": node.sum("ringwire_timers"), "heap": node.sum("ringwire_heap_used_bytes"),
                "pinned": node.sum("ringwire_receive_buffers_held")}

    def assert_all_given_back(self, node, before):
        # The connection that asks for the metrics comes and goes as well: `before` may have seen one more.
        def is_given_back():
            now = self.footprint(node)
            return now.pop("descriptors") <= before["descriptors"] and now.items() <= before.items()

        self.assertTrue(eventually(is_given_back),
                        f"before {before}, now {self.footprint(node)}")


class Held(Crowd):
    def test_ten_thousand_sessions_are_held_within_the_plan_and_given_back(self):
        for driver in DRIVERS:
            with self.subTest(driver=driver):
                node = self.start_wide(driver)
                before = self.footprint(node)
                load = self.start_load("--to", node.enode, "--connections", CONNECTIONS, "--kind", "ping",
                                       "--rate", 2000, "--seconds", 5, "--json")
                self.assertTrue(eventually(lambda: node.sum("ringwire_sessions") == CONNECTIONS
                                           or load.poll() is not None))
                self.assertEqual(node.sum("ringwire_sessions"), CONNECTIONS)
                self.assertGreaterEqual(node.descriptors(), CONNECTIONS)
                if not nodes.SANITIZED:  # they take as much again
                    self.assertLess(node.rss_bytes(), node.plan_bytes)
                said, complaints = load.communicate(timeout=LIVENESS_S)
                self.assertEqual(load.returncode, 0, said + complaints)
                report = json.loads(said)
                self.assertEqual((report["lost"], report["duplicated"]), (0, 0))
                self.assert_all_given_back(node, before)
                self.assertEqual(node.sum("ringwire_sessions_established_total"), CONNECTIONS)
                self.assertEqual(node.end(), 0)


class Churn(Crowd):
    def test_d16_fifty_thousand_that_come_and_go_leave_nothing(self):
        for driver in DRIVERS:
            with self.subTest(driver=driver):
                node = self.start_wide(driver)
                self.identity = wire.Identity()
                # The same work once before, so that pools and tables have their size. All of it: what
                # one connection in a thousand leaves behind must not hide in a longer second run.
                self.churn(node, CHURN_EARLY // 5, CHURN_HALF // 5, CHURN_WHOLE // 2)
                before, rss = self.settled(node), node.rss_bytes()
                self.churn(node, CHURN_EARLY, CHURN_HALF, CHURN_WHOLE)
                self.assert_all_given_back(node, before)
                if not nodes.SANITIZED:  # they keep what was freed
                    self.assertLess(node.rss_bytes(), rss + RSS_SLACK_BYTES)
                self.assertEqual(node.sum("ringwire_driver_accept_pauses_total"), 0)
                self.assertEqual(node.end(), 0)

    def settled(self, node):
        self.assertTrue(eventually(lambda: node.sum("ringwire_connections") == 0))
        return self.footprint(node)

    def churn(self, node, early: int, half: int, whole: int):
        def taken():
            return node.sum("ringwire_driver_accepted_total") + node.sum("ringwire_driver_accept_gone_total")

        before = taken()
        for number in range(early // AT_ONCE):
            self.come_and_go(node, polite=number % 2 == 0)
        hello = wire.frame(wire.HANDSHAKE, wire.handshake(self.identity, wire.keccak256(node.key)))
        for _ in range(half // AT_ONCE):
            self.come_and_go(node, hello)
        ran = self.run_load("--to", node.enode, "--connections", whole // 2, "--kind", "ping", "--rate", 1000,
                            "--seconds", 1)
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
        ran = self.run_load("--to", node.enode, "--connections", whole // 2, "--kind", "ping", "--rate", 1000,
                            "--seconds", 1)
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
        self.assertTrue(eventually(lambda: taken() - before >= early + half + whole))

    def come_and_go(self, node, hello: bytes = b"", polite: bool = True):
        """AT_ONCE connections. With `hello` they wait for the answer, and leave in the middle of it all."""
        source = next(SOURCES)
        opened = []
        for _ in range(AT_ONCE):
            opened.append(socket.socket())
            opened[-1].settimeout(LIVENESS_S)
            opened[-1].bind((source, 0))
            opened[-1].connect(node.address)
            if not polite:
                opened[-1].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, wire.struct.pack("ii", 1, 0))
            opened[-1].sendall(hello)
        for connection in opened:
            if hello:
                self.assertTrue(connection.recv(wire.HEADER.size))
            connection.close()


if __name__ == "__main__":
    cases.main()

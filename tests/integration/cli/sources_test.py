"""What one address may do: how often it shakes hands, what it holds, what its peers send.

Strangers come from 127.1.0.0/16; a peer from another /24 shows each time that only they are refused.
"""

import contextlib
import itertools
import struct
import threading
import time
import unittest

import cases
import nodes
import wire
from nodes import DRIVERS, eventually

PUBLIC = ["--shards", "2", "--limits.treat-loopback-as-public"]
OVER_RATE = ("ringwire_connections_over_rate_total", "address")
HANDSHAKES_OVER_RATE = ("ringwire_handshakes_over_rate_total", "subnet")
MESSAGES_OVER_RATE = ("ringwire_messages_over_rate_total", "peer")
ADDRESS_OVER_RATE = ("ringwire_messages_over_rate_total", "address")
DECIDED = "ringwire_gossip_decided_total"
OVER_PLACES = ("ringwire_connections_over_places_total", "address")
TOO_MANY_PEERS = 9


class Sources(nodes.NodeTest):
    def start_public(self, driver: str, *flags) -> nodes.Node:
        return self.start(driver, *PUBLIC, "--driver", driver, *flags)

    def peer(self, node, source: str) -> wire.Peer:
        peer = wire.Peer(node.address, node.key, nodes.LIVENESS_S, source)
        self.addCleanup(peer.close)
        peer.establish()
        return peer

    def test_one_address_holds_as_many_connections_as_it_may_over_all_shards(self):
        for driver in DRIVERS:
            with self.subTest(driver=driver):
                node = self.start_public(driver, "--limits.connects-per-minute", 10_000,
                                         "--limits.inbound-per-address", 3)
                held = [self.peer(node, "127.1.0.6") for _ in range(3)]
                denied = wire.Peer(node.address, node.key, nodes.LIVENESS_S, "127.1.0.6")
                self.addCleanup(denied.close)
                self.assertEqual(denied.farewell(), TOO_MANY_PEERS)
                self.assertEqual(node.sum(*OVER_PLACES), 1)
                self.peer(node, "127.1.8.1")
                held.pop().close()
                self.assertTrue(eventually(lambda: self.may_enter(node, "127.1.0.6")))
                self.assertEqual(node.end(), 0)

    def may_enter(self, node, source: str) -> bool:
        try:
            self.peer(node, source).close()
        except (EOFError, ConnectionError, AssertionError):
            return False
        return True

    def test_a_subnet_shakes_hands_as_often_as_it_may_over_all_shards(self):
        for driver in DRIVERS:
            with self.subTest(driver=driver):
                node = self.start_public(driver)
                # 32 at once, and one more each half a second.
                for host in range(1, 64):
                    if not self.may_enter(node, f"127.1.9.{host}"):
                        break
                self.assertGreater(host, 32)
                self.assertGreaterEqual(node.sum(*HANDSHAKES_OVER_RATE), 1)
                self.assertEqual(node.sum(*OVER_RATE), 0)
                self.peer(node, "127.1.8.1")
                self.assertEqual(node.end(), 0)

    def test_what_a_peer_sends_beyond_its_rate_waits_and_holds_up_nobody_else(self):
        for driver in DRIVERS:
            with self.subTest(driver=driver):
                node = self.start_public(driver, "--limits.peer-messages-per-minute", 6_000)
                sender = self.peer(node, "127.1.0.8")
                for number in range(1_000):
                    message = wire.publish(b"topic", number.to_bytes(4, "big"))
                    sender.send(wire.frame(wire.PUBLISH, message))
                self.assertTrue(eventually(lambda: node.sum(*MESSAGES_OVER_RATE) > 0))
                taken = node.sum(DECIDED)
                self.assertLess(taken, 1_000)
                self.peer(node, "127.1.8.1")
                self.assertTrue(eventually(lambda: node.sum(DECIDED) > taken))
                self.assertEqual(node.end(), 0)

    def test_an_address_gets_its_rate_over_all_shards_and_never_more(self):
        """Six peers there want twice as much as the address may. Prints how much of it they got."""
        per_second, burst, seconds = 2_000, 20_000, 10
        for driver in DRIVERS:
            with self.subTest(driver=driver):
                node = self.start_public(driver, "--limits.peer-messages-per-minute", 60 * per_second // 2)
                began = time.monotonic()
                peers = [self.peer(node, "127.1.0.8") for _ in range(6)]
                for shard in ("0", "1"):
                    self.assertGreater(node.sum("ringwire_sessions", f'shard="{shard}"'), 0, "of six none")
                senders = [threading.Thread(target=self.send_on, args=(peer, number))
                           for number, peer in enumerate(peers)]
                for sender in senders:
                    sender.start()
                # What may come at once is used up first, and what has come back meanwhile.
                self.assertTrue(eventually(lambda: node.sum(DECIDED) >= burst + 2 * per_second))
                self.assertGreater(node.sum(*ADDRESS_OVER_RATE), 0)
                first, at = node.sum(DECIDED), time.monotonic()
                self.assertTrue(eventually(lambda: node.sum(DECIDED) >= first + seconds * per_second))
                last, now = node.sum(DECIDED), time.monotonic()
                self.assertLessEqual(last, burst + per_second * (now - began))
                got = (last - first) / (per_second * (now - at))
                print(f"{driver}: {100 * got:.2f} % of an address's rate, two shards, {now - at:.1f} s")
                self.assertEqual(node.end(), 0)
                for sender in senders:
                    sender.join()

    def send_on(self, peer, who: int) -> None:
        """Until the node is gone."""
        with contextlib.suppress(OSError):
            for block in itertools.count():
                for each in range(100):
                    body = struct.pack(">BIB", who, block, each)
                    peer.send(wire.frame(wire.PUBLISH, wire.publish(b"topic", body)))

    def test_an_address_without_a_name_of_its_own_is_exempt_unless_it_is_said_to_be_public(self):
        node = self.start("private", "--shards", "2", "--limits.connects-per-minute", 1,
                          "--limits.inbound-per-address", 1)
        for _ in range(5):
            self.peer(node, "127.1.0.7")
        self.assertEqual((node.sum(*OVER_RATE), node.sum(*OVER_PLACES)), (0, 0))


if __name__ == "__main__":
    cases.main()

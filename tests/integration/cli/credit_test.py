"""What a peer is sent in fragments while it grants no credit, and what it costs it.

The messages are transactions of 122 KiB, which a node relays in fragments of their class.
"""

import cases
import nodes
import wire
from nodes import DRIVERS

INITIAL = 1_048_576
TRANSACTION = 2
TOO_SLOW = 3
COUNT = 9
DATA_BYTES = 125_000


def transactions(identity: wire.Identity) -> bytes:
    """Frames of one each."""
    return b"".join(wire.frame(wire.TRANSACTIONS, list_of(transaction(identity, nonce)))
                    for nonce in range(COUNT))


def list_of(encoded: bytes) -> bytes:
    return b"\xfa" + len(encoded).to_bytes(3, "big") + encoded


def transaction(identity: wire.Identity, nonce: int) -> bytes:
    """Signed, with more data than a fragment holds."""
    fields = [nonce, 10**9, 5_000_000, bytes(20), 0, bytes([nonce + 1]) * DATA_BYTES]
    signature = identity.sign(wire.keccak256(wire.rlp([*fields, 1337, 0, 0])))
    r, s = (int.from_bytes(signature[at:at + 32], "big") for at in (0, 32))
    return wire.rlp([*fields, 1337 * 2 + 35 + signature[64], r, s])


class Credit(nodes.NodeTest):
    def peer(self, node) -> wire.Peer:
        peer = wire.Peer(node.address, node.key, nodes.LIVENESS_S)
        self.addCleanup(peer.close)
        peer.establish()
        return peer

    def read_fragments(self, peer: wire.Peer, enough: int) -> int:
        """Bytes of fragments that came, until `enough` did or the node said goodbye."""
        received = 0
        while received < enough:
            kind, payload = peer.read_frame()
            if kind == wire.DISCONNECT:
                self.assertEqual(payload[0], TOO_SLOW)
                return received
            if kind == wire.FRAGMENT:
                self.assertEqual(payload[0], TRANSACTION)
                received += len(payload)
        return received

    def test_who_grants_no_credit_is_sent_what_everybody_has_and_is_then_given_up(self):
        frames = transactions(wire.Identity())
        for driver in DRIVERS:
            with self.subTest(driver=driver):
                node = self.start(driver, "--driver", driver, "--limits.stall-timeout-ms", 3_000)
                sender, granting, deaf = (self.peer(node) for _ in range(3))
                update = TRANSACTION.to_bytes(1, "big") + (2**31).to_bytes(4, "big")
                granting.send(wire.frame(wire.WINDOW_UPDATE, update))
                sender.send(frames)
                self.assertGreaterEqual(self.read_fragments(granting, COUNT * DATA_BYTES), COUNT * DATA_BYTES)
                received = self.read_fragments(deaf, COUNT * DATA_BYTES)
                self.assertLessEqual(received, INITIAL)
                self.assertGreater(received, INITIAL - 16_384)
                self.assertGreaterEqual(node.sum("ringwire_egress_starved_total", "transaction"), 1)
                self.assertEqual(node.sum("ringwire_refusals_total", "stalled"), 1)
                self.assertEqual(node.end(), 0)


if __name__ == "__main__":
    cases.main()

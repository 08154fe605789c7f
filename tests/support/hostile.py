"""What tests of hostile peers share: where strangers come from, names of counters and reasons, tables.

Strangers have addresses in 127.1.0.0/16, neighbours last, so that neither an address (8 places, 12
connections a minute) nor a /24 (32 at once) is what refuses them where that is not the test.
"""

import nodes
import secure
import wire
from oracle import Oracle

# To which 127.0.0.0/8 is the internet. Pools keep what was touched of them, so that they are small here.
PUBLIC = ("--limits.treat-loopback-as-public", "--memory.receive-buffers", 256, "--memory.bulk-buffers", 2)
POOLS_BYTES = 2 * (256 * 16_384 + 2 * (1 << 20))
BAD_PROTOCOL, BAD_CHECKSUM, TOO_SLOW, DUPLICATE, SELF, WRONG_NETWORK, WRONG_IDENTITY, WRONG_VERSION, \
    TOO_MANY_PEERS, TIMEOUT = range(1, 11)


def counter(metric: str, reason: str = "", label: str = "reason") -> tuple[str, str]:
    return f"ringwire_{metric}_total", f'{label}="{reason}"' if reason else ""


def frames(reason: str) -> tuple[str, str]:
    return counter("frames_refused", reason)


def handshakes(reason: str) -> tuple[str, str]:
    return counter("handshakes_failed", reason)


def fragments(reason: str) -> tuple[str, str]:
    return counter("fragments_refused", reason)


MALFORMED = counter("refusals", "malformed_message")
BLAMED = counter("refusals", "blamed")
UNHANDLED = counter("refusals", "unhandled_frame")
# Of the embedder's types: a node that is only a program has no use for them.
UNSUBSCRIBED = counter("app_dropped", "unsubscribed")
ESTABLISHED = counter("sessions_established")

# What an honest peer of another kind does as well: it is told so, and not charged.
NO_OFFENCE = {handshakes(reason) for reason in
              ("self", "wrong_network", "no_common_version", "expects_another", "unexpected_peer")}


def strangers():
    return (f"127.1.{net}.{host}" for host in range(1, 255) for net in range(256))


class HostileTest(nodes.NodeTest):
    def setUp(self):
        super().setUp()
        self.strangers = strangers()
        self.peers: list[wire.Peer] = []

    def close_peers(self) -> None:
        for peer in self.peers:
            peer.close()
        self.peers.clear()

    def start_public(self, *flags, name: str = "node", **options) -> nodes.Node:
        return self.start(name, *PUBLIC, *flags, **options)

    def start_wide(self, peers: int, *flags, handshake_ms: int = 60_000, **options) -> nodes.Node:
        """With room for so many strangers at once, and time for them to say who they are in Python."""
        return self.start_public("--limits.connections-max", 2 * peers + 100, "--limits.inbound-max",
                                 2 * peers + 50, "--limits.outbound-max", 8,
                                 "--limits.handshake-timeout-ms", handshake_ms, *flags, **options)

    def connect(self, node: nodes.Node, source: str | None = None, **options) -> wire.Peer:
        peer = wire.Peer(node.address, node.key, nodes.LIVENESS_S, source or next(self.strangers), **options)
        self.addCleanup(peer.close)
        self.peers.append(peer)
        return peer

    def peer(self, node: nodes.Node, source: str | None = None, **options) -> wire.Peer:
        peer = self.connect(node, source, **options)
        peer.establish()
        return peer

    def is_served(self, peer: wire.Peer) -> None:
        """The positive control of most attacks: a session with the node works."""
        peer.send(wire.frame(wire.PING, b"honestly"))
        while peer.read_until(wire.PONG) != b"honestly":
            pass

    def refuse(self, oracle: Oracle, name: str, what: tuple[str, str], reason: int | None, say,
               established: bool = False) -> None:
        """A stranger says bytes, or what `say(peer)` says; the node's last word is `reason`."""
        with self.subTest(name):
            source = next(self.strangers)
            peer = (self.peer if established else self.connect)(oracle.node, source)
            peer.send(say) if isinstance(say, bytes) else say(peer)
            self.assertEqual(peer.farewell(), reason)
            peer.close()
            oracle.expect(what)
            if what not in NO_OFFENCE:
                oracle.offender(source)

    def refuse_each(self, oracle: Oracle, table, established: bool = False) -> None:
        """Rows of refuse()'s arguments."""
        for name, what, reason, say in table:
            self.refuse(oracle, name, what, reason, say, established)

    def crowd(self, node: nodes.Node, count: int) -> list[wire.Peer]:
        """So many sessions, each from an address of its own."""
        return [self.peer(node) for _ in range(count)]


class SecureHostileTest(HostileTest):
    """The same inside TLS."""

    security = ()

    def connect(self, node, source=None, **options) -> secure.SecurePeer:
        """Without TLS until secure()."""
        peer = secure.SecurePeer(node.address, node.key, nodes.LIVENESS_S, source or next(self.strangers),
                                 **options)
        self.addCleanup(peer.close)
        self.peers.append(peer)
        return peer

    def peer(self, node, source=None, **options) -> secure.SecurePeer:
        peer = self.connect(node, source, **options).secure()
        peer.establish()
        return peer

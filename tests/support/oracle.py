"""One oracle for every attack: what holds while it lasts and after it, beside what the attack itself shows.

    with Oracle(self, node) as oracle:
        oracle.expect(("ringwire_frames_refused_total", "too_long"))   # once for each bad item
        oracle.offender("127.1.0.9")                                   # where it came from

| id | what is looked at |
| --- | --- |
| U1 | the node lives; it ends with status 0, and no sanitizer said anything |
| U2 | an honest peer's pings and honest peers that connect afresh (tests/support/canary.py) |
| U3 | resident memory: its peak during the attack, and that it comes back |
| U4 | descriptors, threads, receive buffers in use: back to where they were |
| U5 | bytes logged |
| U6 | CPU time of the node |
| U7 | counters: each expected one rose by exactly what was expected, or by as much at least |
| U8 | offenders have a bad score or a ban; who was only named by them has neither |

Times are limits of polls, or as wide as liveness asks for: what this machine was late by itself is added, and
sanitizers get more. The node ends with the attack.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import threading
import time

import canary
import nodes
from nodes import SANITIZED, eventually, total

SLACK = 10 if SANITIZED else 1
PING_LIMIT_S, CONNECT_LIMIT_S = 0.25 * SLACK, 1.0 * SLACK
BACK_LIMIT_S, RSS_LIMIT_S = 30 * SLACK, 60
LOG_BYTES_PER_S, LOG_BURST_BYTES = 1_000_000 / 60, 128 << 10
CPU_WINDOW_S = 10
WHOLE_PEERS = 16  # offenders that are asked about, spread over all of them

Counter = tuple[str, str]


def percentile(values: list[float], part: float) -> float:
    return sorted(values)[int(part * (len(values) - 1))]


class Oracle:
    """`test` is a hostile.HostileTest: what it still holds is closed before holdings are compared."""

    def __init__(self, test, node: nodes.Node, *, rss_growth_bytes: int = 16 << 20,
                 rss_left_bytes: int = 16 << 20, cores: float = 0.5,
                 connect_limit_s: float = CONNECT_LIMIT_S):
        self.test, self.node = test, node
        self.rss_growth_bytes, self.rss_left_bytes, self.cores = rss_growth_bytes, rss_left_bytes, cores
        self.connect_limit_s = connect_limit_s
        self.exact: dict[Counter, int] = {}
        self.least: dict[Counter, int] = {}
        self.offenders: list[str] = []
        self.framed: list[bytes] = []
        self.rss_peak_bytes, self.cpu_used_s, self.canary_report = 0, 0.0, {}

    # --- what the attack says of itself

    def expect(self, counter: Counter, times: int = 1) -> None:
        """U7: exactly so many more, of all that was expected."""
        self.exact[counter] = self.exact.get(counter, 0) + times

    def at_least(self, counter: Counter, times: int) -> None:
        self.least[counter] = times

    def offender(self, address: str) -> None:
        self.offenders.append(address)

    def innocent(self, node_id: bytes) -> None:
        """It was claimed by somebody who did not prove it."""
        self.framed.append(node_id)

    def risen(self, counter: Counter) -> float:
        return self.node.sum(*counter) - total(self.before, *counter)

    # --- the window

    def __enter__(self) -> "Oracle":
        self.before = self.node.metrics()
        self.held = self.holdings()
        host, port = self.node.address
        settings = {"address": host, "port": port, "key": self.node.key.hex(),
                    "tls": "--insecure-plaintext" not in self.node.process.args, "limit_s": nodes.LIVENESS_S}
        self.canary = subprocess.Popen([sys.executable, canary.__file__, json.dumps(settings)],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.test.processes.append(self.canary)
        for pipe in (self.canary.stdin, self.canary.stdout):
            self.test.addCleanup(pipe.close)
        patience = threading.Timer(nodes.LIVENESS_S, self.canary.kill)
        patience.start()
        said = self.canary.stdout.readline()
        patience.cancel()
        assert said.startswith("idle "), f"no canary: {said!r}, {self.node.log.read_text()}"
        self.idle_s = float(said.split()[1])
        pathlib.Path(f"/proc/{self.node.pid}/clear_refs").write_text("5")  # the peak begins anew
        self.rss, self.log_bytes = self.node.rss_bytes(), self.node.log.stat().st_size
        self.cpu_s, self.began = self.cpu_time(), time.monotonic()
        return self

    def __exit__(self, kind, error, traceback) -> None:
        try:
            if kind is None:
                self.check()
        finally:
            self.canary.kill()

    def check(self) -> None:
        test = self.test
        test.assertIsNone(self.node.process.poll(), f"U1: {self.node.log.read_text()[-4000:]}")
        self.check_counters()
        self.check_costs()
        self.check_canaries()
        self.check_scores()
        test.close_peers()
        self.check_holdings()
        test.assertEqual(self.node.end(), 0, f"U1: {self.node.log.read_text()[-4000:]}")
        test.assertNotRegex(self.node.log.read_text(), "Sanitizer|runtime error|assertion", "U1")

    # --- U7

    def check_counters(self) -> None:
        def is_risen(samples, counter, times, exactly):
            risen = total(samples, *counter) - total(self.before, *counter)
            return risen == times if exactly else risen >= times

        def missing():
            samples = self.node.metrics()
            wanted = [(each, True) for each in self.exact.items()] + [(each, False)
                                                                      for each in self.least.items()]
            return {counter: (total(samples, *counter) - total(self.before, *counter), "of", times)
                    for (counter, times), exactly in wanted
                    if not is_risen(samples, counter, times, exactly)}

        self.test.assertTrue(self.exact or self.least, "U7: an attack has a counter")
        if not eventually(lambda: not missing(), BACK_LIMIT_S):
            self.test.fail(f"U7: {missing()}")

    # --- U3, U5, U6

    def cpu_time(self) -> float:
        fields = pathlib.Path(f"/proc/{self.node.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def check_costs(self) -> None:
        seconds = time.monotonic() - self.began
        status = pathlib.Path(f"/proc/{self.node.pid}/status").read_text()
        peak = int(re.search(r"^VmHWM:\s+(\d+) kB$", status, re.M).group(1)) * 1024
        logged, cpu_s = self.node.log.stat().st_size - self.log_bytes, self.cpu_time() - self.cpu_s
        self.rss_peak_bytes, self.cpu_used_s = peak - self.rss, cpu_s
        self.test.assertLessEqual(logged, LOG_BURST_BYTES + LOG_BYTES_PER_S * seconds, "U5: bytes logged")
        if not SANITIZED:  # they keep what is freed, and take their time
            self.test.assertLessEqual(peak - self.rss, self.rss_growth_bytes, "U3: bytes at the peak")
            self.test.assertLessEqual(cpu_s, self.cores * max(CPU_WINDOW_S, seconds), "U6: seconds of CPU")

    # --- U2

    def check_canaries(self) -> None:
        said, _ = self.canary.communicate(timeout=2 * nodes.LIVENESS_S)
        report = self.canary_report = json.loads(said)
        self.test.assertEqual(report["failures"], [], f"U2: {self.told()}")
        late = 2 * report["late"]  # ours, at both ends
        if report["round_trips"]:
            limit = max(PING_LIMIT_S, 5 * self.idle_s) + late
            self.test.assertLessEqual(percentile(report["round_trips"], 0.99), limit, "U2: pings")
        self.test.assertLessEqual(max(report["fresh"]), self.connect_limit_s + late, "U2: fresh connections")

    def told_figures(self) -> tuple[str, ...]:
        """Afterwards: what it took from who is honest, and from the machine."""
        return (f"RSS +{self.rss_peak_bytes / (1 << 20):.1f} MiB at the peak",
                f"pings p99 {1000 * percentile(self.canary_report['round_trips'], 0.99):.1f} ms",
                f"fresh connections at most {1000 * max(self.canary_report['fresh']):.1f} ms")

    def told(self) -> str:
        """What the node has to say, where a canary has a complaint."""
        withheld = self.risen(("ringwire_pongs_withheld_total", ""))
        return f"{withheld:.0f} pongs withheld; {self.node.log.read_text()[-4000:]}"

    # --- U8

    def check_scores(self) -> None:
        asked = self.offenders[::max(1, len(self.offenders) // WHOLE_PEERS)]
        unpunished = [who for who in asked if not eventually(lambda: self.is_marked(who), BACK_LIMIT_S)]
        self.test.assertEqual(unpunished, [], "U8: they have no bad score")
        for node_id in self.framed:
            self.test.assertFalse(self.node.why(node_id.hex())["known"], "U8: it was only claimed")

    def is_marked(self, who: str) -> bool:
        said = self.node.why(who)
        return said["known"] and (said["score"] < 0 or said["bans"] > 0)

    # --- U3, U4

    def holdings(self) -> dict[str, int]:
        return {"descriptors": self.node.descriptors(),
                "threads": len(os.listdir(f"/proc/{self.node.pid}/task")),
                "buffers": self.node.sum("ringwire_receive_buffers_held")}

    def check_holdings(self) -> None:
        def is_back():
            return all(abs(now - self.held[what]) <= 2 for what, now in self.holdings().items())

        self.test.assertTrue(eventually(is_back, BACK_LIMIT_S),
                             f"U4: {self.holdings()} after {self.held}: {self.node.get('/peers')[:2000]}")
        if not SANITIZED:
            def is_small():
                return self.node.rss_bytes() <= self.rss + self.rss_left_bytes

            self.test.assertTrue(eventually(is_small, RSS_LIMIT_S),
                                 f"U3: {self.node.rss_bytes() - self.rss} bytes more than before")

"""Application requests, as `ringwire load --kind request` makes them and `app.echo` answers them."""

import json

import cases
import nodes


class Requests(nodes.NodeTest):
    def test_each_is_answered_once_with_its_own_bytes(self):
        for driver in nodes.DRIVERS:
            for size, rate in ((0, 5000), (1000, 2000), (100_000, 100)):
                with self.subTest(driver=driver, size=size):
                    node = self.start(f"{driver}-{size}", "--driver", driver, "--app.echo")
                    ran = self.run_load("--to", node.enode, "--kind", "request", "--connections", 4, "--rate",
                                        rate, "--size", size, "--seconds", 2, "--check", "--json")
                    self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
                    report = json.loads(ran.stdout)
                    self.assertEqual(report["published"], 2 * rate)
                    self.assertEqual(report["delivered"], 2 * rate)
                    self.assertEqual([report[what] for what in ("lost", "duplicated", "altered", "unknown")],
                                     [0, 0, 0, 0])
                    self.assertGreater(report["latency_us"]["p50"], 0)
                    self.assertEqual(node.sum("ringwire_app_received_total", "request"), 2 * rate)
                    self.assertEqual(node.sum("ringwire_app_sent_total", "answer"), 2 * rate)
                    self.assertEqual(node.sum("ringwire_app_dropped_total"), 0)
                    self.assertEqual(node.end(), 0)

    def test_over_tls_and_for_people(self):
        node = self.start("secured", "--app.echo", security=())
        self.security = ()
        ran = self.run_load("--to", node.enode, "--kind", "request", "--connections", 2, "--rate", 500,
                            "--size", 20_000, "--seconds", 1, "--check")
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
        self.assertRegex(ran.stdout, r"requests sent +500 over 2 connections")
        self.assertRegex(ran.stdout, r"answered with the same bytes +500 of 500\n")
        self.assertRegex(ran.stdout, r"lost, answered twice, late +0, 0, 0\n")
        self.assertRegex(ran.stdout, r"request to answer +p50 ")

    def test_a_node_without_echo_drops_them_and_the_generator_says_so(self):
        node = self.start("silent")
        ran = self.run_load("--to", node.enode, "--kind", "request", "--rate", 20, "--seconds", 1, "--check",
                            "--json")
        self.assertEqual(ran.returncode, 1, ran.stdout + ran.stderr)
        report = json.loads(ran.stdout)
        self.assertEqual((report["published"], report["delivered"], report["lost"]), (20, 0, 20))
        self.assertEqual(node.sum("ringwire_app_dropped_total", "unsubscribed"), 20)
        self.assertEqual(node.sum("ringwire_ledger_charges_total"), 0)
        self.assertEqual(node.end(), 0)


if __name__ == "__main__":
    cases.main()

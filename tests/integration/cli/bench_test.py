"""The benchmarks as their users start them: statuses, what they leave behind. Not what they measure."""

import json
import os
import pathlib
import re
import subprocess
import tempfile
import time
import unittest
import xml.etree.ElementTree as ElementTree

import cases

BENCH = os.environ["RINGWIRE_BENCH"]
MICRO = pathlib.Path(os.environ["RINGWIRE_MICRO"])
LOOPBACK = pathlib.Path("/sys/class/net/lo")
TINY = ["--repetitions", "1", "--seconds", "0.05"]
KEYS = ["workload", "subject", "baseline", "metric", "subject_value", "baseline_value", "ratio", "spread",
        "repetitions", "goal", "met"]


def compare(*arguments):
    return subprocess.run([BENCH, "compare", *map(str, arguments)], text=True, capture_output=True,
                          timeout=240, check=False)


class Compare(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def test_leaves_a_table_a_json_file_and_a_picture(self):
        report = self.folder / "report.json"
        plots = self.folder / "new" / "plots"
        ran = compare("--workload", "echo-64B-c64", *TINY, "--json", report, "--plot", plots)
        self.assertEqual(ran.returncode, 0, ran)
        self.assertRegex(ran.stdout, r"(?m)^kernel +\S")
        self.assertRegex(ran.stdout, r"(?m)^echo-64B-c64 +ringwire-uring +ringwire-epoll ")
        said = json.loads(report.read_text())
        self.assertEqual(list(said), ["machine", "results"])
        self.assertIn("kernel", said["machine"])
        self.assertEqual([list(result) for result in said["results"]], [KEYS])
        self.assertGreater(said["results"][0]["subject_value"], 0)
        picture = ElementTree.parse(plots / "compare.svg").getroot()
        self.assertEqual(picture.tag, "{http://www.w3.org/2000/svg}svg")

    def test_steers_its_own_loopback_and_leaves_the_system_s_alone(self):
        def steered():
            return [queue.read_text() for queue in sorted(LOOPBACK.glob("queues/rx-*/rps_cpus"))]

        before = steered()
        running = subprocess.Popen([BENCH, "compare", "--workload", "echo-256B-c512-2cores", *TINY],
                                   text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        while running.poll() is None:
            self.assertEqual(steered(), before)
            time.sleep(0.02)
        said = running.communicate()[0]
        if "network              private" in said:
            self.assertEqual(running.returncode, 0, said)
            self.assertIn("messages per turn", said)

    def test_lists_the_workloads_each_once(self):
        ran = compare("--workload", "list")
        self.assertEqual(ran.returncode, 0, ran)
        names = ran.stdout.split()
        self.assertIn("fanout-128KiB-c50", names)
        self.assertEqual(len(names), len(set(names)))

    def test_relays_through_every_subject(self):
        for family in ("mesh", "fanout"):
            with self.subTest(family=family):
                report = self.folder / "report.json"
                ran = compare("--workload", family, *TINY, "--json", report)
                self.assertEqual(ran.returncode, 0, ran)
                self.assertRegex(ran.stdout, r"ringwire-uring: [1-9][0-9.]* messages per send")
                results = json.loads(report.read_text())["results"]
                self.assertTrue(all(result["workload"].startswith(family) for result in results))
                costs = [result for result in results if result["metric"] == "server_cpu_ns_per_message"]
                self.assertTrue(all(result["baseline_value"] > 0 for result in costs))

    def test_names_what_there_is_where_a_workload_is_unknown(self):
        ran = compare("--workload", "no-such-thing")
        self.assertEqual((ran.returncode, ran.stdout), (2, ""), ran)
        self.assertIn("no-such-thing", ran.stderr)
        self.assertIn("echo-64B-c64", ran.stderr)

    def test_refuses_a_path_that_cannot_be_written_before_it_measures(self):
        for flag in ("--json", "--plot"):
            with self.subTest(flag=flag):
                ran = compare(*TINY, flag, "/dev/null/nothing")
                self.assertEqual((ran.returncode, ran.stdout), (2, ""), ran)
                self.assertIn(flag, ran.stderr)

    def test_the_gate_and_the_quick_look_exclude_each_other(self):
        self.assertEqual(compare("--quick", "--gate").returncode, 2)


class Micro(unittest.TestCase):
    def run_program(self, program, *arguments):
        ran = subprocess.run([program, *arguments], text=True, capture_output=True, timeout=240, check=False)
        self.assertEqual(ran.returncode, 0, ran)
        return ran.stdout

    def test_every_program_runs(self):
        programs = [each for each in MICRO.glob("micro_*") if each.is_file()]
        self.assertTrue(programs)
        for program in programs:
            with self.subTest(program=program.name):
                names = self.run_program(program, "--benchmark_list_tests").split()
                self.assertTrue(names)
                # Those that compare in turns have a number of runs of their own and take seconds, or a minute
                # where two threads share a core.
                chosen = [name for name in names if "/iterations" not in name]
                if not chosen:
                    continue
                # POSIX's: re.escape() would put a backslash before more than it knows.
                escaped = [re.sub(r"([][.*+?^${}()|\\])", r"\\\1", name) for name in chosen]
                pattern = f"^({'|'.join(escaped)})$"
                said = json.loads(self.run_program(
                    program, f"--benchmark_filter={pattern}", "--benchmark_min_time=0.001",
                    "--benchmark_format=json"))
                self.assertEqual([each["name"] for each in said["benchmarks"]], chosen)
                self.assertTrue(all(each["real_time"] > 0 for each in said["benchmarks"]), said)


if __name__ == "__main__":
    cases.main()

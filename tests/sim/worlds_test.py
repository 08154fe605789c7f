"""Random worlds by the hundred, and each scenario of the library: no rule is broken, runs can be repeated."""

import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

import cases

RINGWIRE = os.environ["RINGWIRE_BINARY"]
SANITIZED = os.environ["RINGWIRE_SANITIZE"] != "none"
SEEDS = 30 if SANITIZED else 500
SEED_S = 1200 if SANITIZED else 120  # a hang, not slowness
LARGE = {"a-thousand-nodes"}  # minutes long: tools/sim/README.md has what it takes


def run(*arguments: str, limit_s: float = 1500) -> subprocess.CompletedProcess:
    return subprocess.run([RINGWIRE, "sim", *arguments], capture_output=True, text=True, timeout=limit_s)


class Worlds(unittest.TestCase):
    def test_random_worlds_break_no_rule(self):
        """Each hundredth runs twice, or the next one that repeats, and its traces must be equal."""
        ended = run("--seeds", str(SEEDS), "--jobs", "2", "--timeout", str(SEED_S), "--json",
                    limit_s=20 * SEED_S)
        self.assertEqual(ended.returncode, 0, ended.stdout + ended.stderr)
        report = json.loads(ended.stdout)
        self.assertEqual(report["seeds"], SEEDS)
        self.assertGreaterEqual(report["seeds_twice"], SEEDS // 100)
        print({key: value for key, value in report.items() if not isinstance(value, (list, dict))})

    def test_each_scenario_of_the_library_breaks_no_rule(self):
        names = run("--list").stdout.split()
        self.assertIn("partition-and-heal", names)
        for name in names:
            if name in LARGE:
                continue
            with self.subTest(name):
                ended = run(name, "--quiet")
                self.assertEqual(ended.returncode, 0, ended.stdout + ended.stderr)
                self.assertRegex(ended.stdout.splitlines()[-1], "^trace [0-9a-f]{16}$")

    def test_the_same_seed_is_the_same_run(self):
        def steady(seed: int, mode: str) -> list[str]:
            said = run("rolling-restart", "--seed", str(seed), mode).stdout.splitlines()
            return [line for line in said if "per real second" not in line]

        for mode in ("--no-tls", "--tls"):
            with self.subTest(mode):
                first = steady(5, mode)
                if "does not repeat" in first[0]:
                    self.skipTest("this wolfSSL draws from the kernel")
                self.assertEqual(first, steady(5, mode))
                self.assertNotEqual(first[-1], steady(6, mode)[-1])


class Help(unittest.TestCase):
    def test_its_examples_work(self):
        """In order, since a later one reads what an earlier one wrote; with fewer seeds."""
        text = run("--help").stdout
        examples = re.findall(r"^  ringwire (sim .+)$", text[text.rindex("examples:"):], re.M)
        self.assertGreaterEqual(len(examples), 5)
        with tempfile.TemporaryDirectory() as folder:
            for example in examples:
                with self.subTest(example):
                    words, _, path = re.sub(r"--seeds \d+", "--seeds 4", example).partition(" > ")
                    ended = subprocess.run([RINGWIRE, *words.split()], cwd=folder, capture_output=True,
                                           text=True, timeout=600)
                    self.assertEqual(ended.returncode, 0, ended.stdout + ended.stderr)
                    if path:
                        pathlib.Path(folder, path).write_text(ended.stdout)
            self.assertIn("</svg>", pathlib.Path(folder, "spread.svg").read_text())


class Input(unittest.TestCase):
    def refused(self, *arguments: str) -> str:
        ended = run(*arguments)
        self.assertEqual(ended.returncode, 2, ended.stdout)
        self.assertEqual(ended.stdout, "")
        return ended.stderr

    def test_a_scenario_that_is_none_is_refused_with_the_nearest_name(self):
        self.assertIn("partition-and-heal", self.refused("partition-and-hale"))

    def test_what_is_wrong_in_a_file_is_named_with_its_line(self):
        path = os.path.join(os.environ["RINGWIRE_SOURCE"], "tests/sim/wrong.toml")
        said = self.refused(path)
        for finding in ("wrong.toml:3: length: accepted: ", "wrong.toml:5: nodse: ",
                        "wrong.toml:9: fault[0].node: "):
            self.assertIn(finding, said)


if __name__ == "__main__":
    cases.main()

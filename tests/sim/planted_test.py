"""A simulator that finds nothing proves nothing: three bugs are planted, and a sweep must find each."""

import os
import subprocess
import unittest

import cases

SEEDS = 10_000


class Planted(unittest.TestCase):
    def find(self, bug: str, rules: set[str]) -> None:
        """Until the first failing seed; a rule that has to do with the bug, not any."""
        command = [os.environ[f"RINGWIRE_{bug.upper()}"], "sim", "random-world", "--seeds", str(SEEDS),
                   "--jobs", "2", "--no-shrink", "--stop-after", "1"]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=1500)
        self.assertEqual(ended.returncode, 1, f"{SEEDS} seeds, and {bug} was not found:\n{ended.stdout}")
        found = [line for line in ended.stdout.splitlines() if line.startswith("seed ")]
        print(f"{bug}: {found[0]}; {ended.stdout.splitlines()[-1]}")
        self.assertIn(found[0].split(": ")[1].split()[0], rules)

    def test_a_lost_wake_up(self):
        self.find("lost_wake_up", {"overslept", "not-heard", "not-connected"})

    def test_a_double_release(self):
        self.find("double_release", {"over-plan", "blamed", "not-heard", "crashed"})

    def test_a_window_off_by_one(self):
        self.find("window_off_by_one", {"credit-beyond", "blamed"})


if __name__ == "__main__":
    cases.main()

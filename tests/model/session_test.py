"""Spin over session.pml: every order in which two nodes' connections can begin, break and end.

README.md says what is checked. Longer runs: RINGWIRE_LONG=1 (the suite `long`).
"""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import cases

MODEL = pathlib.Path(__file__).with_name("session.pml")
TABLE = subprocess.run([os.environ["RINGWIRE_TABLE"]], text=True, capture_output=True, check=True).stdout
LONG = os.environ.get("RINGWIRE_LONG") == "1"


def is_installed():
    return shutil.which("spin") is not None and shutil.which("cc") is not None


def run_in(folder, *command):
    return subprocess.run(command, cwd=folder, text=True, capture_output=True, timeout=1500, check=False)


def explore(*options, cycles=False):
    """Every state that can be reached. With `cycles`, the search is for an execution that never ends."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "table.pml").write_text(TABLE)
        shutil.copy(MODEL, folder)
        made = run_in(folder, "spin", "-a", *[f"-D{option}=1" if "=" not in option else f"-D{option}"
                                              for option in options], MODEL.name)
        if made.returncode != 0 or "Error" in made.stdout:
            raise AssertionError(made.stdout + made.stderr)
        flags = ["-DNP", "-DNOFAIR"] if cycles else ["-DSAFETY", "-DNOFAIR"]
        # Compiling takes longer than exploring a small world.
        level = "-O1" if "BREAKS" in options or LONG else "-O0"
        built = run_in(folder, "cc", "-w", level, "-DVECTORSZ=1024", *flags, "-o", "pan", "pan.c")
        if built.returncode != 0:
            raise AssertionError(built.stderr)
        ran = run_in(folder, "./pan", "-n", "-m500000", "-w24", *(["-l"] if cycles else []))
    text = ran.stdout
    found = re.search(r"errors: (\d+)\s+(\S+) states, stored", text)
    if found is None or "max search depth too small" in text or "out of memory" in text:
        raise AssertionError(text + ran.stderr)
    reason = re.search(r"^pan:1: (.*)", text, re.MULTILINE)
    return int(found[1]), float(found[2]), reason[1] if reason else ""


@unittest.skipUnless(is_installed(), "needs spin and a C compiler")
class Session(unittest.TestCase):
    def hold(self, *options, cycles=False):
        errors, states, reason = explore(*options, cycles=cycles)
        print(f"{' '.join(options) or 'all goes well'}{', endless executions' if cycles else ''}: "
              f"{states:.0f} states")
        self.assertEqual((errors, reason), (0, ""))
        self.assertGreater(states, 100)

    def test_two_dials_at_once_always_end_in_one_session(self):
        self.hold()

    def test_one_connection_at_most_stays_whatever_an_operator_does(self):
        self.hold("OPERATOR", "OLD")

    def test_one_connection_at_most_stays_where_deadlines_pass_early(self):
        self.hold("HURRY", "OLD")

    def test_one_connection_at_most_stays_where_connections_break(self):
        self.hold("BREAKS")

    def test_every_execution_ends(self):
        self.hold("OLD", cycles=True)
        self.hold("HURRY", "OLD", cycles=True)

    def test_a_rule_applied_the_wrong_way_round_is_found(self):
        errors, _, reason = explore("WRONG")
        self.assertEqual(errors, 1)
        self.assertIn("assertion violated", reason)

    @unittest.skipUnless(LONG, "long")
    def test_breaking_connections_old_sessions_and_a_second_dial(self):
        self.hold("BREAKS", "OLD")
        self.hold("OPERATOR", "HURRY", "OLD")
        self.hold("CONNECTIONS=3", "OPERATOR")


if __name__ == "__main__":
    cases.main()

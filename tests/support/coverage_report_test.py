"""What ./tools/coverage counts, from exports made up for the purpose."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import cases

REPORT = pathlib.Path(os.environ["RINGWIRE_SOURCE"]) / "tools/coverage_report.py"

SOURCE = """bool f(int a) {
  RW_ASSERT(a > 0 &&
            a < 9);
  return a > 4;
}
"""
FUNCTION = [1, 15, 5, 2]  # from line and column to line and column


class CoverageReport(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())).resolve()
        self.exports = []
        for folder in ("codec", "tests"):
            (self.root / folder).mkdir()
            (self.root / folder / "f.cpp").write_text(SOURCE)

    def program(self, *instances: tuple, lines: str = "DA:1,1\nDA:4,1\n", path: str = "codec/f.cpp"):
        """A program with `instances` of the function: (runs, [place and counts of a branch...])."""
        file = str(self.root / path)
        functions = [{"filenames": [file], "regions": [[*FUNCTION, runs, 0, 0, 0]],
                      "branches": [[*branch, 0, 0, 4] for branch in branches]}
                     for runs, branches in instances]
        export = self.root / f"program{len(self.exports)}"
        export.with_suffix(".json").write_text(json.dumps({"data": [{"functions": functions}]}))
        export.with_suffix(".lcov").write_text(f"SF:{file}\n{lines}end_of_record\n")
        self.exports.append(str(export))

    def report(self, lines_min: int, branches_min: int):
        minima = str(lines_min), str(branches_min)
        command = [sys.executable, REPORT, self.root, "codec", *minima, *self.exports]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertEqual(done.stderr, "")
        return done.returncode, done.stdout.splitlines()[-1].split()

    def test_instances_and_programs_count_together(self):
        self.program((2, [[4, 10, 4, 15, 2, 0]]), (0, [[4, 10, 4, 15, 0, 0]]))
        self.assertEqual(self.report(100, 100)[0], 1)
        self.assertIn("codec/f.cpp:4: never false", (self.root / "missing.txt").read_text())
        self.program((1, [[4, 10, 4, 15, 0, 1]]))
        self.assertEqual(self.report(100, 100), (0, "codec: all 2 2 100.0 % 2 2 100.0 %".split()))

    def test_both_minima_are_asked_for(self):
        self.program((1, [[4, 10, 4, 15, 1, 0]]), lines="DA:1,1\nDA:2,1\nDA:3,1\nDA:4,0\n")
        for lines_min, branches_min, status in ((75, 50, 0), (76, 50, 1), (75, 51, 1)):
            self.assertEqual(self.report(lines_min, branches_min)[0], status)

    def test_assertions_and_what_the_compiler_decides_do_not_count(self):
        asserted, decided = [3, 13, 3, 18, 1, 0], [4, 10, 4, 15, 0, 0]
        self.program((1, [asserted, decided, [5, 1, 5, 2, 1, 1]]))
        self.assertEqual(self.report(0, 100), (0, "codec: all 2 2 100.0 % 2 2 100.0 %".split()))

    def test_what_did_not_run_counts(self):
        self.program((0, [[4, 10, 4, 15, 0, 0]]), lines="DA:1,0\nDA:4,0\n")
        self.assertEqual(self.report(1, 1), (1, "codec: all 0 2 0.0 % 0 2 0.0 %".split()))

    def test_other_folders_do_not_count_and_nothing_at_all_is_a_failure(self):
        self.program((1, [[4, 10, 4, 15, 1, 1]]), path="tests/f.cpp")
        self.assertEqual(self.report(0, 0)[0], 1)


if __name__ == "__main__":
    cases.main()

"""What other programs check: clang-format (version 14, because versions differ) and shellcheck."""

import os
import pathlib
import shutil
import subprocess
import unittest

import cases
from tree import Tree

ROOT = pathlib.Path(os.environ.get("RINGWIRE_SOURCE", pathlib.Path(__file__).parents[2]))
TREE = Tree.read(ROOT)


class Programs(unittest.TestCase):
    def run_program(self, program: str, *arguments: str) -> str:
        """What it said where it found something, empty where it did not."""
        if shutil.which(program) is None:
            self.skipTest(f"{program} is not installed")
        done = subprocess.run([program, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
        return "" if done.returncode == 0 else done.stdout + done.stderr

    def test_clang_format_would_change_nothing(self):
        sources = [file.path for file in TREE.sources()]
        said = self.run_program("clang-format-14", "--style=file", "--dry-run", "-Werror", *sources)
        wrong = sorted({line.split(":")[0] for line in said.splitlines() if ": error: " in line})
        advice = "run: clang-format-14 --style=file -i " + " ".join(wrong)
        self.assertEqual((wrong, bool(said)), ([], False), advice)

    def test_shellcheck_finds_nothing(self):
        scripts = [f.path for f in TREE if f.path.endswith(".sh") or f.lines[0].endswith(("/sh", "bash"))]
        self.assertIn("tools/test", scripts)
        said = self.run_program("shellcheck", "-x", *scripts)
        self.assertEqual(said, "", said)


if __name__ == "__main__":
    cases.main()

"""Each header compiles alone, as the first thing a file includes; a C header compiles as C."""

import concurrent.futures
import os
import pathlib
import shlex
import subprocess
import tempfile
import unittest

import cases
from tree import Tree

ROOT = pathlib.Path(os.environ.get("RINGWIRE_SOURCE", pathlib.Path(__file__).parents[2]))
COMPILER = shlex.split(os.environ.get("RINGWIRE_COMPILER", "c++"))
HEADERS = [file.path for file in Tree.read(ROOT).sources() if file.path.endswith((".hpp", ".h"))]


def compile_alone(header: str, folder: pathlib.Path = ROOT) -> str:
    """What the compiler says against a file that includes nothing else; empty where it is content."""
    language = ["-x", "c", "-std=c11"] if header.endswith(".h") else ["-x", "c++", "-std=c++20"]
    done = subprocess.run(
        [*COMPILER, *language, "-fsyntax-only", "-Wall", "-Wextra", "-I", str(folder), "-"],
        input=f'#include "{header}"\n', capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else f"{header}:\n{done.stderr}"


class Headers(unittest.TestCase):
    def test_each_compiles_alone(self):
        self.assertTrue(HEADERS)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            complaints = [text for text in pool.map(compile_alone, HEADERS) if text]
        self.assertEqual(complaints, [], "\n".join(complaints))

    def test_a_header_that_leans_on_its_includer_is_refused(self):
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        text = "inline std::string text() { return {}; }\n"
        (folder / "bad.hpp").write_text(f"#pragma once\n{text}")
        (folder / "good.hpp").write_text(f"#pragma once\n#include <string>\n{text}")
        self.assertIn("bad.hpp", compile_alone("bad.hpp", folder))
        self.assertEqual(compile_alone("good.hpp", folder), "")


if __name__ == "__main__":
    cases.main()

"""Counts test cases over the test programs of one or more build folders, and prints one closing line.

Meson counts programs. What a reader wants is cases: each program of protocol `gtest` leaves NAME.xml in the
build folder with one entry per case; a program without that file is one case. A program that meson calls
failed although none of its cases is (it crashed, hung, or left a sanitizer's report) is one failed case more.

usage: summary.py [--no-skip] [--some] BUILD_FOLDER...
  --no-skip  a skipped case is a failure
  --some     only some tests were asked for: a folder in which none of them ran is in order
"""

import argparse
import json
import pathlib
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field


@dataclass
class Tally:
    passed: int = 0
    failed: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped


def count_cases(xml: pathlib.Path, program: str) -> Tally:
    tally = Tally()
    for case in ElementTree.parse(xml).iter("testcase"):
        name = f"{program}: {case.get('classname')}.{case.get('name')}"
        if case.find("failure") is not None or case.find("error") is not None:
            tally.failed.append(name)
        elif case.find("skipped") is not None:
            tally.skipped.append(name)
        elif case.get("status", "run") == "run":
            tally.passed += 1
    return tally


def count_program(folder: pathlib.Path, entry: dict) -> Tally:
    # Meson lists a test as "project:suite / name"; the name is what the program's file is called after.
    program = entry["name"].split(" / ", 1)[-1]
    verdict = entry["result"]
    xml = folder / f"{program}.xml"
    try:
        tally = count_cases(xml, program)
    except (OSError, ElementTree.ParseError):
        tally = Tally(passed=int(verdict == "OK"))
        if verdict == "SKIP":
            tally.skipped.append(program)
    if verdict not in ("OK", "SKIP", "EXPECTEDFAIL") and not tally.failed:
        tally.failed.append(f"{program}: {verdict.lower()} (status {entry.get('returncode')})")
    return tally


def count_folder(folder: pathlib.Path, some: bool) -> Tally:
    tally = Tally()
    try:
        lines = (folder / "meson-logs" / "testlog.json").read_text().splitlines()
    except OSError:
        return tally if some else Tally(failed=[f"{folder.name}: no test ran"])
    for line in lines:
        counted = count_program(folder, json.loads(line))
        counted.failed = [f"{folder.name}: {name}" for name in counted.failed]
        counted.skipped = [f"{folder.name}: {name}" for name in counted.skipped]
        tally.add(counted)
    return tally


def closing_line(tally: Tally) -> str:
    line = f"{tally.passed} passed, {len(tally.failed)} failed"
    return line + (f", {len(tally.skipped)} skipped" if tally.skipped else "")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="counts test cases over build folders")
    parser.add_argument("--no-skip", action="store_true")
    parser.add_argument("--some", action="store_true")
    parser.add_argument("folders", nargs="+", type=pathlib.Path)
    options = parser.parse_args(arguments)

    total = Tally()
    for folder in options.folders:
        total.add(count_folder(folder, options.some))
    if total.passed + len(total.failed) + len(total.skipped) == 0:
        total.failed.append("no test ran at all")
    for name in total.skipped:
        print(f"skipped: {name}")
    for name in total.failed:
        print(f"FAILED: {name}")
    print(closing_line(total))
    return int(bool(total.failed) or (options.no_skip and bool(total.skipped)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

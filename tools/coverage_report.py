"""Lines and branches that tests ran, from what llvm-cov exports of each test program.

usage: coverage_report.py ROOT FOLDER LINES_MIN BRANCHES_MIN EXPORT...

EXPORT is a path without ending: EXPORT.json and EXPORT.lcov are those of one program. A branch is one way out
of a condition of the source, taken if any program, in any instance of a template, took it. Not counted is
what no run can take: conditions inside RW_ASSERT and RW_ASSUME, and those that the compiler decides.
Status: 0 both totals reach their minimum, 1 one does not.
"""

import json
import pathlib
import re
import sys
from collections import defaultdict

CODE, BRANCH = 0, 4  # kinds of region in llvm-cov's export


def assertion_spans(text: str):
    """From where to where, as (line, column) counted from 1, each assertion reaches."""
    for match in re.finditer(r"\bRW_ASS(?:ERT|UME)\(", text):
        depth, end = 1, match.end()
        while depth > 0 and end < len(text):
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        yield tuple((text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))
                    for at in (match.start(), end))


def runs_of(function: dict, branch: list) -> int:
    """How often the innermost piece of code around a branch ran."""
    around = [region for region in function["regions"] if region[7] == CODE and region[5] == branch[6] and
              tuple(region[0:2]) <= tuple(branch[0:2]) and tuple(branch[2:4]) <= tuple(region[2:4])]
    innermost = max(around, key=lambda region: (region[0:2], [-at for at in region[2:4]]), default=None)
    return innermost[4] if innermost else 0


class File:
    def __init__(self, path: pathlib.Path):
        self.lines = defaultdict(int)
        self.branches = defaultdict(lambda: [0, 0])  # by place: how often true, how often false
        self.decided = set()  # places of conditions that the compiler decides
        self.assertions = list(assertion_spans(path.read_text()))

    def add(self, function: dict, branch: list):
        start, end = tuple(branch[0:2]), tuple(branch[2:4])
        if any(first <= start and end <= last for first, last in self.assertions):
            return
        place, taken = (start, end), branch[4:6]
        if taken == [0, 0] and runs_of(function, branch) > 0:
            self.decided.add(place)
        counts = self.branches[place]
        counts[0] += taken[0]
        counts[1] += taken[1]

    def outcomes(self):
        """(line, which way, how often) of each branch."""
        for place, counts in sorted(self.branches.items()):
            if any(counts) or place not in self.decided:
                yield place[0][0], "true", counts[0]
                yield place[0][0], "false", counts[1]


def read_exports(root: pathlib.Path, folder: str, exports: list[str]) -> dict[str, File]:
    files = {}

    def file_of(name: str) -> File | None:
        path = pathlib.Path(name).resolve()
        if not path.is_relative_to(root / folder):
            return None
        short = str(path.relative_to(root))
        return files.get(short) or files.setdefault(short, File(path))

    for export in exports:
        current = None
        for line in pathlib.Path(f"{export}.lcov").read_text().splitlines():
            if line.startswith("SF:"):
                current = file_of(line[3:])
            elif line.startswith("DA:") and current:
                number, count = map(int, line[3:].split(",")[:2])
                current.lines[number] += count
        for function in json.loads(pathlib.Path(f"{export}.json").read_text())["data"][0]["functions"]:
            for branch in function["branches"]:
                if branch[8] == BRANCH and (file := file_of(function["filenames"][branch[6]])):
                    file.add(function, branch)
    return files


def percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:6.1f} %" if whole else "       -"


def row(name: str, lines: list[int], branches: list[int]) -> str:
    run, taken = (sum(count > 0 for count in counts) for counts in (lines, branches))
    return (f"{name:36} {run:6} {len(lines):6} {percent(run, len(lines))} "
            f"{taken:7} {len(branches):7} {percent(taken, len(branches))}")


def main(root: str, folder: str, lines_min: str, branches_min: str, *exports: str) -> int:
    files = read_exports(pathlib.Path(root).resolve(), folder, list(exports))
    all_lines, all_branches, missing = [], [], []
    print(f"{'file':36} {'run':>6} {'lines':>6} {'':8} {'taken':>7} {'branches':>7}")
    for name, file in sorted(files.items()):
        lines = list(file.lines.values())
        outcomes = list(file.outcomes())
        if not lines:
            continue
        print(row(name, lines, [count for *_, count in outcomes]))
        all_lines += lines
        all_branches += [count for *_, count in outcomes]
        missing += [f"{name}:{number}: never run" for number in sorted(file.lines) if not file.lines[number]]
        missing += [f"{name}:{number}: never {way}" for number, way, count in outcomes if count == 0]
    print(row(f"{folder}: all", all_lines, all_branches))
    (pathlib.Path(exports[0]).parent / "missing.txt").write_text("".join(f"{line}\n" for line in missing))
    reached = [counts and 100 * sum(count > 0 for count in counts) >= float(least) * len(counts)
               for counts, least in ((all_lines, lines_min), (all_branches, branches_min))]
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

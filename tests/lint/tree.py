"""The tracked kinds of file below a root, read once, and C++ text without its comments and strings."""

import os
import pathlib
import re
from dataclasses import dataclass
from functools import cached_property

SOURCE = (".hpp", ".cpp", ".h", ".c")
TEXT = SOURCE + (".in", ".py", ".sh", ".md", ".toml", ".txt", ".build")

TOKENS = re.compile(
    r"""//[^\n]*|/\*.*?\*/|R"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)"|"""
    r""""(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])'""", re.S)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)


@dataclass(frozen=True)
class Finding:
    """What is wrong where, and what to do instead."""
    path: str
    line: int
    advice: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.advice}"


@dataclass(frozen=True)
class Include:
    line: int
    path: str
    system: bool  # written with < >


class File:
    def __init__(self, path: str, text: str):
        self.path = path
        self.folder = os.path.dirname(path)
        self.text = text

    def is_source(self) -> bool:
        return self.path.endswith(SOURCE)

    @cached_property
    def lines(self) -> list[str]:
        return self.text.split("\n")

    @cached_property
    def code(self) -> str:
        """The text with comments and strings blanked; lines and columns stay where they are."""
        keep_includes = {match.start(2) for match in INCLUDE.finditer(self.text)}

        def blank(match: re.Match) -> str:
            if match.start() + 1 in keep_includes:
                return match.group()
            return re.sub(r"[^\n]", " ", match.group())

        return TOKENS.sub(blank, self.text)

    @cached_property
    def includes(self) -> list[Include]:
        return [Include(self.code.count("\n", 0, m.start(2)) + 1, m.group(2), m.group(1) == "<")
                for m in INCLUDE.finditer(self.code)]

    def matches(self, pattern: str, text: str | None = None):
        """(line, match) of a pattern in the code, or in `text`."""
        text = self.code if text is None else text
        for match in re.finditer(pattern, text, re.M):
            yield text.count("\n", 0, match.start()) + 1, match


class Tree:
    def __init__(self, files: dict[str, str]):
        self.files = {path: File(path, text) for path, text in sorted(files.items())}

    @classmethod
    def read(cls, root: pathlib.Path) -> "Tree":
        files = {}
        for folder, names, found in os.walk(root):
            names[:] = [n for n in names if not re.match(r"\.(?!ci$)|build|__pycache__", n)]
            for name in found:
                path = pathlib.Path(folder, name)
                if name.endswith(TEXT) or name == "packages" or is_script(path):
                    text = path.read_text(encoding="utf-8", errors="replace")
                    files[path.relative_to(root).as_posix()] = text
        return cls(files)

    def __iter__(self):
        return iter(self.files.values())

    def __contains__(self, path: str) -> bool:
        return path in self.files

    def sources(self):
        return [file for file in self if file.is_source()]


def is_script(path: pathlib.Path) -> bool:
    if path.suffix or path.is_symlink():
        return False
    with path.open("rb") as stream:
        return stream.read(2) == b"#!"

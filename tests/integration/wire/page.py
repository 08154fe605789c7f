"""codec/wire/README.md as data: the types of section 2, and the forms of sections 9 to 13.

Nothing here repeats the page: a form that the page does not give cannot be read.
"""

import dataclasses
import os
import pathlib
import re

import forms

PAGE = pathlib.Path(os.environ["RINGWIRE_SOURCE"]) / "codec/wire/README.md"


@dataclasses.dataclass(frozen=True)
class Type:
    code: int
    name: str
    cap: int
    traffic_class: str
    fragments: bool
    compressible: bool
    early: bool


def sections(text: str) -> dict[int, str]:
    parts = re.split(r"^## (\d+)\. .*$", text, flags=re.M)
    return {int(number): body.split("\n## ")[0] for number, body in zip(parts[1::2], parts[2::2])}


def read_types(section: str) -> dict[int, Type]:
    types = {}
    for row in re.findall(r"^\| 0x(.*) \|$", section, re.M):
        digits, name, cap, traffic_class, *rest = row.split(" | ")
        code, answers = int(digits, 16), (word == "yes" for word in rest)
        types[code] = Type(code, name, int(cap.replace(",", "")), traffic_class, *answers)
    return types


def read_forms(chapters: list[str]) -> tuple[dict[str, forms.Record], dict[int, forms.Record]]:
    """Records first: messages of an earlier section do not use those of a later one."""
    records, messages = {}, {}
    for text in chapters:
        for name, body in re.findall(r"^    (\w+) += \{(.*?)\}(?=\n\n|\n    \w+ +=)", text, re.M | re.S):
            records[name] = forms.parse_record(" ".join(body.split()), records)
        for code, fields in re.findall(r"^\| 0x(\w\w) \w+ \| (.+?) \|", text, re.M):
            messages[int(code, 16)] = forms.parse_record(fields, records)
    return records, messages


SECTIONS = sections(PAGE.read_text())
TYPES = read_types(SECTIONS[2])
RECORDS, MESSAGES = read_forms([SECTIONS[number] for number in range(9, 14)])
CODES = {rule.name: code for code, rule in TYPES.items()}

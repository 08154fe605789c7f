"""Runs the unittest cases of a module and reports them the way GoogleTest does, so that meson and the closing
line of ./tools/test count each case of a Python test like each case of a C++ one.

Understands --gtest_output=xml:FILE (what meson passes) and --gtest_filter=TEXT (names with TEXT in them).
"""

import pathlib
import sys
import time
import unittest
import xml.etree.ElementTree as ElementTree


class Report(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.suites = ElementTree.Element("testsuites")
        self.started = 0.0

    def startTest(self, test):
        super().startTest(test)
        self.started = time.monotonic()

    def record(self, test, verdict, text=""):
        seconds = time.monotonic() - self.started
        classname, name = test.id().split(".")[-2:]
        suite = next((s for s in self.suites if s.get("name") == classname), None)
        if suite is None:
            suite = ElementTree.SubElement(self.suites, "testsuite", name=classname)
        case = ElementTree.SubElement(
            suite, "testcase", name=name, classname=classname, status="run", time=f"{seconds:.3f}")
        if verdict != "OK":
            tag = "skipped" if verdict == "SKIPPED" else "failure"
            ElementTree.SubElement(case, tag, message=text.strip().splitlines()[-1] if text.strip() else "")
            print(text)
        print(f"[ {verdict:^8} ] {classname}.{name} ({seconds * 1000:.0f} ms)", flush=True)

    def addSuccess(self, test):
        super().addSuccess(test)
        self.record(test, "OK")

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.record(test, "SKIPPED", reason)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.record(test, "FAILED", self.failures[-1][1])

    def addError(self, test, err):
        super().addError(test, err)
        self.record(test, "FAILED", self.errors[-1][1])

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.record(test, "FAILED", f"{subtest}: {self._exc_info_to_string(err, test)}")


def chosen(suite: unittest.TestSuite, text: str) -> unittest.TestSuite:
    picked = unittest.TestSuite()
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            picked.addTest(chosen(item, text))
        elif text in item.id():
            picked.addTest(item)
    return picked


def main() -> None:
    output, text = None, ""
    for argument in sys.argv[1:]:
        if argument.startswith("--gtest_output=xml:"):
            output = pathlib.Path(argument.split(":", 1)[1])
        elif argument.startswith("--gtest_filter="):
            text = argument.split("=", 1)[1].strip("*")
        else:
            sys.exit(f"unknown argument: {argument}")
    report = Report()
    chosen(unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"]), text).run(report)
    if output is not None:
        output.parent.mkdir(parents=True, exist_ok=True)
        ElementTree.ElementTree(report.suites).write(output, encoding="utf-8", xml_declaration=True)
    print(f"{report.testsRun} ran, {len(report.failures) + len(report.errors)} failed, "
          f"{len(report.skipped)} skipped")
    # A module in which nothing was found to run is broken, not in order.
    sys.exit(0 if report.wasSuccessful() and report.testsRun > 0 else 1)

"""The closing line of ./tools/test, from build folders made up for the purpose."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

import cases

SUMMARY = pathlib.Path(__file__).with_name("summary.py")

XML = """<testsuites><testsuite name="A">
<testcase classname="A" name="Passes" status="run"/>
<testcase classname="A" name="PassesToo" status="run"/>
<testcase classname="A" name="Disabled" status="notrun"/>
{more}</testsuite></testsuites>"""
FAILING = '<testcase classname="A" name="Fails" status="run"><failure message="x"/></testcase>'
SKIPPING = '<testcase classname="A" name="Skips" status="run"><skipped message="x"/></testcase>'


class Summary(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.folder / "meson-logs").mkdir()

    def program(self, name: str, result: str, xml: str | None = None):
        with (self.folder / "meson-logs/testlog.json").open("a") as log:
            entry = {"name": f"ringwire:unit / {name}", "result": result, "returncode": 1}
            log.write(json.dumps(entry) + "\n")
        if xml is not None:
            path = self.folder / f"{name}.xml"
            path.parent.mkdir(exist_ok=True)
            path.write_text(xml)

    def ends(self, line: str, status: int, *flags: str):
        done = subprocess.run([sys.executable, SUMMARY, *flags, self.folder],
                              capture_output=True, text=True, check=False)
        self.assertEqual((done.stdout.splitlines()[-1], done.returncode), (line, status), done.stdout)

    def test_counts_cases_not_programs(self):
        self.program("codec/base", "OK", XML.format(more=""))
        self.program("plain", "OK")
        self.ends("3 passed, 0 failed", 0)

    def test_a_failing_case_fails_once(self):
        self.program("codec/base", "FAIL", XML.format(more=FAILING))
        self.ends("2 passed, 1 failed", 1)

    def test_a_skipped_case_is_named_and_fails_only_where_asked(self):
        self.program("codec/base", "OK", XML.format(more=SKIPPING))
        self.program("whole", "SKIP")
        self.ends("2 passed, 0 failed, 2 skipped", 0)
        self.ends("2 passed, 0 failed, 2 skipped", 1, "--no-skip")

    def test_a_program_that_crashed_is_a_failure_with_or_without_results(self):
        self.program("crashed", "ERROR")
        self.program("leaked", "FAIL", XML.format(more=""))
        self.program("hung", "TIMEOUT")
        self.ends("2 passed, 3 failed", 1)

    def test_a_torn_result_file_is_no_result(self):
        self.program("torn", "ERROR", "<testsuites><testcase")
        self.ends("0 passed, 1 failed", 1)

    def test_no_test_at_all_is_a_failure(self):
        self.ends("0 passed, 1 failed", 1)
        self.ends("0 passed, 1 failed", 1, "--some")


if __name__ == "__main__":
    cases.main()

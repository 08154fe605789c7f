"""./tools/demo and ./tools/test before they build anything: their words, and what they install where.

The system is made up: a folder of small programs stands in for apt-get, dpkg-query and their kin, writes down
how it was called, and knows which packages are installed and which can be had.
"""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import cases

ROOT = pathlib.Path(os.environ["RINGWIRE_SOURCE"])
ROWS = [line.split() for line in (ROOT / "tools/packages").read_text().splitlines()
        if line and not line.startswith("#")]
BOOST_12 = "libboost1.81-dev"

PROGRAMS = {
    "apt-get": 'echo "apt-get $*" >>"$system/calls"; [ -e "$system/refuse" ] && exit 100; exit 0',
    "sudo": 'echo "sudo" >>"$system/calls"; exec "$@"',
    "env": 'shift; exec "$@"',
    "id": 'cat "$system/uid"',
    "dpkg-query": '''
for last; do :; done
case $last in
  *\\**) sed -n "s/^\\(libboost1\\.[0-9]*-dev\\)$/installed \\1/p" "$system/installed" ;;
  *) grep -qx "$last" "$system/installed" && printf installed ;;
esac''',
    "apt-cache": 'version=$(sed -n "s/^$2 //p" "$system/offered"); echo "  Candidate: ${version:-(none)}"',
    "dpkg": '[ -n "$2" ] && [ "$(printf "%s\\n" "$2" "$4" | sort -V | tail -n 1)" = "$2" ]',
}


class Script(unittest.TestCase):
    def run_script(self, *arguments, **options):
        return subprocess.run(arguments, text=True, capture_output=True, timeout=60, check=False, **options)


class Words(Script):
    def test_help_has_examples_and_touches_nothing(self):
        for name in ("demo", "test"):
            with tempfile.TemporaryDirectory() as elsewhere:
                ran = self.run_script(ROOT / "tools" / name, "--help", cwd=elsewhere)
            self.assertEqual((ran.returncode, ran.stderr), (0, ""))
            self.assertIn(f"examples:\n  ./tools/{name}", ran.stdout)

    def test_wrong_use_is_status_2_with_a_reason(self):
        for words in (["demo", "--no-such"], ["demo", "--rate"], ["demo", "--rate", "0"],
                      ["demo", "--nodes", "1"], ["demo", "--seconds", "x"], ["test", "--no-such"],
                      ["test", "--vectors"],
                      ["test", "--vectors", "/no/such/folder"], ["test", "--sanitize"]):
            with self.subTest(words=words):
                ran = self.run_script(ROOT / "tools" / words[0], *words[1:])
                self.assertEqual((ran.returncode, ran.stdout), (2, ""))
                self.assertIn(f"{words[0]}: ", ran.stderr)


class Result(Script):
    """The closing table of ./tools/demo."""

    LOAD = {"published": 40000, "delivered": 40000, "lost": 0, "duplicated": 0, "rate": 1999.6, "nodes": 4,
            "latency_us": {"p50": 350.4, "p99": 1234.5, "p999": 20500.0, "max": 1500000.0},
            "copied_per_relayed": 1.314}
    BENCH = {"results": [
        {"workload": "echo-256B-c512", "subject": "ringwire-uring", "baseline": "ringwire-epoll",
         "subject_value": 4000.0, "baseline_value": 5200.0, "ratio": 1.3, "repetitions": 3},
        {"workload": "echo-256B-c512", "subject": "ringwire-uring", "baseline": "floor-uring",
         "subject_value": 1.0, "baseline_value": 1.0, "ratio": 1.0, "repetitions": 3}]}

    def table(self, load, bench):
        with tempfile.TemporaryDirectory() as folder:
            load_file, bench_file = pathlib.Path(folder, "load.json"), pathlib.Path(folder, "bench.json")
            load_file.write_text(json.dumps(load))
            if bench is not None:
                bench_file.write_text(json.dumps(bench))
            ran = self.run_script("python3", ROOT / "tools/demo_result.py", load_file, bench_file)
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        return ran.stdout

    def test_it_says_everything_in_two_columns(self):
        self.assertEqual(self.table(self.LOAD, self.BENCH), """\
transactions published                    40000
delivered exactly once on all 4 nodes     40000
lost, duplicated                          0, 0
throughput                                2000 transactions/s, 7998 deliveries/s
publish to delivery                       p50 350 us, p99 1.2 ms, p99.9 20 ms, max 1.5 s
bytes copied per byte relayed             1.31
epoll's CPU per message, over io_uring's  1.30 (5.2 us over 4.0 us; 3 short runs, a first impression)
""")

    def test_what_was_not_measured_is_left_out(self):
        load = {key: value for key, value in self.LOAD.items() if key != "copied_per_relayed"}
        self.assertEqual(len(self.table(load, None).splitlines()), 5)


class Installing(Script):
    def setUp(self):
        self.system = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.system / "bin").mkdir()
        for name, body in PROGRAMS.items():
            program = self.system / "bin" / name
            program.write_text(f"#!/bin/bash\nsystem={self.system}\n{body}\n")
            program.chmod(0o755)
        for name in ("awk", "basename", "bash", "cat", "grep", "sed", "sort", "tail", "tr"):
            (self.system / "bin" / name).symlink_to(shutil.which(name))
        self.uid = "0"
        self.boost = {"libboost-dev": "1.74.0.3", BOOST_12: "1.81.0-5"}
        self.wanted = [row[1] for row in ROWS if row[1] != "boost-headers"]
        self.installed = [*self.wanted, BOOST_12]
        self.offered = {name: "1.0" for name in self.wanted}

    def install(self, *parts, release="ID=debian"):
        (self.system / "uid").write_text(self.uid)
        (self.system / "installed").write_text("\n".join([*self.installed, ""]))
        offers = {**self.offered, **self.boost}
        lines = [f"{name} {version}\n" for name, version in offers.items()]
        (self.system / "offered").write_text("".join(lines))
        (self.system / "calls").write_text("")
        words = dict(line.split("=", 1) for line in release.splitlines())
        known = "\n".join(f"{name}) printf '%s' '{value}' ;;" for name, value in words.items())
        script = f'''set -euo pipefail
root={ROOT}; . "$root/tools/prepare.sh"
os_release() {{ case $1 in {known}
*) ;; esac; }}
install_packages {" ".join(parts)}'''
        ran = self.run_script("bash", "-c", script, env={"PATH": f"{self.system}/bin"})
        return ran, (self.system / "calls").read_text().splitlines()

    def packages_of(self, call: str) -> list[str]:
        return sorted(call.split("--no-install-recommends ")[1].split())

    def test_nothing_missing_is_quiet_and_asks_for_nothing(self):
        ran, calls = self.install("build", "test")
        self.assertEqual((ran.returncode, ran.stdout, ran.stderr, calls), (0, "", "", []))

    def test_what_is_missing_is_named_and_installed_and_nothing_else(self):
        self.installed = [name for name in self.installed if name not in ("meson", "libfmt-dev")]
        ran, calls = self.install("build", "test")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertIn("libfmt-dev meson", ran.stdout)
        self.assertRegex(calls[0], r"^apt-get .*update$")
        self.assertEqual(self.packages_of(calls[1]), ["libfmt-dev", "meson"])
        self.assertEqual(len(calls), 2)

    def test_the_demo_does_not_install_what_only_tests_need(self):
        self.installed = []
        _, calls = self.install("build")
        names = self.packages_of(calls[1])
        for part, name, *_ in ROWS:
            if name != "boost-headers":
                self.assertEqual(name in names, part == "build", name)

    def test_boost_is_1_81_or_newer_under_the_name_it_has_here(self):
        self.installed = [name for name in self.installed if name != BOOST_12] + ["libboost1.74-dev"]
        _, calls = self.install("build")
        self.assertEqual(self.packages_of(calls[1]), [BOOST_12])
        self.boost = {"libboost-dev": "1.83.0.2"}
        _, calls = self.install("build")
        self.assertEqual(self.packages_of(calls[1]), ["libboost-dev"])
        self.installed.append("libboost1.83-dev")
        self.assertEqual(self.install("build")[1], [])

    def test_sudo_is_used_by_others_than_root(self):
        self.uid, self.installed = "1000", self.installed[1:]
        ran, calls = self.install("build", "test")
        self.assertEqual((ran.returncode, calls.count("sudo")), (0, 2))

    def test_without_root_and_sudo_the_command_to_run_is_printed(self):
        self.uid, self.installed = "1000", self.installed[1:]
        (self.system / "bin/sudo").unlink()
        ran, calls = self.install("build", "test")
        self.assertEqual((ran.returncode, calls), (2, []))
        self.assertIn("apt-get", ran.stderr)

    def test_a_refusal_of_apt_get_is_status_2_and_says_which_packages(self):
        self.installed = [name for name in self.installed if name != "meson"]
        (self.system / "refuse").write_text("")
        ran, _ = self.install("build")
        self.assertEqual(ran.returncode, 2)
        self.assertIn("could not install: meson", ran.stderr)

    def test_a_release_without_a_package_is_status_2_and_installs_nothing(self):
        self.installed = []
        del self.offered["libtomlplusplus-dev"]
        ran, calls = self.install("build", release="ID=ubuntu\nPRETTY_NAME=Old")
        self.assertEqual(ran.returncode, 2)
        self.assertIn("not in the apt sources of Old: libtomlplusplus-dev", ran.stderr)
        self.assertFalse([call for call in calls if "install" in call])

    def test_a_derivative_is_told_by_what_it_is_like(self):
        self.installed = [name for name in self.installed if name != "meson"]
        for release in ("ID=linuxmint\nID_LIKE=ubuntu debian", "ID=raspbian\nID_LIKE=debian", "ID=ubuntu"):
            self.assertEqual(self.install("build", release=release)[0].returncode, 0, release)

    def test_other_families_get_their_names_and_status_2(self):
        ran, calls = self.install("build", "test", release="ID=fedora\nPRETTY_NAME=Fedora Linux 43")
        self.assertEqual((ran.returncode, calls), (2, []))
        self.assertIn("Fedora Linux 43", ran.stderr)
        for column, family in ((1, "Debian, Ubuntu: "), (2, "Fedora: "), (3, "Arch: ")):
            line = next(line for line in ran.stderr.splitlines() if line.strip().startswith(family))
            for part, *names in [row for row in ROWS if row[0] in ("build", "test")]:
                self.assertTrue(names[column - 1] == "-" or names[column - 1] in line, (family, part, names))


if __name__ == "__main__":
    cases.main()

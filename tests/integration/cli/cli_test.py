"""The `ringwire` command as an operator meets it: words, statuses, files, precedence."""

import json
import os
import pathlib
import re
import stat
import subprocess
import tempfile
import unittest

import cases

RINGWIRE = os.environ["RINGWIRE_BINARY"]
STATS = ["latency", "peers", "memory", "shards"]
NEED_A_NETWORK = [["node"], ["load"], ["why"], ["stats"], *(["stats", view] for view in STATS)]
NEED_TIME = [["sim"]]
COMMANDS = [[], *NEED_A_NETWORK, *NEED_TIME, ["key"], ["key", "generate"], ["key", "show"], ["config"],
            ["config", "default"], ["config", "check"], ["config", "show"], ["doctor"], ["version"]]


def ringwire(*arguments, **variables):
    """Runs the command in an environment without settings of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RINGWIRE_")}
    return subprocess.run([RINGWIRE, *map(str, arguments)], env=environment | variables, text=True,
                          capture_output=True, timeout=60, check=False)


class Command(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.toml = self.folder / "node.toml"
        self.key = self.folder / "node.key"

    def done(self, *arguments, **variables) -> str:
        ran = ringwire(*arguments, **variables)
        self.assertEqual((ran.returncode, ran.stderr), (0, ""), ran)
        return ran.stdout

    def refused(self, *arguments, **variables) -> str:
        """Wrong input: status 2, nothing on standard output, the reason on standard error."""
        ran = ringwire(*arguments, **variables)
        self.assertEqual((ran.returncode, ran.stdout), (2, ""), ran)
        self.assertNotEqual(ran.stderr, "")
        return ran.stderr

    def effective(self, name: str, *arguments, **variables) -> str:
        text = self.done("config", "show", *arguments, **variables)
        return re.search(rf"^{name} = (.*?)(  #.*)?$", text, re.M).group(1)


class Help(Command):
    def test_every_command_has_help_with_examples(self):
        for command in COMMANDS:
            with self.subTest(command=command):
                text = self.done(*command, "--help")
                self.assertIn("Usage: ringwire" if not command else "Usage:", text)
                self.assertRegex(text, r"examples?:\n  (\w+=\S+ )?ringwire \w+")

    def test_every_command_named_in_help_has_help(self):
        for command in COMMANDS:
            listed = re.search(r"Subcommands:\n((?:  .*\n)+)", ringwire(*command, "--help").stdout)
            for line in listed.group(1).splitlines() if listed else []:
                name = line.split()[0] if not line.startswith("   ") else None
                if name is not None:
                    self.assertIn([*command, name], COMMANDS)

    def test_the_examples_in_help_work(self):
        self.key.write_text("0" * 63 + "1\n")
        self.key.chmod(0o600)
        self.toml.write_text("")
        # Those of the others: network_test.py, stats_test.py, why_test.py and tests/sim/worlds_test.py.
        for command in [each for each in COMMANDS if each not in NEED_A_NETWORK + NEED_TIME]:
            text = ringwire(*command, "--help").stdout
            for example in re.findall(r"^  (?:\w+=\S+ )?ringwire (.+)$", text[text.rindex("example"):], re.M):
                words = example.split(" > ")[0].replace("node.key", str(self.key)).split()
                words = [word.replace("node.toml", str(self.toml)) for word in words]
                if words[:2] == ["key", "generate"]:
                    words[2] += ".new"
                    pathlib.Path(words[2]).unlink(missing_ok=True)
                with self.subTest(example=example):
                    self.assertEqual(ringwire(*words).returncode, 0, example)


class WrongUse(Command):
    def test_status_2_and_a_reason(self):
        for arguments in ([], ["no-such-command"], ["--no-such-flag"], ["key"], ["key", "show"], ["config"],
                          ["config", "check"], ["version", "extra"], ["doctor", "--no-such-flag"],
                          ["config", "show", "--shards"],
                          ["config", "show", "--shards", "1", "--shards", "2"],
                          ["config", "show", "--insecure-plaintext=perhaps"]):
            with self.subTest(arguments=arguments):
                self.refused(*arguments)

    def test_every_setting_refuses_nonsense_from_every_source(self):
        text = self.done("config", "default")
        settings = re.findall(r"Accepted: (.*)\.\n# (--\S+)  (RINGWIRE_\w+)\n(?:# )?(\S+) = ", text)
        self.assertGreater(len(settings), 30)
        group = ""
        groups = {}
        for line in text.splitlines():
            group = line if line.startswith("[") else group
            if found := re.match(r"# (--\S+)  RINGWIRE_\w+$", line):
                groups[found.group(1)] = group
        for accepted, flag, variable, name in settings:
            if accepted == "a path":
                continue
            with self.subTest(flag=flag):
                if accepted != "true or false":
                    self.assertIn(f"flag {flag}: ", self.refused("config", "show", flag, "nonsense"))
                said = self.refused("config", "show", **{variable: "nonsense"})
                self.assertIn(f"variable {variable}: ", said)
                self.toml.write_text(f"\n{groups[flag]}\n{name} = [[]]\n")
                key = f"{groups[flag].strip('[]')}.{name}".removeprefix(".")
                said = self.refused("config", "check", self.toml)
                self.assertIn(f"{self.toml}:3: {key}: accepted: {accepted}", said)


    def test_a_node_is_refused_a_wrong_configuration_and_does_not_start(self):
        self.toml.write_text("\n[shards]\ncount = 65\n")
        self.assertIn(f"{self.toml}:3: shards.count: ", self.refused("node", "--config", self.toml))
        self.assertIn("insecure-plaintext", self.refused("node", "--insecure-plaintext", "--tls.key", "any"))
        self.assertIn("flag --shards", self.refused("node", "--insecure-plaintext", "--shards", "65"))


class Configuration(Command):
    def test_the_default_is_in_order(self):
        self.toml.write_text(self.done("config", "default"))
        self.assertEqual(self.done("config", "check", self.toml), f"{self.toml}: in order\n")

    def test_check_prints_every_finding_at_once_with_file_line_and_key(self):
        self.toml.write_text('network-id = "x"\n\n[limits]\ninbound-max = -1\n\n[log]\nlvel = "info"\n')
        lines = self.refused("config", "check", self.toml).splitlines()
        starts = [f"{self.toml}:1: network-id: ", f"{self.toml}:4: limits.inbound-max: ",
                  f"{self.toml}:7: log.lvel: "]
        self.assertEqual(len(lines), 3, lines)
        for line, start in zip(sorted(lines, key=lambda line: int(line.split(":")[1])), starts):
            self.assertTrue(line.startswith(start), line)

    def test_check_looks_at_the_file_only(self):
        self.toml.write_text("")
        self.done("config", "check", self.toml, RINGWIRE_SHARDS_COUNT="nonsense")

    def test_a_file_that_is_not_there_or_not_toml_is_refused(self):
        self.assertIn("cannot be read", self.refused("config", "check", self.folder / "absent.toml"))
        self.assertIn("cannot be read", self.refused("config", "check", self.folder))
        self.toml.write_text("network-id 1\n")
        self.assertIn(f"{self.toml}:1: ", self.refused("config", "check", self.toml))

    def test_defaults_then_file_then_variable_then_flag(self):
        self.toml.write_text("[shards]\ncount = 1\n")
        file = ["--config", self.toml]
        self.assertEqual(self.effective("count"), "0")
        self.assertEqual(self.effective("count", *file), "1")
        self.assertEqual(self.effective("count", *file, RINGWIRE_SHARDS_COUNT="2"), "2")
        self.assertEqual(self.effective("count", *file, "--shards", "3", RINGWIRE_SHARDS_COUNT="2"), "3")

    def test_a_toggle_can_be_switched_off_again(self):
        self.toml.write_text("insecure-plaintext = true\n")
        file = ["--config", self.toml]
        self.assertEqual(self.effective("insecure-plaintext", *file), "true")
        self.assertEqual(self.effective("insecure-plaintext", *file, "--insecure-plaintext=false"), "false")
        self.assertEqual(self.effective("insecure-plaintext", "--insecure-plaintext"), "true")

    def test_a_repeatable_flag_collects(self):
        shown = self.effective("listen", "--listen", "127.0.0.1:1", "--listen", "[::1]:2")
        self.assertEqual(shown, '["127.0.0.1:1", "[::1]:2"]')


class Keys(Command):
    def test_a_key_is_made_for_its_owner_only_and_shown_again(self):
        made = self.done("key", "generate", self.key)
        self.assertEqual(stat.S_IMODE(self.key.stat().st_mode), 0o600)
        self.assertEqual(self.done("key", "show", self.key), made)
        self.assertRegex(made, r"^id    [0-9a-f]{64}\nenode enode://[0-9a-f]{128}@127\.0\.0\.1:30303\n$")
        self.assertNotIn(self.key.read_text().strip(), made)

    def test_a_known_key_has_its_known_identity(self):
        # The generator of the curve, and its Keccak-256.
        self.key.write_text("0" * 63 + "1\n")
        self.key.chmod(0o600)
        shown = json.loads(self.done("key", "show", self.key, "--json", "--at", "[2001:db8::1]:7"))
        self.assertEqual(shown["enode"], "enode://"
                         "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
                         "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8@[2001:db8::1]:7")
        self.assertEqual(shown["id"], "c0a6c424ac7157ae408398df7e5f4552091a69125d5dfcb7b8c2659029395bdf")

    def test_an_existing_file_is_left_as_it_is(self):
        self.key.write_text("precious")
        self.assertIn("exists already", self.refused("key", "generate", self.key))
        self.assertEqual(self.key.read_text(), "precious")
        self.assertEqual([path.name for path in self.folder.iterdir()], ["node.key"])

    def test_a_key_that_others_may_read_is_refused_with_what_to_do(self):
        self.done("key", "generate", self.key)
        for mode in (0o640, 0o604, 0o620, 0o666):
            self.key.chmod(mode)
            with self.subTest(mode=oct(mode)):
                self.assertIn(f"chmod 600 {self.key}", self.refused("key", "show", self.key))
        self.key.chmod(0o400)
        self.done("key", "show", self.key)

    def test_a_file_without_a_key_is_refused_and_not_repeated(self):
        for text in ("", "0" * 64, "secret" * 20):
            self.key.write_text(text)
            self.key.chmod(0o600)
            said = self.refused("key", "show", self.key)
            self.assertIn(str(self.key), said)
            self.assertNotIn("secretsecret", said)

    def test_a_missing_file_and_a_bad_address_are_refused(self):
        self.assertIn("ringwire key generate", self.refused("key", "show", self.key))
        for address in ("host:1", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536"):
            self.assertIn("--at", self.refused("key", "generate", self.folder / "new.key", "--at", address))
        self.assertEqual(list(self.folder.iterdir()), [], "wrong input, so nothing must be done")

    def test_a_folder_that_is_not_there_is_a_failure(self):
        ran = ringwire("key", "generate", self.folder / "no" / "node.key")
        self.assertEqual((ran.returncode, ran.stdout), (1, ""))
        self.assertIn("No such file or directory", ran.stderr)


class Reports(Command):
    def test_version(self):
        report = json.loads(self.done("version", "--json"))
        self.assertRegex(report["version"], r"^\d+\.\d+\.\d+$")
        self.assertIn(report["version"], self.done("version"))

    def test_doctor_says_what_it_found_in_text_and_json(self):
        ran = ringwire("doctor", "--json")
        report = json.loads(ran.stdout)
        verdicts = {check["verdict"] for check in report["checks"]}
        self.assertLessEqual(verdicts, {"fine", "advice", "blocked"})
        self.assertEqual(ran.returncode, int("blocked" in verdicts))
        text = ringwire("doctor").stdout
        for check in report["checks"]:
            self.assertIn(check["name"], text)
            self.assertEqual(bool(check["change"]), check["verdict"] != "fine", check)
        self.assertIn("io_uring", {check["name"] for check in report["checks"]})
        self.assertTrue(report["libraries"])

    def test_doctor_judges_for_the_configuration_given(self):
        self.toml.write_text("[limits]\nconnections-max = 1000000\n")
        before = subprocess.run(["bash", "-c", 'ulimit -n 1000 && exec "$0" doctor --config "$1"', RINGWIRE,
                                 self.toml], text=True, capture_output=True, timeout=60, check=False)
        self.assertEqual(before.returncode, 1)
        self.assertRegex(before.stdout, r"blocked  open files +1000, 10000\d\d needed")
        self.toml.write_text("[limits]\nconnections-max = 0\n")
        self.assertIn("limits.connections-max", self.refused("doctor", "--config", self.toml))


if __name__ == "__main__":
    cases.main()

"""Every rule of tests/lint/rules.py, held against this tree."""

import os
import pathlib
import unittest

import cases
import rules
import tree

ROOT = pathlib.Path(os.environ.get("RINGWIRE_SOURCE", pathlib.Path(__file__).parents[2]))
TREE = tree.Tree.read(ROOT)


class Lint(unittest.TestCase):
    def test_the_tree_was_found(self):
        self.assertIn("codec/base/bytes.hpp", TREE)


def held(rule):
    def test(self):
        findings = list(rule(TREE))
        if findings:
            self.fail(f"{rule.__doc__}\n" + "\n".join(map(str, findings)))

    test.__doc__ = rule.__doc__
    return test


for each in rules.RULES:
    setattr(Lint, each.__name__.replace("check_", "test_", 1), held(each))

if __name__ == "__main__":
    cases.main()

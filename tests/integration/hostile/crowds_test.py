"""Crowds of strangers, small ones. At full size: crowds_long_test.py; the cases: tests/support/crowds.py."""

import unittest

import cases
from crowds import Crowds
from hostile import HostileTest, SecureHostileTest


class Plaintext(Crowds, HostileTest):
    pass


class Tls(Crowds, SecureHostileTest):
    pass


if __name__ == "__main__":
    unittest.TestCase.maxDiff = None
    cases.main()

"""The programs of tools/examples, run as they are: what they print is what they promise."""

import os
import subprocess
import unittest

import cases
from nodes import LIVENESS_S


class Examples(unittest.TestCase):
    def test_two_nodes(self):
        ran = subprocess.run([os.environ["RINGWIRE_TWO_NODES"]], text=True, capture_output=True,
                             timeout=LIVENESS_S, check=False)
        self.assertEqual((ran.returncode, ran.stderr), (0, ""), ran)
        lines = ran.stdout.splitlines()
        self.assertEqual(len(lines), 6, ran.stdout)
        self.assertRegex(lines[0], r"^alice has bob as a peer, running ringwire/\d+\.\d+\.\d+$")
        self.assertEqual(set(lines[1:4]), {"bob hears on greetings: hello (accept)",
                                           "bob hears on greetings: spam (ignore)",
                                           "bob hears on greetings: goodbye (accept)"})
        self.assertEqual(lines[4:], ["bob counted 3 deliveries", "bob has left"])


if __name__ == "__main__":
    cases.main()

"""plugin.py: Circus's runner is run, or it is said what is missing."""

from __future__ import annotations

import json
import sys
import unittest

from scratch import ScratchTest

# Stands in for Circus: its runner shows what it was called with.
RUNNER = """
import json, sys

def main():
    json.dump(sys.argv, sys.stdout)
    import mine
    sys.stdout.write(mine.WORD)
"""
WORDS = ("--endpoint", "tcp://127.0.0.1:5555", "--config", "text:it's a b", "mine.Mine")


class PluginTest(ScratchTest):
    """Runs a plugin."""

    def test_the_runner_of_circus_gets_all_words_and_finds_modules_in_the_folder(self) -> None:
        self.write("lib/circus/__init__.py", "")
        self.write("lib/circus/plugins/__init__.py", RUNNER)
        self.write("mine.py", "WORD = ' found'\n")
        done = self.run_program("plugin.py", *WORDS, env={"PYTHONPATH": f"{self.folder}/lib"})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(done.stdout, json.dumps(["circus-plugin", *WORDS]) + " found")

    def test_without_circus_it_says_how_to_get_it(self) -> None:
        self.write("circus/__init__.py", "raise ImportError(\"No module named 'circus'\")\n")
        done = self.run_program("plugin.py", *WORDS)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr, f"cannot run 'mine.Mine': Circus is not there for "
                         f"{sys.executable}: No module named 'circus' (a plugin written for Circus "
                         f"needs it: '{sys.executable} -m pip install circus'; or start plughostd "
                         "with the PATH of the environment that has it)\n")

    def test_what_circus_itself_lacks_is_named(self) -> None:
        self.write("circus/__init__.py", "import nothing_of_this_name\n")
        done = self.run_program("plugin.py", *WORDS)
        self.assertEqual(done.returncode, 1)
        self.assertIn("No module named 'nothing_of_this_name'", done.stderr)


if __name__ == "__main__":
    unittest.main()

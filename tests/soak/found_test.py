#!/usr/bin/python3
"""The whole program, with a fault made on purpose, must fail and say what it has found; interrupted, it must leave
nothing. $BUILD is the folder of the build."""
import os
import signal
import subprocess
import sys
import tempfile
import unittest

import kernel

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "soak.py")
DEADLINE_S = 250


class Found(unittest.TestCase):
    """Each run has a temporary folder of its own, which must be empty behind it."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="soak-test-")
        self.addCleanup(self.folder.cleanup)

    def start(self, *words):
        return subprocess.Popen([sys.executable, PROGRAM, "--build", os.environ["BUILD"], *words], text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                env={**os.environ, "TMPDIR": self.folder.name})

    def expect_nothing_left(self):
        self.assertEqual(os.listdir(self.folder.name), [])
        left = [pid for pid in os.listdir("/proc") if pid.isdecimal()
                and self.folder.name.encode() in kernel.read(f"/proc/{pid}/environ") + kernel.read(f"/proc/{pid}/cmdline")]
        self.assertEqual(left, [])

    def expect_found(self, kind, rounds, pattern):
        process = self.start("--sabotage", kind, "--rounds", str(rounds), "--size", "0", "--patience", "10", "1", "5")
        output, _ = process.communicate(timeout=DEADLINE_S)
        self.assertEqual(process.returncode, 1, output)
        self.assertRegex(output, pattern)
        self.assertIn("again: ./bootstrap.sh soak 1 5\n", output)
        self.expect_nothing_left()

    def test_a_child_that_the_daemon_does_not_know_is_found(self):
        self.expect_found("stowaway", 1, r"a process that the daemon does not know: \d+ \(\S+ run; no mark\)")

    def test_a_process_that_status_does_not_tell_of_is_found(self):
        self.expect_found("blind", 1, r"a process that the daemon does not know: \d+ \(\S+ run soak:steady0:1:v")

    def test_a_process_that_is_invented_is_found(self):
        self.expect_found("invent", 1, r"steady0: process \d+ is no child of the daemon")

    def test_a_connection_that_is_left_is_found(self):
        self.expect_found("connection", 8, r"descriptors of socket, there were")

    def test_interrupted_it_leaves_nothing(self):
        process = self.start("10", "5")
        self.assertEqual(process.stdout.readline(), "soak: seed 5\n")
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=DEADLINE_S)
        self.assertEqual((process.returncode, output), (130, "soak: interrupted\n"))
        self.expect_nothing_left()


if __name__ == "__main__":
    unittest.main()

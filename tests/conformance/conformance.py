#!/usr/bin/python3
"""Proves that each check of plughost-conformance passes with a good plugin and sees a bad one."""
import os
import re
import signal
import subprocess
import tempfile
import unittest

PROGRAM = os.environ["CONFORMANCE"]
PLUGIN = [os.environ.get("PYTHON", "/usr/bin/python3"),
          os.path.join(os.path.dirname(os.path.abspath(__file__)), "good.py")]
DEADLINE_S = 60

# check: (fault of good.py, what is said about it), ...
FAULTS = {
    "hello": [("no-hello", "'plugin.hello' did not come within 2 s"),
              ("fails-first", "'plugin.hello' did not come: the plugin ended (exit status 1); "
                              "'plugin.failed' said: the key 'k' is missing"),
              ("log-first", "'plugin.log' came first"),
              ("other-name", "'name' is 'another', not 'conformance'")],
    "token": [("no-token", "'plugin.hello' has no token"),
              ("other-token", "'plugin.hello' has another token")],
    "protocol": [("later-protocol", "the range is 2 to 2")],
    "declarations": [("version-number", "'version' of 'plugin.hello' is not a text"),
                     ("argument-type", "'type' of argument 1 ('value') is 'string', which is none "
                                       "of the types")],
    "ready": [("never-ready", "'plugin.ready' did not come within 2 s"),
              ("fails-late", "'plugin.ready' did not come: the plugin ended (exit status 1); "
                             "'plugin.failed' said: nobody is there"),
              ("ready-twice", "'plugin.ready' came 2 times")],
    "welcome": [("impatient", "'plugin.ready' came before the reply to 'plugin.hello'")],
    "argv": [("token-in-argv", r"the token stands in the argv of process")],
    "descriptor": [("descriptor-open", "has it open as descriptor")],
    "incompatible": [("ends-well-when-refused", "after the refusal: exit status 0"),
                     ("goes-on-when-refused", "'plugin.ready' came after the refusal")],
    "denied": [("ends-well-when-refused", "after the refusal: exit status 0"),
               ("goes-on-when-refused", "'plugin.ready' came after the refusal")],
    "marker": [("no-marker", "no marker was asked for between the subscription to 'watcher.' and "
                             "'plugin.subscribe'"),
               ("marker-not-awaited", "'plugin.subscribe' of 'watcher.' came before the marker"),
               ("never-subscribed", "the SUB had not subscribed to 'watcher.' before "
                                    "'plugin.subscribe'")],
    "counted": [("more-than-told", "no 'plugin.subscribe' came for 'event.'")],
    "mark-topic": [("no-mark-topic", "the SUB had not subscribed to 'plughost.mark.session1' "
                                     "before 'plugin.subscribe'")],
    "heartbeat": [("no-heartbeats", "a heartbeat did not come within 2 s"),
                  ("sparse", "where 0.1 s are allowed")],
    "no-heartbeat": [("always-beats", "heartbeats came in 0.6 s")],
    "missed": [("misses-nothing", "after 2 events that got lost, 'missed' is 0 instead of 2"),
               ("no-sum", "after one more that got lost, 'missed' is 1 instead of 3")],
    "messages": [("heartbeat-no-cast", "'plugin.heartbeat' is no cast"),
                 ("two-connections", "it sent 'plugin.subscribe' on another connection than "
                                     "'plugin.hello'")],
    "unknown-request": [("ignores-unknown", "the reply to 'conformance.probe' with id 1000 did not "
                                            "come within 2 s"),
                        ("dies-of-unknown", "did not come: the plugin ended (exit status 1)"),
                        ("wrong-code", "the reply has the code 'invalid', not 'unknown_command'"),
                        ("reply-without-id", "with id 1000 did not come")],
    "request-ids": [("wrong-ids", "the reply to 'conformance.probe' with id 0 did not come")],
    "one-reply": [("two-replies", "2 replies came to the request with id 1000")],
    "unknown-cast": [("answers-casts", "the cast 'conformance.cast' was answered"),
                     ("dies-of-unknown", "the plugin ended (exit status 1)")],
    "unknown-fields": [("strict-fields", "'plugin.ready' did not come: the plugin ended "
                                         "(exit status 1)")],
    "invoke-unknown": [("invokes-anything", "the reply has the status 'ok', not 'error'")],
    "invoke": [("no-result", "the reply to 'echo' has no 'result'"),
               ("no-reason", "the reply has no 'reason'")],
    "cancel": [("answers-cancel", "the cast 'cancel' was answered")],
    "reconfigure": [("refuses-reconfigure", "it was refused: 'not these'")],
    "reopen": [("answers-reopen", "the cast 'reopen' was answered")],
    "garbage": [("garbage", "a heartbeat behind it did not come: the plugin ended")],
    "empty-frame": [("empty-frame", "a heartbeat behind it did not come: the plugin ended")],
    "no-map": [("no-map", "a heartbeat behind it did not come: the plugin ended")],
    "no-command": [("no-command", "a heartbeat behind it did not come: the plugin ended")],
    "unknown-reply": [("unknown-reply", "a heartbeat behind it did not come: the plugin ended")],
    "broken-event": [("broken-event", "a heartbeat behind it did not come: the plugin ended")],
    "unknown-topic": [("strict-topics", "a heartbeat behind it did not come: the plugin ended")],
    "stop": [("ignores-stop", "it ran on for 2 s after 'stop'"),
             ("stops-badly", "it ended with exit status 3 after 'stop'")],
    "sigterm": [("dies-of-sigterm", "after SIGTERM: killed by SIGTERM"),
                ("stops-badly", "after SIGTERM: exit status 3")],
    "reconnect": [("never-again", "'plugin.hello' did not come within 2 s"),
                  ("no-token-again", "the second 'plugin.hello' does not have the token"),
                  ("not-told-again", "no 'plugin.subscribe' of 'watcher.' came again")],
    "reconnect-denied": [("ignores-denied", "after 'denied': still running")],
}


def run(*arguments, fault=None, command=None):
    plugin = command or PLUGIN + (["--fault", fault] if fault else [])
    return subprocess.run([PROGRAM, *arguments, "--", *plugin], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=DEADLINE_S, check=False)


class Checks(unittest.TestCase):
    def test_every_check_has_a_fault_that_it_sees(self):
        listed = subprocess.run([PROGRAM, "--list"], stdout=subprocess.PIPE, text=True, check=True)
        names = [line.split()[0] for line in listed.stdout.splitlines()]
        self.assertEqual(sorted(names), sorted(FAULTS))

    def test_a_good_plugin_passes_all_of_them(self):
        result = run("--timeout", "10", "--invoke", 'echo={"value": [1, null]}')
        self.assertEqual((result.returncode, result.stderr), (0, ""), result.stdout)
        self.assertRegex(result.stdout, r"\n%d checks, 0 failed, 0 skipped\n$" % len(FAULTS))
        self.assertEqual(len(re.findall(r"^ok   ", result.stdout, re.M)), len(FAULTS))


def add_fault(check, fault, text):
    def test(self):
        result = run("--timeout", "2", "--only", check, "--invoke", "echo", fault=fault)
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        self.assertIn("FAIL %s: " % check, result.stdout)
        self.assertIn(text, result.stdout)
        self.assertRegex(result.stdout, r"\(section [0-9.]+\)\n")
        self.assertRegex(result.stdout, r"\n1 checks, 1 failed, 0 skipped\n$")

    setattr(Checks, "test_%s_sees_%s" % (check, fault), test)


for name, faults in FAULTS.items():
    for one in faults:
        add_fault(name, *one)


class Program(unittest.TestCase):
    def test_a_command_that_cannot_be_executed_is_told(self):
        result = run(command=["/nowhere/plugin"])
        self.assertEqual(result.returncode, 3)
        self.assertEqual(result.stderr, "plughost-conformance: cannot start '/nowhere/plugin': "
                                        "No such file or directory\n")

    def test_wrong_usage_is_told(self):
        for arguments, text in (
                (["--only", "helo"], "no check is named 'helo' (did you mean 'hello'?)"),
                (["--only", "zzzzzz"], "no check is named 'zzzzzz' (--list shows them)"),
                (["--timeout", "no"], "--timeout 'no' is no number of seconds from 0.1 to 3600"),
                (["--timeout", "nan"], "--timeout 'nan' is no number of seconds from 0.1 to 3600"),
                (["--option", "x"], "--option 'x' is not KEY=VALUE"),
                (["--invoke", "x=["], "the arguments of --invoke 'x': "),
                (["--nonsense"], "wrong usage (see plughost-conformance --help)")):
            result = run(*arguments)
            self.assertEqual(result.returncode, 2, arguments)
            self.assertIn("plughost-conformance: " + text, result.stderr)

    def test_without_a_command_it_says_what_is_missing(self):
        result = subprocess.run([PROGRAM], stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(result.returncode, 2)
        self.assertEqual(result.stderr, "plughost-conformance: no command is given "
                                        "(see plughost-conformance --help)\n")

    def test_what_needs_something_that_is_not_there_is_skipped(self):
        result = run("--only", "invoke")
        self.assertEqual(result.returncode, 0)
        self.assertEqual(result.stdout, "skip invoke: a method is only invoked with --invoke, "
                                        "because it may do something\n"
                                        "1 checks, 0 failed, 1 skipped\n")

    def test_a_method_may_refuse(self):
        result = run("--only", "invoke", "--invoke", "echo", fault="refuses-echo")
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertRegex(result.stdout, "^ok   invoke: ")

    def test_one_that_says_no_hello_is_not_asked_for_more(self):
        result = run(command=["sh", "-c", "echo a mistake >&2; exit 7"])
        self.assertEqual(result.returncode, 1)
        self.assertIn("FAIL hello: 'plugin.hello' did not come: the plugin ended (exit status 7)",
                      result.stdout)
        self.assertIn("\n     | a mistake\n", result.stdout)
        self.assertIn("skip stop: 'hello' has failed\n", result.stdout)
        self.assertIn("%d checks, 1 failed, %d skipped\n" % (len(FAULTS), len(FAULTS) - 1),
                      result.stdout)

    def test_name_and_options_reach_the_plugin(self):
        result = run("--verbose", "--only", "reconfigure", "--name", "other", "-o", "greeting=a=b")
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertIn('"name":"other"', result.stdout.replace(" ", ""))
        self.assertIn('"options":{"greeting":"a=b"}', result.stdout.replace(" ", ""))

    def test_verbose_shows_what_passes(self):
        result = run("--verbose", "--only", "stop")
        self.assertRegex(result.stdout, r'     > \{"command": ?"plugin.hello"')
        self.assertRegex(result.stdout, r'     < \{"id": ?1')
        self.assertIn("     > subscribe watcher.\n", result.stdout)

    def test_nothing_is_left_behind(self):
        with tempfile.TemporaryDirectory() as folder:
            result = subprocess.run(
                [PROGRAM, "--timeout", "1", "--only", "stop", "--", *PLUGIN, "--fault",
                 "leaves-a-child"], stdout=subprocess.PIPE, text=True, check=False,
                env={**os.environ, "TMPDIR": folder}, timeout=DEADLINE_S)
            self.assertEqual(result.returncode, 0, result.stdout)
            self.assertEqual(os.listdir(folder), [])
        self.assertEqual(self.children_left(), [])

    def children_left(self):
        """Returns the processes that run good.py or what it left, outside of this test."""
        left = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open("/proc/%s/environ" % pid, "rb") as file:
                    if b"CONFORMANCE_TEST=%d" % os.getpid() in file.read():
                        left.append(int(pid))
            except OSError:
                pass
        return left

    def test_an_interrupt_ends_it_and_the_plugin(self):
        with tempfile.TemporaryDirectory() as folder:
            program = subprocess.Popen(
                [PROGRAM, "--verbose", "--only", "stop", "--timeout", str(DEADLINE_S), "--",
                 *PLUGIN,
                 "--fault", "ignores-stop"], stdout=subprocess.PIPE, text=True,
                env={**os.environ, "TMPDIR": folder})
            for line in program.stdout:
                if '"stop"' in line:
                    break
            program.send_signal(signal.SIGINT)
            program.communicate(timeout=DEADLINE_S)
            self.assertEqual(program.returncode, -signal.SIGINT)
            self.assertEqual(os.listdir(folder), [])
        self.assertEqual(self.children_left(), [])


if __name__ == "__main__":
    # Inherited by all that is started, and not in the environment that this process began with.
    os.environ["CONFORMANCE_TEST"] = str(os.getpid())
    unittest.main()

"""hook.py: what a hook is called with, what its result means, and how its errors are told."""

from __future__ import annotations

import json
import subprocess
import unittest

from scratch import ScratchTest

HOOKS = """
import json, sys

def record(watcher, arbiter, hook_name, **kwargs):
    json.dump([watcher.name, arbiter, hook_name, kwargs], sys.stdout)
    return True

def no(watcher, arbiter, hook_name, **kwargs):
    return False

def nothing(watcher, arbiter, hook_name, **kwargs):
    pass

def broken(watcher, arbiter, hook_name, **kwargs):
    raise ValueError("out of order")

def ends(watcher, arbiter, hook_name, **kwargs):
    raise SystemExit("enough")

def curious(watcher, arbiter, hook_name, **kwargs):
    return watcher.numprocesses

class Group:
    @staticmethod
    def yes(watcher, arbiter, hook_name, **kwargs):
        return 1
"""


class HookTest(ScratchTest):
    """One call of a hook."""

    def setUp(self) -> None:
        super().setUp()
        self.write("hooks.py", HOOKS)

    def run_hook(self, hook: str, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        about = {f"PLUGHOST_{key}": value for key, value in env.items()}
        return self.run_program("hook.py", *words,
                                env={"PLUGHOST_HOOK": hook, "PLUGHOST_WATCHER": "web", **about})


class CallTest(HookTest):
    """What the function is called with."""

    def call(self, hook: str, **env: str) -> dict[str, object]:
        done = self.run_hook(hook, "hooks.record", **env)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        watcher, arbiter, name, kwargs = json.loads(done.stdout)
        self.assertEqual((watcher, arbiter, name), ("web", None, hook))
        return kwargs

    def test_those_of_the_watcher_have_no_more(self) -> None:
        for hook in ("before_start", "after_start", "before_spawn", "before_stop", "after_stop"):
            self.assertEqual(self.call(hook), {})

    def test_after_spawn_has_the_pid(self) -> None:
        self.assertEqual(self.call("after_spawn", PID="42", WID="1"), {"pid": 42})

    def test_those_of_signals_have_pid_and_number(self) -> None:
        self.assertEqual(self.call("before_signal", PID="42", SIGNAL="SIGINT"),
                         {"pid": 42, "signum": 2})
        self.assertEqual(self.call("after_signal", PID="42", SIGNAL="signal 40"),
                         {"pid": 42, "signum": 40})

    def test_those_of_the_end_have_process_and_time(self) -> None:
        before = self.call("before_reap", PID="42")
        self.assertIsInstance(before.pop("time"), float)
        self.assertEqual(before, {"process_pid": 42})
        after = self.call("after_reap", PID="42", EXIT_CODE="-9")
        self.assertIsInstance(after.pop("time"), float)
        self.assertEqual(after, {"process_pid": 42, "exit_code": -9, "process_status": 2})


class ResultTest(HookTest):
    """What the result means."""

    def test_a_false_result_refuses_where_it_counts(self) -> None:
        for hook in ("before_start", "after_start", "before_spawn", "after_spawn", "before_signal"):
            for function, result in (("no", "False"), ("nothing", "None")):
                done = self.run_hook(hook, f"hooks.{function}", PID="1", SIGNAL="SIGINT")
                self.assertEqual(done.returncode, 1)
                self.assertEqual(done.stderr, f"hook {hook} of 'web': hooks.{function} returned "
                                 f"{result}\n")

    def test_it_refuses_also_where_errors_are_ignored(self) -> None:
        self.assertEqual(self.run_hook("before_start", "--ignore-errors", "hooks.no").returncode, 1)

    def test_it_does_not_count_for_the_others(self) -> None:
        for hook in ("before_stop", "after_stop", "after_signal", "before_reap", "after_reap"):
            done = self.run_hook(hook, "hooks.no", PID="1", SIGNAL="SIGINT")
            self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_a_true_result_agrees_also_from_a_class(self) -> None:
        self.assertEqual(self.run_hook("before_start", "hooks.Group.yes").returncode, 0)


class ErrorTest(HookTest):
    """How errors are told."""

    def test_an_exception_refuses_and_is_shown(self) -> None:
        done = self.run_hook("before_start", "hooks.broken")
        self.assertEqual(done.returncode, 1)
        self.assertIn("hook before_start of 'web': hooks.broken failed\nTraceback", done.stderr)
        self.assertTrue(done.stderr.endswith("ValueError: out of order\n"), done.stderr)

    def test_an_exception_can_be_ignored_and_is_still_shown(self) -> None:
        done = self.run_hook("before_start", "--ignore-errors", "hooks.broken")
        self.assertEqual(done.returncode, 0)
        self.assertIn("ValueError: out of order", done.stderr)

    def test_an_exit_is_an_exception(self) -> None:
        done = self.run_hook("before_start", "hooks.ends")
        self.assertEqual((done.returncode, done.stderr), (1, "enough\n"))

    def test_a_missing_module_is_named_with_where_it_is_looked_for(self) -> None:
        done = self.run_hook("before_start", "shop.hooks.ready")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr, "hook before_start of 'web': cannot import "
                         "'shop.hooks.ready': No module named 'shop' (its folder must be in the "
                         "PYTHONPATH of plughostd, or be the working_dir of the watcher)\n")

    def test_a_missing_function_is_named(self) -> None:
        done = self.run_hook("before_start", "hooks.raedy")
        self.assertEqual(done.returncode, 1)
        self.assertIn("cannot import 'hooks.raedy': module 'hooks' has no attribute 'raedy'",
                      done.stderr)

    def test_what_a_module_itself_lacks_is_named(self) -> None:
        self.write("needy.py", "import nothing_of_this_name\n")
        done = self.run_hook("before_start", "needy.f")
        self.assertIn("No module named 'nothing_of_this_name'", done.stderr)

    def test_what_a_watcher_does_not_know_here_is_said(self) -> None:
        done = self.run_hook("before_start", "hooks.curious")
        self.assertEqual(done.returncode, 1)
        self.assertIn("a hook does not run in the daemon here, so its watcher has no "
                      "'numprocesses', only a name; ask the daemon with a client", done.stderr)


class PathTest(HookTest):
    """Where modules are looked for."""

    def test_the_folders_of_the_daemon_come_first(self) -> None:
        self.write("lib/hooks.py", "def ready(*args, **kwargs):\n    return True\n")
        done = self.run_hook("before_start", "--path", f"/nowhere:{self.folder}/lib", "hooks.ready")
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_our_own_programs_are_nobodys_modules(self) -> None:
        done = self.run_hook("before_start", "plugin.main")
        self.assertIn("No module named 'plugin'", done.stderr)


if __name__ == "__main__":
    unittest.main()

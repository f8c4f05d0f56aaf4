"""`python3 -m plughost`: what it is told, how it fails, signals, and the examples."""

from __future__ import annotations

import os
import pathlib
import signal
import subprocess
import sys
import unittest
from typing import Any, Optional, Sequence

import msgpack
from fake_daemon import DEADLINE
from running import PluginTest

HERE = pathlib.Path(__file__).parent
PACKAGE = HERE.parent
EXAMPLES = PACKAGE / "examples"

MODULES = {
    "broken.py": "import nothing_of_this_name\n",
    "faulty.py": "1 / 0\n",
    "empty.py": "Number = 3\n",
    "plain.py": """
import plughost

class Plain(plughost.Plugin):
    def handle_stop(self):
        self.log.info("stopped")

    def handle_reopen(self):
        self.log.info("opened again")

class Sick(plughost.Plugin):
    def handle_init(self):
        raise ValueError("I am sick")
""",
}


class RunnerTest(PluginTest):
    def setUp(self) -> None:
        super().setUp()
        self.folder = self.daemon.folder
        for name, text in MODULES.items():
            pathlib.Path(self.folder, name).write_text(text, encoding="utf-8")

    def spawn(self, arguments: Sequence[str], inherited: Optional[dict[str, Any]] = None
              ) -> "subprocess.Popen[str]":
        """Runs it, by hand or as a daemon would."""
        environment = {**os.environ, "PYTHONPATH": str(PACKAGE)}
        environment.pop("PLUGHOST_FD", None)
        fds = []
        if inherited is not None:
            fds = [os.memfd_create("plughost-plugin")]
            os.write(fds[0], msgpack.packb(inherited))
            environment["PLUGHOST_FD"] = str(fds[0])
        process = subprocess.Popen([sys.executable, "-m", "plughost", *arguments], pass_fds=fds,
                                   env=environment, stderr=subprocess.PIPE, text=True)
        for fd in fds:
            os.close(fd)
        self.addCleanup(self.end, process)
        return process

    def end(self, process: "subprocess.Popen[str]") -> None:
        if process.poll() is None:
            process.kill()
        process.communicate()

    def inheritance(self, module: str, **more: Any) -> dict[str, Any]:
        return {"name": "p", "endpoint": self.daemon.endpoint, "pubsub": self.daemon.pubsub,
                "token": "t", "module": "python:" + module, "plugin_path": [self.folder],
                "options": {}, **more}

    def finish(self, process: "subprocess.Popen[str]") -> tuple[int, str]:
        """Returns exit status and what it printed."""
        printed = process.communicate(timeout=DEADLINE)[1]
        return process.returncode, printed

    def assert_failed(self, module: str, reason: str, printed: str, **more: Any) -> None:
        """A daemon that starts it is told the reason."""
        status, text = self.finish(self.spawn([module, "p"], self.inheritance(module, **more)))
        self.assertEqual(status, 1)
        self.assertIn(printed, text)
        failed = self.daemon.wait_for(lambda body: body.get("command") == "plugin.failed" and
                                      body["properties"]["reason"] == reason)
        self.assertLessEqual({"reason"}, failed["properties"].keys())


class Spawned(RunnerTest):
    def test_what_it_inherits_is_what_it_runs_with(self) -> None:
        process = self.spawn(["calc.Calc", "p"], self.inheritance(
            "calc.Calc", plugin_path=[str(EXAMPLES)], options={"digits": "2"}))
        hello = self.daemon.wait_command("plugin.hello")["properties"]
        self.assertEqual((hello["name"], hello["token"], hello["version"], hello["pid"]),
                         ("p", "t", "1.0", process.pid))
        self.daemon.wait_command("plugin.ready")
        self.assertEqual(self.daemon.invoke(1, "divide", a=1, b=3)["result"], 0.33)
        self.daemon.send("stop")
        self.assertEqual(self.finish(process), (0, ""))

    def test_what_cannot_be_loaded_is_reported_with_a_reason_of_one_line(self) -> None:
        hint = " (name its folder with plugin_path (--plugin-path))"
        self.assert_failed("nowhere.Plugin", "module 'nowhere' is missing: Python has no "
                           f"'nowhere'{hint}", "")
        self.assert_failed("empty.Plugin", "module 'empty' has no class 'Plugin'", "")
        self.assert_failed("empty.Number", "'empty.Number' is no plugin: it is not derived from "
                           "plughost.Plugin", "")
        self.assert_failed("Plugin", "'Plugin' names no class (MODULE.CLASS or MODULE:CLASS)", "")
        self.assert_failed("broken.Plugin", "cannot load 'broken.Plugin': ModuleNotFoundError: No "
                           "module named 'nothing_of_this_name'", "Traceback")
        self.assert_failed("faulty:Plugin", "cannot load 'faulty:Plugin': ZeroDivisionError: "
                           "division by zero", "Traceback")

    def test_what_cannot_run_is_reported(self) -> None:
        self.assert_failed("plain.Sick", "handle_init failed: ValueError: I am sick", "Traceback")
        self.assert_failed("calc.Calc", "option 'digits': '99' is not within 0 to 15", "",
                           plugin_path=[str(EXAMPLES)], options={"digits": "99"})


class ByHand(RunnerTest):
    def by_hand(self, *arguments: str) -> "subprocess.Popen[str]":
        return self.spawn(["--endpoint", self.daemon.endpoint, "-I", self.folder, *arguments])

    def test_signals_stop_it_in_order_and_have_it_open_its_files_again(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(signal=number):
                self.daemon.requests.clear()
                process = self.by_hand("plain:Plain")
                self.daemon.wait_command("plugin.ready")
                process.send_signal(signal.SIGHUP)
                self.daemon.wait_for(lambda body: body.get("command") == "plugin.log" and
                                     body["properties"]["text"] == "opened again")
                process.send_signal(number)
                self.assertEqual(self.finish(process), (0, "info: opened again\ninfo: stopped\n"))
                self.assertEqual(self.daemon.commands()[-1], "ping")

    def test_the_name_is_given_or_that_of_the_class(self) -> None:
        self.by_hand("plain.Plain")
        self.daemon.wait_for(lambda body: body.get("properties", {}).get("name") == "plain")
        self.by_hand("plain.Plain", "other")
        self.daemon.wait_for(lambda body: body.get("properties", {}).get("name") == "other")

    def test_it_is_told_what_is_wrong(self) -> None:
        status, text = self.finish(self.by_hand("plain.Nothing"))
        self.assertEqual((status, text),
                         (1, "plughost: module 'plain' has no class 'Nothing'\n"))
        status, text = self.finish(self.by_hand("-o", "x", "plain.Plain"))
        self.assertEqual(status, 2)
        self.assertIn("--option 'x' is not KEY=VALUE", text)
        status, text = self.finish(self.spawn(["-e", "ipc:///nowhere", "-I", self.folder,
                                               "plain.Plain"]))
        self.assertEqual(status, 3)
        self.assertIn("plughost: no plughostd at ipc:///nowhere: No such file or directory\n", text)

    def test_the_smallest_example_greets(self) -> None:
        process = self.by_hand("-I", str(EXAMPLES), "-o", "greeting=good day", "hello.Hello")
        self.daemon.wait_command("plugin.ready")
        self.daemon.publish("watcher.web.spawn")
        self.daemon.wait_for(lambda body: body.get("command") == "plugin.log" and
                             body["properties"]["text"] == "good day, web!")
        process.terminate()
        self.assertEqual(self.finish(process), (
            0, "info: I run beside plughostd 0.1.0\ninfo: good day, web!\n"))

    def test_the_other_example_calculates(self) -> None:
        process = self.by_hand("-I", str(EXAMPLES), "-o", "zero=nothing", "calc.Calc")
        self.daemon.wait_command("plugin.ready")
        self.assertEqual(self.daemon.invoke(1, "add", a=1, b=2.5)["result"], 3.5)
        self.assertEqual(self.daemon.invoke(2, "divide", a=1, b=0)["result"], None)
        self.assertEqual(self.daemon.invoke(3, "later", seconds=0.01)["result"], "now")
        self.daemon.ask("reconfigure", 4, options={})
        self.assertEqual(self.daemon.invoke(5, "divide", a=1, b=0)["reason"],
                         "cannot divide 1 by zero")
        process.terminate()
        self.assertEqual(self.finish(process)[0], 0)


if __name__ == "__main__":
    unittest.main()

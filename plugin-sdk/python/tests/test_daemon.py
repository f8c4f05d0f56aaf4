"""Plugins in Python beside the real plughostd, which $PLUGHOSTD and $PLUGHOSTCTL
name."""

from __future__ import annotations

import os
import pathlib
import select
import shutil
import signal
import subprocess
import tempfile
import unittest

import plughost
from test_docs import blocks

DEADLINE = 20.0
EXAMPLES = pathlib.Path(__file__).resolve().parents[1] / "examples"

CONFIGURATION = """
[plughost]
run_dir = {folder}/run
plugin_path = {folder}:{examples}

[plugin:calc]
use = python:calc.Calc
digits = 2

[plugin:hello]
use = python:hello:Hello
greeting = "good day",  'you' : %d \u00e9

[plugin:watch]
use = python:site_watch.Watch
watchdog = 2
autostart = no

[plugin:sick]
use = python:site_watch.Sick
autostart = no
max_retry = 0

[watcher:web]
cmd = sleep 1000
autostart = no
"""

MODULE = """
import os
import time
import plughost

class Watch(plughost.Plugin):
    topics = ["event."]

    def handle_init(self):
        self.seen = []
        self.publish("event.watch.ready", pid=os.getpid())

    def handle_recv(self, event):
        self.seen.append((event.topic, event["publisher"], event.get("n")))

    @plughost.method
    def events(self) -> list:
        self.counter("asked")
        return self.seen

    @plughost.method
    def ask_calc(self) -> dict:
        return {"sum": self.invoke("calc", "add", a=1, b=2), "trace": self.trace}

    @plughost.method
    def hang(self) -> None:
        time.sleep(60)

class Sick(plughost.Plugin):
    def handle_init(self):
        raise plughost.Error("invalid", "the disk is full", "buy another")
"""


class DaemonTest(unittest.TestCase):
    """Has a plughostd in a folder of its own."""

    def setUp(self) -> None:
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.log = pathlib.Path(self.folder, "log")
        self.write_files()
        # The Python that has zmq and msgpack; the package comes by the daemon's own word.
        environment = {**os.environ, "PATH": "/usr/bin:/bin"}
        environment.pop("PYTHONPATH", None)
        # --daemon returns once everything listens.
        subprocess.run([os.environ["PLUGHOSTD"], "--daemon", "--pidfile", f"{self.folder}/pid",
                        "--log-output", str(self.log), "plughost.ini"], cwd=self.folder,
                       env=environment, check=True, timeout=DEADLINE)
        pid = int(pathlib.Path(self.folder, "pid").read_text(encoding="ascii"))
        self.process = os.pidfd_open(pid)
        self.addCleanup(self.end)
        self.endpoint = f"ipc://{self.folder}/run/endpoint.sock"
        self.client = plughost.Client(self.endpoint)
        self.addCleanup(self.client.close)

    def write_files(self) -> None:
        raise NotImplementedError

    def has_ended(self, seconds: float) -> bool:
        """A descriptor of a process is readable when it has ended."""
        return bool(select.select([self.process], [], [], seconds)[0])

    def end(self) -> None:
        if not self.has_ended(0):
            signal.pidfd_send_signal(self.process, signal.SIGKILL)
            self.has_ended(DEADLINE)
        os.close(self.process)

    def start(self, *names: str) -> None:
        self.client.call("start", name=list(names), waiting=True, timeout=DEADLINE)

    def log_text(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def finish(self) -> None:
        """Ends in order: every plugin ends by itself."""
        self.client.call("quit", waiting=True, timeout=DEADLINE)
        self.assertTrue(self.has_ended(DEADLINE))


class Plugins(DaemonTest):
    def write_files(self) -> None:
        pathlib.Path(self.folder, "site_watch.py").write_text(MODULE, encoding="utf-8")
        pathlib.Path(self.folder, "plughost.ini").write_text(
            CONFIGURATION.format(folder=self.folder, examples=EXAMPLES), encoding="utf-8")

    def test_a_method_is_described_invoked_and_refuses(self) -> None:
        self.start("calc")
        client = self.client
        self.assertEqual(client.invoke("calc", "divide", a=1, b=3, timeout=DEADLINE), 0.33)
        with self.assertRaises(plughost.Error) as caught:
            client.invoke("calc", "divide", a=1, b=0)
        self.assertEqual((caught.exception.code, caught.exception.reason, caught.exception.hint),
                         ("invalid", "cannot divide 1 by zero", "take another divisor"))
        with self.assertRaises(plughost.Error) as caught:
            client.invoke("calc", "add", a="1")
        self.assertEqual(caught.exception.code, "invalid")
        self.assertEqual(client.invoke("calc", "later", seconds=0.01), "now")
        described = client.call("describe", name="calc")
        self.assertEqual((described["state"], described["sdk"]),
                         ("active", f"python {plughost.__version__}"))
        self.assertEqual([one["name"] for one in described["options"]], ["digits", "zero"])
        self.assertEqual(described["options"][0]["value"], "2")
        methods = client.call("methods", name="calc")["methods"]
        self.assertEqual([one["name"] for one in methods], ["add", "divide", "later"])
        self.assertEqual(methods[0]["args"][0], {"name": "a", "type": "number", "required": True,
                                                 "summary": "the one"})
        self.finish()

    def test_options_are_set_while_it_runs_or_refused(self) -> None:
        self.start("calc")
        pids = self.client.call("list", name="plugin:calc")["pids"]
        self.assertEqual(self.client.call("set", name="calc", options={"digits": "1"},
                                          waiting=True)["how"], "reconfigured")
        self.assertEqual(self.client.invoke("calc", "divide", a=1, b=3), 0.3)
        with self.assertRaises(plughost.Error) as caught:
            self.client.call("set", name="calc", options={"digits": "99"}, waiting=True)
        self.assertEqual(caught.exception.code, "invalid")
        self.assertEqual(self.client.call("list", name="plugin:calc")["pids"], pids)
        self.finish()

    def test_it_sees_events_calls_others_and_is_stopped_in_order(self) -> None:
        self.start("calc", "watch")
        self.client.publish("event.shop.sold", n=7)
        self.client.call("ping")
        # `ask_calc` waits for another plugin in between: the events have come by then.
        answer = self.client.call("invoke", plugin="watch", method="ask_calc", timeout=DEADLINE)
        self.assertEqual(answer["result"], {"sum": 3.0, "trace": answer["trace"]})
        seen = self.client.invoke("watch", "events")
        self.assertEqual(seen[0][:2], ["event.watch.ready", "plugin:watch"])
        self.client.subscribe("watcher.plugin:watch.")
        self.client.call("stop", name="watch", waiting=True, timeout=DEADLINE)
        event = self.client.receive(DEADLINE)
        while event.action != "reap":
            event = self.client.receive(DEADLINE)
        self.assertEqual(event["exit_code"], 0)
        metrics = self.client.call("metrics", name="watch")["metrics"]
        self.assertEqual([(one["name"], one["type"], one["value"]) for one in metrics],
                         [("asked", "counter", 1)])
        self.finish()

    def test_one_that_hangs_is_replaced_and_others_are_told(self) -> None:
        self.start("watch")
        with self.assertRaises(plughost.Error) as caught:
            self.client.invoke("watch", "hang", timeout=DEADLINE)
        self.assertEqual(caught.exception.code, "unavailable")
        self.assertIn("watchdog", caught.exception.reason)
        self.finish()

    def test_why_it_cannot_run_is_the_cause_of_its_death(self) -> None:
        with self.assertRaises(plughost.Error):
            self.start("sick")
        why = self.client.call("why", name="sick")["watchers"][0]
        self.assertIn("the disk is full", why["deaths"][0]["cause"])
        self.finish()

    def test_the_smallest_example_greets_with_its_option_byte_for_byte(self) -> None:
        self.start("hello")
        self.client.subscribe("watcher.plugin:hello.reap")
        self.start("web")
        # A stop comes behind all events: what is logged of them is logged then.
        self.client.call("stop", name="hello", waiting=True, timeout=DEADLINE)
        self.assertEqual(self.client.receive(DEADLINE)["exit_code"], 0)
        self.assertIn("plugin:hello: \"good day\",  'you' : %d \u00e9, web!", self.log_text())
        self.finish()


class Page(DaemonTest):
    """The first part of docs/python.md, step by step."""

    def write_files(self) -> None:
        plugins = pathlib.Path(self.folder, "plugins")
        plugins.mkdir()
        for name, text in zip(("hello.py", "calc.py"), blocks("python")):
            (plugins / name).write_text(text, encoding="utf-8")
        (configuration,) = blocks("ini")
        pathlib.Path(self.folder, "plughost.ini").write_text(configuration, encoding="utf-8")

    def run_line(self, line: str) -> str:
        """Does what a line of the page says, and returns what comes of it. What sends a map goes by
        the protocol: how plughostctl writes one is for its own tests."""
        program, command, *words = line.removeprefix("$ ").split()
        self.assertEqual(program, "plughostctl")
        pairs = dict(word.split("=") for word in words if "=" in word)
        if command == "invoke":
            numbers = {key: float(value) for key, value in pairs.items()}
            return str(self.client.invoke(words[0], words[1], numbers))
        if command == "set":
            return str(self.client.call("set", name=words[0], options=pairs, waiting=True)["how"])
        result = subprocess.run([os.environ["PLUGHOSTCTL"], command, *words], timeout=DEADLINE,
                                env={**os.environ, "PLUGHOST_ENDPOINT": self.endpoint},
                                capture_output=True, text=True, check=False)
        self.assertEqual((result.returncode, result.stderr), (0, ""), line)
        return result.stdout

    def test_its_commands_do_what_it_says(self) -> None:
        self.client.call("start", waiting=True, timeout=DEADLINE)
        printed = [self.run_line(line) for line in blocks("console")[0].splitlines()]
        for number, text in enumerate(("3", "0.33", "reconfigured", "Calculates for others.", "", "sums")):
            self.assertIn(text, printed[number])
        self.assertNotIn("0.333", printed[1])
        self.client.call("quit", waiting=True, timeout=DEADLINE)
        self.assertTrue(self.has_ended(DEADLINE))


if __name__ == "__main__":
    unittest.main()

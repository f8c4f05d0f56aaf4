"""A plugin that runs in a thread of the test, beside a fake daemon."""

from __future__ import annotations

import contextlib
import io
import queue
import threading
import unittest
from typing import Any, Callable, Optional

import plughost
from fake_daemon import DEADLINE, FakeDaemon, Relay


class Recorder(plughost.Plugin[Any]):
    """Tells the test what it is called for."""

    topics = ["watcher."]

    def __init__(self, settings: plughost.Settings) -> None:
        super().__init__(settings)
        self.calls: "queue.Queue[Any]" = queue.Queue()

    def handle_recv(self, event: plughost.Event) -> None:
        self.calls.put(event.topic)

    def handle_gap(self, gap: plughost.Gap) -> None:
        self.calls.put(gap)

    def handle_stop(self) -> None:
        self.calls.put("stop")


class Running:
    """Runs it; `do` calls a function on its thread."""

    def __init__(self, plugin: plughost.Plugin[Any]) -> None:
        self.plugin = plugin
        self.error: Optional[BaseException] = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            plughost.run(self.plugin)
        except BaseException as error:
            self.error = error

    def do(self, function: Callable[[], Any]) -> Any:
        """Returns what the function returns, or raises what it raises."""
        results: "queue.Queue[tuple[Any, Optional[BaseException]]]" = queue.Queue()

        def call() -> None:
            try:
                results.put((function(), None))
            except Exception as error:
                results.put((None, error))
        self.plugin.post(call)
        value, error = results.get(timeout=DEADLINE)
        if error:
            raise error
        return value

    def join(self) -> Optional[BaseException]:
        """Waits until it has ended, and returns what it ended with."""
        self._thread.join(DEADLINE)
        if self._thread.is_alive():
            raise AssertionError("the plugin does not end")
        return self.error


class PluginTest(unittest.TestCase):
    """Has a fake daemon; nothing is printed."""

    heartbeat = 0.0

    def setUp(self) -> None:
        self.daemon = FakeDaemon(self.heartbeat)
        self.addCleanup(self.daemon.close)
        self.printed = io.StringIO()
        redirect = contextlib.redirect_stderr(self.printed)
        redirect.__enter__()
        self.addCleanup(redirect.__exit__, None, None, None)

    def settings(self, endpoint: Optional[str] = None, token: Optional[str] = "token",
                 **options: str) -> plughost.Settings:
        return plughost.Settings("p", endpoint or self.daemon.endpoint, None, token, options)

    def start(self, plugin: plughost.Plugin[Any]) -> Running:
        """Starts it and waits until it is ready."""
        running = Running(plugin)
        self.daemon.wait_command("plugin.ready")
        return running

    def stop(self, running: Running) -> None:
        """Stops it in order."""
        self.daemon.send("stop")
        self.assertIsNone(running.join())
        self.assertEqual(self.daemon.commands()[-1], "ping")

    def next_call(self, plugin: Recorder) -> Any:
        return plugin.calls.get(timeout=DEADLINE)

    def assert_refused(self, code: str, reason: str, function: Callable[[], Any]) -> None:
        with self.assertRaises(plughost.Error) as caught:
            function()
        self.assertEqual((caught.exception.code, caught.exception.reason), (code, reason))


class RelayTest(PluginTest):
    """Has a relay before the daemon, too, whose connections a test cuts."""

    def setUp(self) -> None:
        super().setUp()
        self.relay = Relay(self.daemon)
        self.addCleanup(self.relay.close)

    def lose_answer_to_start(self) -> list[dict[str, Any]]:
        """Has the daemon do `start` when it comes, and its answer lost with the connection.
        Returns the requests that were done."""
        done: list[dict[str, Any]] = []

        def start(body: dict[str, Any]) -> None:
            done.append(body)
            self.daemon.answers[body["client"], body["id"]] = {
                "watchers": ["x"], "epoch": self.daemon.epoch}
            self.relay.cut()
        self.daemon.handlers["start"] = start
        return done

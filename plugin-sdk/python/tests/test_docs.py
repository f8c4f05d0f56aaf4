"""What docs/python.md shows is what runs."""

from __future__ import annotations

import contextlib
import io
import os
import pathlib
import re
import sys
import types
import unittest
from typing import Any
from unittest import mock

from running import PluginTest, Running

ROOT = pathlib.Path(__file__).resolve().parents[3]
EXAMPLES = ROOT / "plugin-sdk" / "python" / "examples"


def blocks(language: str) -> list[str]:
    """Returns the blocks of code of the page, in their order."""
    text = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


class Page(unittest.TestCase):
    def test_the_examples_stand_there_as_they_are(self) -> None:
        python = blocks("python")
        self.assertEqual(len(python), 4)
        self.assertEqual(python[0], (EXAMPLES / "hello.py").read_text(encoding="utf-8"))
        self.assertEqual(python[1], (EXAMPLES / "calc.py").read_text(encoding="utf-8"))


class Run(PluginTest):
    def test_the_plugin_that_does_everything_once_does_so(self) -> None:
        module: Any = types.ModuleType("features")
        sys.modules["features"] = module
        self.addCleanup(sys.modules.pop, "features")
        exec(compile(blocks("python")[2], "features.py", "exec"), module.__dict__)
        daemon = self.daemon
        daemon.handlers["stop"] = lambda body: {"status": "error", "code": "not_found",
                                                "reason": "no watcher 'nobody'"}
        daemon.handlers["invoke"] = lambda body: {"result": 3}
        running: Running = self.start(module.Features(self.settings()))
        daemon.wait_for(lambda body: body.get("command") == "publish" and
                        body["properties"]["topic"] == "event.features.done")
        daemon.wait_command("plugin.unsubscribe")
        daemon.wait_command("reopen")
        self.assertEqual(daemon.invoke(1, "ask", name="calc")["result"],
                         {"answer": 3, "trace": "T-1"})
        self.stop(running)
        lines = [body["properties"] for body in daemon.requests
                 if body.get("command") == "plugin.log"]
        self.assertEqual([line["level"] for line in lines], ["info", "warning", "error"])
        metrics: dict[str, Any] = {}
        for body in daemon.requests:
            if body.get("command") == "plugin.metrics":
                metrics.update(body["properties"]["metrics"])
        self.assertEqual(sorted(metrics), ["thread.result", "ticks", "watchers"])

    def test_the_client_runs(self) -> None:
        def restart(body: dict[str, Any]) -> None:
            self.daemon._publish("watcher.web.spawn", {"reason": "asked"})
        self.daemon.handlers["restart"] = restart
        printed = io.StringIO()
        with mock.patch.dict(os.environ, {"PLUGHOST_ENDPOINT": self.daemon.endpoint}):
            with contextlib.redirect_stdout(printed):
                exec(compile(blocks("python")[3], "client.py", "exec"), {})
        self.assertEqual(printed.getvalue(),
                         "0.1.0\n{'web': 'active'}\nweb spawn asked\n")
        self.assertEqual(self.daemon.wait_command("publish")["properties"],
                         {"topic": "event.shop.sold", "fields": {"count": 3}})


if __name__ == "__main__":
    unittest.main()

"""plughost: write plugins and clients of plughostd in Python.

    import plughost

    class Hello(plughost.Plugin):
        topics = ["watcher."]

        def handle_recv(self, event: plughost.Event) -> None:
            if event.action == "spawn":
                self.log.info(f"hello, {event.watcher}!")

A plugin is run by `use = python:MODULE.CLASS` in a `[plugin:NAME]` section, or by hand with
`python3 -m plughost MODULE.CLASS NAME`. `Client` talks to a running daemon.
"""

from ._settings import Settings
from .client import Client
from .error import Error
from .event import Event, Gap
from .log import Log, LogHandler
from .method import Deferred, method
from .option import option
from .plugin import Plugin
from ._runtime import run

__version__ = "0.1.0"

__all__ = ["Client", "Deferred", "Error", "Event", "Gap", "Log", "LogHandler", "Plugin", "Settings",
           "method", "option", "run"]

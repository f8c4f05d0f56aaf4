"""Lines for the daemon's log."""

from __future__ import annotations

import logging
import sys
import traceback
from typing import TYPE_CHECKING, Any

from .error import one_line

if TYPE_CHECKING:
    from ._session import Session
    from .plugin import Plugin


def _plain(value: Any) -> Any:
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


class Log:
    """Writes lines to the daemon's log under the plugin's name: `log.info("text", key=value)`
    becomes "text key=value". Nothing is raised when a line cannot be sent. A plugin that runs by
    hand writes to standard error as well."""

    def __init__(self, session: "Session") -> None:
        self._session = session

    def debug(self, text: str, /, **fields: Any) -> None:
        self.write("debug", text, **fields)

    def info(self, text: str, /, **fields: Any) -> None:
        self.write("info", text, **fields)

    def warning(self, text: str, /, **fields: Any) -> None:
        self.write("warning", text, **fields)

    def error(self, text: str, /, **fields: Any) -> None:
        self.write("error", text, **fields)

    def exception(self, text: str, error: BaseException, /, **fields: Any) -> None:
        """Writes "TEXT: what was raised" as an error, and the traceback to standard error."""
        traceback.print_exception(error, file=sys.stderr)
        self.error(f"{text}: {one_line(error)}", **fields)

    def write(self, level: str, text: str, /, **fields: Any) -> None:
        """Writes a line at "debug", "info", "warning" or "error"."""
        text = text.replace("\0", "\ufffd").encode(errors="replace").decode()
        plain = {key: _plain(value) for key, value in fields.items()}
        if not self._session.settings.token:
            pairs = "".join(f" {key}={value}" for key, value in plain.items())
            print(f"{level}: {text}{pairs}", file=sys.stderr, flush=True)
        self._session.send_log(level, text, plain)


class LogHandler(logging.Handler):
    """Has the standard module `logging` write to the daemon's log, from any thread:

        import logging

        import plughost

        class Shop(plughost.Plugin):
            def handle_init(self) -> None:
                logging.getLogger().addHandler(plughost.LogHandler(self))
    """

    def __init__(self, plugin: "Plugin[Any]", level: int = logging.NOTSET) -> None:
        super().__init__(level)
        self._plugin = plugin

    def emit(self, record: logging.LogRecord) -> None:
        level = "debug"
        for least, name in ((logging.INFO, "info"), (logging.WARNING, "warning"),
                            (logging.ERROR, "error")):
            if record.levelno >= least:
                level = name
        try:
            text = " ".join(self.format(record).split())
        except Exception:  # what logging.Handler is meant to do with a record that does not format
            self.handleError(record)
            return
        self._plugin.post(lambda: self._plugin.log.write(level, text, logger=record.name))

"""`python3 -m plughost`: runs the class of a plugin until it is stopped."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import traceback
from dataclasses import dataclass, field
from typing import Any, Optional, Sequence

from . import _wire
from ._runtime import reason_of, run
from ._session import PROTOCOL, Session
from ._settings import Settings
from .error import Error
from .plugin import Plugin

EXIT_OK, EXIT_FAILED, EXIT_USAGE, EXIT_NO_DAEMON = range(4)
_PREFIX = "python:"
_MAX_MESSAGE = 64 << 20  # more than any configuration; a wrong descriptor ends here


@dataclass
class Task:
    """What is to be run, and with what."""

    target: str  # MODULE.CLASS or MODULE:CLASS
    settings: Settings
    folders: list[str] = field(default_factory=list)


def _make_parser() -> argparse.ArgumentParser:
    from . import __version__
    parser = argparse.ArgumentParser(
        prog="python3 -m plughost", description="Run a plugin in this process, beside a running "
        "plughostd.", epilog="The plugin runs until it gets SIGTERM or SIGINT (Ctrl-C). SIGHUP "
        "makes it open its files again.")
    parser.add_argument("-e", "--endpoint", metavar="E", help="the daemon's endpoint (default: "
                        "$PLUGHOST_ENDPOINT, else the one in the default run directory)")
    parser.add_argument("-p", "--pubsub", metavar="P", help="where it publishes events (default: "
                        "it is asked)")
    parser.add_argument("-o", "--option", metavar="K=V", action="append", default=[],
                        help="an option for the plugin; may be repeated")
    parser.add_argument("-I", "--plugin-path", metavar="DIR", action="append", default=[],
                        help="a folder to look for modules; may be repeated")
    parser.add_argument("-V", "--version", action="version",
                        version=f"plughost for Python {__version__} (protocol {PROTOCOL})")
    parser.add_argument("target", metavar="MODULE.CLASS", help="or MODULE:CLASS")
    parser.add_argument("name", metavar="NAME", nargs="?", help="of the plugin (default: the class "
                        "in small letters)")
    return parser


def _split_target(target: str) -> tuple[str, str]:
    module, _, name = target.rpartition(":" if ":" in target else ".")
    if not module or not name:
        raise Error("invalid", f"'{target}' names no class", "MODULE.CLASS or MODULE:CLASS")
    return module, name


def _split_options(parser: argparse.ArgumentParser, texts: Sequence[str]) -> dict[str, str]:
    options: dict[str, str] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not key or not equals:
            parser.error(f"--option '{text}' is not KEY=VALUE")
        options[key] = value
    return options


def _read_inheritance(number: str) -> dict[str, Any]:
    """Reads the map that a daemon leaves to a plugin that it starts, and closes its descriptor.
    Raises Error "invalid"."""
    if not number.isdecimal() or int(number) < 3:
        raise Error("invalid", f"PLUGHOST_FD is '{number[:40]}' and no descriptor")
    try:
        with open(int(number), "rb") as stream:
            stream.seek(0)
            data = stream.read(_MAX_MESSAGE)
    except OSError as error:
        raise Error("system", f"cannot read PLUGHOST_FD ({number}): {error.strerror}") from None
    body = _wire.decode(data)
    if not body:
        raise Error("invalid", f"PLUGHOST_FD ({number}) holds nothing of plughostd's")
    return body


def _inherited_task(body: dict[str, Any]) -> Task:
    settings = Settings(str(body.get("name", "")), body.get("endpoint"), body.get("pubsub"),
                        body.get("token"), body.get("options") or {})
    target = str(body.get("module", "")).removeprefix(_PREFIX)
    return Task(target, settings, list(body.get("plugin_path") or []))


def read_task(arguments: Optional[Sequence[str]] = None) -> Task:
    """Reads the command line, and what is inherited: the daemon's word beats the command line, which
    only names the plugin for `ps`. Ends the process with status 2 for wrong usage."""
    parser = _make_parser()
    values = parser.parse_args(arguments)
    number = os.environ.pop("PLUGHOST_FD", None)
    if number is not None:
        return _inherited_task(_read_inheritance(number))
    options = _split_options(parser, values.option)
    name = values.name or values.target.replace(":", ".").rpartition(".")[2].lower()
    return Task(values.target, Settings(name, values.endpoint, values.pubsub, None, options),
                values.plugin_path)


def load_class(target: str) -> type[Plugin[Any]]:
    """Imports a class. Raises Error that says what is missing, or what the import raises."""
    module_name, name = _split_target(target)
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is None or not (module_name + ".").startswith(error.name + "."):
            raise  # the module is there, and misses another
        raise Error("not_found", f"module '{module_name}' is missing: Python has no "
                                 f"'{error.name}'",
                    "name its folder with plugin_path (--plugin-path)") from error
    found = getattr(module, name, None)
    if found is None:
        raise Error("not_found", f"module '{module_name}' has no class '{name}'")
    if not isinstance(found, type) or not issubclass(found, Plugin):
        raise Error("invalid", f"'{target}' is no plugin: it is not derived from plughost.Plugin")
    return found


def _complain(error: BaseException) -> None:
    """The traceback of a mistake in the plugin is worth seeing; an Error says all by itself."""
    if isinstance(error, Error):
        print(f"plughost: {error.reason}", file=sys.stderr)
        if error.hint:
            print(f"hint: {error.hint}", file=sys.stderr)
    else:
        traceback.print_exception(error, file=sys.stderr)


def _exit_status(error: BaseException) -> int:
    is_away = isinstance(error, Error) and error.code == "unavailable"
    return EXIT_NO_DAEMON if is_away else EXIT_FAILED


def _load(task: Task) -> Plugin[Any]:
    sys.path[:0] = task.folders
    return load_class(task.target)(task.settings)


def _run_task(task: Task) -> int:
    try:
        plugin = _load(task)
    except Exception as error:
        is_reported = _reporter(task.settings).report(f"{_cannot(task, error)}")
        if not is_reported or not isinstance(error, Error):
            _complain(error)
        return EXIT_FAILED
    try:
        run(plugin)
    except Exception as error:
        if not plugin._session.is_reported or not isinstance(error, Error):
            _complain(error)
        return _exit_status(error)
    return EXIT_OK


def _cannot(task: Task, error: BaseException) -> str:
    prefix = "" if isinstance(error, Error) else f"cannot load '{task.target}': "
    return prefix + reason_of(error)


def _reporter(settings: Settings) -> Session:
    """A session that only reports: there is no plugin that it could be of."""
    return Plugin[Any](settings)._session


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Returns the exit status: 0 after an orderly stop, 1 if the plugin cannot run, 2 for wrong
    usage, 3 if there is no daemon."""
    try:
        task = read_task(arguments)
    except Error as error:
        _complain(error)
        return EXIT_USAGE
    return _run_task(task)

"""Runs a hook that was written for Circus, a function in Python, in a process of its own.

    python3 hook.py [--ignore-errors] [--path FOLDERS] MODULE.FUNCTION

The function is called as Circus calls it: (watcher, arbiter, hook_name, **kwargs), where the arbiter
is None and the watcher knows its name. Exits with 0 if what it decides about may go on. plughostd
says in the environment what the hook is about.
"""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys
import time
import traceback
from typing import Any, Callable

# Those whose result counts. Of the others only an exception is told.
DECIDING = {"before_start", "after_start", "before_spawn", "after_spawn", "before_signal"}
UNEXISTING = 2  # Circus's word for the state of a process that is gone


class Watcher:
    """What a hook can know of its watcher outside of the daemon."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"a hook does not run in the daemon here, so its watcher has no "
                             f"'{name}', only a name; ask the daemon with a client")


def _parse(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="hook.py", description="Run a hook of Circus's.")
    parser.add_argument("--ignore-errors", action="store_true",
                        help="an exception does not count")
    parser.add_argument("--path", default="", help="folders to look for modules, as PYTHONPATH")
    parser.add_argument("function", metavar="MODULE.FUNCTION")
    return parser.parse_args(words)


def _set_path(folders: str) -> None:
    """The folder of this file is replaced: its neighbours are nobody's modules."""
    sys.path[:1] = [folder for folder in folders.split(":") if folder]
    sys.path.append(os.getcwd())


def _import(name: str) -> Any:
    """Imports the module that the name begins with, and finds the rest in it."""
    module, rest = name, []
    while True:
        module, _, last = module.rpartition(".")
        rest.insert(0, last)
        try:
            found = importlib.import_module(module)
            break
        except ModuleNotFoundError as error:
            is_part = error.name == module or module.startswith(f"{error.name}.")
            if not is_part or "." not in module:
                raise
    for part in rest:
        found = getattr(found, part)
    return found


def _number_of(name: str) -> int:
    """SIGTERM, or 'signal 42'."""
    if name.startswith("signal "):
        return int(name[len("signal "):])
    return int(signal.Signals[name])


def _describe(hook: str, env: dict[str, str]) -> dict[str, Any]:
    """What Circus tells this hook beside its name."""
    pid = int(env.get("PLUGHOST_PID", "0"))
    if hook == "after_spawn":
        return {"pid": pid}
    if hook.endswith("_signal"):
        return {"pid": pid, "signum": _number_of(env.get("PLUGHOST_SIGNAL", "SIGTERM"))}
    if hook == "before_reap":
        return {"process_pid": pid, "time": time.time()}
    if hook == "after_reap":
        return {"process_pid": pid, "time": time.time(), "process_status": UNEXISTING,
                "exit_code": int(env.get("PLUGHOST_EXIT_CODE", "0"))}
    return {}


def _complain(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _load(name: str, about: str) -> Callable[..., Any]:
    try:
        return _import(name)
    except (ImportError, AttributeError) as error:
        raise SystemExit(f"{about}: cannot import '{name}': {error} (its folder must be in the "
                         "PYTHONPATH of plughostd, or be the working_dir of the watcher)")


def _run(name: str, ignores_errors: bool) -> int:
    hook = os.environ.get("PLUGHOST_HOOK", "before_start")
    watcher = os.environ.get("PLUGHOST_WATCHER", "")
    about = f"hook {hook} of '{watcher}'"
    try:
        function = _load(name, about)
        result = function(Watcher(watcher), None, hook, **_describe(hook, dict(os.environ)))
    except SystemExit as error:
        _complain(str(error.code))
        return 0 if ignores_errors else 1
    except Exception:
        _complain(f"{about}: {name} failed\n{traceback.format_exc().rstrip()}")
        return 0 if ignores_errors else 1
    if hook in DECIDING and not result:
        _complain(f"{about}: {name} returned {result!r}")
        return 1
    return 0


def main() -> int:
    options = _parse(sys.argv[1:])
    _set_path(options.path)
    return _run(options.function, options.ignore_errors)


if __name__ == "__main__":
    sys.exit(main())

"""Functions that a plugin offers to clients and to other plugins.

    import plughost

    class Calc(plughost.Plugin):
        @plughost.method
        def add(self, a: int, b: int = 0) -> int:
            "Adds two numbers."
            return a + b

The arguments are described by the signature: their names, whether they are required (they have no
default), and their types by annotation: int, float (an integer will do), str, bool, list, dict, Any.
`Annotated[int, "the one"]` says what an argument is for. The daemon checks arguments before it
passes an invocation on.
"""

from __future__ import annotations

import collections.abc
import inspect
import re
import types
import typing
from dataclasses import dataclass
from typing import Any, Callable, Mapping, Optional, TypeVar, Union, overload

from .error import Error

if typing.TYPE_CHECKING:
    from ._session import Session

_Function = TypeVar("_Function", bound=Callable[..., Any])
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_MARK = "_plughost_method"
_TYPE_NAMES = {str: "text", int: "int", float: "number", bool: "bool", list: "list", tuple: "list",
               dict: "map", collections.abc.Sequence: "list", collections.abc.Mapping: "map",
               object: "any", Any: "any", inspect.Parameter.empty: "any"}


@dataclass(frozen=True)
class _Mark:
    name: Optional[str]
    summary: Optional[str]


@overload
def method(function: _Function) -> _Function: ...


@overload
def method(*, name: Optional[str] = None,
           summary: Optional[str] = None) -> Callable[[_Function], _Function]: ...


def method(function: Optional[_Function] = None, *, name: Optional[str] = None,
           summary: Optional[str] = None) -> Any:
    """Marks a function of a plugin as one that others may invoke, as `@method` or
    `@method(name=..., summary=...)`. The name is the function's own unless it is given; the summary
    is the first line of its docstring. What it returns is the answer; an Error that it raises is
    the refusal, with its code, reason and hint; any other exception is logged and answered with the
    code "internal"."""
    def mark(function: _Function) -> _Function:
        setattr(function, _MARK, _Mark(name, summary))
        return function
    return mark if function is None else mark(function)


@dataclass(frozen=True)
class Argument:
    """One argument of a method."""

    name: str
    type: str
    is_required: bool
    summary: str = ""

    def describe(self) -> dict[str, Any]:
        wire: dict[str, Any] = {"name": self.name, "type": self.type,
                                "required": self.is_required}
        if self.summary:
            wire["summary"] = self.summary
        return wire


@dataclass(frozen=True)
class MethodSpec:
    """A method: what the daemon is told of it, and the function."""

    name: str
    summary: str
    arguments: tuple[Argument, ...]
    function: Callable[..., Any]

    def describe(self) -> dict[str, Any]:
        return {"name": self.name, "summary": self.summary,
                "args": [argument.describe() for argument in self.arguments]}

    def bind(self, args: Mapping[str, Any]) -> dict[str, Any]:
        """Returns the arguments to call the function with. Raises Error "invalid" for an unknown
        or missing one: whoever speaks to us without a daemon's checks is told the same."""
        known = {argument.name: argument for argument in self.arguments}
        for name in args:
            if name not in known:
                raise Error("invalid", f"method '{self.name}' has no argument '{name}'")
        for argument in self.arguments:
            if argument.is_required and argument.name not in args:
                raise Error("invalid", f"argument '{argument.name}' of method '{self.name}' is "
                                       "missing")
        return {name: _convert(known[name], value) for name, value in args.items()}


def _convert(argument: Argument, value: Any) -> Any:
    is_int = isinstance(value, int) and not isinstance(value, bool)
    return float(value) if argument.type == "number" and is_int else value


def _read_type(hint: Any) -> tuple[str, str]:
    """Returns the type's name, "" for one that cannot be sent, and the summary."""
    if typing.get_origin(hint) is typing.Annotated:
        name, _ = _read_type(hint.__origin__)
        return name, next((text for text in hint.__metadata__ if isinstance(text, str)), "")
    if typing.get_origin(hint) in (Union, types.UnionType):
        others = [one for one in typing.get_args(hint) if one is not type(None)]
        return _read_type(others[0]) if len(others) == 1 else ("any", "")
    if typing.get_origin(hint) is typing.Literal:
        kinds = {_TYPE_NAMES.get(type(value), "any") for value in typing.get_args(hint)}
        return (kinds.pop(), "") if len(kinds) == 1 else ("any", "")
    try:
        return _TYPE_NAMES.get(typing.get_origin(hint) or hint, ""), ""
    except TypeError:  # a hint that cannot be a key
        return "", ""


def _read_argument(name: str, parameter: inspect.Parameter, hint: Any) -> Argument:
    if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
        raise TypeError(f"argument '{parameter.name}' of method '{name}' has no name of its own: "
                        "arguments come by name")
    kind, summary = _read_type(hint)
    if not kind:
        raise TypeError(f"argument '{parameter.name}' of method '{name}' has the type {hint}: it "
                        "must be int, float, str, bool, list, dict or Any")
    return Argument(parameter.name, kind, parameter.default is parameter.empty, summary)


def make_method(function: Callable[..., Any], name: Optional[str] = None,
                summary: Optional[str] = None) -> MethodSpec:
    """Describes a bound method, or a function, by its signature. Raises TypeError for one that
    cannot be invoked from outside."""
    name = name or str(getattr(function, "__name__", ""))
    if not _NAME.fullmatch(name):
        raise TypeError(f"method '{name[:80]}' cannot have this name: letters, digits, '_', '-' "
                        "and '.', at most 100")
    doc = inspect.getdoc(function) or ""
    hints = typing.get_type_hints(function, include_extras=True)
    arguments = tuple(
        _read_argument(name, parameter, hints.get(parameter.name, parameter.annotation))
        for parameter in inspect.signature(function).parameters.values())
    return MethodSpec(name, summary or doc.partition("\n")[0].strip(), arguments, function)


def find_methods(plugin: object) -> list[MethodSpec]:
    """Returns the methods that a plugin's class marks, those of its base classes first."""
    found: dict[str, MethodSpec] = {}
    for owner in reversed(type(plugin).__mro__):
        for attribute in vars(owner):
            mark = getattr(getattr(type(plugin), attribute, None), _MARK, None)
            if isinstance(mark, _Mark):
                spec = make_method(getattr(plugin, attribute), mark.name or attribute, mark.summary)
                found[spec.name] = spec
    return list(found.values())


class Deferred:
    """The answer of a method that is given later, from any callback. It must be given once, with
    `answer` or `refuse`; what comes after the first is ignored.

    trace    the trace id of the invocation
    caller   who asked: "plugin:NAME", "uid 1000 pid 4242", or "plughostd" for a hook
    """

    def __init__(self, session: "Session", request: Mapping[str, Any]) -> None:
        properties = request.get("properties") or {}
        self._session = session
        self._id = request.get("id")
        self._is_cancelled = False
        self.method = str(properties.get("method", ""))
        self.trace = str(properties.get("trace", ""))
        self.caller = str(properties.get("caller", ""))

    @property
    def is_cancelled(self) -> bool:
        """Whether nobody waits for the answer any more: the caller is gone, its time is over, or
        the connection to the daemon broke. An answer goes nowhere then."""
        return self._is_cancelled

    def cancel(self) -> None:
        """Called by the library when nobody waits any more."""
        self._is_cancelled = True

    def answer(self, result: Any = None) -> None:
        """Answers with any value that msgpack can carry. Raises Error "invalid" for one that it
        cannot; the answer is still to be given then."""
        self._session.reply_to_invoke(self, self._id, {"status": "ok", "result": result},
                                      f"the result of method '{self.method}'")

    def refuse(self, error: Error) -> None:
        """Refuses with the error's code, reason and hint."""
        reply = {"status": "error", "code": error.code, "reason": error.reason}
        if error.hint:
            reply["hint"] = error.hint
        self._session.reply_to_invoke(self, self._id, reply, f"the refusal of method '{self.method}'")

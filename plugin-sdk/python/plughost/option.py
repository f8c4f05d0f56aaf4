"""The options that a plugin takes, as a dataclass.

    from dataclasses import dataclass
    from typing import Literal

    import plughost

    @dataclass
    class Options:
        folder: str = plughost.option(text="Where it writes.")  # required: it has no default
        deaths: int = plughost.option(3, min=1, max=100, text="So many in a row are too many.")
        mode: Literal["warn", "stop"] = "stop"

    class Limit(plughost.Plugin[Options]):
        ...

They stand in the section of the plugin:

    [plugin:limit]
    use = python:limit.Limit
    folder = /var/lib/limit

Types are str, int, float, bool, and Literal of texts for a choice. `X | None = None` is an option
that may be left out. Booleans are written yes/no, true/false, on/off or 1/0. Numbers are decimal,
of the digits 0 to 9 with a sign before them or none; a float is finite and may have a point and an
exponent.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
import re
import types
import typing
from typing import Any, Mapping, Optional, Union

from .error import Error

_WORDS = {"no": False, "false": False, "off": False, "0": False,
          "yes": True, "true": True, "on": True, "1": True}
_TYPE_NAMES = {str: "text", int: "int", float: "float", bool: "bool"}
_INT_RANGE = (-(1 << 63), (1 << 63) - 1)
# What the daemon accepts: int() and float() take more, such as blanks, 1_000 and other digits.
_INT = re.compile(r"([+-]?)([0-9]+)")
_FLOAT = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")


def option(default: Any = dataclasses.MISSING, *, min: Optional[float] = None,
           max: Optional[float] = None, text: str = "") -> Any:
    """Returns a dataclass field for an option. Without a `default` it is required. `min` and `max`,
    both included, bound a number; `text` says what it is for, in one or two sentences."""
    return dataclasses.field(default=default, metadata={"min": min, "max": max, "text": text})


@dataclasses.dataclass(frozen=True)
class OptionSpec:
    """One option, as the field of a dataclass describes it."""

    name: str
    type: str  # "text", "int", "float", "bool" or "choice"
    default: Any = dataclasses.MISSING  # MISSING: it must be set
    min: Optional[float] = None
    max: Optional[float] = None
    choices: tuple[str, ...] = ()
    text: str = ""

    def describe(self) -> dict[str, Any]:
        """Returns it as plugin.hello tells it. A default stands there as it would be written."""
        wire: dict[str, Any] = {"name": self.name, "type": self.type}
        if self.default is dataclasses.MISSING:
            wire["required"] = True
        elif self.default is not None:
            wire["default"] = _write(self.default)
        for key, value in (("min", self.min), ("max", self.max), ("text", self.text or None),
                           ("choices", list(self.choices) or None)):
            if value is not None:
                wire[key] = value
        return wire

    def parse(self, value: str) -> Any:
        """Returns the value of a text. Raises Error "invalid" that names option, text and what is
        accepted."""
        if self.type == "choice":
            return self._parse_choice(value)
        if self.type == "bool":
            return self._parse_bool(value)
        if self.type == "text":
            return value
        return self._parse_number(value)

    def _refuse(self, value: str, why: str, hint: str = "") -> Error:
        return Error("invalid", f"option '{self.name}': '{value[:80]}' {why}", hint)

    def _parse_choice(self, value: str) -> str:
        for choice in self.choices:
            if choice.lower() == value.lower():
                return choice
        raise self._refuse(value, "is none of: " + ", ".join(self.choices),
                           _did_you_mean(value, self.choices))

    def _parse_bool(self, value: str) -> bool:
        if value.lower() not in _WORDS:
            raise self._refuse(value, "is neither yes nor no")
        return _WORDS[value.lower()]

    def _parse_number(self, value: str) -> Union[int, float]:
        number: Union[int, float]
        number = self._parse_int(value) if self.type == "int" else self._parse_float(value)
        self._check_range(value, number)
        return number

    def _parse_int(self, value: str) -> int:
        match = _INT.fullmatch(value)
        if not match:
            raise self._refuse(value, "is not an integer")
        # 20 digits are too many already; of thousands int() makes an error of its own.
        number = int(match[1] + (match[2].lstrip("0")[:20] or "0"))
        if not _INT_RANGE[0] <= number <= _INT_RANGE[1]:
            raise self._refuse(value, "is not an integer of 64 bits")
        return number

    def _parse_float(self, value: str) -> float:
        number = float(value) if _FLOAT.fullmatch(value) else math.nan
        if not math.isfinite(number):
            raise self._refuse(value, "is not a number")
        return number

    def _check_range(self, value: str, number: float) -> None:
        if self.min is not None and self.max is not None:
            if not self.min <= number <= self.max:
                raise self._refuse(value, f"is not within {self.min:g} to {self.max:g}")
        elif self.min is not None and number < self.min:
            raise self._refuse(value, f"is less than {self.min:g}")
        elif self.max is not None and number > self.max:
            raise self._refuse(value, f"is more than {self.max:g}")


def _write(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _did_you_mean(name: str, names: typing.Iterable[str]) -> str:
    nearest = difflib.get_close_matches(name, list(names), 1)
    return f"did you mean '{nearest[0]}'?" if nearest else ""


def _strip_none(hint: Any) -> Any:
    """Returns X of `X | None`, else the type as it is."""
    if typing.get_origin(hint) in (Union, types.UnionType):
        others = [one for one in typing.get_args(hint) if one is not type(None)]
        if len(others) == 1:
            return others[0]
    return hint


def _make_spec(owner: type, field: "dataclasses.Field[Any]", hint: Any) -> OptionSpec:
    hint = _strip_none(hint)
    choices: tuple[str, ...] = ()
    if typing.get_origin(hint) is typing.Literal:
        choices = typing.get_args(hint)
        kind = "choice" if all(isinstance(choice, str) for choice in choices) else ""
    else:
        kind = _TYPE_NAMES.get(hint, "") if isinstance(hint, type) else ""
    if not kind:
        raise TypeError(f"option '{field.name}' of {owner.__name__} has the type {hint}: it must "
                        "be str, int, float, bool or Literal of texts")
    default = field.default
    if field.default_factory is not dataclasses.MISSING:
        default = field.default_factory()
    return OptionSpec(field.name, kind, default, field.metadata.get("min"),
                      field.metadata.get("max"), choices, field.metadata.get("text", ""))


def read_specs(options_class: type) -> list[OptionSpec]:
    """Returns the options that a dataclass describes. Raises TypeError for a class that is no
    dataclass, or has a field of a type that no option has."""
    if not dataclasses.is_dataclass(options_class):
        raise TypeError(f"{options_class.__name__} is no dataclass: options are described by one")
    hints = typing.get_type_hints(options_class)
    return [_make_spec(options_class, field, hints[field.name])
            for field in dataclasses.fields(options_class) if field.init]


def parse_options(options_class: type, texts: Mapping[str, str]) -> Any:
    """Makes an instance of `options_class` from what is configured. Raises Error "invalid" for an
    unknown name, a bad value or a missing one; what the class itself raises as ValueError when it
    is made, in __post_init__, counts as a bad value, too."""
    specs = {spec.name: spec for spec in read_specs(options_class)}
    for name in texts:
        if name not in specs:
            raise Error("invalid", f"option '{name}' is not known", _did_you_mean(name, specs)
                        or ("it takes " + ", ".join(specs) if specs else "it takes no options"))
    values = {name: specs[name].parse(text) for name, text in texts.items()}
    for spec in specs.values():
        if spec.default is dataclasses.MISSING and spec.name not in values:
            purpose = f": {spec.text}" if spec.text else ""
            raise Error("invalid", f"option '{spec.name}' is missing{purpose}")
    try:
        return options_class(**values)
    except ValueError as error:
        raise Error("invalid", f"the options do not fit: {error}") from error

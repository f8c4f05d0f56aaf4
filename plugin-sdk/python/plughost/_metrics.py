"""What a plugin measures, as plugin.metrics carries it."""

from __future__ import annotations

import math
import re
from typing import Any

from .error import Error

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,200}")
_MAX_NAMES = 200  # of each type; the daemon takes 600 altogether
_LEAST_POWER, _MOST_POWER = -64, 63


def bucket_of(value: float) -> int:
    """Returns the power of two that a value is at most, and above the power below; within -64 to
    63. Values of 0 and less count for -64."""
    if value <= 0:
        return _LEAST_POWER
    mantissa, power = math.frexp(value)
    if mantissa == 0.5:
        power -= 1  # a power of two itself
    return max(_LEAST_POWER, min(_MOST_POWER, power))


class Metrics:
    """Gathers what was added or set since it was last taken."""

    def __init__(self) -> None:
        self._names: dict[str, set[str]] = {"counter": set(), "gauge": set(), "histogram": set()}
        self._new: dict[str, dict[str, Any]] = {}

    def _entry(self, name: str, kind: str) -> dict[str, Any]:
        if not _NAME.fullmatch(name):
            raise Error("invalid", f"metric '{name[:80]}' cannot have this name",
                        "letters, digits, '_', '-' and '.'")
        names = self._names[kind]
        if name not in names:
            if any(name in others for others in self._names.values()):
                raise Error("invalid", f"metric '{name}' is no {kind}")
            if len(names) >= _MAX_NAMES:
                raise Error("busy", f"metric '{name}' is one {kind} too many: {_MAX_NAMES} at most")
            names.add(name)
        return self._new.setdefault(name, {"type": kind})

    def counter(self, name: str, add: int) -> None:
        if add < 0:
            raise Error("invalid", f"counter '{name}' cannot go down: {add}")
        entry = self._entry(name, "counter")
        entry["add"] = entry.get("add", 0) + add

    def gauge(self, name: str, value: float) -> None:
        self._entry(name, "gauge")["value"] = _finite(name, value)

    def histogram(self, name: str, value: float) -> None:
        value = _finite(name, value)
        entry = self._entry(name, "histogram")
        entry["count"] = entry.get("count", 0) + 1
        entry["sum"] = entry.get("sum", 0.0) + value
        entry["min"] = min(entry.get("min", value), value)
        entry["max"] = max(entry.get("max", value), value)
        buckets = entry.setdefault("buckets", {})
        key = str(bucket_of(value))
        buckets[key] = buckets.get(key, 0) + 1

    def is_empty(self) -> bool:
        return not self._new

    def peek(self) -> dict[str, dict[str, Any]]:
        """Returns what is new."""
        return self._new

    def clear(self) -> None:
        """Forgets what was new: it was sent."""
        self._new = {}


def _finite(name: str, value: float) -> float:
    if not math.isfinite(value):
        raise Error("invalid", f"metric '{name}' cannot be {value}")
    return float(value)

"""Bodies: one map in msgpack, within the daemon's limits."""

from __future__ import annotations

import re
from typing import Any, Mapping, Optional

import msgpack

from .error import Error

#: The largest frame that the daemon takes; a larger one closes the connection.
MAX_BYTES = 1 << 20
MAX_DEPTH = 32

_TOPIC = re.compile(r"event\.[A-Za-z0-9_.-]+")
_MAX_TOPIC_BYTES = 200


def _check(value: Any, depth: int) -> None:
    if isinstance(value, str):
        if "\0" in value:
            raise ValueError("a text has a NUL")
    elif isinstance(value, Mapping):
        _check_depth(depth)
        for key, entry in value.items():
            if not isinstance(key, str):
                raise ValueError(f"a key of a map is {key!r} and no text")
            _check(key, depth)
            _check(entry, depth + 1)
    elif isinstance(value, (list, tuple)):
        _check_depth(depth)
        for entry in value:
            _check(entry, depth + 1)


def _check_depth(depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ValueError(f"more than {MAX_DEPTH} maps or lists inside each other")


def encode(body: Mapping[str, Any], what: str) -> bytes:
    """Encodes a body. Raises Error "invalid", which begins with `what`, for one that cannot be
    sent: a type that msgpack has not, a key that is no text, a NUL, too deep, over 1 MiB."""
    try:
        _check(body, 1)
        data: bytes = msgpack.packb(body)
    except (TypeError, ValueError, OverflowError) as error:
        raise Error("invalid", f"{what} cannot be sent: {error}") from None
    if len(data) > MAX_BYTES:
        raise Error("invalid", f"{what} cannot be sent: it has {len(data)} bytes, and the daemon "
                               f"takes {MAX_BYTES} at most")
    return data


def decode(data: bytes) -> Optional[dict[str, Any]]:
    """Decodes a body; None for bytes that are no map. Text that is not UTF-8 keeps its bytes as
    lone surrogates."""
    try:
        body = msgpack.unpackb(data, unicode_errors="surrogateescape", strict_map_key=False)
    except (ValueError, msgpack.UnpackException):
        return None
    return body if isinstance(body, dict) else None


def check_topic(topic: str) -> None:
    """Raises Error "invalid" for a topic that nothing can be published on."""
    if len(topic) <= _MAX_TOPIC_BYTES and _TOPIC.fullmatch(topic):
        return
    raise Error("invalid", f"topic '{topic[:80]}' cannot be published on",
                "'event.' and letters, digits, '_', '-' and dots, at most 200 bytes")

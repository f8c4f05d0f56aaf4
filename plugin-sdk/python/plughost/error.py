"""What failed, on what, why."""

from __future__ import annotations

from typing import Any, Mapping, Optional

#: The stable words for kinds of failure; a code that is none of them becomes "internal".
CODES = frozenset((
    "malformed", "unknown_command", "invalid", "not_found", "denied", "incompatible", "system",
    "conflict", "busy", "timeout", "unavailable", "internal"))


class Error(Exception):
    """A failure, of the daemon, of another plugin or of this library.

    code    the stable word for the kind of failure, such as "not_found" or "timeout"
    reason  what failed, on what, why: lower case, no full stop
    hint    what can be done about it, or ""

    A method that raises it refuses its invocation with the same three.
    """

    def __init__(self, code: str, reason: str, hint: str = "") -> None:
        super().__init__(code, reason, hint)
        self.code = code if code in CODES else "internal"
        self.reason = reason
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.reason} ({self.hint})" if self.hint else self.reason

    @classmethod
    def from_reply(cls, reply: Mapping[str, Any]) -> Optional["Error"]:
        """Returns the refusal that a reply is, or None for one that is ok."""
        if reply.get("status") == "ok":
            return None
        return cls(str(reply.get("code", "internal")),
                   str(reply.get("reason", "the daemon gave no reason")),
                   str(reply.get("hint") or ""))


def one_line(error: BaseException) -> str:
    """Returns an exception as one line of text, with its type unless it is an Error."""
    if isinstance(error, Error):
        return " ".join(error.reason.split())
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__

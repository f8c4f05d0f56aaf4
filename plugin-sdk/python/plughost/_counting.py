"""Counts the events that arrive, to know of those that do not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

from ._feed import is_event
from .event import Gap

_NEVER = 1 << 64


@dataclass
class _Span:
    """A prefix counts events with a number above `after`, and up to `until`."""

    after: int
    until: int = _NEVER


class Counter:
    """Follows section 5.4 of the protocol for one session after the other.

    Between two sessions with the same run of the daemon nobody counts what is subscribed to: what
    is known there is how many events were published, and how many of them came.
    """

    def __init__(self) -> None:
        self._spans: dict[str, list[_Span]] = {}
        self._count = 0  # in this session; set to what the daemon expects at each mark
        self._agreed = 0  # number of the event at which both last agreed
        self._accounted = 0  # events above that which came, or were reported as missed
        self._accounted_later = 0  # the same, of those above `_resumed_at`
        self._is_resuming = False  # it is not known yet what came between two sessions
        self._resumed_at: Optional[int] = None  # up to this number nobody counted
        self._last = 0  # number of the last event
        self._epoch: Optional[str] = None
        self.missed = 0  # in this session, and between the one before and this one

    def begin(self, epoch: str, seq: int) -> None:
        """A new session begins: nothing is counted yet."""
        had_counted = bool(self._spans) or self._is_resuming
        self._is_resuming = had_counted and epoch == self._epoch
        if self._resumed_at is not None:  # a break before it was settled
            self._accounted += self._accounted_later
        self._accounted_later, self._resumed_at = 0, None
        if not self._is_resuming:
            self._agreed, self._accounted = seq, 0
        self._spans = {}
        self._count = self.missed = 0
        if self._epoch is None:
            self._epoch = epoch

    def resume(self) -> bool:
        """All prefixes are counted again. Returns whether something may have been missed since the
        session before: then `settle` tells, once all earlier events are there."""
        if not self._is_resuming or not self._spans:
            return False
        starts = {prefix: spans[0].after for prefix, spans in self._spans.items()}
        self._resumed_at = starts.get("", max(starts.values()))
        return True

    def settle(self) -> Optional[Gap]:
        """Returns the gap between this session and the one before, if there is one: not if all
        events came that were published. How many are missing is known only for the prefix "", and
        is then counted as missed in this session: of any other prefix it is not known how many of
        the events were its own."""
        if self._resumed_at is None:
            return None
        first, lost = self._agreed + 1, self._resumed_at - self._agreed - self._accounted
        self._agreed, self._accounted = self._resumed_at, self._accounted_later
        self._is_resuming, self._resumed_at, self._accounted_later = False, None, 0
        if lost <= 0:
            return None
        missed = lost if "" in self._spans else 0
        self.missed += missed
        return Gap(False, missed, first, self._agreed)

    def _account(self, seq: int, count: int) -> None:
        if self._resumed_at is not None and seq > self._resumed_at:
            self._accounted_later += count
        elif seq > self._agreed:
            self._accounted += count

    def start(self, prefix: str, after: int) -> None:
        """The daemon counts the events of a prefix with a number above `after`."""
        self._spans.setdefault(prefix, []).append(_Span(after))

    def end(self, prefix: str, until: int) -> None:
        """The daemon counts no events of a prefix with a number above `until`."""
        for span in self._spans.get(prefix, []):
            span.until = min(span.until, until)

    def _is_counted(self, topic: str, seq: int) -> bool:
        return any(topic.startswith(prefix) and span.after < seq <= span.until
                   for prefix, spans in self._spans.items() for span in spans)

    def see_epoch(self, body: dict[str, Any]) -> Optional[Gap]:
        """Looks at the epoch of whatever came; returns a gap for a daemon that was started anew."""
        epoch = body.get("epoch")
        if not isinstance(epoch, str) or epoch == self._epoch:
            return None
        is_first, self._epoch = self._epoch is None, epoch
        self._last = self._accounted = 0
        return None if is_first else Gap(True, 0, 0, 0)

    def see_event(self, topic: str, seq: int) -> Optional[Gap]:
        """Counts an event; returns what is missed before it, where that shows at once."""
        if not is_event(topic):
            return None
        gap = self._find_jump(seq)
        self._account(seq, 1 + (gap.missed if gap else 0))
        self._last = max(self._last, seq)
        if self._is_counted(topic, seq):
            self._count += 1
        return gap

    def _find_jump(self, seq: int) -> Optional[Gap]:
        """Who listens to everything sees each loss by a jump of the number."""
        for span in self._spans.get("", []):
            expected = max(span.after, self._last) + 1
            if span.after < seq <= span.until and seq > expected:
                lost = seq - expected
                self._count += lost
                self.missed += lost
                return Gap(False, lost, expected, seq - 1)
        return None

    def see_mark(self, expected: int, seq: int) -> Optional[Gap]:
        """Compares with what the daemon counted; returns what was missed since the last mark."""
        lost = expected - self._count
        first = self._agreed + 1
        if not self._is_resuming:
            self._agreed, self._accounted = seq, 0
        self._count = expected
        if lost <= 0:
            return None
        self.missed += lost
        return Gap(False, lost, first, seq)

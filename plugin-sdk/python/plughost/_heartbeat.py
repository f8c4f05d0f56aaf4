"""Signs of life, and what goes along with them: how much was missed, and metrics."""

from __future__ import annotations

import time
from typing import Any, Optional

from ._conversation import Conversation
from ._counting import Counter
from ._metrics import Metrics
from .error import Error

_METRICS_SECONDS = 10.0  # between two messages, if no heartbeats are wanted
_MOST_BUSY_SECONDS = 86400.0  # that the daemon takes
_FOR_EVER = float("inf")


class Heartbeat:
    """Knows when the next heartbeat is due, and sends it."""

    def __init__(self, conversation: Conversation, counter: Counter) -> None:
        self.metrics = Metrics()
        self._conversation = conversation
        self._counter = counter
        self._interval = 0.0  # as the daemon wants it; 0: none
        self._is_started = False
        self._next = _FOR_EVER
        self._next_metrics = _FOR_EVER
        self._busy_until: Optional[float] = None  # announced by the function that runs

    def set_interval(self, seconds: Any) -> None:
        """Takes what the welcome says."""
        self._interval = float(seconds) if isinstance(seconds, (int, float)) else 0.0

    def start(self) -> None:
        """The plugin is ready."""
        self._is_started = True
        self._plan()

    def pause(self) -> None:
        """The connection is gone; `send` goes on."""
        self._next = _FOR_EVER

    def due(self) -> float:
        return min(self._next, self._next_metrics)

    def _plan(self) -> None:
        is_due = self._interval > 0 and self._is_started and self._conversation.is_open
        self._next = time.monotonic() + self._interval if is_due else _FOR_EVER
        self._next_metrics = _FOR_EVER

    def send(self) -> None:
        """Shows that the plugin is alive, and sends what it measured."""
        busy = self._busy_left()
        try:
            if not self.metrics.is_empty():
                self._conversation.cast("plugin.metrics", {"metrics": self.metrics.peek()})
                self.metrics.clear()
            properties: dict[str, Any] = {"missed": self._counter.missed}
            if busy is not None:
                properties["busy"] = busy
            if busy is not None or self._interval > 0:
                self._conversation.cast("plugin.heartbeat", properties)
        except Error:
            pass  # the queue is full: the next one will do
        self._plan()

    def note_metrics(self) -> None:
        """Something was measured: it goes along with the next heartbeat, if there is one."""
        if self._interval <= 0 and self._next_metrics == _FOR_EVER:
            self._next_metrics = time.monotonic() + _METRICS_SECONDS

    # ---- busy ----

    def announce_busy(self, seconds: float) -> None:
        """Silence is no fault for so long, at most until end_busy."""
        self._busy_until = time.monotonic() + min(max(0.0, seconds), _MOST_BUSY_SECONDS)
        self.send()

    def end_busy(self) -> None:
        """The function that announced it has returned: silence is a fault again. Does nothing if
        none was announced."""
        if self._busy_until is None:
            return
        self._busy_until = None
        if self._conversation.is_open:
            self.send()

    def _busy_left(self) -> Optional[float]:
        """Returns what is left of the time that was announced: a heartbeat without it, sent while
        the function waits for a reply, would end it too soon."""
        if self._busy_until is None:
            return None
        left = self._busy_until - time.monotonic()
        return left if left > 0 else None

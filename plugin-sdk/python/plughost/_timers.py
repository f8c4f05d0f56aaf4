"""Timers: functions that are called once or again and again."""

from __future__ import annotations

import heapq
import time
from typing import Callable, Optional


class Timers:
    """Knows what is due. Times are seconds of the monotonic clock."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int]] = []
        self._timers: dict[int, tuple[Callable[[], None], Optional[float]]] = {}
        self._last_id = 0

    def add(self, seconds: float, function: Callable[[], None], is_repeated: bool) -> int:
        """Adds a timer and returns its id, from 1."""
        self._last_id += 1
        self._timers[self._last_id] = (function, seconds if is_repeated else None)
        heapq.heappush(self._heap, (time.monotonic() + seconds, self._last_id))
        return self._last_id

    def cancel(self, timer: int) -> None:
        """Does nothing for a timer that is over."""
        self._timers.pop(timer, None)

    def next_due(self) -> Optional[float]:
        """Returns when the next one is due, or None."""
        while self._heap and self._heap[0][1] not in self._timers:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def take_due(self) -> Optional[Callable[[], None]]:
        """Returns the function of a timer that is due now, or None. What could not be done in time
        is done once and not made up for."""
        due, now = self.next_due(), time.monotonic()
        if due is None or due > now:
            return None
        _, timer = heapq.heappop(self._heap)
        function, period = self._timers[timer]
        if period is None:
            del self._timers[timer]
        else:
            late = max(0.0, now - due)
            heapq.heappush(self._heap, (due + period * (1 + late // period), timer))
        return function

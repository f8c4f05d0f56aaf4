"""Events that wait to be handed to the plugin, and gaps between them."""

from __future__ import annotations

import time
from collections import deque
from typing import Optional, Union

from .event import Event, Gap

_FOR_EVER = float("inf")


class Delivery:
    """A queue of events and gaps, in their order. `max_batch` and `batch_age` (seconds) say when a
    batch is complete; an age of None has each event go by itself."""

    def __init__(self) -> None:
        self._queue: deque[tuple[float, Union[Event, Gap]]] = deque()
        self.batch_max = 1
        self.batch_age: Optional[float] = None

    def add(self, event: Event) -> None:
        self._queue.append((time.monotonic(), event))

    def add_gap(self, gap: Optional[Gap]) -> None:
        """Takes None for no gap."""
        if gap:
            self._queue.append((time.monotonic(), gap))

    def is_full(self) -> bool:
        return len(self._queue) >= max(1000, 2 * self.batch_max)

    def due(self) -> float:
        """Returns when something can be taken: a point of time that may be past, or infinity."""
        if not self._queue:
            return _FOR_EVER
        arrival = self._queue[0][0]
        return arrival if self._is_complete() else arrival + (self.batch_age or 0.0)

    def _is_complete(self) -> bool:
        """Says whether nothing can join what stands first: a gap follows, or it is enough."""
        if not self.batch_age or len(self._queue) >= self.batch_max:
            return True
        return any(isinstance(item, Gap) for _, item in self._queue)

    def take(self, is_last: bool = False) -> Union[Gap, list[Event], None]:
        """Returns the gap or the events that can be handed over now, or None. With `is_last`
        nothing more will come: age does not matter."""
        if not self._queue or (not is_last and self.due() > time.monotonic()):
            return None
        first = self._queue[0][1]
        if isinstance(first, Gap):
            self._queue.popleft()
            return first
        batch: list[Event] = []
        while self._queue and len(batch) < self.batch_max:
            item = self._queue[0][1]
            if isinstance(item, Gap):
                break
            self._queue.popleft()
            batch.append(item)
        return batch

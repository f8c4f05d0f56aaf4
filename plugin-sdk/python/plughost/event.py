"""Something that happened, and that something was missed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


class Event:
    """An event: a topic and a map.

    topic  such as "watcher.web.spawn"
    body   the map; `event["reason"]` and `event.get("wid", 0)` read it
    """

    __slots__ = ("topic", "body")

    def __init__(self, topic: str, body: dict[str, Any]) -> None:
        self.topic = topic
        self.body = body

    @property
    def watcher(self) -> str:
        """The watcher's name: the part between the first and the last dot of a `watcher.` topic, so
        that names may hold dots; "" for other topics."""
        first, last = self.topic.find("."), self.topic.rfind(".")
        return self.topic[first + 1:last] if self.topic.startswith("watcher.") else ""

    @property
    def action(self) -> str:
        """The part behind the last dot of the topic, such as "spawn"."""
        return self.topic.rpartition(".")[2]

    @property
    def time(self) -> float:
        """When it happened, in seconds since 1970."""
        return float(self.body.get("time", 0.0))

    @property
    def epoch(self) -> str:
        """The run of the daemon that sent it: a new one with each start."""
        return str(self.body.get("epoch", ""))

    @property
    def seq(self) -> int:
        """Its number: 1 for the first event of an epoch, then without holes."""
        return int(self.body.get("seq", 0))

    def __getitem__(self, key: str) -> Any:
        return self.body[key]

    def get(self, key: str, default: Any = None) -> Any:
        """Returns an entry of the body, or `default`."""
        return self.body.get(key, default)

    def __repr__(self) -> str:
        return f"Event({self.topic!r}, {self.body!r})"


@dataclass(frozen=True)
class Gap:
    """What was missed: events that the daemon published and that did not arrive, because this
    plugin was slow, because its connection broke, or because the daemon was started anew."""

    #: The daemon was started anew: nothing is known of what lies between.
    is_new_epoch: bool
    #: How many of the events that were subscribed to; 0 when that is not known: for a new epoch,
    #: and after a connection broke, unless everything is subscribed to. It may be none then.
    missed: int
    #: Numbers of events between which they lie, both included; 0 for a new epoch.
    first: int
    last: int

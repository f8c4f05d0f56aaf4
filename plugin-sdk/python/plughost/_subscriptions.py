"""What a plugin is subscribed to: kept over connections, and counted as section 5.4 of the protocol
says."""

from __future__ import annotations

import time
from typing import Any, Callable, Mapping, Optional

import zmq

from ._conversation import Conversation
from ._counting import Counter
from ._delivery import Delivery
from ._feed import MARK, SYNC, Feed, is_event
from .error import Error
from .event import Event

#: Handles what comes until the function says that it is done, or until a point of time. Returns
#: whether it is done.
Wait = Callable[[Callable[[], bool], float], bool]


class Subscriptions:
    """Fills `events` with what comes by the `prefixes`, and with gaps where something is missing.

    `wait` waits; `wait_unbroken` waits for what never comes by another connection, and ends with a
    break. `on_complete` is called when all prefixes are counted, in each session.
    """

    def __init__(self, conversation: Conversation, wait: Wait, wait_unbroken: Wait,
                 on_complete: Callable[[], None]) -> None:
        self.prefixes: dict[str, None] = {}
        self.events = Delivery()
        self.counter = Counter()
        self.refused: dict[str, Error] = {}  # prefixes that the daemon does not count
        self.is_complete = False  # all prefixes are counted
        self._conversation = conversation
        self._wait = wait
        self._wait_unbroken = wait_unbroken
        self._on_complete = on_complete
        self._feed: Optional[Feed] = None
        self._mark = MARK  # the topic of this session's marks
        self._confirmed: set[str] = set()  # prefixes that are counted
        self._markers: dict[str, Callable[[int], None]] = {}
        self._paused: set[str] = set()  # prefixes of which it is not known what counts

    # ---- sessions ----

    def begin(self, context: "zmq.Context[zmq.Socket[bytes]]", address: str,
              welcome: Mapping[str, Any]) -> None:
        """A session has begun: the daemon counts nothing yet."""
        self.counter.begin(str(welcome.get("epoch", "")), int(welcome.get("seq", 0)))
        old_mark, self._mark = self._mark, MARK + str(welcome.get("session", ""))
        if self._feed is None:
            self._feed = Feed(context, address)
            for prefix in self.prefixes:
                self._feed.subscribe(prefix)
        else:
            self._feed.move(address)
            self._feed.unsubscribe(old_mark)
        self._feed.subscribe(self._mark)
        self._markers[self._feed.ask_for_marker()] = self._on_synchronized

    def on_break(self) -> None:
        """The session is gone; what the SUB subscribes to stays."""
        self.is_complete = False
        self._confirmed.clear()
        self.refused.clear()
        self._paused.clear()
        for marker in self._markers:
            if self._feed:
                self._feed.unsubscribe(marker)
        self._markers.clear()

    def close(self) -> None:
        if self._feed:
            self._feed.close()
        self._feed = None

    def _on_synchronized(self, seq: int) -> None:
        for prefix in self.prefixes:
            self._count_prefix(prefix)
        self._check_complete()

    def _count_prefix(self, prefix: str) -> None:
        """Nothing is read of events until the reply says from where on they count."""
        def on_reply(reply: Optional[dict[str, Any]], error: Optional[Error]) -> None:
            self._paused.discard(prefix)
            if prefix not in self.prefixes:  # it came too late
                self._conversation.ask("plugin.unsubscribe", {"prefix": prefix},
                                       lambda reply, error: None)
                return
            if reply is None:
                self.refused[prefix] = error or Error("internal", "there was no reply")
                return
            self.counter.start(prefix, int(reply.get("seq", 0)))
            self._confirmed.add(prefix)
            self._check_complete()
        self._paused.add(prefix)
        self._conversation.ask("plugin.subscribe", {"prefix": prefix}, on_reply)

    def _check_complete(self) -> None:
        if self.is_complete or not self._confirmed.issuperset(self.prefixes):
            return
        self.is_complete = True
        if self.counter.resume() and self._feed:
            self._markers[self._feed.ask_for_marker()] = lambda seq: self.events.add_gap(
                self.counter.settle())
        self._on_complete()

    # ---- for the plugin ----

    def subscribe(self, prefix: str, timeout: float) -> None:
        """Asks for events; when it returns, the subscription is counted. Raises Error."""
        if self._feed is None:
            raise Error("unavailable", f"cannot subscribe to '{prefix}': the plugin is not "
                                       "connected", "wait for handle_init")
        if prefix in self.prefixes:
            return
        self.prefixes[prefix] = None
        self._feed.subscribe(prefix)
        if self.is_complete:
            self._markers[self._feed.ask_for_marker()] = lambda seq: self._count_prefix(prefix)
        self._wait(lambda: prefix in self._confirmed or prefix in self.refused,
                   time.monotonic() + timeout)
        if prefix not in self._confirmed:
            self._forget_prefix(prefix)
            raise self.refused.pop(prefix, None) or Error(
                "timeout", f"no confirmation of the subscription to '{prefix}' from "
                           f"{self._conversation.endpoint} within {timeout:g} s")

    def _forget_prefix(self, prefix: str) -> None:
        del self.prefixes[prefix]
        self._paused.discard(prefix)
        self._confirmed.discard(prefix)
        if self._feed:
            self._feed.unsubscribe(prefix)

    def unsubscribe(self, prefix: str, timeout: float) -> None:
        """Asks for them no longer. First the daemon ends counting, then what it counted is read:
        a SUB socket throws away what waits in it of a prefix that it is not subscribed to."""
        if prefix not in self.prefixes or self._feed is None:
            raise Error("not_found", f"there is no subscription to '{prefix}'")
        done: list[int] = []

        def on_reply(reply: Optional[dict[str, Any]], error: Optional[Error]) -> None:
            self._paused.discard(prefix)
            if reply is not None and self._feed:
                self.counter.end(prefix, int(reply.get("seq", 0)))
                self._markers[self._feed.ask_for_marker()] = done.append
            else:
                done.append(0)
        if self.is_complete:
            self._paused.add(prefix)
            self._conversation.ask("plugin.unsubscribe", {"prefix": prefix}, on_reply)
            self._wait_unbroken(lambda: bool(done), time.monotonic() + timeout)
        self._forget_prefix(prefix)

    def finish(self, deadline: float) -> None:
        """Waits until all events from before now are there, as far as they come in time."""
        if not self._feed or not self._conversation.is_open:
            return
        seen: list[int] = []
        self._markers[self._feed.ask_for_marker()] = seen.append
        self._wait_unbroken(lambda: bool(seen), deadline)

    # ---- what comes ----

    def socket(self) -> Any:
        """Returns the socket to be read now, or None. One that is slow leaves events where the
        daemon can see that they are not taken."""
        is_wanted = (self._feed is not None and not self._paused and
                     (bool(self._markers) or not self.events.is_full()))
        return self._feed.socket if self._feed and is_wanted else None

    def read(self) -> None:
        """Takes what is there."""
        while self.socket() is not None and self._feed:
            message = self._feed.receive()
            if message is None:
                return
            self._on_message(*message)

    def _on_message(self, topic: str, body: dict[str, Any]) -> None:
        seq = body.get("seq")
        seq = seq if isinstance(seq, int) else 0
        self.events.add_gap(self.counter.see_epoch(body))
        if topic in self._markers:
            if self._feed:
                self._feed.unsubscribe(topic)
            self._markers.pop(topic)(seq)
        elif topic == self._mark:
            self.events.add_gap(self.counter.see_mark(int(body.get("expected", 0)), seq))
        elif not topic.startswith((SYNC, MARK)):
            self.events.add_gap(self.counter.see_event(topic, seq))
            if self._is_wanted(topic):
                self.events.add(Event(topic, body))

    def _is_wanted(self, topic: str) -> bool:
        """The empty prefix stands for events: output of others may come by it, too."""
        return any(topic.startswith(prefix) and (prefix or is_event(topic))
                   for prefix in self.prefixes)

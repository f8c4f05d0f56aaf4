"""Talk to a running plughostd.

    import plughost

    with plughost.Client() as client:
        print(client.call("version")["version"])
        status = client.follow("watcher.")
        for event in client:
            print(event.topic)

A connection that breaks comes back by itself: a request that was not answered yet is sent again, and
a daemon that has done it already answers what it answered then. It is never done twice. When the
daemon has ended, or was started anew, calls that wait for it fail with "unavailable"; so does
waiting for events when it has ended. Use a client from one thread at a time.
"""

from __future__ import annotations

import math
import time
from collections import deque
from types import TracebackType
from typing import Any, Iterator, Mapping, Optional

import zmq

from . import _wire
from ._endpoint import default_endpoint, probe
from ._feed import MARK, SYNC, Feed
from ._link import Link
from ._requests import Request, Requests
from .error import Error
from .event import Event
from .plugin import check_fields

_FOR_EVER = float("inf")
_MOST_TIMEOUT = 86400.0  # of an invocation
_PROBE_SECONDS = 0.5  # between two looks for a daemon that we are not connected to
_LAST_SECONDS = 0.1  # for events that a daemon sent just before it ended


def _deadline(timeout: Optional[float]) -> float:
    return _FOR_EVER if timeout is None else time.monotonic() + timeout


def _milliseconds(deadline: float) -> int:
    """Returns how long it is to a point of time, as a poll takes it."""
    if deadline == _FOR_EVER:
        return -1
    return max(0, math.ceil((deadline - time.monotonic()) * 1000))


class Client:
    """A connection for commands and, once it subscribes, one for events. Timeouts are seconds; None
    waits for ever."""

    def __init__(self, endpoint: Optional[str] = None) -> None:
        """Connects to a daemon: "ipc://PATH" or "tcp://HOST:PORT"; None means $PLUGHOST_ENDPOINT,
        else the default. Raises Error: "unavailable" when nothing listens there, "denied" when the
        socket may not be opened, "invalid" for an endpoint that is none, "timeout" when there is no
        answer."""
        #: The endpoint in use.
        self.endpoint = endpoint or default_endpoint()
        self._refuse_unless_there()
        self._context: Any = zmq.Context()
        self._requests = Requests(self.endpoint)
        self._link = Link(self._context, self.endpoint)
        self._feed: Optional[Feed] = None
        self._events: deque[Event] = deque()
        self._prefixes: set[str] = set()
        self._followed: dict[str, tuple[str, int]] = {}  # prefix: epoch and seq of its state
        try:
            self._version = self.call("version", timeout=2.0)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Closes the connections; casts on their way have one second to leave. Does nothing for a
        client that is closed."""
        if self._context is None:
            return
        self._link.close(1000)
        if self._feed:
            self._feed.close()
        self._context.term()
        self._context = None

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, kind: Optional[type[BaseException]], error: Optional[BaseException],
                 traceback: Optional[TracebackType]) -> None:
        self.close()

    # ---- commands ----

    def call(self, command: str, properties: Optional[Mapping[str, Any]] = None, /, *,
             timeout: Optional[float] = 5.0, **more: Any) -> dict[str, Any]:
        """Sends a command with its properties, given as a map, by keyword, or both, and returns
        the reply. Raises Error: "timeout", "unavailable", or what the daemon refuses with."""
        return self._call(command, {**(properties or {}), **more}, timeout)

    def _call(self, command: str, properties: Mapping[str, Any],
              timeout: Optional[float]) -> dict[str, Any]:
        if not self._link.is_up:
            self._refuse_unless_there()
        seconds = _FOR_EVER if timeout is None else timeout
        request = self._requests.make(command, properties, seconds)
        try:
            self._send(request)
            while not request.is_done:
                self._wait_for_reply(request)
        finally:
            if not request.is_done:  # KeyboardInterrupt, or such: nobody waits for it any more
                self._requests.fail(request, Error("timeout", "it was given up"))
        return request.result()

    def _send(self, request: Request) -> None:
        data = self._requests.encode(request)
        self._link.socket.poll(_milliseconds(request.deadline), zmq.POLLOUT)
        self._link.send(data)

    def _wait_for_reply(self, request: Request) -> None:
        self._poll(self._link.socket, request.deadline)
        self._read()
        for is_up in self._link.changes():
            self._read()  # what came before it broke
            if not is_up and not request.is_done:
                self._ask_again(request)
        if not request.is_done and not self._link.is_up and probe(self.endpoint):
            self._give_up(request)
        self._requests.take_late()

    def _poll(self, socket: Any, deadline: float) -> None:
        """Waits for a message, or for news of the connection. Without a connection there may never
        be news: then it is a short wait, and the caller has to probe."""
        if not self._link.is_up:
            deadline = min(deadline, time.monotonic() + _PROBE_SECONDS)
        zmq.zmq_poll([(socket, zmq.POLLIN), (self._link.monitor, zmq.POLLIN)],
                     _milliseconds(deadline))

    def _ask_again(self, request: Request) -> None:
        """The connection broke, and whether the request was done is not known. Without the epoch
        of the daemon that was asked, it could be done twice."""
        if request.epoch is None or probe(self.endpoint):
            self._give_up(request)
        else:
            self._send(request)

    def _give_up(self, request: Request) -> None:
        self._requests.fail(request, self._requests.lost(request))

    def _read(self) -> None:
        while (body := self._link.receive()) is not None:
            self._requests.take_reply(body)

    def _refuse_unless_there(self) -> None:
        refusal = probe(self.endpoint)
        if refusal:
            raise refusal

    def cast(self, command: str, properties: Optional[Mapping[str, Any]] = None, /,
             **more: Any) -> None:
        """Sends a command and asks for no answer, not even for errors. Raises Error "busy" when
        the queue to the daemon is full."""
        self._cast(command, {**(properties or {}), **more}, 0.0)

    def _cast(self, command: str, properties: Mapping[str, Any], timeout: Optional[float]) -> None:
        data = _wire.encode({"command": command, "msg_type": "cast", "properties": properties},
                            f"command '{command}'")
        for _ in self._link.changes():
            pass  # a socket whose connection broke is replaced now
        if timeout != 0.0:
            self._link.socket.poll(_milliseconds(_deadline(timeout)), zmq.POLLOUT)
        self._link.send(data)

    def invoke(self, plugin: str, method: str, args: Optional[Mapping[str, Any]] = None, /, *,
               timeout: Optional[float] = 5.0, **more: Any) -> Any:
        """Has a plugin's method run, and returns its result. Raises Error: "timeout"; "not_found",
        "invalid", "unavailable" or "busy" of the daemon, which name plugin and method; or what the
        method itself refused with. If the time is over, the plugin is told."""
        seconds = _MOST_TIMEOUT if timeout is None else timeout
        properties = {"plugin": plugin, "method": method, "args": {**(args or {}), **more},
                      "timeout": seconds}
        # The daemon knows more of a timeout than we do: its word is waited for.
        return self._call("invoke", properties, seconds + 1).get("result")

    def publish(self, topic: str, fields: Optional[Mapping[str, Any]] = None, /, *,
                timeout: Optional[float] = 5.0, **more: Any) -> None:
        """Publishes an event on `event.TYPE`. Waits up to `timeout` for room in the queue to the
        daemon, not for an answer: what that refuses it writes to its log. To be certain, `call` the
        command "publish", or any other command afterwards. Raises Error "invalid" or "busy"."""
        values = {**(fields or {}), **more}
        check_fields(topic, values)
        self._cast("publish", {"topic": topic, "fields": values}, timeout)

    # ---- events ----

    def subscribe(self, prefix: str, timeout: Optional[float] = 5.0) -> None:
        """Asks for the events whose topic begins with `prefix` ("" for all). When it returns, the
        subscription is active: no later event is missed. Raises Error "timeout" or
        "unavailable"."""
        if self._feed is None:
            self._feed = Feed(self._context, str(self._version.get("pubsub_endpoint", "")))
        if prefix not in self._prefixes:
            self._feed.subscribe(prefix)
        try:
            self._wait_for_marker(self._feed, prefix, timeout)
        except BaseException:
            if prefix not in self._prefixes:
                self._feed.unsubscribe(prefix)
            raise
        self._prefixes.add(prefix)

    def _wait_for_marker(self, feed: Feed, prefix: str, timeout: Optional[float]) -> None:
        marker = feed.ask_for_marker()
        deadline = _deadline(timeout)
        try:
            while not self._read_until(marker):
                self._refuse_if_gone(f"it confirmed the subscription to '{prefix}'")
                if time.monotonic() >= deadline:
                    raise Error("timeout", f"no confirmation of the subscription to '{prefix}' "
                                           f"from {self.endpoint} within {timeout:g} s")
                self._poll(feed.socket, deadline)
        finally:
            feed.unsubscribe(marker)

    def _refuse_if_gone(self, what: str) -> None:
        """Raises "unavailable" when the connection broke and there is no daemon any more; one that
        is there again, or anew, is waited for."""
        self._read()
        for _ in self._link.changes():
            self._read()
        refusal = None if self._link.is_up else probe(self.endpoint)
        if refusal:
            raise Error("unavailable", f"plughostd at {self.endpoint} went away before {what}: "
                                       f"{refusal.reason}", refusal.hint)

    def _read_until(self, marker: str) -> bool:
        """Keeps the events that are there; returns whether the marker was among them."""
        while self._feed and (message := self._feed.receive()) is not None:
            if message[0] == marker:
                return True
            self._keep(*message)
        return False

    def _keep(self, topic: str, body: dict[str, Any]) -> None:
        if topic.startswith((SYNC, MARK)):
            return
        event = Event(topic, body)
        if not self._is_known(event):
            self._events.append(event)

    def _is_known(self, event: Event) -> bool:
        """Says whether an event is part of a state that was told before."""
        return any(event.topic.startswith(prefix) and event.epoch == epoch and event.seq <= seq
                   for prefix, (epoch, seq) in self._followed.items())

    def follow(self, prefix: str, timeout: Optional[float] = 5.0) -> dict[str, Any]:
        """As subscribe, and returns the present state: the reply to `status`. Events from before
        that state are left out, all later ones come: nothing is missed between the two, nothing
        comes twice. Other subscriptions keep all of theirs."""
        self.subscribe(prefix, timeout)
        status = self.call("status", timeout=timeout)
        self._followed[prefix] = (str(status.get("epoch", "")), int(status.get("seq", 0)))
        kept, self._events = self._events, deque()
        for event in kept:
            self._keep(event.topic, event.body)
        return status

    def receive(self, timeout: Optional[float] = None) -> Event:
        """Returns the next event; 0 only looks. Raises Error "timeout"; "unavailable" when the
        daemon has ended and all of its events were returned; "invalid" before the first
        subscription."""
        if self._feed is None:
            raise Error("invalid", "there is nothing to receive: nothing is subscribed to",
                        "call subscribe or follow first")
        deadline = _deadline(timeout)
        while not self._take_message(self._feed):
            try:
                self._refuse_if_gone("an event came")
            except Error:
                last = min(deadline, time.monotonic() + _LAST_SECONDS)
                if not self._feed.socket.poll(_milliseconds(last)):
                    raise
                continue
            if time.monotonic() >= deadline:
                raise Error("timeout", f"no event from {self.endpoint} within {timeout:g} s")
            self._poll(self._feed.socket, deadline)
        return self._events.popleft()

    def _take_message(self, feed: Feed) -> bool:
        """Reads up to the first event, unless one is there already; returns whether one is."""
        while not self._events and (message := feed.receive()) is not None:
            self._keep(*message)
        return bool(self._events)

    def __iter__(self) -> Iterator[Event]:
        """Yields events, until the daemon has ended: then as receive."""
        while True:
            yield self.receive()

"""The loop of a plugin: its connections, what comes by them, and what is sent."""

from __future__ import annotations

import math
import os
import signal
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Callable, Mapping, Optional

import zmq

from . import _wire
from ._counting import Counter
from ._delivery import Delivery
from ._endpoint import default_endpoint, probe
from ._feed import MARK, SYNC, Feed, is_event
from ._link import Link
from ._metrics import Metrics
from ._requests import Callback, Request, Requests
from ._signals import Waker
from ._timers import Timers
from .error import Error
from .event import Event
from .method import Deferred

if TYPE_CHECKING:
    from .plugin import Plugin

PROTOCOL = 1
_START_SECONDS = 10.0  # to reach the daemon, say hello and subscribe
_STOP_SECONDS = 1.0  # for the events before a stop, and for the last call
_RETRY_SECONDS = 1.0  # between two hellos of which the first was refused
_METRICS_SECONDS = 10.0  # between two messages, if no heartbeats are wanted
_REPLY_WAIT_MS = 1000  # for room in the queue to the daemon
_MAX_HELD = 1000
_MOST_BUSY_SECONDS = 86400.0  # that the daemon takes
_FOR_EVER = float("inf")


@dataclass
class Settings:
    """What a plugin is run with.

    name      of the plugin, without "plugin:"
    endpoint  of the daemon; None: $PLUGHOST_ENDPOINT, else the default
    pubsub    where it publishes events; None: the daemon says so in its welcome
    token     proves that the daemon started us; None when run by hand
    options   name to text, as configured
    """

    name: str
    endpoint: Optional[str] = None
    pubsub: Optional[str] = None
    token: Optional[str] = None
    options: Mapping[str, str] = field(default_factory=dict)


class Session:
    """Keeps a plugin connected: hello, counted subscriptions, heartbeats, replies; and again on a
    new connection. It runs no code of the plugin; `Runtime` does."""

    def __init__(self, plugin: "Plugin[Any]", settings: Settings) -> None:
        self.plugin = plugin
        self.settings = settings
        self.endpoint = settings.endpoint or default_endpoint()
        self.timers = Timers()
        self.metrics = Metrics()
        self.counter = Counter()
        self.requests = Requests(self.endpoint)
        self.events = Delivery()
        self.inbox: deque[dict[str, Any]] = deque()  # requests of the daemon, not begun
        self.completed: deque[Request] = deque()  # their callbacks are to be called
        self.posted: deque[Callable[[], None]] = deque()  # by other threads
        self.watched: dict[int, tuple[int, Callable[[int, int], None]]] = {}
        self.invocations: dict[Any, Deferred] = {}  # not answered yet
        self.prefixes: dict[str, None] = {}
        self.is_stopping = False
        self.is_lost = False  # the daemon does not know us any more
        self.is_ready = False
        self.is_reported = False  # the daemon knows why the plugin cannot run
        self.failure: Optional[Error] = None  # hello was refused for good
        self.welcome: dict[str, Any] = {}
        self._context: Any = None
        self._link: Any = None
        self._feed: Optional[Feed] = None
        self._waker: Any = None
        self._asked: dict[str, Callback] = {}  # requests of the session itself, by id
        self._ask_count = 0
        self._held: deque[bytes] = deque()  # casts that wait for hello
        self._is_open = False  # hello was sent by this connection
        self._breaks = 0  # of the connection, so far
        self._is_subscribed = False
        self._confirmed: set[str] = set()  # prefixes that are counted
        self._refused: dict[str, Error] = {}  # prefixes that the daemon does not count
        self._markers: dict[str, Callable[[int], None]] = {}
        self._paused: set[str] = set()  # prefixes of which it is not known what counts
        self._retry_at = _FOR_EVER
        self._next_heartbeat = _FOR_EVER
        self._next_metrics = _FOR_EVER
        self._busy_until: Optional[float] = None  # announced by the function that runs

    # ---- the beginning and the end ----

    def open(self) -> None:
        """Connects, says hello and subscribes to `prefixes`. Raises Error."""
        refusal = probe(self.endpoint)
        if refusal:
            raise refusal
        self._context = zmq.Context()
        self._waker = Waker()
        self._link = Link(self._context, self.endpoint)
        self._wait(lambda: self._is_subscribed or bool(self._refused),
                   time.monotonic() + _START_SECONDS)
        for error in self._refused.values():
            raise error
        if not self._is_subscribed:
            raise Error("timeout", "no answer to 'plugin.hello' and 'plugin.subscribe' from "
                                   f"{self.endpoint} within {_START_SECONDS:g} s")

    def become_ready(self) -> None:
        """Tells the daemon that the plugin is initialized. Raises Error."""
        self.is_ready = True
        answers: list[Optional[Error]] = []
        self._ask("plugin.ready", {}, lambda reply, error: answers.append(error))
        deadline = time.monotonic() + _START_SECONDS
        # After a break it is said again together with hello.
        if not self._wait_unbroken(lambda: bool(answers), deadline):
            raise Error("timeout", f"no answer to 'plugin.ready' from {self.endpoint} within "
                                   f"{_START_SECONDS:g} s")
        if answers and answers[0]:
            raise answers[0]
        self._plan_heartbeat()

    def close(self) -> None:
        if self._link:
            self._link.close(1000)
        if self._feed:
            self._feed.close()
        if self._waker:
            self._waker.close()
        if self._context:
            self._context.term()
        self._link = self._feed = self._waker = self._context = None

    def report(self, reason: str) -> bool:
        """Tells the daemon why the plugin cannot run. Returns whether it knows now; without a
        token nothing is sent."""
        if not self.settings.token:
            return False
        properties = {"reason": reason}
        if self._is_open:
            answers: list[Optional[Error]] = []
            self._ask("plugin.failed", properties, lambda reply, error: answers.append(error))
            self._wait_unbroken(lambda: bool(answers), time.monotonic() + _STOP_SECONDS)
            return answers == [None]
        properties.update(name=self.settings.name, token=self.settings.token)
        return _report_without_hello(self.endpoint, properties)

    def finish_events(self) -> None:
        """Waits until all events from before now are there, as far as they come in time."""
        if not self._feed or not self._is_open:
            return
        seen: list[int] = []
        self._markers[self._feed.ask_for_marker()] = seen.append
        self._wait_unbroken(lambda: bool(seen), time.monotonic() + _STOP_SECONDS)

    def say_goodbye(self) -> None:
        """Sends what is left, and proves by a call that all of it arrived."""
        if not self._is_open:
            return
        self.send_heartbeat()
        answers: list[Any] = []
        self._ask("ping", {}, lambda reply, error: answers.append(error))
        self._wait_unbroken(lambda: bool(answers), time.monotonic() + _STOP_SECONDS)

    # ---- sending ----

    def _send(self, body: dict[str, Any], what: str, wait_ms: int = _REPLY_WAIT_MS) -> None:
        data = _wire.encode(body, what)
        if wait_ms:
            self._link.socket.poll(wait_ms, zmq.POLLOUT)
        self._link.send(data)

    def _ask(self, command: str, properties: Mapping[str, Any], callback: Callback) -> None:
        """Sends a request that belongs to this connection: it is not sent again on another, so it
        has no number but a word as its id."""
        self._ask_count += 1
        word = f"s{self._ask_count}"
        self._asked[word] = callback
        self._send({"command": command, "id": word, "properties": dict(properties)}, command)

    def cast(self, command: str, properties: Mapping[str, Any]) -> None:
        """Sends a command without waiting. Raises Error "invalid", or "busy" when the queue to the
        daemon, or what waits for a connection, is too long."""
        data = _wire.encode({"command": command, "msg_type": "cast",
                             "properties": dict(properties)}, f"command '{command}'")
        if self._is_open:
            self._link.send(data)
        elif len(self._held) < _MAX_HELD:
            self._held.append(data)
        else:
            raise Error("busy", f"the queue to {self.endpoint} is full")

    def request(self, command: str, properties: Mapping[str, Any], timeout: float,
                callback: Optional[Callback] = None) -> Request:
        """Sends a command. Raises Error "invalid", or "unavailable" if there is no daemon."""
        if self._link is None:
            raise Error("unavailable", f"cannot send '{command}': the plugin is not connected",
                        "wait for handle_init")
        if not self._is_open:
            refusal = probe(self.endpoint)
            if refusal:
                raise refusal
        request = self.requests.make(command, properties, timeout, callback)
        if self.welcome and self._is_open:
            self._send_request(request)
        return request

    def _send_request(self, request: Request) -> None:
        self._link.socket.poll(_REPLY_WAIT_MS, zmq.POLLOUT)
        try:
            self._link.send(self.requests.encode(request))
        except Error as error:
            self._complete(self.requests.fail(request, error))

    def call(self, command: str, properties: Mapping[str, Any], timeout: float) -> dict[str, Any]:
        """Sends a command and waits for the reply; what comes meanwhile is kept. Raises Error."""
        request = self.request(command, properties, timeout)
        self._wait(lambda: request.is_done, request.deadline + 1)  # it is given up at its deadline
        return request.result()

    def reply(self, request: Mapping[str, Any], reply: dict[str, Any]) -> None:
        """Answers a request of the daemon, unless that was a cast."""
        if request.get("msg_type") != "cast" and self._is_open:
            self._send({"id": request.get("id"), **reply}, "the reply")

    def reply_to_invoke(self, deferred: Deferred, identity: Any, reply: dict[str, Any],
                        what: str) -> None:
        """Answers an invocation, if it waits for that still. Raises Error "invalid"."""
        if self.invocations.get(identity) is not deferred:
            return
        self._send({"id": identity, **reply}, what)
        del self.invocations[identity]

    def send_log(self, level: str, text: str, fields: dict[str, Any]) -> None:
        properties: dict[str, Any] = {"text": text, "level": level}
        if fields:
            properties["fields"] = fields
        try:
            self.cast("plugin.log", properties)
        except Error:
            pass  # a line that cannot be sent has nobody to complain to

    def announce_busy(self, seconds: float) -> None:
        """Silence is no fault for so long, at most until end_busy."""
        self._busy_until = time.monotonic() + min(max(0.0, seconds), _MOST_BUSY_SECONDS)
        self.send_heartbeat()

    def end_busy(self) -> None:
        """The function that announced it has returned: silence is a fault again. Does nothing if
        none was announced."""
        if self._busy_until is None:
            return
        self._busy_until = None
        if self._is_open:
            self.send_heartbeat()

    def _busy_left(self) -> Optional[float]:
        """Returns what is left of the time that was announced: a heartbeat without it, sent while
        the function waits for a reply, would end it too soon."""
        if self._busy_until is None:
            return None
        left = self._busy_until - time.monotonic()
        return left if left > 0 else None

    def send_heartbeat(self) -> None:
        """Shows that the plugin is alive, and sends what it measured."""
        busy = self._busy_left()
        try:
            if not self.metrics.is_empty():
                self.cast("plugin.metrics", {"metrics": self.metrics.peek()})
                self.metrics.clear()
            properties: dict[str, Any] = {"missed": self.counter.missed}
            if busy is not None:
                properties["busy"] = busy
            if busy is not None or self._interval() > 0:
                self.cast("plugin.heartbeat", properties)
        except Error:
            pass  # the queue is full: the next one will do
        self._plan_heartbeat()

    def _interval(self) -> float:
        value = self.welcome.get("heartbeat", 0)
        return float(value) if isinstance(value, (int, float)) else 0.0

    def _plan_heartbeat(self) -> None:
        interval, now = self._interval(), time.monotonic()
        is_due = interval > 0 and self.is_ready and self._is_open
        self._next_heartbeat = now + interval if is_due else _FOR_EVER
        self._next_metrics = _FOR_EVER

    def note_metrics(self) -> None:
        """Something was measured: it goes along with the next heartbeat, if there is one."""
        if self._interval() <= 0 and self._next_metrics == _FOR_EVER:
            self._next_metrics = time.monotonic() + _METRICS_SECONDS

    # ---- hello ----

    def _say_hello(self) -> None:
        self._retry_at = _FOR_EVER
        hello = {"name": self.settings.name, "protocol_min": PROTOCOL, "protocol_max": PROTOCOL,
                 "pid": os.getpid(), **self.plugin.describe()}
        if self.settings.token:
            hello["token"] = self.settings.token
        self._ask("plugin.hello", hello, self._on_welcome)
        self._is_open = True
        while self._held:
            self._link.send(self._held.popleft())

    def _on_welcome(self, reply: Optional[dict[str, Any]], error: Optional[Error]) -> None:
        if error or reply is None:
            self._on_refusal(error or Error("internal", "hello was not answered"))
            return
        old_mark, self.welcome = self._mark_topic(), reply
        self.requests.epoch = str(reply.get("epoch", ""))
        self.counter.begin(self.requests.epoch, int(reply.get("seq", 0)))
        self._open_feed(old_mark)
        self._take_options(reply.get("options"))
        for request in self.requests.waiting():
            self._send_request(request)

    def _on_refusal(self, error: Error) -> None:
        """Before the first welcome it is an error. Later a daemon that does not know us wants us
        to end, and any other may think better of it."""
        if not self.welcome or (error.code in ("denied", "incompatible") and
                                not self.settings.token) or error.code == "incompatible":
            self.failure = error
        elif error.code == "denied":
            self.is_lost = self.is_stopping = True
        else:
            self._retry_at = time.monotonic() + _RETRY_SECONDS

    def _take_options(self, options: Any) -> None:
        """The daemon's word counts: they may have been set since we were spawned."""
        if not self.settings.token or not isinstance(options, dict):
            return
        if self.is_ready and options != dict(self.settings.options):
            self.inbox.append({"command": "reconfigure", "msg_type": "cast",
                               "properties": {"options": options}})
        elif not self.is_ready:
            self.settings.options = options

    def _mark_topic(self) -> str:
        return MARK + str(self.welcome.get("session", ""))

    def _open_feed(self, old_mark: str) -> None:
        address = self.settings.pubsub or str(self.welcome.get("pubsub_endpoint", ""))
        if self._feed is None:
            self._feed = Feed(self._context, address)
            for prefix in self.prefixes:
                self._feed.subscribe(prefix)
        else:
            self._feed.move(address)
            self._feed.unsubscribe(old_mark)
        self._feed.subscribe(self._mark_topic())
        self._markers[self._feed.ask_for_marker()] = self._on_synchronized

    def _on_synchronized(self, seq: int) -> None:
        for prefix in self.prefixes:
            self._count_prefix(prefix)
        self._check_subscribed()

    def _count_prefix(self, prefix: str) -> None:
        """Nothing is read of events until the reply says from where on they count."""
        def on_reply(reply: Optional[dict[str, Any]], error: Optional[Error]) -> None:
            self._paused.discard(prefix)
            if prefix not in self.prefixes:  # it came too late
                self._ask("plugin.unsubscribe", {"prefix": prefix}, lambda reply, error: None)
                return
            if reply is None:
                self._refused[prefix] = error or Error("internal", "there was no reply")
                return
            self.counter.start(prefix, int(reply.get("seq", 0)))
            self._confirmed.add(prefix)
            self._check_subscribed()
        self._paused.add(prefix)
        self._ask("plugin.subscribe", {"prefix": prefix}, on_reply)

    def _check_subscribed(self) -> None:
        if self._is_subscribed or not self._confirmed.issuperset(self.prefixes):
            return
        self._is_subscribed = True
        if self.counter.resume() and self._feed:
            self._markers[self._feed.ask_for_marker()] = lambda seq: self.events.add_gap(
                self.counter.settle())
        if self.is_ready:
            self._ask("plugin.ready", {}, lambda reply, error: self.send_heartbeat())

    def _on_break(self) -> None:
        """The connection is gone, and with it all that belonged to it."""
        self._is_open = self._is_subscribed = False
        self._breaks += 1
        self._confirmed.clear()
        self._refused.clear()
        self._asked.clear()
        self._paused.clear()
        self._next_heartbeat = _FOR_EVER
        for marker in self._markers:
            if self._feed:
                self._feed.unsubscribe(marker)
        self._markers.clear()
        for deferred in self.invocations.values():
            deferred.cancel()
        self.invocations.clear()
        kept = [one for one in self.inbox if one.get("command") in ("stop", "reopen")]
        self.inbox.clear()
        self.inbox.extend(kept)
        if probe(self.endpoint):
            for request in self.requests.take_lost():
                self._complete(request)

    # ---- subscriptions ----

    def subscribe(self, prefix: str, timeout: float) -> None:
        """Asks for events; when it returns, the subscription is counted. Raises Error."""
        if self._feed is None:
            raise Error("unavailable", f"cannot subscribe to '{prefix}': the plugin is not "
                                       "connected", "wait for handle_init")
        if prefix in self.prefixes:
            return
        self.prefixes[prefix] = None
        self._feed.subscribe(prefix)
        if self._is_subscribed:
            self._markers[self._feed.ask_for_marker()] = lambda seq: self._count_prefix(prefix)
        self._wait(lambda: prefix in self._confirmed or prefix in self._refused,
                   time.monotonic() + timeout)
        if prefix not in self._confirmed:
            self._forget_prefix(prefix)
            raise self._refused.pop(prefix, None) or Error(
                "timeout", f"no confirmation of the subscription to '{prefix}' from "
                           f"{self.endpoint} within {timeout:g} s")

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
        if self._is_subscribed:
            self._paused.add(prefix)
            self._ask("plugin.unsubscribe", {"prefix": prefix}, on_reply)
            self._wait_unbroken(lambda: bool(done), time.monotonic() + timeout)
        self._forget_prefix(prefix)

    def _is_wanted(self, topic: str) -> bool:
        """The empty prefix stands for events: output of others may come by it, too."""
        return any(topic.startswith(prefix) and (prefix or is_event(topic))
                   for prefix in self.prefixes)

    # ---- the loop ----

    def wait_once(self, deadline: float) -> list[tuple[int, int]]:
        """Waits until something came, or until `deadline`; returns which watched descriptors are
        ready for what."""
        return self._step(deadline, dict(self.watched))

    def _wait(self, is_done: Callable[[], bool], deadline: float) -> bool:
        """Handles what the session needs until `is_done`. Returns False at the deadline; raises
        the refusal of a hello."""
        while not is_done():
            if self.failure:
                raise self.failure
            if time.monotonic() >= deadline:
                return False
            self._step(deadline, {})
        return True

    def _wait_unbroken(self, is_done: Callable[[], bool], deadline: float) -> bool:
        """Waits for what never comes by another connection: a break ends it, too, even if the next
        connection is there at once."""
        breaks = self._breaks
        return self._wait(lambda: is_done() or self._breaks != breaks, deadline)

    def _due(self) -> float:
        """Returns when the session itself has to do something."""
        late = self.requests.next_deadline()
        return min(self._next_heartbeat, self._next_metrics, self._retry_at,
                   _FOR_EVER if late is None else late)

    def _wants_events(self) -> bool:
        """One that is slow leaves events where the daemon can see that they are not taken."""
        return (self._feed is not None and not self._paused and
                (bool(self._markers) or not self.events.is_full()))

    def _step(self, deadline: float, watched: Mapping[int, Any]) -> list[tuple[int, int]]:
        items = [(self._link.socket, zmq.POLLIN), (self._link.monitor, zmq.POLLIN),
                 (self._waker.fileno(), zmq.POLLIN)]
        if self._wants_events() and self._feed:
            items.append((self._feed.socket, zmq.POLLIN))
        items += [(fd, entry[0]) for fd, entry in watched.items()]
        ready = zmq.zmq_poll(items, _milliseconds(min(deadline, self._due())))
        self._read_link()
        self._read_feed()
        self._take_signals()
        self._do_due()
        return [(fd, events) for fd, events in ready if fd in watched]

    def _do_due(self) -> None:
        for request in self.requests.take_late():
            self._complete(request)
        now = time.monotonic()
        if now >= min(self._next_heartbeat, self._next_metrics):
            self.send_heartbeat()
        if now >= self._retry_at:
            self._say_hello()

    def _take_signals(self) -> None:
        for number in self._waker.take():
            command = "reopen" if number == signal.SIGHUP else "stop"
            self.inbox.append({"command": command, "msg_type": "cast"})

    def wake(self) -> None:
        """Ends the wait of the loop; for other threads."""
        waker = self._waker
        if waker:
            waker.wake()

    def _read_link(self) -> None:
        self._read_bodies()
        for is_up in self._link.changes():
            self._read_bodies()  # what came before it broke
            if is_up:
                self._say_hello()
            else:
                self._on_break()

    def _read_bodies(self) -> None:
        while (body := self._link.receive()) is not None:
            if "command" in body:
                self._on_request(body)
            elif isinstance(body.get("id"), str):
                callback = self._asked.pop(body["id"], None)
                error = Error.from_reply(body)
                if callback:
                    callback(None if error else body, error)
            else:
                request = self.requests.take_reply(body)
                if request:
                    self._complete(request)

    def _complete(self, request: Request) -> None:
        if request.callback:
            self.completed.append(request)

    def _on_request(self, body: dict[str, Any]) -> None:
        if body.get("command") != "cancel":
            self.inbox.append(body)
            return
        identity = (body.get("properties") or {}).get("id")
        for waiting in self.inbox:
            if waiting.get("command") == "invoke" and waiting.get("id") == identity:
                self.inbox.remove(waiting)
                return
        deferred = self.invocations.pop(identity, None)
        if deferred:
            deferred.cancel()

    def _read_feed(self) -> None:
        while self._wants_events() and self._feed:
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
        elif topic == self._mark_topic():
            self.events.add_gap(self.counter.see_mark(int(body.get("expected", 0)), seq))
        elif not topic.startswith((SYNC, MARK)):
            self.events.add_gap(self.counter.see_event(topic, seq))
            if self._is_wanted(topic):
                self.events.add(Event(topic, body))


def _milliseconds(due: float) -> int:
    """Returns how long it is to a point of time, as a poll takes it."""
    if due == _FOR_EVER:
        return -1
    return max(0, math.ceil((due - time.monotonic()) * 1000))


def _report_without_hello(endpoint: str, properties: Mapping[str, Any]) -> bool:
    if probe(endpoint):
        return False
    context: Any = zmq.Context()
    socket = context.socket(zmq.DEALER)
    socket.linger = 1000
    try:
        socket.connect(endpoint)
        socket.send(_wire.encode({"command": "plugin.failed", "id": 1,
                                  "properties": dict(properties)}, "the reason"))
        if not socket.poll(int(_STOP_SECONDS * 1000)):
            return False
        reply = _wire.decode(socket.recv_multipart()[-1])
        return reply is not None and Error.from_reply(reply) is None
    finally:
        socket.close()
        context.term()

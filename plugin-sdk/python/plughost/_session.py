"""The loop of a plugin: its connections, what comes by them, and what is sent."""

from __future__ import annotations

import math
import os
import signal
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Callable, Mapping, Optional

import zmq

from . import _wire
from ._conversation import Conversation
from ._endpoint import default_endpoint, probe
from ._heartbeat import Heartbeat
from ._settings import Settings
from ._signals import Waker
from ._subscriptions import Subscriptions
from ._timers import Timers
from .error import Error
from .method import Deferred

if TYPE_CHECKING:
    from .plugin import Plugin

PROTOCOL = 1
_START_SECONDS = 10.0  # to reach the daemon, say hello and subscribe
_STOP_SECONDS = 1.0  # for the events before a stop, and for the last call
_RETRY_SECONDS = 1.0  # between two hellos of which the first was refused
_FOR_EVER = float("inf")


class Session:
    """Keeps a plugin connected: hello, counted subscriptions, heartbeats, replies; and again on a
    new connection. It runs no code of the plugin; `Runtime` does."""

    def __init__(self, plugin: "Plugin[Any]", settings: Settings) -> None:
        self.plugin = plugin
        self.settings = settings
        self.conversation = Conversation(settings.endpoint or default_endpoint())
        self.subscriptions = Subscriptions(self.conversation, self._wait, self._wait_unbroken,
                                           self._on_subscribed)
        self.heartbeat = Heartbeat(self.conversation, self.subscriptions.counter)
        self.timers = Timers()
        self.inbox: deque[dict[str, Any]] = deque()  # requests of the daemon, not begun
        self.posted: deque[Callable[[], None]] = deque()  # by other threads
        self.watched: dict[int, tuple[int, Callable[[int, int], None]]] = {}
        self.invocations: dict[Any, Deferred] = {}  # not answered yet
        self.is_stopping = False
        self.is_reported = False  # the daemon knows why the plugin cannot run
        self.failure: Optional[Error] = None  # hello was refused for good
        self._context: Any = None
        self._waker: Any = None
        self._breaks = 0  # of the connection, so far
        self._is_ready = False
        self._retry_at = _FOR_EVER

    # ---- the beginning and the end ----

    def open(self) -> None:
        """Connects, says hello and subscribes. Raises Error."""
        endpoint, subscriptions = self.conversation.endpoint, self.subscriptions
        refusal = probe(endpoint)
        if refusal:
            raise refusal
        self._context = zmq.Context()
        self._waker = Waker()
        self.conversation.connect(self._context)
        self._wait(lambda: subscriptions.is_complete or bool(subscriptions.refused),
                   time.monotonic() + _START_SECONDS)
        for error in subscriptions.refused.values():
            raise error
        if not subscriptions.is_complete:
            raise Error("timeout", "no answer to 'plugin.hello' and 'plugin.subscribe' from "
                                   f"{endpoint} within {_START_SECONDS:g} s")

    def become_ready(self) -> None:
        """Tells the daemon that the plugin is initialized. Raises Error."""
        self._is_ready = True
        # After a break it is said again together with hello.
        is_over, answers = self._ask_and_wait("plugin.ready", {}, _START_SECONDS)
        if not is_over:
            raise Error("timeout", f"no answer to 'plugin.ready' from {self.conversation.endpoint} "
                                   f"within {_START_SECONDS:g} s")
        if answers and answers[0]:
            raise answers[0]
        self.heartbeat.start()

    def close(self) -> None:
        self.conversation.close()
        self.subscriptions.close()
        if self._waker:
            self._waker.close()
        if self._context:
            self._context.term()
        self._waker = self._context = None

    def report(self, reason: str) -> bool:
        """Tells the daemon why the plugin cannot run. Returns whether it knows now; without a
        token nothing is sent."""
        if not self.settings.token:
            return False
        properties = {"reason": reason}
        if self.conversation.is_open:
            return self._ask_and_wait("plugin.failed", properties, _STOP_SECONDS)[1] == [None]
        properties.update(name=self.settings.name, token=self.settings.token)
        return _report_without_hello(self.conversation.endpoint, properties)

    def finish_events(self) -> None:
        """Waits until all events from before now are there, as far as they come in time."""
        self.subscriptions.finish(time.monotonic() + _STOP_SECONDS)

    def say_goodbye(self) -> None:
        """Sends what is left, and proves by a call that all of it arrived."""
        if self.conversation.is_open:
            self.heartbeat.send()
            self._ask_and_wait("ping", {}, _STOP_SECONDS)

    def _ask_and_wait(self, command: str, properties: Mapping[str, Any], seconds: float
                      ) -> tuple[bool, list[Optional[Error]]]:
        """Asks on this connection. Returns whether the answer or a break came in time, and a list
        of what the answer refuses with: it is empty without an answer."""
        answers: list[Optional[Error]] = []
        self.conversation.ask(command, properties, lambda reply, error: answers.append(error))
        is_over = self._wait_unbroken(lambda: bool(answers), time.monotonic() + seconds)
        return is_over, answers

    # ---- sending ----

    def call(self, command: str, properties: Mapping[str, Any], timeout: float) -> dict[str, Any]:
        """Sends a command and waits for the reply; what comes meanwhile is kept. Raises Error."""
        request = self.conversation.request(command, properties, timeout)
        self._wait(lambda: request.is_done, request.deadline + 1)  # it is given up at its deadline
        return request.result()

    def reply_to_invoke(self, deferred: Deferred, identity: Any, reply: dict[str, Any],
                        what: str) -> None:
        """Answers an invocation, if it waits for that still. Raises Error "invalid"."""
        if self.invocations.get(identity) is not deferred:
            return
        self.conversation.answer(identity, reply, what)
        del self.invocations[identity]

    def send_log(self, level: str, text: str, fields: dict[str, Any]) -> None:
        properties: dict[str, Any] = {"text": text, "level": level}
        if fields:
            properties["fields"] = fields
        try:
            self.conversation.cast("plugin.log", properties)
        except Error:
            pass  # a line that cannot be sent has nobody to complain to

    # ---- hello ----

    def _say_hello(self) -> None:
        self._retry_at = _FOR_EVER
        hello = {"name": self.settings.name, "protocol_min": PROTOCOL, "protocol_max": PROTOCOL,
                 "pid": os.getpid(), **self.plugin.describe()}
        if self.settings.token:
            hello["token"] = self.settings.token
        self.conversation.open(hello, self._on_welcome)

    def _on_welcome(self, reply: Optional[dict[str, Any]], error: Optional[Error]) -> None:
        if error or reply is None:
            self._on_refusal(error or Error("internal", "hello was not answered"))
            return
        self.heartbeat.set_interval(reply.get("heartbeat"))
        address = self.settings.pubsub or str(reply.get("pubsub_endpoint", ""))
        self.subscriptions.begin(self._context, address, reply)
        self._take_options(reply.get("options"))
        self.conversation.be_welcome(str(reply.get("epoch", "")))

    def _on_refusal(self, error: Error) -> None:
        """Before the first welcome it is an error. Later a daemon that does not know us wants us
        to end, and any other may think better of it."""
        if not self.conversation.was_welcome or error.code == "incompatible" or (
                error.code == "denied" and not self.settings.token):
            self.failure = error
        elif error.code == "denied":
            self.is_stopping = True
        else:
            self._retry_at = time.monotonic() + _RETRY_SECONDS

    def _take_options(self, options: Any) -> None:
        """The daemon's word counts: they may have been set since we were spawned."""
        if not self.settings.token or not isinstance(options, dict):
            return
        if self._is_ready and options != dict(self.settings.options):
            self.inbox.append({"command": "reconfigure", "msg_type": "cast",
                               "properties": {"options": options}})
        elif not self._is_ready:
            self.settings.options = options

    def _on_subscribed(self) -> None:
        """In each session but the first, which is not ready before handle_init has returned."""
        if self._is_ready:
            self.conversation.ask("plugin.ready", {}, lambda reply, error: self.heartbeat.send())

    def _on_break(self) -> None:
        """The connection is gone, and with it all that belonged to it."""
        self._breaks += 1
        self.conversation.on_break()
        self.subscriptions.on_break()
        self.heartbeat.pause()
        for deferred in self.invocations.values():
            deferred.cancel()
        self.invocations.clear()
        kept = [one for one in self.inbox if one.get("command") in ("stop", "reopen")]
        self.inbox.clear()
        self.inbox.extend(kept)

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
        late = self.conversation.requests.next_deadline()
        return min(self.heartbeat.due(), self._retry_at, _FOR_EVER if late is None else late)

    def _step(self, deadline: float, watched: Mapping[int, Any]) -> list[tuple[int, int]]:
        link, feed = self.conversation.link, self.subscriptions.socket()
        items = [(link.socket, zmq.POLLIN), (link.monitor, zmq.POLLIN),
                 (self._waker.fileno(), zmq.POLLIN)]
        if feed is not None:
            items.append((feed, zmq.POLLIN))
        items += [(fd, entry[0]) for fd, entry in watched.items()]
        ready = zmq.zmq_poll(items, _milliseconds(min(deadline, self._due())))
        self._read_link()
        self.subscriptions.read()
        self._take_signals()
        self._do_due()
        return [(fd, events) for fd, events in ready if fd in watched]

    def _do_due(self) -> None:
        self.conversation.give_up_late()
        now = time.monotonic()
        if now >= self.heartbeat.due():
            self.heartbeat.send()
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
        for is_up in self.conversation.link.changes():
            self._read_bodies()  # what came before it broke
            if is_up:
                self._say_hello()
            else:
                self._on_break()

    def _read_bodies(self) -> None:
        while (body := self.conversation.link.receive()) is not None:
            if "command" in body:
                self._on_request(body)
            else:
                self.conversation.take_reply(body)

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

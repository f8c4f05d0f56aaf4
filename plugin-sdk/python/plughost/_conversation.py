"""What is said to the daemon: requests that wait for their answer, casts, replies."""

from __future__ import annotations

from collections import deque
from typing import Any, Mapping, Optional

import zmq

from . import _wire
from ._endpoint import probe
from ._link import Link
from ._requests import Callback, Request, Requests
from .error import Error

_ROOM_WAIT_MS = 1000  # for room in the queue to the daemon
_LINGER_MS = 1000
_MAX_HELD = 1000


class Conversation:
    """Goes on over connections: what `request` sends is sent again on the next one, and casts wait
    for it. What `ask` sends belongs to its connection, and so does hello, which opens it."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.requests = Requests(endpoint)
        self.completed: deque[Request] = deque()  # their callbacks are to be called
        self.link: Any = None
        self.is_open = False  # hello was sent by this connection
        self.was_welcome = False  # a daemon has taken us
        self._asked: dict[str, Callback] = {}  # by id
        self._ask_count = 0
        self._held: deque[bytes] = deque()  # casts that wait for hello

    def connect(self, context: "zmq.Context[zmq.Socket[bytes]]") -> None:
        self.link = Link(context, self.endpoint)

    def close(self) -> None:
        if self.link:
            self.link.close(_LINGER_MS)
        self.link = None

    # ---- its beginning and its end on one connection ----

    def open(self, hello: Mapping[str, Any], callback: Callback) -> None:
        """Says hello, and all that has waited for that."""
        self.ask("plugin.hello", hello, callback)
        self.is_open = True
        while self._held:
            self.link.send(self._held.popleft())

    def be_welcome(self, epoch: str) -> None:
        """The daemon takes us: what was not answered is asked again."""
        self.was_welcome = True
        self.requests.epoch = epoch
        for request in self.requests.waiting():
            self._send_request(request)

    def on_break(self) -> None:
        """The connection is gone; requests fail if the daemon is, too."""
        self.is_open = False
        self._asked.clear()
        if probe(self.endpoint):
            for request in self.requests.take_lost():
                self._complete(request)

    # ---- sending ----

    def _send(self, body: dict[str, Any], what: str) -> None:
        data = _wire.encode(body, what)
        self.link.socket.poll(_ROOM_WAIT_MS, zmq.POLLOUT)
        self.link.send(data)

    def ask(self, command: str, properties: Mapping[str, Any], callback: Callback) -> None:
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
        if self.is_open:
            self.link.send(data)
        elif len(self._held) < _MAX_HELD:
            self._held.append(data)
        else:
            raise Error("busy", f"the queue to {self.endpoint} is full")

    def request(self, command: str, properties: Mapping[str, Any], timeout: float,
                callback: Optional[Callback] = None) -> Request:
        """Sends a command. Raises Error "invalid", or "unavailable" if there is no daemon."""
        if self.link is None:
            raise Error("unavailable", f"cannot send '{command}': the plugin is not connected",
                        "wait for handle_init")
        if not self.is_open:
            refusal = probe(self.endpoint)
            if refusal:
                raise refusal
        request = self.requests.make(command, properties, timeout, callback)
        if self.was_welcome and self.is_open:
            self._send_request(request)
        return request

    def _send_request(self, request: Request) -> None:
        self.link.socket.poll(_ROOM_WAIT_MS, zmq.POLLOUT)
        try:
            self.link.send(self.requests.encode(request))
        except Error as error:
            self._complete(self.requests.fail(request, error))

    def answer(self, identity: Any, reply: dict[str, Any], what: str) -> None:
        """Answers the request of the daemon with this id. Raises Error "invalid"."""
        self._send({"id": identity, **reply}, what)

    def reply(self, request: Mapping[str, Any], reply: dict[str, Any]) -> None:
        """Answers a request of the daemon, unless that was a cast."""
        if request.get("msg_type") != "cast" and self.is_open:
            self.answer(request.get("id"), reply, "the reply")

    # ---- what comes back ----

    def take_reply(self, body: dict[str, Any]) -> None:
        if isinstance(body.get("id"), str):
            callback = self._asked.pop(body["id"], None)
            error = Error.from_reply(body)
            if callback:
                callback(None if error else body, error)
        else:
            request = self.requests.take_reply(body)
            if request:
                self._complete(request)

    def give_up_late(self) -> None:
        """Ends the requests whose time is over."""
        for request in self.requests.take_late():
            self._complete(request)

    def give_up_all(self, error: Error) -> None:
        for request in self.requests.take_all(error):
            self._complete(request)

    def _complete(self, request: Request) -> None:
        if request.callback:
            self.completed.append(request)

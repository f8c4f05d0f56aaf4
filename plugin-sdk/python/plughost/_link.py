"""The DEALER to the daemon's endpoint, and whether it is connected."""

from __future__ import annotations

from typing import Any, Iterator, Optional

import zmq
from zmq.utils.monitor import recv_monitor_message

from . import _wire
from .error import Error

_WATCHED = zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_DISCONNECTED


class Link:
    """A connection that knows when it breaks.

    A socket whose connection broke is replaced: what libzmq kept in its queue would otherwise be
    sent before hello on the new connection, and a new routing id keeps late answers away.
    """

    def __init__(self, context: "zmq.Context[zmq.Socket[bytes]]", endpoint: str) -> None:
        self._context = context
        self.endpoint = endpoint
        self.is_up = False
        self.socket: Any = None
        self.monitor: Any = None
        self._left: list[bytes] = []  # came by a socket that was replaced
        self._open()

    def _open(self) -> None:
        self.socket = self._context.socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.sndhwm = 5000  # more than what waits for hello, and what may be unanswered
        self.socket.reconnect_ivl_max = 1000
        self.monitor = self.socket.get_monitor_socket(_WATCHED)
        try:
            self.socket.connect(self.endpoint)
        except zmq.ZMQError as error:
            self.close()
            raise Error("invalid", f"cannot connect to '{self.endpoint}': {error}") from None

    def close(self, linger_ms: int = 0) -> None:
        """Closes it; what is on its way has `linger_ms` to leave."""
        self.is_up = False
        if self.socket is not None:
            self.socket.disable_monitor()
            self.monitor.close(0)
            self.socket.close(linger_ms)
            self.socket = None

    def send(self, data: bytes) -> None:
        """Sends a body. Raises Error "busy" when the queue to the daemon is full."""
        try:
            self.socket.send(data, zmq.NOBLOCK)
        except zmq.Again:
            raise Error("busy", f"the queue to {self.endpoint} is full") from None

    def _receive_frames(self) -> Iterator[list[bytes]]:
        while True:
            try:
                yield self.socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return

    def receive(self) -> Optional[dict[str, Any]]:
        """Returns the next body that is there, or None."""
        while True:
            try:
                data = self._left.pop(0) if self._left else self.socket.recv_multipart(
                    zmq.NOBLOCK)[-1]
            except zmq.Again:
                return None
            body = _wire.decode(data)
            if body is not None:
                return body

    def changes(self) -> Iterator[bool]:
        """Yields True for each connection that came about and False for each that broke; the
        socket is then a new one that connects already."""
        while self.monitor.poll(0):
            event = recv_monitor_message(self.monitor, zmq.NOBLOCK)["event"]
            if event == zmq.EVENT_HANDSHAKE_SUCCEEDED:
                self.is_up = True
                yield True
            elif event == zmq.EVENT_DISCONNECTED and self.is_up:
                self._left += [frames[-1] for frames in self._receive_frames()]
                self.close()
                self._open()
                yield False

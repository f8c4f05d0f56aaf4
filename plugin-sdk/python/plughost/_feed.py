"""The SUB to the daemon's events, and markers that tell when a subscription is active."""

from __future__ import annotations

import os
from typing import Any, Optional

import zmq

from . import _wire
from .error import Error

SYNC = "plughost.sync."
MARK = "plughost.mark."


class Feed:
    """Reads events. Subscriptions outlive a connection that breaks: libzmq sends them again."""

    def __init__(self, context: "zmq.Context[zmq.Socket[bytes]]", address: str) -> None:
        self.address = address
        self.socket: Any = context.socket(zmq.SUB)
        self.socket.linger = 0
        self.socket.reconnect_ivl_max = 1000
        try:
            self.socket.connect(address)
        except zmq.ZMQError as error:
            self.socket.close(0)
            raise Error("invalid", f"cannot connect to '{address}': {error}") from None

    def close(self) -> None:
        self.socket.close(0)

    def move(self, address: str) -> None:
        """Goes to another address, if it is another; the subscriptions stay."""
        if address != self.address:
            self.socket.disconnect(self.address)
            self.address = address
            self.socket.connect(address)

    def subscribe(self, prefix: str) -> None:
        self.socket.subscribe(prefix)

    def unsubscribe(self, prefix: str) -> None:
        self.socket.unsubscribe(prefix)

    def ask_for_marker(self) -> str:
        """Has the daemon publish one message, on the topic that is returned: when it arrives, all
        earlier subscriptions are active. Unsubscribe from it then."""
        marker = SYNC + os.urandom(8).hex()
        self.subscribe(marker)
        return marker

    def receive(self) -> Optional[tuple[str, dict[str, Any]]]:
        """Returns topic and body of the next message that is there, or None."""
        while True:
            try:
                frames = self.socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return None
            body = _wire.decode(frames[-1]) if len(frames) == 2 else None
            if body is not None:
                return frames[0].decode(errors="surrogateescape"), body


def is_event(topic: str) -> bool:
    """Says whether a topic is one of events, which take a number."""
    return not topic.startswith(("log.", SYNC, MARK))

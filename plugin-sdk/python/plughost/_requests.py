"""Requests that wait for their reply, and asking again."""

from __future__ import annotations

import os
import time
from typing import Any, Callable, Mapping, Optional

from . import _wire
from .error import Error

#: Takes the reply or None, and the error or None.
Callback = Callable[[Optional[dict[str, Any]], Optional[Error]], None]


class Request:
    """One request: sent, perhaps sent again, and answered once."""

    def __init__(self, number: int, command: str, body: dict[str, Any], timeout: float,
                 callback: Optional[Callback]) -> None:
        self.number = number
        self.command = command
        self.body = body
        self.timeout = timeout
        self.deadline = time.monotonic() + timeout
        self.callback = callback
        self.epoch: Optional[str] = None  # the run of the daemon that was asked first
        self.was_sent = False
        self.reply: Optional[dict[str, Any]] = None
        self.error: Optional[Error] = None

    @property
    def is_done(self) -> bool:
        return self.reply is not None or self.error is not None

    def result(self) -> dict[str, Any]:
        """Returns the reply, or raises the error, of one that is done."""
        if self.error is not None:
            raise self.error
        assert self.reply is not None
        return self.reply


class Requests:
    """Numbers requests, and knows which are not answered."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._client = os.urandom(8).hex()
        self._last_number = 0
        self._waiting: dict[int, Request] = {}
        self.epoch: Optional[str] = None  # of the daemon that we are connected to, as far as known

    def make(self, command: str, properties: Mapping[str, Any], timeout: float,
             callback: Optional[Callback] = None) -> Request:
        """Makes a request; it waits from now on. Raises Error "invalid" for properties that cannot
        be sent."""
        body = {"command": command, "properties": dict(properties)}
        _wire.encode(body, f"command '{command}'")
        self._last_number += 1
        body.update(id=self._last_number, client=self._client)
        request = Request(self._last_number, command, body, timeout, callback)
        self._waiting[request.number] = request
        return request

    def encode(self, request: Request) -> bytes:
        """Returns what is to be sent now, for the first time or again."""
        body = request.body
        answered = min(self._waiting, default=self._last_number + 1) - 1
        body["answered"] = answered
        if not request.was_sent:
            request.epoch = self.epoch
        elif request.epoch is not None:
            body["epoch"] = request.epoch
        request.was_sent = True
        return _wire.encode(body, f"command '{request.command}'")

    def waiting(self) -> list[Request]:
        """Returns those that wait, in the order in which they were made."""
        return list(self._waiting.values())

    def next_deadline(self) -> Optional[float]:
        return min((request.deadline for request in self._waiting.values()), default=None)

    def take_reply(self, body: dict[str, Any]) -> Optional[Request]:
        """Returns the request that a reply answers, which is done now; None for any other."""
        number = body.get("id")
        request = self._waiting.pop(number, None) if isinstance(number, int) else None
        if request is None:
            return None
        if isinstance(body.get("epoch"), str):
            request.epoch = self.epoch = body["epoch"]
        request.error = Error.from_reply(body)
        if request.error is None:
            request.reply = body
        return request

    def fail(self, request: Request, error: Error) -> Request:
        """Gives a request up."""
        self._waiting.pop(request.number, None)
        request.error = error
        return request

    def take_late(self) -> list[Request]:
        """Gives up those whose time is over, and returns them."""
        now = time.monotonic()
        return [self.fail(request, Error(
            "timeout", f"no answer to '{request.command}' from {self._endpoint} within "
                       f"{request.timeout:g} s"))
                for request in self.waiting() if request.deadline <= now]

    def lost(self, request: Request) -> Error:
        """Returns why a request failed whose daemon is gone."""
        return Error("unavailable", f"plughostd at {self._endpoint} went away before it answered "
                                    f"'{request.command}'")

    def take_lost(self) -> list[Request]:
        """Gives all up because the daemon is gone, and returns them."""
        return [self.fail(request, self.lost(request)) for request in self.waiting()]

    def take_all(self, error: Error) -> list[Request]:
        """Gives all up, and returns them."""
        return [self.fail(request, error) for request in self.waiting()]

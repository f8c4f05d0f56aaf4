"""Signals, and calls from other threads, as something that a poll can wait for."""

from __future__ import annotations

import signal
import socket
import threading
from typing import Any

_TAKEN = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Waker:
    """A socket that becomes readable when one of SIGTERM, SIGINT and SIGHUP came, or a thread
    called `wake`. Signals are taken over only on the main thread, where Python has them, and given
    back by `close`."""

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        self._before: dict[int, Any] = {}
        self._fd_before = -1
        if threading.current_thread() is threading.main_thread():
            self._take_signals()

    def _take_signals(self) -> None:
        self._fd_before = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        for number in _TAKEN:
            # A function, though it does nothing: without one the number is not written.
            self._before[number] = signal.signal(number, lambda number, frame: None)

    def fileno(self) -> int:
        return self._reader.fileno()

    def wake(self) -> None:
        """May be called from any thread."""
        try:
            self._writer.send(b"\0")
        except OSError:
            pass  # full: it is readable; closed: nobody reads any more

    def take(self) -> set[int]:
        """Returns the signals that came since the last time."""
        try:
            return set(self._reader.recv(4096)) - {0}
        except BlockingIOError:
            return set()

    def close(self) -> None:
        if self._before:
            signal.set_wakeup_fd(self._fd_before)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}
        self._reader.close()
        self._writer.close()

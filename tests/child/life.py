"""life.py - a plugin that does on demand what can go right and wrong in the life of one; life.c is
the same in C. Plain takes events in batches and knows no new options."""

import os
import signal
import time
from dataclasses import dataclass
from typing import Any, Annotated, Literal, NoReturn, Optional, Sequence

import plughost

SLOW_STOP = 2.0
WATCH = 0.01


@dataclass
class Options:
    record: str = plughost.option(text="A file for what happens.")
    gate: str = plughost.option("", text="A pipe; it starts when something is written to it.")
    init: Literal["ok", "fail"] = "ok"
    stop: Literal["ok", "slow", "never"] = "ok"
    number: int = plughost.option(3, min=1, max=9)


def hang() -> NoReturn:
    while True:
        signal.pause()


class Plain(plughost.Plugin[Options]):
    """Lives and dies on demand."""

    version = "1.0"
    topics = ["event.load"]
    batch_max = 4
    batch_age = 0.1

    def record(self, line: str) -> None:
        with open(self.options.record, "a", encoding="utf-8") as stream:
            print(line, file=stream)

    # ---- from the first to the last moment ----

    def handle_init(self) -> None:
        self.received = self.missed = self.total = 0
        self.last = -1
        self.is_in_order = True
        self.waiter: Optional[plughost.Deferred] = None
        self.record("init")
        if self.options.gate:
            with open(self.options.gate, "rb", buffering=0) as stream:
                stream.read(1)
        if self.options.init == "fail":
            raise plughost.Error("system", "the disk is full", "buy another")

    def handle_stop(self) -> None:
        self.record("stop begins")
        if self.options.stop == "never":
            hang()
        if self.options.stop == "slow":
            time.sleep(SLOW_STOP)
        self.record("stop ends")

    # ---- events ----

    def take(self, event: plughost.Event) -> None:
        number = event.get("n", -1)
        self.is_in_order = self.received == 0 or (self.is_in_order and number > self.last)
        self.last = number
        self.received += 1

    def handle_batch(self, events: Sequence[plughost.Event]) -> None:
        self.record(f"batch of {len(events)}")
        for event in events:
            self.take(event)
        self.check_total()

    def handle_gap(self, gap: plughost.Gap) -> None:
        if gap.is_new_epoch:
            self.record("new epoch")
        self.missed += gap.missed
        self.check_total()

    # ---- answers, at once and later ----

    @plughost.method
    def echo(self, value: Annotated[Any, "what comes back"]) -> dict[str, Any]:
        """Answers at once."""
        return {"value": value, "trace": self.trace}

    @plughost.method
    def later(self, ms: int) -> None:
        """Answers later."""
        answer = self.defer()
        self.after(ms / 1000, lambda: answer.answer({"value": "later"}))

    @plughost.method
    def refuse(self, code: str) -> None:
        """Refuses."""
        raise plughost.Error(code, "not today", "ask tomorrow")

    @plughost.method
    def hold(self) -> None:
        """Answers when nobody waits any more."""
        answer = self.defer()

        def look() -> None:
            if not answer.is_cancelled:
                self.after(WATCH, look)
                return
            self.record("cancelled")
            answer.answer()
        self.after(WATCH, look)
        self.record("holds")

    # ---- deaths ----

    @plughost.method
    def hang(self) -> None:
        """Never returns."""
        self.record("hangs")
        hang()

    @plughost.method
    def crash(self) -> None:
        """Dies at once."""
        os.kill(os.getpid(), signal.SIGKILL)
        hang()

    @plughost.method
    def work(self, ms: int, announced: bool) -> None:
        """Returns late."""
        if announced:
            self.busy(2 * ms / 1000)
        time.sleep(ms / 1000)

    # ---- what it asks of others ----

    @plughost.method
    def relay(self, plugin: str, method: str, value: Any = None) -> dict[str, Any]:
        """Asks another plugin."""
        args = {} if value is None else {"value": value}
        return {"inner": self.invoke(plugin, method, args, timeout=10.0)}

    @plughost.method(name="publish")
    def publish_twice(self, topic: str) -> None:
        """Publishes an event twice: without and with an answer."""
        self.publish(topic)
        self.call("publish", topic=topic, timeout=10.0)

    @plughost.method
    def measure(self) -> None:
        """Counts and measures."""
        self.counter("orders", 2)
        self.gauge("load", 1.5)
        for value in (1, 2, 3):
            self.histogram("waited", value)

    @plughost.method
    def say(self, text: str) -> None:
        """Writes a line with fields to the log."""
        self.log.warning(text, n=7, share=0.5, is_new=True, who="a b")

    # ---- what it knows ----

    @plughost.method
    def number(self) -> dict[str, int]:
        """Tells the option."""
        return {"value": self.options.number}

    def check_total(self) -> None:
        if self.waiter is None or self.received + self.missed < self.total:
            return
        waiter, self.waiter = self.waiter, None
        self.busy(1.0)  # the daemon hears now what was missed
        waiter.answer({"received": self.received, "missed": self.missed,
                       "is_in_order": self.is_in_order})

    @plughost.method
    def wait_total(self, total: int) -> None:
        """Answers when so many events were received or missed."""
        self.total, self.waiter = total, self.defer()
        self.check_total()


class Life(Plain):
    """Lives and dies on demand."""

    handle_batch = plughost.Plugin.handle_batch  # one by one

    def handle_recv(self, event: plughost.Event) -> None:
        self.take(event)
        self.check_total()

    def handle_reconfigure(self, options: Options) -> None:
        if options.number == 7:
            raise plughost.Error("invalid", "7 is not to be had")
        self.record("reconfigured")

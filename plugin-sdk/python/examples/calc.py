"""calc.py - methods and options: others invoke it, and it tells how long that took."""

import time
from dataclasses import dataclass
from typing import Annotated, Literal

import plughost


@dataclass
class Options:
    digits: int = plughost.option(6, min=0, max=15, text="Digits behind the point of a result.")
    zero: Literal["refuse", "nothing"] = plughost.option(
        "refuse", text="What a division by zero gives: an error, or no value.")


class Calc(plughost.Plugin[Options]):
    """Calculates for others."""

    version = "1.0"

    @plughost.method
    def add(self, a: Annotated[float, "the one"], b: Annotated[float, "the other"]) -> float:
        """Adds two numbers."""
        self.counter("sums")
        return round(a + b, self.options.digits)

    @plughost.method
    def divide(self, a: float, b: float = 2.0) -> float | None:
        """Divides, by 2 unless told otherwise."""
        if b != 0:
            return round(a / b, self.options.digits)
        if self.options.zero == "nothing":
            return None
        raise plughost.Error("invalid", f"cannot divide {a:g} by zero", "take another divisor")

    @plughost.method
    def later(self, seconds: float, value: str = "now") -> None:
        """Answers with the value when so much time has passed."""
        answer, begin = self.defer(), time.monotonic()

        def finish() -> None:
            self.histogram("waited", time.monotonic() - begin)
            answer.answer(value)
        self.after(seconds, finish)

    def handle_reconfigure(self, options: Options) -> None:
        self.log.info("new options", digits=options.digits)

"""How long an invocation of a method that kills its own process takes until its caller has the error.

Beside it stands an invocation that is answered: what the way to the plugin and back takes by itself.
"""

import sys
import time

from harness import Daemon, milliseconds, plugin
from report import itself_at_most


def crash_ms(daemon):
    begin = time.perf_counter()
    reply = daemon.call("invoke", plugin="counter", method="crash")
    took = milliseconds(begin)
    if reply["status"] == "ok" or "'counter'" not in reply["reason"] or "killed by SIGKILL" not in reply["reason"]:
        sys.exit(f"the error does not name the plugin and its death: {reply}")
    return took


def answered_ms(daemon):
    begin = time.perf_counter()
    daemon.invoke("counter", "echo")
    return milliseconds(begin)


def measure(options, crashes):
    """Returns the milliseconds of so many crashes, and of as many answers between them."""
    crashed, answered = [], []
    with Daemon(options, plugin(options, "counter", "counter", "max_restarts = 0\n")) as daemon:
        for _ in range(crashes):
            daemon.done("start", name="counter", waiting=True)
            answered.append(answered_ms(daemon))
            crashed.append(crash_ms(daemon))
            daemon.done("reset", name="counter")  # or else it would come back later each time
    return crashed, answered


def run(options, report):
    crashed, answered = measure(options, 20 if options.quick else 200)
    report.show("error after a crash", crashed, answered, "ms", "answer", itself_at_most(50, "ms"))
    if max(crashed) > 50:
        report.note(f"the slowest error came after {max(crashed):.3g} ms")

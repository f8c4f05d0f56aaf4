#!/usr/bin/python3
"""20,000 events a second to three plugins, of which one stands still: what the others notice, and what it learns.

The pause is so long that more is published meanwhile than waits for one plugin: event_queue in the daemon, 100,000 in
the plugin's own socket, and what the kernel takes. Beside it stands a run in which none stands still.
"""

import sys

from plughost_bench import Daemon, arguments, plugin
from plugin_events import publish, results

RATE = 20_000
EVENT_QUEUE = 20_000
OTHERS = ["one", "other"]


def run(options, seconds, pause_s):
    """Returns what each plugin tells, by name, and what `status` counts as missed."""
    count = RATE * seconds
    sections = f"event_queue = {EVENT_QUEUE}\n"
    sections += "".join(plugin(options, name, "counter", f"delays = yes\nexpected = {count}\n") for name in OTHERS)
    sections += plugin(options, "slow", "counter",
                       f"pause_ms = {pause_s * 1000}\npause_at = {RATE // 2}\nwatchdog = {pause_s + 10}\n")
    names = OTHERS + ["slow"]
    with Daemon(options, sections) as daemon:
        daemon.done("start", waiting=True)
        publish(options, daemon, count, 1, RATE)
        found = dict(zip(names, results(daemon, names, count)))
        status = daemon.call("status", name="slow")
        counted = sum(process.get("missed", 0) for process in status["watchers"][0]["processes"])
    return found, counted


def worst_ms(found):
    return [found[name]["worst_ns"] / 1e6 for name in OTHERS]


def main():
    options = arguments(__doc__)
    seconds, pause_s = (9, 7) if options.quick else (12, 9)
    count = RATE * seconds
    calm, _ = run(options, seconds, 0)
    found, counted = run(options, seconds, pause_s)
    slow = found["slow"]
    are_whole = all(run_of[name]["received"] == count and not run_of[name]["disorder"]
                    for run_of in (calm, found) for name in OTHERS)
    is_exact = slow["received"] + slow["missed"] == count
    print(f"{count} events, one of three plugins stands still for {pause_s} s: "
          f"the others {'got all in order' if are_whole else 'LOST SOME'}")
    print(f"worst delay of the others: {' and '.join(f'{ms:.1f}' for ms in worst_ms(found))} ms; with none that "
          f"stands still: {' and '.join(f'{ms:.1f}' for ms in worst_ms(calm))} ms")
    print(f"the slow one: got {slow['received']}, was told of {slow['missed']} in {slow['gaps']} gaps, "
          f"{'exactly what was published' if is_exact else 'WHICH IS NOT WHAT WAS PUBLISHED'}; "
          f"status counts {counted} missed")
    return 0 if are_whole and is_exact and slow["missed"] > 0 and counted == slow["missed"] else 1


if __name__ == "__main__":
    sys.exit(main())

"""From SIGTERM to the end of the daemon, with 10 to 10,000 processes that it has to stop.

Beside it stands the bare loop, which kills its processes and waits for each.
"""

import time

from harness import Bare, Daemon, can_capture, milliseconds
from start import MUTE, OFF, PROGRAM, in_one


def ours_ms(options, count):
    daemon = Daemon(options, in_one(count, OFF if can_capture(count) else OFF + MUTE))
    daemon.done("start", waiting=True)
    begin = time.perf_counter()
    daemon.__exit__()
    return milliseconds(begin)


def bare_ms(options, count):
    bare = Bare(options, count, *PROGRAM.split())
    bare.__enter__()
    begin = time.perf_counter()
    bare.__exit__()
    return milliseconds(begin)


def run(options, report):
    rounds = 2 if options.quick else 7
    for count in (10, 100, 1000) if options.quick else (10, 100, 1000, 10_000):
        bare, ours = [], []
        for _ in range(rounds if count < 10_000 else 2):
            bare.append(bare_ms(options, count))
            ours.append(ours_ms(options, count))
        report.show(f"with {count}", ours, bare, "ms", "bare loop")

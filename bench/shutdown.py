"""From SIGTERM to the end of the daemon, with 10 to 10,000 processes that it has to stop.

Beside it stands the bare loop, which kills its processes and waits for each.
"""

from harness import Bare, Daemon
from start import PROGRAM, in_one, options_of


def ours_ms(options, count):
    with Daemon(options, in_one(count, options_of(count))) as daemon:
        daemon.done("start", waiting=True)
        return daemon.end_ms()


def bare_ms(options, count):
    with Bare(options, count, *PROGRAM.split()) as bare:
        return bare.end_ms()


def run(options, report):
    rounds = 2 if options.quick else 5
    for count in (10, 100, 1000) if options.quick else (10, 100, 1000, 10_000):
        bare, ours = [], []
        for _ in range(rounds if count < 10_000 else 2):
            bare.append(bare_ms(options, count))
            ours.append(ours_ms(options, count))
        report.show(f"with {count}", ours, bare, "ms", "bare loop")

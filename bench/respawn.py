"""Crash to successor: from SIGKILL to the first instruction of the process that follows.

Beside it stands a loop of pidfd, waitpid and posix_spawn in C with the same child and as many siblings. The two are
asked in turn.
"""

import statistics
import time

from harness import Bare, Daemon, Stamps, helper, watchers
from report import at_most

PAUSE_S = 0.005  # so that each begins from rest


def measure(options, siblings, kills):
    """Returns the medians of plughost and of the bare loop in milliseconds."""
    stamp = helper(options, "stamp")
    ours, bare = [], []
    with Stamps() as our_stamps, Stamps() as bare_stamps, \
            Daemon(options, watchers(siblings, f"{stamp} {our_stamps.path}", "autostart = no\n")) as daemon, \
            Bare(options, siblings, stamp, bare_stamps.path):
        daemon.done("start", waiting=True)
        our_stamps.take(siblings)
        victim, bare_victim = daemon.pids("w0")[0], bare_stamps.take(siblings)[0]
        for _ in range(kills):
            daemon.call("reset", name="w0")  # or else the second death would be answered with a delay
            time.sleep(PAUSE_S)
            took, victim = our_stamps.respawn_ms(victim)
            ours.append(took)
            time.sleep(PAUSE_S)
            took, bare_victim = bare_stamps.respawn_ms(bare_victim)
            bare.append(took)
    return statistics.median(ours), statistics.median(bare)


def run(options, report):
    kills, rounds = (30, 2) if options.quick else (100, 7)
    for siblings in (10, 100, 1000):
        ours, bare = zip(*(measure(options, siblings, kills) for _ in range(rounds)))
        report.show(f"among {siblings}", list(ours), list(bare), "ms", "bare loop",
                    at_most(1.5) if siblings != 100 else None)

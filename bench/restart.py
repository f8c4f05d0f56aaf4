#!/usr/bin/python3
"""Crash to successor: from SIGKILL to the first instruction of the process that follows.

Beside it stands a loop of pidfd, waitpid and posix_spawn in C with the same child and as many siblings. The two are
asked in turn.
"""

import statistics
import time

from plughost_bench import Bare, Daemon, Stamps, arguments, helper, show, watchers

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


def main():
    options = arguments(__doc__)
    for siblings in (10, 1000):
        rounds = [measure(options, siblings, 30 if options.quick else 100) for _ in range(2 if options.quick else 7)]
        show(f"respawn among {siblings}", *zip(*rounds), "ms", "at most 1.5")


if __name__ == "__main__":
    main()

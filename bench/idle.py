"""What a daemon with 10 to 10,000 processes that do nothing does: how often it wakes up, how long it computes.

Beside it stands the bare loop, which sleeps. All threads count, also those of libzmq.
"""

import os
import time

from harness import Bare, Daemon, can_capture
from report import itself_at_most
from start import MUTE, OFF, PROGRAM, in_one

SETTLE_S = 3  # a look for orphans may still follow the start


def activity(pid):
    """Returns how often the threads of a process were switched to, and their milliseconds of work."""
    switches, work_ns = 0, 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/status", encoding="utf-8") as file:
            switches += sum(int(line.split()[1]) for line in file if "ctxt_switches" in line)
        with open(f"/proc/{pid}/task/{thread}/schedstat", encoding="utf-8") as file:
            work_ns += int(file.read().split()[0])
    return switches, work_ns / 1e6


def watch(pid, seconds):
    time.sleep(SETTLE_S)
    before = activity(pid)
    time.sleep(seconds)
    after = activity(pid)
    return after[0] - before[0], after[1] - before[1]


def run(options, report):
    seconds = 5 if options.quick else 15
    for count in (10, 100, 1000) if options.quick else (10, 100, 1000, 10_000):
        with Daemon(options, in_one(count, OFF if can_capture(count) else OFF + MUTE)) as daemon:
            daemon.done("start", waiting=True)
            ours = watch(daemon.process.pid, seconds)
        with Bare(options, count, *PROGRAM.split()) as bare:
            beside = watch(bare.process.pid, seconds)
        report.show(f"wake-ups in {seconds} s with {count}", [ours[0]], [beside[0]], "", "bare loop",
                    itself_at_most(0, "wake-ups"))
        report.show(f"work in {seconds} s with {count}", [ours[1]], [beside[1]], "ms", "bare loop")

"""How much longer `status` and `stop` of one watcher and the respawn of one process take among many than among 10.

The others are watchers of one process each, or all in one watcher beside the one that is asked about. What grows
beside it: the round trip of a `ping`, and the respawn by a bare loop of pidfd and posix_spawn.
"""

import statistics
import time

from harness import Bare, Daemon, Stamps, can_capture, helper, watchers
from report import at_most

FEW = 10
MUTE = "close_child_stdout = yes\nclose_child_stderr = yes\n"
OFF = "autostart = no\n"
TARGETS = ("status", "stop", "respawn")


def one_by_one(count, command):
    return watchers(count, command, options_of(count))


def in_one(count, command):
    more = options_of(count)
    return watchers(1, command, more) + f"[watcher:crowd]\ncmd = {command}\nnumprocesses = {count - 1}\n{more}"


def options_of(count):
    return OFF if can_capture(count) else OFF + MUTE


def stop_and_start(daemon, stamps):
    time.sleep(0.005)
    took = daemon.done("stop", name="w0", waiting=True)
    daemon.done("start", name="w0", waiting=True)
    stamps.next()
    return took


def respawn(daemon, stamps):
    pid = daemon.pids("w0")[0]
    daemon.call("reset", name="w0")
    time.sleep(0.005)
    return stamps.respawn_ms(pid)[0]


def measure(options, sections, count, repeats):
    """Returns the medians in milliseconds, by name."""
    stamp = helper(options, "stamp")
    with Stamps() as stamps, Daemon(options, sections(count, f"{stamp} {stamps.path}")) as daemon:
        daemon.done("start", waiting=True)
        stamps.take(count)
        time.sleep(0.5)  # a look for orphans may still follow the start
        found = {"ping": [daemon.done("ping") for _ in range(repeats * 5)],
                 "status": [daemon.done("status", name="w0") for _ in range(repeats * 5)],
                 "stop": [stop_and_start(daemon, stamps) for _ in range(repeats)],
                 "respawn": [respawn(daemon, stamps) for _ in range(repeats)]}
    with Stamps() as stamps, Bare(options, count, stamp, stamps.path):
        pids = stamps.take(count)
        found["bare respawn"] = []
        for pid in pids[:repeats]:
            time.sleep(0.005)
            found["bare respawn"].append(stamps.respawn_ms(pid)[0])
    return {name: statistics.median(values) for name, values in found.items()}


def run(options, report):
    rounds, repeats = (2, 20) if options.quick else (5, 60)
    for sections in (one_by_one, in_one):
        few = [measure(options, sections, FEW, repeats) for _ in range(rounds)]
        for count in (100, 1000) if options.quick else (100, 1000, 10_000):
            some = rounds if count < 10_000 else 1
            many = [measure(options, sections, count, repeats) for _ in range(some)]
            for name in few[0]:
                report.show(f"{sections.__name__.replace('_', ' ')}, {name} among {count}",
                            [one[name] for one in many], [one[name] for one in few[:some]], "ms", f"among {FEW}",
                            at_most(1.2) if count == 1000 and name in TARGETS else None)

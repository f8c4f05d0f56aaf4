#!/usr/bin/python3
"""How much longer `status` and `stop` of one watcher and the respawn of one process take among 1,000 than among 10.

The others are watchers of one process each, or all in one watcher beside the one that is asked about. Beside it stand
the round trip of a `ping`, and the respawn by a bare loop of pidfd and posix_spawn.
"""

import statistics
import time

from plughost_bench import Bare, Daemon, Stamps, arguments, helper, watchers

FEW, MANY = 10, 1000
OFF = "autostart = no\n"


def one_by_one(count, command):
    return watchers(count, command, OFF)


def in_one(count, command):
    return watchers(1, command, OFF) + f"[watcher:crowd]\ncmd = {command}\nnumprocesses = {count - 1}\n{OFF}"


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


def main():
    options = arguments(__doc__)
    rounds, repeats = (2, 20) if options.quick else (7, 60)
    for sections in (one_by_one, in_one):
        few, many = [], []
        for _ in range(rounds):
            few.append(measure(options, sections, FEW, repeats))
            many.append(measure(options, sections, MANY, repeats))
        for name in few[0]:
            growths = [b[name] / a[name] for a, b in zip(few, many)]
            print(f"{sections.__name__.replace('_', ' ')}, {name}: "
                  f"{statistics.median(a[name] for a in few):.3f} ms among {FEW}, "
                  f"{statistics.median(b[name] for b in many):.3f} ms among {MANY}; growth "
                  f"{(statistics.median(growths) - 1) * 100:+.0f} % ({(min(growths) - 1) * 100:+.0f} to "
                  f"{(max(growths) - 1) * 100:+.0f}), target at most +20 %", flush=True)


if __name__ == "__main__":
    main()

#!/usr/bin/python3
"""Runs benchmarks: plughost beside the least that the machine allows, in turn, several times.

Each benchmark is a file here with the function `run`; `--list` shows them. What matters is the ratio: times differ
from machine to machine and from hour to hour. A figure that misses its target is told and is no failure of the program;
a wrong result is: lines lost, events out of order.
"""

import argparse
import importlib
import os
import signal
import sys

try:
    from harness import HERE, prepare
    from report import Report
except ImportError as error:
    sys.exit(f"bench.py: {error}: it needs python3-msgpack and python3-zmq ('./bootstrap.sh bench' installs them)")

BENCHMARKS = ["calls", "json_cost", "broken", "events", "slow_subscriber", "invoke_crash", "respawn", "scale", "start",
              "shutdown", "plugins", "idle", "capture", "peers"]


def summary(name):
    return importlib.import_module(name).__doc__.splitlines()[0]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], epilog="Without names all run, in the order "
                                     "of --list: half an hour, with --quick some minutes.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="what to run")
    parser.add_argument("--list", action="store_true", help="show the names, and end")
    parser.add_argument("--quick", action="store_true", help="fewer rounds and smaller numbers, for a first look")
    parser.add_argument("--json", metavar="FILE", help="put all that was measured into a file, too, which keeps what other benchmarks found")
    parser.add_argument("--shield", action="store_true",
                        help="run both sides before all other programs (SCHED_RR, as root): for a machine that is busy")
    parser.add_argument("--bin", default=os.path.join(HERE, "../build/bin"), metavar="DIR",
                        help="where plughostd is; the helpers are in `bench` beside it")
    found = parser.parse_args()
    for name in found.names:
        if name not in BENCHMARKS:
            parser.error(f"there is no benchmark '{name}' (try --list)")
    for program in ("plughostd", "../bench/bench-bare"):
        if not found.list and not os.access(os.path.join(found.bin, program), os.X_OK):
            parser.error(f"there is no {program} in {found.bin}: build first, or say where with --bin")
    return found


def main():
    options = arguments()
    if options.list:
        for name in BENCHMARKS:
            print(f"{name:16} {summary(name)}")
        return 0
    prepare(options)
    report = Report()
    try:
        for name in options.names or BENCHMARKS:
            report.begin(name, summary(name))
            importlib.import_module(name).run(options, report)
    finally:
        if options.json:
            report.write(options.json, options)
    missed = [figure for figure in report.figures if not figure.get("is_met", True)]
    print(f"\n{len(report.figures)} figures, {len(missed)} beyond their targets, {len(report.faults)} wrong results")
    return 1 if report.faults else 0


SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def on_signal(*_):
    """Ends what is under way, so that nothing is left behind; a second signal would interrupt that."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    for each in SIGNALS:
        signal.signal(each, on_signal)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)

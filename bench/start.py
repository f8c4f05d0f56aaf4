"""From `start` until 10 to 10,000 processes run, and what they cost the daemon in memory.

Beside it stands a bare loop of posix_spawn in C; beside the memory, what a supervisor was allowed: 8 MiB and 4 KiB a
process.
"""

from harness import Bare, Daemon, can_capture, watchers
from report import at_most

PROGRAM = "sleep 100000"
OFF = "autostart = no\n"
MUTE = "close_child_stdout = yes\nclose_child_stderr = yes\n"
ALLOWED_BASE, ALLOWED_EACH = 8 << 20, 4 << 10


def in_one(count, more):
    return f"[watcher:crowd]\ncmd = {PROGRAM}\nnumprocesses = {count}\n{more}"


def apart(count, more):
    return watchers(count, PROGRAM, more)


def measure(options, sections):
    """Returns milliseconds, and bytes of anonymous memory while the processes run."""
    with Daemon(options, sections) as daemon:
        took = daemon.done("start", waiting=True)
        return took, daemon.memory("RssAnon")


def bare_ms(options, count):
    with Bare(options, count, *PROGRAM.split()) as bare:
        return bare.spawn_ms


def compare(options, report, count, shape, rounds):
    more = OFF if can_capture(count) else OFF + MUTE
    if not can_capture(count):
        report.note(f"too few descriptors are allowed to capture the output of {count}: it is closed")
    bare, found = [], []
    for _ in range(rounds):
        bare.append(bare_ms(options, count))
        found.append(measure(options, shape(count, more)))
    name = f"{count} {'in one watcher' if shape is in_one else 'watchers'}"
    report.show(f"{name}, until all run", [took for took, _ in found], bare, "ms", "bare loop",
                at_most(1.5) if count == 1000 else None)
    allowed = (ALLOWED_BASE + count * ALLOWED_EACH) / 1e6
    report.show(f"{name}, memory of the daemon", [memory / 1e6 for _, memory in found], [allowed] * rounds, "MB",
                "allowed", at_most(1))


def run(options, report):
    rounds = 2 if options.quick else 5
    for count in (10, 100, 1000) if options.quick else (10, 100, 1000, 10_000):
        for shape in (in_one, apart):
            compare(options, report, count, shape, rounds if count < 10_000 else 2)

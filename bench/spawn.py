#!/usr/bin/python3
"""Many processes at once: how soon they run, whether 10,000 come and go, and what they cost the daemon in memory.

1. From `start` until 1,000 processes run, beside a bare loop of posix_spawn in C.
2. 10,000 started and stopped, as one watcher and as 1,000.
3. The memory of the daemon with none, 1,000 and 10,000.
"""

from plughost_bench import Bare, Daemon, arguments, can_capture, show, watchers

PROGRAM = "sleep 100000"
OFF = "autostart = no\n"
MUTE = "close_child_stdout = yes\nclose_child_stderr = yes\n"


def crowd(count, more=OFF):
    return f"[watcher:crowd]\ncmd = {PROGRAM}\nnumprocesses = {count}\n{more}"


def start_ms(options, sections):
    with Daemon(options, sections) as daemon:
        return daemon.done("start", waiting=True)


def bare_ms(options, count):
    with Bare(options, count, *PROGRAM.split()) as bare:
        return bare.spawn_ms


def start_and_stop(options, what, sections, bare):
    """Returns anonymous memory while the processes run."""
    with Daemon(options, sections) as daemon:
        started = daemon.done("start", waiting=True)
        anonymous, resident = daemon.memory("RssAnon"), daemon.memory("VmRSS")
        stopped = daemon.done("stop", waiting=True)
        left = daemon.memory("RssAnon")
    print(f"{what}: started in {started / 1000:.2f} s ({started / bare:.2f} times the bare loop), stopped in "
          f"{stopped / 1000:.2f} s; memory {anonymous / 1e6:.1f} MB, all resident {resident / 1e6:.1f} MB, "
          f"after the stop {left / 1e6:.1f} MB", flush=True)
    return anonymous


def main():
    options = arguments(__doc__)
    some, many = (200, 1000) if options.quick else (1000, 10_000)
    rounds = 2 if options.quick else 7
    ours, apart, bare = [], [], []
    for _ in range(rounds):
        bare.append(bare_ms(options, some))
        ours.append(start_ms(options, crowd(some)))
        apart.append(start_ms(options, watchers(some, PROGRAM, OFF)))
    show(f"start of {some} in one watcher", ours, bare, "ms", "at most 1.5")
    show(f"start of {some} watchers", apart, bare, "ms", "at most 1.5")

    with Daemon(options, "") as daemon:
        base, resident = daemon.memory("RssAnon"), daemon.memory("VmRSS")
    print(f"no process: memory {base / 1e6:.1f} MB, all resident {resident / 1e6:.1f} MB")
    for count in (some, many):
        bare_took = bare_ms(options, count)
        more = OFF if can_capture(count) else OFF + MUTE
        if not can_capture(count):
            print(f"too few descriptors are allowed to capture the output of {count}: it is closed")
        shapes = {f"{count} in one watcher": crowd(count, more),
                  f"{count} in {count // 10} watchers": watchers(count // 10, PROGRAM, more + "numprocesses = 10\n")}
        for what, sections in shapes.items():
            memory = start_and_stop(options, what, sections, bare_took)
            print(f"  {(memory - base) / count:.0f} bytes a process over the base; "
                  f"target: {(8 << 20) / 1e6 + count * 4096 / 1e6:.1f} MB in all, here {memory / 1e6:.1f} MB")


if __name__ == "__main__":
    main()

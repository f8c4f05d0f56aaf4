"""1 GB of 100-byte lines through a captured stdout to a file: whether all arrive in order, and how fast.

Beside it stands `cat > file` with the same program at the other end of its pipe. TMPDIR says on which disk; both
files are there.
"""

import os
import subprocess
import sys
import tempfile
import time

from harness import PATIENCE_S, Daemon, helper
from report import at_least

LINE = 100


def check(options, path, count):
    with open(path, "rb") as file:
        if subprocess.run([helper(options, "lines"), "check", str(count)], stdin=file, check=False).returncode != 0:
            sys.exit(f"{path}: lines were lost or changed")


def wait_for_size(path, size):
    deadline = time.monotonic() + PATIENCE_S
    while not os.path.exists(path) or os.stat(path).st_size < size:
        if time.monotonic() > deadline:
            sys.exit(f"{path}: not all arrived within {PATIENCE_S} s")
        time.sleep(0.001)


def captured(options, folder, count):
    """Returns MB a second."""
    path = os.path.join(folder, "captured")
    with Daemon(options, f"[watcher:lines]\ncmd = {helper(options, 'lines')} write {count}\nautostart = no\n"
                         f"respawn = no\nstdout_stream.filename = {path}\n") as daemon:
        begin = time.perf_counter()
        daemon.done("start")
        wait_for_size(path, count * LINE)
        speed = count * LINE / 1e6 / (time.perf_counter() - begin)
    check(options, path, count)
    os.unlink(path)
    return speed


def through_cat(options, folder, count):
    path = os.path.join(folder, "cat")
    with open(path, "wb") as file:
        begin = time.perf_counter()
        lines = subprocess.Popen([helper(options, "lines"), "write", str(count)], stdout=subprocess.PIPE)
        cat = subprocess.Popen(["cat"], stdin=lines.stdout, stdout=file)
        lines.stdout.close()
        cat.wait()
        lines.wait()
        speed = count * LINE / 1e6 / (time.perf_counter() - begin)
    check(options, path, count)
    os.unlink(path)
    return speed


def run(options, report):
    count = (100 << 20 if options.quick else 10**9) // LINE
    ours, bare = [], []
    with tempfile.TemporaryDirectory(prefix="plughost-bench-") as folder:
        for _ in range(3 if options.quick else 7):
            bare.append(through_cat(options, folder, count))
            ours.append(captured(options, folder, count))
    report.show(f"{count} lines, none lost, in order", ours, bare, "MB/s", "cat", at_least(0.7))

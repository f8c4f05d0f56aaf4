"""A daemon of our own in a folder of its own, from its start to its end."""
import collections
import ctypes
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

import kernel
from clients import Wrong

# The heap gives back what is free as soon as it can: else a peak hides what leaks below it.
THRIFTY = {"MALLOC_ARENA_MAX": "1", "MALLOC_TRIM_THRESHOLD_": "4096", "MALLOC_MMAP_THRESHOLD_": "16384"}
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
STAYS = {"lock"}  # in the run directory, for the next daemon

REPORT = re.compile(r"Sanitizer|runtime error:|Assertion|assertion|ERROR|internal error|terminate called")


def prctl(option, value):
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0) < 0:
        raise OSError(ctypes.get_errno(), "prctl")


class Daemon:
    """plughostd. What its processes leave behind if it dies becomes ours, and is killed at the end."""

    def __init__(self, binaries):
        self.program = os.path.join(binaries, "bin", "plughostd")
        self.folder = tempfile.mkdtemp(prefix="plughost-soak-")
        self.paths = {"child": os.path.join(binaries, "tests", "test-child"), "folder": self.folder,
                      "modules": os.path.join(binaries, "tests", "modules")}
        self.endpoint = f"ipc://{self.folder}/run/endpoint.sock"
        self.pubsub = f"ipc://{self.folder}/run/pubsub.sock"
        self.circus = f"ipc://{self.folder}/circus.sock"
        self.circus_events = f"ipc://{self.folder}/circus_events.sock"
        self.log = os.path.join(self.folder, "log")
        self.lines = collections.deque(maxlen=60)
        self.process = None

    def is_sanitized(self):
        with open(self.program, "rb") as file:
            return b"__asan_init" in file.read()

    def start(self, configuration):
        prctl(PR_SET_CHILD_SUBREAPER, 1)
        with open(os.path.join(self.folder, "stderr"), "wb") as output:
            self.process = subprocess.Popen(
                [self.program, "--log-output", self.log, "--pidfile", self.folder + "/pid", configuration],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=output, start_new_session=True, cwd=self.folder,
                env={**os.environ, **THRIFTY},
                preexec_fn=lambda: prctl(PR_SET_PDEATHSIG, signal.SIGTERM))

    @property
    def pid(self):
        return self.process.pid

    def check_alive(self):
        if self.process.poll() is not None:
            raise Wrong(f"the daemon has ended with status {self.process.returncode}")

    # ---- its log ----

    def take_log(self):
        """Returns the lines that came since the last look. They are cut off, so that a long soak does not fill a disk."""
        lines = kernel.read(self.log).decode(errors="replace").splitlines()
        if lines:
            os.truncate(self.log, 0)
        self.lines += lines
        return lines

    def reports(self):
        """Returns what it has written to standard error: sanitizers do."""
        return kernel.read(os.path.join(self.folder, "stderr")).decode(errors="replace").splitlines()

    def errors(self):
        """Returns the lines of level error that came since the last look; a report of a bug is wrong at once."""
        lines = self.take_log()
        found = [line for line in [*lines, *self.reports()] if REPORT.search(line)]
        if found:
            raise Wrong("the daemon reports a bug:\n    " + "\n    ".join(found[:20]))
        return [line for line in lines if line[25:32].strip() == "error"]

    # ---- its end ----

    def wait(self, seconds):
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired as timeout:
            raise Wrong(f"the daemon has not ended within {seconds:.0f} s") from timeout

    def left(self):
        """Returns what says that the end was not clean: status, processes, files."""
        found = [] if self.process.returncode == 0 else [f"the daemon ended with status {self.process.returncode}"]
        orphans = kernel.snapshot(self.pid, self.endpoint).processes.values()
        found += [f"process {process} is left" for process in orphans]
        names = set(os.listdir(os.path.join(self.folder, "run"))) - STAYS
        found += [f"{name} is left in the run directory" for name in sorted(names)]
        found += [f"{name} is left" for name in sorted(os.listdir(self.folder))
                  if name == "pid" or name.endswith(".sock")]
        return found

    def clean_up(self):
        """Leaves nothing, whatever has happened."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and self.process:
            ours = set(kernel.children_of(os.getpid()))
            ours |= set(kernel.snapshot(self.pid, self.endpoint).processes)
            for pid in ours:
                kill(pid, signal.SIGKILL)
            if not ours or not reap():
                break
        shutil.rmtree(self.folder, ignore_errors=True)


def reap():
    """Reaps what has died and says whether anybody of ours is left."""
    while True:
        try:
            os.waitid(os.P_ALL, 0, os.WEXITED)
        except ChildProcessError:
            return False


def kill(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass

"""The same work done by other supervisors, as far as they are installed: supervisord, s6, runit.

100 services are started, some are killed once after they have run for two seconds, and the memory of what supervises
them is read: the proportional set size of all processes that are no services. The limit is here the other supervisor.
"""

import os
import shutil
import signal
import statistics
import subprocess
import tempfile
import time

from harness import PATIENCE_S, Daemon, Stamps, helper, milliseconds, watchers

SERVICES = 100
KILLS = 10
STEADY_S = 2  # s6 and runit delay the restart of what ran for less than a second


def descendants(pid):
    found = [pid]
    for parent in found:
        for task in os.listdir(f"/proc/{parent}/task"):
            with open(f"/proc/{parent}/task/{task}/children", encoding="utf-8") as file:
                found += [int(word) for word in file.read().split()]
    return found


def pss_mb(pids):
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/smaps_rollup", encoding="utf-8") as file:
            total += next(int(line.split()[1]) for line in file if line.startswith("Pss:"))
    return total * 1024 / 1e6


# ---- each as a process, from `with` to its end ----

class Plughost:
    def __init__(self, options, command):
        begin = time.perf_counter()
        self.daemon = Daemon(options, watchers(SERVICES, command))
        self.begin = begin
        self.pid = self.daemon.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.daemon.__exit__()


class Peer:
    """What a subclass prepares in `folder` and names in `words`."""

    stop_signal = signal.SIGTERM

    def __init__(self, _options, command):
        self.folder = tempfile.TemporaryDirectory(prefix="plughost-bench-")
        self.prepare(command)
        self.begin = time.perf_counter()
        self.process = subprocess.Popen(self.words(), cwd=self.folder.name, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        self.pid = self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        left = descendants(self.pid)
        self.process.send_signal(self.stop_signal)
        try:
            self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.2)  # what supervised them may write once more
        shutil.rmtree(self.folder.name, ignore_errors=True)

    def path(self, *names):
        return os.path.join(self.folder.name, *names)


class Supervisord(Peer):
    program = "supervisord"

    def prepare(self, command):
        with open(self.path("supervisord.conf"), "w", encoding="utf-8") as file:
            file.write(f"[supervisord]\nnodaemon = true\nlogfile = /dev/null\nlogfile_maxbytes = 0\n"
                       f"pidfile = {self.path('pid')}\nminfds = 4096\n")
            for i in range(SERVICES):
                file.write(f"[program:w{i}]\ncommand = {command}\nautorestart = true\nstartsecs = 1\n")

    def words(self):
        return [self.program, "-c", self.path("supervisord.conf")]


class ServiceFolders(Peer):
    """A folder with a `run` for each service."""

    def prepare(self, command):
        for i in range(SERVICES):
            os.mkdir(self.path(f"w{i}"))
            run_path = self.path(f"w{i}", "run")
            with open(run_path, "w", encoding="utf-8") as file:
                file.write(f"#!/bin/sh\nexec {command}\n")
            os.chmod(run_path, 0o755)


class S6(ServiceFolders):
    program = "s6-svscan"

    def words(self):
        return [self.program, self.folder.name]


class Runit(ServiceFolders):
    program = "runsvdir"
    stop_signal = signal.SIGHUP  # at which it ends its services

    def words(self):
        return [self.program, self.folder.name]


# ---- the work ----

def measure(supervisor, options):
    """Returns milliseconds until all have begun, the median respawn in milliseconds, and MB."""
    with Stamps() as stamps, supervisor(options, f"{helper(options, 'stamp')} {stamps.path}") as running:
        services = stamps.take(SERVICES)
        started = milliseconds(running.begin)
        memory = pss_mb(set(descendants(running.pid)) - set(services))
        time.sleep(STEADY_S)
        respawns = [stamps.respawn_ms(pid)[0] for pid in services[:KILLS]]
    return started, statistics.median(respawns), memory


def run(options, report):
    peers = [peer for peer in (Supervisord, S6, Runit) if shutil.which(peer.program)]
    if not peers:
        report.note("none is installed: there is nothing to compare")
    for peer in peers:
        ours, theirs = [], []
        for _ in range(2 if options.quick else 5):
            theirs.append(measure(peer, options))
            ours.append(measure(Plughost, options))
        for i, (what, unit) in enumerate((("until all have begun", "ms"), ("crash to successor", "ms"),
                                          ("memory of what supervises", "MB"))):
            report.show(f"{SERVICES} services, {what}", [one[i] for one in ours], [one[i] for one in theirs], unit,
                        peer.program)

"""200 watchers that cannot run: how soon a command answers meanwhile, and how busy the daemon is.

Their program is missing, or ends at once; both are tried again with delays that grow. In turn with each answer goes one
of a bare REQ and REP pair between two processes, with a reply of the same size: whatever the machine does meets both.
Beside the daemon's work stands a whole core.
"""

import multiprocessing
import os
import tempfile
import time

import msgpack
import zmq

from harness import PATIENCE_S, Daemon, milliseconds, watchers
from report import itself_at_most

COUNT = 200
FIRST_S = 5  # in which the delays are short yet
PROGRAMS = {"with a missing program": "/nonexistent/program", "that end at once": "/bin/false"}


def serve(address, reply):
    socket = zmq.Context().socket(zmq.REP)
    socket.bind(address)
    while socket.recv() != b"end":
        socket.send(reply)
    socket.send(b"")


class Bare:
    """The pair, from `with` to the end of it."""

    def __init__(self, reply):
        self.folder = tempfile.TemporaryDirectory(prefix="plughost-bench-")
        address = f"ipc://{os.path.join(self.folder.name, 'bare.sock')}"
        self.server = multiprocessing.Process(target=serve, args=(address, reply), daemon=True)
        self.server.start()
        self.socket = zmq.Context.instance().socket(zmq.REQ)
        self.socket.setsockopt(zmq.RCVTIMEO, PATIENCE_S * 1000)
        self.socket.connect(address)

    def __enter__(self):
        self.ask()
        return self

    def __exit__(self, *_):
        self.socket.send(b"end")
        self.socket.recv()
        self.socket.close()
        self.server.join(10)
        self.folder.cleanup()

    def ask(self):
        """Returns the milliseconds of one round trip, with the reply unpacked as a client does."""
        begin = time.perf_counter()
        self.socket.send(b"status")
        msgpack.unpackb(self.socket.recv())
        return milliseconds(begin)


def ask(daemon, bare, seconds, pause_s):
    """Asks for the status of all again and again. Returns how many milliseconds each answer took, and each of the pair."""
    times, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        times.append((daemon.done("status"), bare.ask()))
        time.sleep(pause_s)
    return times


def measure(options, report, kind, program, seconds):
    with Daemon(options, watchers(COUNT, program)) as daemon:
        reply = daemon.raw_call("status")
        with Bare(reply) as bare:
            times = ask(daemon, bare, FIRST_S, 0.01)
            cpu, since = daemon.cpu_seconds(), time.monotonic()
            times += ask(daemon, bare, seconds - FIRST_S, 0.1)  # who asks all the time is what keeps it busy
            share = (daemon.cpu_seconds() - cpu) / (time.monotonic() - since)
    ours, limit = zip(*times)
    report.show(f"status of {COUNT} {kind}, {len(reply)} bytes", ours, limit, "ms", "bare REQ and REP")
    report.show(f"the worst of {len(times)} such", [max(ours)], [max(limit)], "ms", "bare REQ and REP",
                itself_at_most(10, "ms"))
    report.show(f"{COUNT} {kind}, after {FIRST_S} s", [share * 100], [100.0], "% of a core", "a core",
                itself_at_most(5, "%"))


def run(options, report):
    for kind, program in PROGRAMS.items():
        measure(options, report, kind, program, 10 if options.quick else 30)

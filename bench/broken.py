"""200 watchers that cannot run: how soon a command answers meanwhile, and how busy the daemon is.

Their program is missing, or ends at once; both are tried again with delays that grow. Beside the answers stands a bare
REQ and REP pair between two processes with a reply of the same size, beside the daemon's work a whole core.
"""

import multiprocessing
import os
import tempfile
import time

import msgpack
import zmq

from harness import Daemon, milliseconds, watchers
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


def bare_times(reply, count):
    """Milliseconds of round trips, with the reply unpacked as a client does."""
    with tempfile.TemporaryDirectory(prefix="plughost-bench-") as folder:
        address = f"ipc://{os.path.join(folder, 'bare.sock')}"
        server = multiprocessing.Process(target=serve, args=(address, reply), daemon=True)
        server.start()
        socket = zmq.Context.instance().socket(zmq.REQ)
        socket.connect(address)
        times = []
        for _ in range(count):
            begin = time.perf_counter()
            socket.send(b"status")
            msgpack.unpackb(socket.recv())
            times.append(milliseconds(begin))
            time.sleep(0.01)
        socket.send(b"end")
        socket.recv()
        socket.close()
        server.join(10)
    return times[len(times) // 10:]


def ask(daemon, seconds, pause_s):
    """Asks for the status of all again and again. Returns how many milliseconds each answer took."""
    times, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        times.append(daemon.done("status"))
        time.sleep(pause_s)
    return times


def measure(options, report, kind, program, seconds):
    with Daemon(options, watchers(COUNT, program)) as daemon:
        times = ask(daemon, FIRST_S, 0.01)
        cpu, since = daemon.cpu_seconds(), time.monotonic()
        times += ask(daemon, seconds - FIRST_S, 0.1)  # who asks all the time is what keeps it busy
        share = (daemon.cpu_seconds() - cpu) / (time.monotonic() - since)
        reply = daemon.raw_call("status")
    report.show(f"status of {COUNT} {kind}, {len(reply)} bytes", times, bare_times(reply, 300), "ms",
                "bare REQ and REP", itself_at_most(10, "ms"))
    report.show(f"{COUNT} {kind}, after {FIRST_S} s", [share * 100], [100.0], "% of a core", "a core",
                itself_at_most(5, "%"))


def run(options, report):
    for kind, program in PROGRAMS.items():
        measure(options, report, kind, program, 10 if options.quick else 30)

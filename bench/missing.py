#!/usr/bin/python3
"""200 watchers whose program is missing: how soon `status` of all answers, and how busy the daemon is.

Beside it stands a bare REQ and REP pair between two processes with a reply of the same size.
"""

import multiprocessing
import os
import statistics
import tempfile
import time

import msgpack
import zmq

from plughost_bench import Daemon, arguments, milliseconds, spread, watchers

COUNT = 200
FIRST_S = 5  # in which the delays are short yet


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


def main():
    options = arguments(__doc__)
    seconds = 10 if options.quick else 30
    times = []
    with Daemon(options, watchers(COUNT, "/nonexistent/program")) as daemon:
        begin = time.time()
        cpu, since = 0, begin
        while time.time() < begin + seconds:
            times.append(daemon.done("status"))
            if since == begin and time.time() > begin + FIRST_S:
                cpu, since = daemon.cpu_seconds(), time.time()
            # A client that asks all the time would be what keeps the daemon busy.
            time.sleep(0.01 if since == begin else 0.1)
        share = (daemon.cpu_seconds() - cpu) / (time.time() - since)
        statuses = daemon.call("status")["statuses"].values()
        reply = daemon.raw_call("status")
        size = len(reply)
    bare = bare_times(reply, 500)
    print(f"status of {COUNT} watchers, {size} bytes: {spread(times, 'ms')}, target under 10 ms; "
          f"bare REQ and REP of that size: {spread(bare, 'ms')}; "
          f"ratio of the medians {statistics.median(times) / statistics.median(bare):.2f}")
    print(f"plughostd after the first {FIRST_S} s: {share * 100:.2f} % of a core, target under 5 %; "
          f"watchers are now {', '.join(sorted(set(statuses)))}")


if __name__ == "__main__":
    main()

#!/usr/bin/python3
"""Shows the figures that the first release promises. Usage: bench/basics.py [BIN_DIR], after a build.

1. A killed process is back: time from SIGKILL to the `spawn` event, median of 50.
2. 50 programs that exit at once, for 10 seconds: how long `ping` takes and how much of a core plughostd uses.
3. 10 processes that do nothing, for 5 seconds: how often plughostd's main thread wakes up.

Beside 1 stands the time that Python takes for the same with a bare pidfd and os.posix_spawn, beside 2 a bare
REQ/REP ping between two threads of this program.
"""

import os
import select
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import msgpack
import zmq

BIN = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "../build/bin")


class Daemon:
    """plughostd in a run directory of its own."""

    def __init__(self, sections):
        self.folder = tempfile.TemporaryDirectory()
        config = os.path.join(self.folder.name, "bench.ini")
        with open(config, "w", encoding="utf-8") as file:
            file.write(f"[plughost]\nrun_dir = {self.folder.name}/run\n{sections}")
        self.process = subprocess.Popen([os.path.join(BIN, "plughostd"), "-l", "error", config],
                                        stderr=subprocess.DEVNULL)
        self.request = zmq.Context.instance().socket(zmq.REQ)
        self.request.connect(f"ipc://{self.folder.name}/run/endpoint.sock")

    def call(self, command, **properties):
        self.request.send(msgpack.packb({"command": command, "properties": properties}))
        return msgpack.unpackb(self.request.recv())

    def subscribe(self, prefix):
        socket = zmq.Context.instance().socket(zmq.SUB)
        socket.connect(self.call("version")["pubsub_endpoint"])
        for topic in (prefix, "plughost.sync.bench"):
            socket.setsockopt_string(zmq.SUBSCRIBE, topic)
        while socket.recv_multipart()[0] != b"plughost.sync.bench":
            pass
        return socket

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="utf-8") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def wake_ups(self):
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/status", encoding="utf-8") as file:
            return sum(int(line.split()[1]) for line in file if "ctxt_switches" in line)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)
        self.folder.cleanup()


def respawn():
    """Milliseconds from SIGKILL to the spawn event, of plughostd and of a bare loop.

    Each of 50 processes is killed once, since plughostd answers only the first death in a row at once."""
    daemon = Daemon("[watcher:victim]\ncmd = sleep 1000\nnumprocesses = 50\n")
    daemon.call("start", waiting=True)
    events = daemon.subscribe("watcher.victim.spawn")
    ours = []
    for process in daemon.call("status")["watchers"][0]["processes"]:
        begin = time.time()
        os.kill(process["pid"], signal.SIGKILL)
        body = msgpack.unpackb(events.recv_multipart()[1])
        ours.append((body["time"] - begin) * 1000)
    daemon.stop()

    bare = []
    pid = os.posix_spawn("/bin/sleep", ["sleep", "1000"], os.environ)
    for _ in range(50):
        fd = os.pidfd_open(pid)
        begin = time.time()
        os.kill(pid, signal.SIGKILL)
        select.select([fd], [], [])
        os.waitpid(pid, 0)
        os.close(fd)
        pid = os.posix_spawn("/bin/sleep", ["sleep", "1000"], os.environ)
        bare.append((time.time() - begin) * 1000)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return ours, bare


def bare_pings(count):
    """Milliseconds of REQ/REP round trips over ipc inside this program."""
    folder = tempfile.TemporaryDirectory()
    reply = zmq.Context.instance().socket(zmq.REP)
    reply.bind(f"ipc://{folder.name}/bare.sock")

    def serve():
        for _ in range(count):
            reply.send(reply.recv())

    thread = threading.Thread(target=serve)
    thread.start()
    request = zmq.Context.instance().socket(zmq.REQ)
    request.connect(f"ipc://{folder.name}/bare.sock")
    times = []
    for _ in range(count):
        begin = time.perf_counter()
        request.send(msgpack.packb({"command": "ping"}))
        request.recv()
        times.append((time.perf_counter() - begin) * 1000)
    thread.join()
    return times


def crash_storm(seconds):
    """Ping times in milliseconds, and the daemon's share of a core."""
    daemon = Daemon("".join(f"[watcher:crash{i}]\ncmd = true\n" for i in range(50)))
    daemon.call("ping")
    begin, cpu = time.time(), daemon.cpu_seconds()
    times = []
    while time.time() < begin + seconds:
        start = time.perf_counter()
        daemon.call("ping")
        times.append((time.perf_counter() - start) * 1000)
        time.sleep(0.002)
    share = (daemon.cpu_seconds() - cpu) / (time.time() - begin)
    daemon.stop()
    return times, share


def idle(seconds):
    """Context switches of the main thread while nothing happens."""
    daemon = Daemon("[watcher:idle]\ncmd = sleep 1000\nnumprocesses = 10\n")
    daemon.call("start", waiting=True)
    time.sleep(0.5)
    before = daemon.wake_ups()
    time.sleep(seconds)
    count = daemon.wake_ups() - before
    daemon.stop()
    return count


def main():
    ours, bare = respawn()
    print(f"killed to spawned:   median {statistics.median(ours):.2f} ms, most {max(ours):.2f} ms "
          f"(bare pidfd and posix_spawn: median {statistics.median(bare):.2f} ms)")
    times, share = crash_storm(10)
    bare = bare_pings(2000)
    print(f"ping, 50 crashing:   median {statistics.median(times):.2f} ms, most {max(times):.2f} ms of {len(times)} "
          f"(bare REQ/REP: median {statistics.median(bare):.2f} ms)")
    print(f"plughostd meanwhile: {share * 100:.1f} % of a core")
    print(f"idle, 10 processes:  {idle(5)} wake-ups in 5 s")


if __name__ == "__main__":
    main()

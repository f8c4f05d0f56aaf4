"""What the benchmarks share: a daemon of their own, its client, helpers, the bare loop, and when a process began."""

import os
import resource
import select
import signal
import struct
import subprocess
import sys
import tempfile
import time

import msgpack
import zmq

HERE = os.path.dirname(os.path.abspath(__file__))
PATIENCE_S = 120  # for any answer: who takes longer hangs
MANY_DESCRIPTORS = 200_000
STAMP = struct.Struct("=qq")


def prepare(options):
    """Prepares this program and so all that it starts, and says how busy the machine is."""
    options.bin = os.path.abspath(options.bin)
    options.load_before = os.getloadavg()[0]
    raise_descriptors()
    if options.shield:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(10))
    shield = ", shielded" if options.shield else ""
    print(f"{os.cpu_count()} cores, load before: {options.load_before:.2f}{shield}", flush=True)


def raise_descriptors():
    """Raises the limits of descriptors as far as is allowed."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(most, MANY_DESCRIPTORS),) * 2)
    except ValueError:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def can_capture(count):
    """Says whether the descriptors suffice for the output of so many processes: each takes three."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[1] > 3 * count + 200


def helper(options, name):
    return os.path.join(os.path.dirname(options.bin), "bench", "bench-" + name)


def milliseconds(begin):
    return (time.perf_counter() - begin) * 1000


# ---- the daemon ----

class Daemon:
    """plughostd in a folder of its own, from `with` to the end of it."""

    def __init__(self, options, sections):
        self.folder = tempfile.TemporaryDirectory(prefix="plughost-bench-")
        config = os.path.join(self.folder.name, "bench.ini")
        with open(config, "w", encoding="utf-8") as file:
            file.write(f"[plughost]\nrun_dir = {self.folder.name}/run\n{sections}")
        self.process = subprocess.Popen([os.path.join(options.bin, "plughostd"), "-l", "error", config],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        self.request = zmq.Context.instance().socket(zmq.REQ)
        self.request.setsockopt(zmq.RCVTIMEO, PATIENCE_S * 1000)
        self.request.setsockopt(zmq.LINGER, 0)
        self.endpoint = f"ipc://{self.folder.name}/run/endpoint.sock"
        self.request.connect(self.endpoint)

    def __enter__(self):
        self.call("ping")
        return self

    def __exit__(self, *_):
        self.request.close()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            print(f"plughostd did not end within {PATIENCE_S} s")
        self.folder.cleanup()

    def call(self, command, **properties):
        return msgpack.unpackb(self.raw_call(command, **properties))

    def raw_call(self, command, **properties):
        self.request.send(msgpack.packb({"command": command, "properties": properties}))
        return self.request.recv()

    def done(self, command, **properties):
        """Has a command done, and returns how many milliseconds that took."""
        begin = time.perf_counter()
        reply = self.call(command, **properties)
        took = milliseconds(begin)
        if reply["status"] != "ok":
            sys.exit(f"{command} {properties}: {reply['reason']}")
        return took

    def invoke(self, plugin, method):
        """Returns what a method of a plugin answers."""
        reply = self.call("invoke", plugin=plugin, method=method, timeout=PATIENCE_S)
        if reply["status"] != "ok":
            sys.exit(f"{plugin} {method}: {reply['reason']}")
        return reply["result"]

    def pids(self, name=None):
        reply = self.call("status", name=name) if name else self.call("status")
        return [process["pid"] for watcher in reply["watchers"] for process in watcher["processes"]]

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="utf-8") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self, field):
        """Returns bytes of a line of /proc/PID/status, such as RssAnon."""
        with open(f"/proc/{self.process.pid}/status", encoding="utf-8") as file:
            return next(int(line.split()[1]) for line in file if line.startswith(field + ":")) * 1024


def watchers(count, command, more=""):
    """Returns the sections of watchers w0, w1 and so on, of one process each."""
    return "".join(f"[watcher:w{i}]\ncmd = {command}\n{more}" for i in range(count))


def plugin(options, name, module, more=""):
    """Returns the section of a plugin whose module is one of the helpers."""
    return f"[plugin:{name}]\nuse = {helper(options, module)}.so\n{more}"


# ---- helpers that talk in lines ----

class Program:
    """A helper, from `with` to the end of it."""

    def __init__(self, options, name, *words):
        self.name = name
        self.process = subprocess.Popen([helper(options, name), *map(str, words)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.terminate()
        self.process.stdout.close()
        self.process.wait(PATIENCE_S)

    def line(self):
        """Returns the next line that it writes."""
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"bench-{self.name} ended with status {self.process.wait(PATIENCE_S)}")
        return line

    def ask(self, count):
        """Has it do something so many times. Returns the numbers that it answers."""
        self.process.stdin.write(f"{count}\n")
        self.process.stdin.flush()
        return [int(word) for word in self.line().split()]


def capture_requests(options, name, *words, count=0):
    """Runs a helper with ENDPOINT and words against a daemon that answers ok to everything, and has it do something
    `count` times. Returns the bodies that it sends."""
    bodies = []
    with tempfile.TemporaryDirectory(prefix="plughost-bench-") as folder, \
            zmq.Context.instance().socket(zmq.ROUTER) as router:
        router.setsockopt(zmq.LINGER, 0)
        address = f"ipc://{folder}/endpoint.sock"
        router.bind(address)
        process = subprocess.Popen([helper(options, name), address, *map(str, words)], stdin=subprocess.PIPE,
                                   stdout=subprocess.DEVNULL)
        process.stdin.write(f"{count}\n".encode())
        process.stdin.close()
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline and (router.poll(100) or process.poll() is None):
            if not router.poll(0):
                continue
            peer, body = router.recv_multipart()
            bodies.append(body)
            request = msgpack.unpackb(body)
            if "id" in request:
                router.send_multipart([peer, msgpack.packb({"id": request["id"], "status": "ok"})])
        process.kill()
        process.wait()
    return bodies


# ---- the bare loop ----

class Bare:
    """The helper that keeps processes running with nothing but posix_spawn and pidfds."""

    def __init__(self, options, count, *words):
        self.process = subprocess.Popen([helper(options, "bare"), str(count), *words], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        self.spawn_ms = int(self.process.stdout.readline()) / 1e6
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(PATIENCE_S)


# ---- when a process began ----

class Stamps:
    """A FIFO to which bench-stamp writes when it begins."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="plughost-bench-")
        self.path = os.path.join(self.folder.name, "stamps")
        os.mkfifo(self.path)
        self.fd = os.open(self.path, os.O_RDWR | os.O_NONBLOCK)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.fd)
        self.folder.cleanup()

    def next(self):
        """Returns nanoseconds of the monotonic clock, and the pid."""
        if not select.select([self.fd], [], [], PATIENCE_S)[0]:
            sys.exit(f"no process began within {PATIENCE_S} s")
        return STAMP.unpack(os.read(self.fd, STAMP.size))

    def take(self, count):
        """Returns the pids of so many processes."""
        return [self.next()[1] for _ in range(count)]

    def respawn_ms(self, pid):
        """Kills a process. Returns the milliseconds until its successor began, and the successor's pid."""
        begin = time.monotonic_ns()
        os.kill(pid, signal.SIGKILL)
        began, successor = self.next()
        return (began - begin) / 1e6, successor

"""What idle plugins cost in memory, how soon one is ready, and how soon 1,000 are.

1. The proportional set size (PSS) of each of 10 and of 100, beside as many bare programs with the same two sockets.
2. From the `spawn` event to the `ready` event of one that is alone, beside such a bare program.
3. From `start` until 10, 100 and 1,000 are ready, beside as many of those started by a bare loop of posix_spawn.
"""

import subprocess
import tempfile
import time

import msgpack
import zmq

from harness import PATIENCE_S, Bare, Daemon, Program, helper, plugin
from report import at_most, itself_at_most

OFF = "autostart = no\n"
MB = 1e6


def plugins(options, count, more=""):
    return "".join(plugin(options, f"p{i}", "idle", OFF + more) for i in range(count))


def pss(pid):
    with open(f"/proc/{pid}/smaps_rollup", encoding="utf-8") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("Pss:")) * 1024


def memory(options, count):
    """Returns the proportional set sizes of so many plugins."""
    with Daemon(options, plugins(options, count)) as daemon:
        daemon.done("start", waiting=True)
        return [pss(pid) / MB for pid in daemon.pids()]


def bare_memory(options, count):
    with Greeter(options) as greeter, Bare(options, count, *greeter.words()) as bare:
        for _ in range(count):
            greeter.server.line()
        return [pss(pid) / MB for pid in children(bare.process.pid)]


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="utf-8") as file:
        return [int(word) for word in file.read().split()]


def start_ms(options, count):
    with Daemon(options, plugins(options, count)) as daemon:
        return daemon.done("start", waiting=True)


class Greeter:
    """The bare ROUTER and XPUB, and what joins them."""

    def __init__(self, options):
        self.options = options
        self.folder = tempfile.TemporaryDirectory(prefix="plughost-bench-")
        self.addresses = [f"ipc://{self.folder.name}/{name}.sock" for name in ("endpoint", "pubsub")]
        self.server = Program(options, "greet", "serve", *self.addresses)

    def __enter__(self):
        self.server.line()
        return self

    def __exit__(self, *_):
        self.server.__exit__()
        self.folder.cleanup()

    def words(self):
        return [helper(self.options, "greet"), "join", *self.addresses]

    def many_ms(self, count):
        """Returns the milliseconds until so many have joined."""
        begin = time.monotonic_ns()
        with Bare(self.options, count, *self.words()):
            ends = [int(self.server.line()) for _ in range(count)]
        return (max(ends) - begin) / 1e6

    def one_ms(self):
        begin = time.monotonic_ns()
        process = subprocess.Popen(self.words())
        end = int(self.server.line())
        process.kill()
        process.wait()
        return (end - begin) / 1e6


def bare_many_ms(options, count):
    with Greeter(options) as greeter:
        return greeter.many_ms(count)


def restart_ms(daemon, sub):
    """Restarts the plugin. Returns the milliseconds between its two events."""
    daemon.done("restart", name="p0", waiting=True)
    times = {}
    while "ready" not in times:
        topic, body = sub.recv_multipart()
        times[topic.rsplit(b".", 1)[1].decode()] = msgpack.unpackb(body)["time"]
    return (times["ready"] - times["spawn"]) * 1000


def ready_times(options, count):
    ours, bare = [], []
    with Daemon(options, plugins(options, 1)) as daemon, Greeter(options) as greeter, \
            zmq.Context.instance().socket(zmq.SUB) as sub:
        daemon.done("start", waiting=True)
        sub.setsockopt(zmq.RCVTIMEO, PATIENCE_S * 1000)
        sub.connect(daemon.call("version")["pubsub_endpoint"])
        for topic in ("watcher.plugin:p0.spawn", "watcher.plugin:p0.ready", "plughost.sync.bench"):
            sub.setsockopt_string(zmq.SUBSCRIBE, topic)
        sub.recv_multipart()
        for _ in range(count):
            bare.append(greeter.one_ms())
            ours.append(restart_ms(daemon, sub))
    return ours, bare


def run(options, report):
    for count in (10, 100):
        report.show(f"proportional memory of each of {count}", memory(options, count), bare_memory(options, count), "MB",
                    "bare program", itself_at_most(0.9, "MB") if count == 100 else None)
    ours, bare = ready_times(options, 20 if options.quick else 50)
    report.show("spawned to ready, alone", ours, bare, "ms", "bare program, posix_spawn included",
                itself_at_most(8, "ms"))
    for count in (10, 100) if options.quick else (10, 100, 1000):
        starts, bares = [], []
        for _ in range(3 if options.quick else 5):
            bares.append(bare_many_ms(options, count))
            starts.append(start_ms(options, count))
        report.show(f"{count} ready", starts, bares, "ms", "bare programs", at_most(1.5) if count == 1000 else None)

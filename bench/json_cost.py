"""What JSON costs beside msgpack, from the same daemon: how long a command takes, and how many are answered in a second.

On our own endpoint both encodings have the same fields. On Circus's the JSON is what Circus's client sends and gets. The
bodies are made beforehand and answers are not decoded, so that the figures are those of the daemon and of libzmq. The
two sides take turns of a few milliseconds, so that whatever else the machine does meets both.
"""

import json
import socket
import statistics
import time

import msgpack
import zmq

from harness import PATIENCE_S, Daemon, watchers
from report import at_most

WATCHERS = 20
WINDOW = 128
IDENTITY = "0123456789abcdef0123456789abcdef"
TARGET = at_most(1.6)

# What is asked, from small answers to large ones.
COMMANDS = [("numwatchers", {}), ("status", {"name": "w7"}), ("list", {}), ("status", {}), ("stats", {"name": "w7"})]


def free_ports():
    with socket.socket() as one, socket.socket() as other:
        for each in (one, other):
            each.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


class Side:
    """A DEALER that sends one request again and again."""

    def __init__(self, endpoint, body):
        self.body = body
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.setsockopt(zmq.RCVTIMEO, PATIENCE_S * 1000)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.connect(endpoint)
        self.socket.send(body)
        self.answer_bytes = len(self.socket.recv())

    def close(self):
        self.socket.close()

    def latency(self, count):
        """Returns the median of so many round trips, in microseconds."""
        took = []
        for _ in range(count):
            begin = time.perf_counter_ns()
            self.socket.send(self.body)
            self.socket.recv()
            took.append(time.perf_counter_ns() - begin)
        return statistics.median(took) / 1000

    def flood(self, count):
        """Returns microseconds for each of so many requests, WINDOW of which are on their way at any time."""
        begin = time.perf_counter_ns()
        for i in range(count + WINDOW):
            if i < count:
                self.socket.send(self.body)
            if i >= WINDOW:
                self.socket.recv()
        return (time.perf_counter_ns() - begin) / count / 1000


def compare(report, endpoint, where, command, properties, turns):
    request = {"id": IDENTITY, "command": command, "properties": properties}
    sides = Side(endpoint, json.dumps(request).encode()), Side(endpoint, msgpack.packb(request))
    title = f"{where}, {command}{' NAME' if properties else ''}, {sides[0].answer_bytes} and {sides[1].answer_bytes} bytes"
    for side in sides:
        side.latency(100)  # the first ones find cold caches
    for what, measure, count in (("latency", Side.latency, 30), ("each of many", Side.flood, 10 * WINDOW)):
        found = [[measure(side, count) for side in sides] for _ in range(turns)]
        report.show(f"{title}, {what}", [pair[0] for pair in found], [pair[1] for pair in found], "us", "msgpack",
                    TARGET)
    for side in sides:
        side.close()


def run(options, report):
    turns = 5 if options.quick else 50
    port, pubsub_port = free_ports()
    circus = f"tcp://127.0.0.1:{port}"
    sections = f"[circus]\ncircus_compat = yes\nendpoint = {circus}\npubsub_endpoint = tcp://127.0.0.1:{pubsub_port}\n"
    with Daemon(options, sections + watchers(WATCHERS, "sleep infinity")) as daemon:
        daemon.done("start", waiting=True)
        for command, properties in COMMANDS:
            compare(report, daemon.endpoint, "own endpoint", command, properties, turns)
        for command, properties in COMMANDS:
            compare(report, circus, "Circus's endpoint", command, properties, turns)

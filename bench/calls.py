"""How long a command takes from a client in C and back, alone and with 128 on their way, and an invocation.

Beside it stand a bare REQ and REP with messages of the same sizes, and a bare DEALER and ROUTER. Both sides take turns
of a few milliseconds, so that whatever else the machine does meets both.
"""

import statistics
import tempfile

import msgpack
import zmq

from harness import PATIENCE_S, Daemon, Program, capture_requests, plugin
from report import at_least, at_most

WINDOW = 128
PING = {"command": "ping", "id": 7}  # what bench-echo floods with


def reply_size(daemon, request):
    """Returns how many bytes the daemon answers to a request."""
    with zmq.Context.instance().socket(zmq.DEALER) as dealer:
        dealer.setsockopt(zmq.RCVTIMEO, PATIENCE_S * 1000)
        dealer.connect(daemon.endpoint)
        dealer.send(request)
        reply = dealer.recv()
    assert msgpack.unpackb(reply)["status"] == "ok"
    return len(reply)


def take_turns(ours, bare, turns, count):
    """Has both do `count` in each turn. Returns the medians of the turns."""
    for one in (ours, bare):
        one.ask(count)  # the first ones find cold caches
    found = [(statistics.median(ours.ask(count)), statistics.median(bare.ask(count))) for _ in range(turns)]
    return [a for a, _ in found], [b for _, b in found]


def round_trips(options, report, daemon, words, turns, target):
    request = capture_requests(options, "call", *words, count=1)[-1]  # the first is that of ph_client_new
    answer = reply_size(daemon, request)
    with tempfile.TemporaryDirectory(prefix="plughost-bench-") as folder:
        address = f"ipc://{folder}/bare.sock"
        with Program(options, "echo", "reply", address, answer) as server:
            server.line()
            with Program(options, "call", daemon.endpoint, *words) as ours, \
                    Program(options, "echo", "ask", address, len(request)) as bare:
                found = take_turns(ours, bare, turns, 100)
    ours, bare = ([ns / 1000 for ns in side] for side in found)
    report.show(f"{words[0]}, request {len(request)} bytes, reply {answer}", ours, bare, "us", "bare REQ and REP", target)


def floods(options, report, daemon, turns):
    answer = reply_size(daemon, msgpack.packb(PING))
    count = 10 * WINDOW
    with tempfile.TemporaryDirectory(prefix="plughost-bench-") as folder:
        address = f"ipc://{folder}/bare.sock"
        with Program(options, "echo", "route", address, answer) as server:
            server.line()
            with Program(options, "echo", "flood", daemon.endpoint, WINDOW) as ours, \
                    Program(options, "echo", "flood", address, WINDOW) as bare:
                found = take_turns(ours, bare, turns, count)
    ours, bare = ([count / ns * 1e6 for ns in side] for side in found)
    report.show(f"pings with {WINDOW} on their way", ours, bare, "thousand/s", "bare ROUTER", at_least(0.4))


def run(options, report):
    turns = 50 if options.quick else 400
    with Daemon(options, plugin(options, "counter", "counter")) as daemon:
        daemon.done("start", waiting=True)
        round_trips(options, report, daemon, ["ping"], turns, at_most(1.25))
        round_trips(options, report, daemon, ["version"], turns, at_most(1.25))
        round_trips(options, report, daemon, ["invoke", "counter", "echo"], turns, at_most(2.3))
        floods(options, report, daemon, turns)

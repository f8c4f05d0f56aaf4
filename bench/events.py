"""Events from one client to 1, 10 and 100 plugins: whether all arrive in order, and how fast.

Beside it stand a bare DEALER, a program with ROUTER and PUB that passes each message on, and as many SUBs, with frames
of the same sizes and queues without a limit. The daemon's (`event_queue`) hold all that is published, too: its default
is less, and a plugin that is slower than the flood learns then how many it missed.
"""

import subprocess
import tempfile
import time

import msgpack
import zmq

from harness import PATIENCE_S, Daemon, Program, capture_requests, helper, plugin
from report import at_least

BATCH = 100
NUMBERS = 8  # `n` and `seq` of a later event take four bytes more each than those of the first


def publish(options, daemon, *words):
    """Returns when it began, in nanoseconds of the monotonic clock."""
    done = subprocess.run([helper(options, "publish"), daemon.endpoint, *map(str, words)], stdout=subprocess.PIPE,
                          check=True, timeout=PATIENCE_S)
    return int(done.stdout)


def results(daemon, names, count):
    """Waits until the plugins have got, or know that they missed, all. Returns what they tell."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        found = [daemon.invoke(name, "result") for name in names]
        if all(one["received"] + one["missed"] >= count for one in found) or time.monotonic() > deadline:
            return found
        time.sleep(0.02)


def frame_sizes(options):
    """Returns the sizes of the request, and of the topic and the body as the daemon publishes them."""
    request = capture_requests(options, "publish", 1)[0]
    with Daemon(options, "") as daemon, zmq.Context.instance().socket(zmq.SUB) as sub:
        sub.setsockopt(zmq.RCVTIMEO, PATIENCE_S * 1000)
        sub.connect(daemon.call("version")["pubsub_endpoint"])
        for topic in ("event.bench", "plughost.sync.bench"):
            sub.setsockopt_string(zmq.SUBSCRIBE, topic)
        sub.recv_multipart()
        publish(options, daemon, 1)
        topic, body = sub.recv_multipart()
    assert msgpack.unpackb(body)["n"] == 0
    return len(request) + NUMBERS // 2, len(topic), len(body) + NUMBERS


def events_per_s(options, report, plugins, count, batch=1):
    """Returns None where some were missed, as on a machine too busy for so many at once."""
    names = [f"counter{i}" for i in range(plugins)]
    sections = "".join(plugin(options, name, "counter", f"expected = {count}\n") for name in names)
    with Daemon(options, f"event_queue = {count}\n{sections}") as daemon:
        daemon.done("start", waiting=True)
        begin = publish(options, daemon, count, batch)
        found = results(daemon, names, count)
    if any(one["received"] + one["missed"] != count or one["disorder"] for one in found):
        report.fault(f"of {count} events, plugins got {[one['received'] for one in found]}, were told of "
                     f"{[one['missed'] for one in found]} missed; {[one['disorder'] for one in found]} out of order")
        return None
    missed = max(one["missed"] for one in found)
    if missed > 0:
        report.note(f"a plugin fell behind, and was told that it missed {missed} of {count}: this round is not counted")
        return None
    return count / (max(one["end_ns"] for one in found) - begin) * 1e9


def bare_per_s(options, report, subs, count, sizes):
    request, topic, body = sizes
    with tempfile.TemporaryDirectory(prefix="plughost-bench-") as folder:
        inside, outside = f"ipc://{folder}/in.sock", f"ipc://{folder}/out.sock"
        with Program(options, "forward", "pass", inside, outside, count, topic, body) as forwarder:
            forwarder.line()
            takers = [Program(options, "forward", "take", outside, count) for _ in range(subs)]
            for taker in takers:
                taker.line()
            with Program(options, "forward", "send", inside, count, request) as sender:
                begin = int(sender.line())
            found = [[int(word) for word in taker.line().split()] for taker in takers]
            for taker in takers:
                taker.__exit__()
    missed = count - min(received for received, _, _ in found)
    if missed > 0:
        report.note(f"a bare SUB missed {missed} of {count}: this round is not counted")
        return None
    return count / (max(end for _, _, end in found) - begin) * 1e9


def compare(options, report, what, plugins, count, rounds, sizes, target, batch=1):
    ours, bare, spoiled = [], [], 0
    for _ in range(rounds):
        beside = bare_per_s(options, report, plugins, count, sizes)
        speed = events_per_s(options, report, plugins, count, batch)
        spoiled += speed is None
        if speed and beside:
            bare.append(beside / 1000)
            ours.append(speed / 1000)
    if ours:
        report.show(what, ours, bare, "thousand/s", "bare forwarder, one by one" if batch > 1 else "bare forwarder",
                    target, spoiled)
    else:
        report.fault(f"{what}: no round in which all arrived")


def run(options, report):
    count, rounds = (100_000, 3) if options.quick else (1_000_000, 5)
    sizes = frame_sizes(options)
    report.note(f"frames: request {sizes[0]} bytes, topic {sizes[1]}, body {sizes[2]}")
    compare(options, report, f"{count} events to 1 plugin, all, in order", 1, count, rounds, sizes, at_least(0.5))
    compare(options, report, f"the same in batches of {BATCH}", 1, count, rounds, sizes, None, BATCH)
    compare(options, report, f"{count} events to 10 plugins", 10, count, rounds, sizes, at_least(0.7))
    compare(options, report, f"{count // 10} events to 100 plugins", 100, count // 10, rounds, sizes, None)

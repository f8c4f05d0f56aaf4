#!/usr/bin/python3
"""1,000,000 events from one client to one plugin and to ten: whether all arrive in order, and how fast.

Beside it stand a bare DEALER, a program with ROUTER and PUB that passes each message on, and as many SUBs, with frames
of the same sizes and queues of the same length.
"""

import subprocess
import sys
import tempfile
import time

import msgpack
import zmq

from plughost_bench import PATIENCE_S, Daemon, Program, arguments, capture_requests, helper, plugin, show

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


def events_per_s(options, plugins, count, batch=1):
    names = [f"counter{i}" for i in range(plugins)]
    sections = "".join(plugin(options, name, "counter", f"expected = {count}\n") for name in names)
    with Daemon(options, sections) as daemon:
        daemon.done("start", waiting=True)
        begin = publish(options, daemon, count, batch)
        found = results(daemon, names, count)
    for one in found:
        if one["received"] != count or one["disorder"]:
            print(f"of {count} events one plugin got {one['received']}, {one['disorder']} times not the next; "
                  f"it was told of {one['missed']} that it missed", flush=True)
            return 0
    return count / (max(one["end_ns"] for one in found) - begin) * 1e9


def bare_per_s(options, subs, count, sizes):
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
    for received, disorder, _ in found:
        if received != count:
            print(f"of {count} events one bare SUB got {received}, {disorder} times not the next", flush=True)
    return count / (max(end for _, _, end in found) - begin) * 1e9


def main():
    options = arguments(__doc__)
    count, rounds = (100_000, 3) if options.quick else (1_000_000, 5)
    sizes = frame_sizes(options)
    print(f"frames: request {sizes[0]} bytes, topic {sizes[1]}, body {sizes[2]}")
    for plugins, target in ((1, "at least 0.50"), (10, "at least 0.70")):
        ours, bare = [], []
        for _ in range(rounds):
            bare.append(bare_per_s(options, plugins, count, sizes) / 1000)
            ours.append(events_per_s(options, plugins, count) / 1000)
        show(f"{count} events to {plugins} plugin{'s' if plugins > 1 else ''}, all, in order", ours, bare,
             "thousand/s", target)
        if plugins == 1:
            batched = [events_per_s(options, 1, count, BATCH) / 1000 for _ in range(rounds)]
            show(f"the same in batches of {BATCH}", batched, bare, "thousand/s")


if __name__ == "__main__":
    sys.exit(main())

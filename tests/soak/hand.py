"""A plugin that nobody spawned: says hello by the name it is given, answers what it is asked, until its input ends.

    hand.py ENDPOINT NAME"""
import os
import sys

import msgpack
import zmq

PATIENCE_MS = 20000
HELLO = {"protocol_min": 1, "protocol_max": 1, "methods": [{"name": "greet"}], "handles": ["reconfigure"]}


def ask(plugin, command, **properties):
    plugin.send(msgpack.packb({"command": command, "id": 1, "properties": properties}))
    if not plugin.poll(PATIENCE_MS):
        sys.exit("no answer to " + command)
    return msgpack.unpackb(plugin.recv())


def cast(plugin, command, **properties):
    plugin.send(msgpack.packb({"command": command, "msg_type": "cast", "properties": properties}))


def answer(plugin):
    request = msgpack.unpackb(plugin.recv())
    if "command" in request and "id" in request:
        plugin.send(msgpack.packb({"id": request["id"], "status": "ok", "result": request["command"]}))


def main():
    plugin = zmq.Context.instance().socket(zmq.DEALER)
    plugin.linger = 0
    plugin.connect(sys.argv[1])
    if ask(plugin, "plugin.hello", name=sys.argv[2], pid=os.getpid(), **HELLO)["status"] == "ok":
        ask(plugin, "plugin.ready")
        cast(plugin, "plugin.metrics", metrics={"count": {"type": "counter", "add": 1}})
        cast(plugin, "plugin.log", text="hello", level="info")
    print("ready", flush=True)
    poller = zmq.Poller()
    poller.register(plugin, zmq.POLLIN)
    poller.register(sys.stdin, zmq.POLLIN)
    while sys.stdin.fileno() not in (ready := dict(poller.poll())):
        if plugin in ready:
            answer(plugin)


main()

#!/usr/bin/python3
"""A plugin written from docs/protocol.md alone. It runs in the place of plughost-plugin."""
import os
import sys

import msgpack
import zmq

PROTOCOL = 1


def read_inherited():
    """Returns the map of section 5.1."""
    descriptor = int(os.environ.pop("PLUGHOST_FD"))
    size = os.fstat(descriptor).st_size
    data = os.pread(descriptor, size, 0)
    os.close(descriptor)
    return msgpack.unpackb(data)


class Plugin:
    def __init__(self, inherited):
        self.name = inherited["name"]
        self.token = inherited["token"]
        self.options = inherited["options"]
        self.last_id = 0
        self.is_wanted = True
        self.context = zmq.Context()
        self.dealer = self.context.socket(zmq.DEALER)
        self.dealer.connect(inherited["endpoint"])
        self.sub = self.context.socket(zmq.SUB)
        self.sub.connect(inherited["pubsub"])

    def send(self, body):
        self.dealer.send(msgpack.packb(body))

    def cast(self, command, **properties):
        self.send({"command": command, "msg_type": "cast", "properties": properties})

    def call(self, command, **properties):
        self.last_id += 1
        self.send({"command": command, "id": self.last_id, "properties": properties})
        while True:
            body = msgpack.unpackb(self.dealer.recv())
            if "command" in body:
                self.take_request(body)
            elif body["id"] == self.last_id:
                return body

    def log(self, text, level="info"):
        self.cast("plugin.log", level=level, text=text)

    def take_request(self, body):
        if body["command"] == "stop":
            self.is_wanted = False
        elif body["command"] == "reopen":
            self.log("reopened")
        elif body.get("msg_type") != "cast":
            self.send({"id": body.get("id"), "status": "error", "code": "unknown_command",
                       "reason": "this plugin knows stop and reopen", "errno": 2})

    def hello(self):
        return self.call("plugin.hello", name=self.name, token=self.token, protocol_min=PROTOCOL,
                         protocol_max=PROTOCOL, pid=os.getpid(), sdk="none", version="3")

    def confirm(self, marker):
        """Returns once all subscriptions are active, and takes what comes before that is told."""
        self.sub.subscribe(marker)
        while self.take_event() != marker:
            pass
        self.sub.unsubscribe(marker)

    def run(self):
        self.sub.subscribe("watcher.off.")
        self.confirm(b"plughost.sync.%d.begin" % os.getpid())
        self.call("plugin.ready")
        poller = zmq.Poller()
        poller.register(self.dealer, zmq.POLLIN)
        poller.register(self.sub, zmq.POLLIN)
        while self.is_wanted:
            ready = dict(poller.poll())
            if self.sub in ready:
                self.take_event()
            if self.dealer in ready:
                self.take_request(msgpack.unpackb(self.dealer.recv()))

    def take_event(self):
        topic, _ = self.sub.recv_multipart()
        self.log("saw " + topic.decode())
        return topic

    def end(self):
        """Takes what was published until now. Returns once all casts are taken: the reply to a call
        comes after what was sent before it."""
        self.confirm(b"plughost.sync.%d.end" % os.getpid())
        self.log("ended")
        self.call("ping")


def main():
    plugin = Plugin(read_inherited())
    if plugin.options.get("sick") == "yes":
        plugin.call("plugin.failed", name=plugin.name, token=plugin.token,
                    reason="this plugin is sick on purpose")
        return 1
    welcome = plugin.hello()
    if welcome["status"] != "ok":
        return 1
    plugin.log("protocol %d, greeting %r, argv %r" %
               (welcome["protocol"], plugin.options["greeting"], sys.argv[1:]))
    second = plugin.hello()
    plugin.log("a second hello is " + second["code"])
    plugin.run()
    plugin.end()
    return 0


if __name__ == "__main__":
    sys.exit(main())

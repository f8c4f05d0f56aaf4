#!/usr/bin/python3
"""A plugin that follows docs/protocol.md, or, with `--fault NAME`, breaks it in one way."""
import os
import signal
import subprocess
import sys
import time

import msgpack
import zmq

PREFIX = "watcher."


class Plugin:
    def __init__(self, inherited, fault):
        self.fault = fault
        self.name = inherited["name"]
        self.token = inherited["token"]
        self.options = inherited["options"]
        self.pubsub = inherited["pubsub"]
        self.last_id = 0
        self.sync = 0
        self.is_wanted = True
        self.has_run = False
        self.missed = 0
        self.heartbeat = 0
        self.context = zmq.Context()
        self.dealer = self.context.socket(zmq.DEALER)
        self.dealer.setsockopt(zmq.LINGER, 1000)
        self.dealer.setsockopt(zmq.RECONNECT_IVL, 20)
        self.monitor = self.dealer.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        self.dealer.connect(inherited["endpoint"])
        self.sub = self.context.socket(zmq.SUB)
        self.sub.setsockopt(zmq.RECONNECT_IVL, 20)
        self.sub.connect(self.pubsub)
        self.other = None

    def has(self, fault):
        return self.fault == fault

    # ---- messages ----

    def send(self, body, socket=None):
        (socket or self.dealer).send(msgpack.packb(body))

    def cast(self, command, **properties):
        body = {"command": command, "properties": properties}
        if not self.has("heartbeat-no-cast"):
            body["msg_type"] = "cast"
        self.send(body)

    def post(self, command, **properties):
        self.last_id += 1
        self.send({"command": command, "id": self.last_id, "properties": properties})
        return self.last_id

    def call(self, command, **properties):
        identity = self.post(command, **properties)
        while True:
            body = self.decode(self.dealer.recv(), "")
            if body and "command" in body:
                self.take_request(body)
            elif body and body.get("id") == identity and "status" in body:
                return body

    def decode(self, data, fault):
        """Returns the map, or None for what is none. The faults take it for granted."""
        try:
            body = msgpack.unpackb(data)
        except Exception:
            if fault and self.has(fault) or self.has("garbage") and not fault and data:
                raise
            return None
        if not isinstance(body, dict):
            if self.has("no-map"):
                return {"command": body[1], "msg_type": "cast"}
            return None
        return body

    # ---- requests ----

    def reply(self, body, **fields):
        identity = body.get("id")
        if self.has("wrong-ids") and not 0 < identity < 1 << 31:
            identity = 0 if identity else 1
        if self.has("reply-without-id"):
            identity = None
        self.send({"id": identity, **fields})
        if self.has("two-replies"):
            self.send({"id": identity, **fields})

    def refuse(self, body, code, reason):
        if body.get("msg_type") != "cast" or self.has("answers-casts"):
            self.reply(body, status="error", code=code, reason=reason)

    def take_request(self, body):
        command = body["command"]
        if self.has("strict-fields") and "of_a_later_version" in body:
            raise SystemExit("unknown key in a request")
        if command == "stop":
            self.is_wanted = self.has("ignores-stop")
        elif command == "reopen":
            if self.has("answers-reopen"):
                self.reply(body, status="ok")
        elif command == "cancel":
            if self.has("answers-cancel"):
                self.reply(body, status="ok")
        elif command == "reconfigure":
            if self.has("refuses-reconfigure"):
                self.reply(body, status="error", code="invalid", reason="not these")
            else:
                self.options = body["properties"]["options"]
                self.reply(body, status="ok")
        elif command == "invoke":
            self.invoke(body)
        elif self.has("dies-of-unknown"):
            raise SystemExit("unknown request")
        elif not self.has("ignores-unknown") or body.get("msg_type") == "cast":
            self.refuse(body, "invalid" if self.has("wrong-code") else "unknown_command",
                        "no request of this plugin is named '%s'" % command)

    def invoke(self, body):
        properties = body["properties"]
        if properties["method"] == "echo" and self.has("no-reason"):
            self.reply(body, status="error", code="conflict")
        elif properties["method"] == "echo" and self.has("refuses-echo"):
            self.reply(body, status="error", code="conflict", reason="not now")
        elif properties["method"] == "echo":
            key = "answer" if self.has("no-result") else "result"
            self.reply(body, status="ok", **{key: properties["args"]})
        elif self.has("invokes-anything"):
            self.reply(body, status="ok", result=None)
        else:
            self.refuse(body, "not_found", "no method is named '%s'" % properties["method"])

    # ---- a session ----

    def fail(self, reason, **who):
        self.call("plugin.failed", reason=reason, **who)
        raise SystemExit(1)

    def hello(self):
        properties = {
            "name": "another" if self.has("other-name") else self.name,
            "token": "0" * 32 if self.has("other-token") else self.token,
            "protocol_min": 2 if self.has("later-protocol") else 1,
            "protocol_max": 2 if self.has("later-protocol") else 1,
            "pid": os.getpid(), "sdk": "none", "version": 3 if self.has("version-number") else "3",
            "summary": "a test", "handles": ["reopen", "reconfigure"],
            "options": [{"name": "greeting", "type": "text", "default": "hello"}],
            "methods": [{"name": "echo", "summary": "Returns its arguments.",
                         "args": [{"name": "value", "required": False,
                                   "type": "string" if self.has("argument-type") else "any"}]}],
        }
        if self.has("no-token") or self.has("no-token-again") and self.has_run:
            del properties["token"]
        if self.has("no-hello"):
            time.sleep(3600)
        if self.has("fails-first"):
            self.fail("the key 'k' is missing", name=self.name, token=self.token)
        if self.has("log-first"):
            self.cast("plugin.log", text="here I am")
        if self.has("impatient"):
            identity = self.post("plugin.hello", **properties)
            self.call("plugin.ready")
            return {"id": identity, "status": "ok", "session": "x", "heartbeat": 0}
        return self.call("plugin.hello", **properties)

    def confirm(self):
        self.sync += 1
        marker = b"plughost.sync.%d.%d" % (os.getpid(), self.sync)
        self.sub.subscribe(marker)
        while self.take_event() != marker:
            pass
        self.sub.unsubscribe(marker)

    def subscribe(self):
        if not self.has("no-mark-topic"):
            self.sub.subscribe(self.mark)
        if not self.has("never-subscribed"):
            self.sub.subscribe(PREFIX)
        if self.has("more-than-told"):
            self.sub.subscribe("event.")
        if not self.has("no-marker"):
            if self.has("marker-not-awaited"):
                self.sub.subscribe("plughost.sync.%d" % os.getpid())
            else:
                self.confirm()
        if self.has("two-connections"):
            self.other = self.context.socket(zmq.DEALER)
            self.other.connect(self.dealer.getsockopt(zmq.LAST_ENDPOINT).decode().rstrip("\0"))
            self.send({"command": "plugin.subscribe", "id": 900,
                       "properties": {"prefix": PREFIX}}, self.other)
        if not (self.has("not-told-again") and self.has_run):
            self.floor = self.call("plugin.subscribe", prefix=PREFIX)["seq"]

    def begin(self):
        """Returns whether there is a session now."""
        welcome = self.hello()
        if welcome["status"] != "ok":
            return self.refused(welcome)
        if self.has("strict-fields") and "of_a_later_version" in welcome:
            raise SystemExit("unknown key in the welcome")
        self.mark = b"plughost.mark." + welcome["session"].encode()
        self.heartbeat = welcome["heartbeat"]
        self.count, self.missed = 0, 0
        if not self.has("impatient"):
            self.subscribe()
            if self.has("fails-late"):
                self.fail("nobody is there")
            if not self.has("never-ready"):
                self.call("plugin.ready")
            if self.has("ready-twice"):
                self.call("plugin.ready")
        self.has_run = True
        self.next_beat = time.monotonic() + self.heartbeat
        return True

    def refused(self, welcome):
        if self.has("ends-well-when-refused"):
            sys.exit(0)
        if self.has("goes-on-when-refused"):
            self.call("plugin.ready")
            time.sleep(3600)
        if self.has_run and self.has("ignores-denied"):
            time.sleep(3600)
        sys.exit(1)

    # ---- events ----

    def take_event(self):
        topic, data = self.sub.recv_multipart()
        body = self.decode(data, "broken-event")
        if body is None:
            return topic
        if topic == self.mark:
            self.take_mark(body["expected"])
        elif topic.startswith(PREFIX.encode()) and body["seq"] > self.floor:
            action = topic.decode().rsplit(".", 1)[1]
            if self.has("strict-topics") and action != "start":
                raise SystemExit("unknown topic " + topic.decode())
            self.count += 1
        return topic

    def take_mark(self, expected):
        if expected > self.count and not self.has("misses-nothing"):
            self.missed = self.missed * (not self.has("no-sum")) + expected - self.count
            self.count = expected

    # ---- the loop ----

    def beat(self):
        if not self.has("no-heartbeats"):
            self.cast("plugin.heartbeat", missed=self.missed)
        self.next_beat = time.monotonic() + self.heartbeat * (3 if self.has("sparse") else 0.9)

    def wait(self):
        heartbeat = self.heartbeat or (0.1 if self.has("always-beats") else 0)
        left = max(0, self.next_beat - time.monotonic()) if heartbeat else 3600
        if self.has("always-beats"):
            self.heartbeat = heartbeat
        poller = zmq.Poller()
        for socket in (self.dealer, self.sub, self.monitor, self.signals):
            poller.register(socket, zmq.POLLIN)
        ready = dict(poller.poll(left * 1000))
        if heartbeat and time.monotonic() >= self.next_beat:
            self.beat()
        return ready

    def reconnect(self):
        self.monitor.recv_multipart()
        while self.monitor.poll(0):
            self.monitor.recv_multipart()
        if self.has("never-again"):
            return
        self.sub.unsubscribe(self.mark)
        self.sub.unsubscribe(PREFIX)
        self.begin()

    def take_frame(self):
        data = self.dealer.recv()
        if not data and self.has("empty-frame"):
            raise SystemExit("an empty frame")
        body = self.decode(data, "")
        if body is None:
            return
        if "command" in body:
            self.take_request(body)
        elif "status" not in body and self.has("no-command"):
            raise KeyError("status")
        elif "status" in body and self.has("unknown-reply"):
            raise KeyError(body["id"])

    def run(self):
        while self.is_wanted:
            ready = self.wait()
            if self.monitor in ready:
                self.reconnect()
            if self.sub in ready:
                self.take_event()
            if self.dealer in ready:
                self.take_frame()
            if self.signals in ready:
                os.read(self.signals, 64)
                self.is_wanted = False


def read_inherited(fault):
    descriptor = int(os.environ.pop("PLUGHOST_FD"))
    data = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
    if fault != "descriptor-open":
        os.close(descriptor)
    return msgpack.unpackb(data)


def show_token_in_argv(inherited):
    """Starts itself anew with the token as an argument, as one might pass it on."""
    reader, writer = os.pipe()
    os.write(writer, msgpack.packb(inherited))
    os.close(writer)
    os.environ["INHERITED"] = str(reader)
    os.set_inheritable(reader, True)
    os.execv(sys.executable, [sys.executable, __file__, "--token", inherited["token"]])


def open_signals(fault):
    """Returns a descriptor that becomes readable with SIGTERM."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    if fault == "dies-of-sigterm":
        return reader
    signal.signal(signal.SIGTERM, lambda *_: None)
    signal.set_wakeup_fd(writer)
    return reader


def main():
    fault = sys.argv[2] if sys.argv[1:2] == ["--fault"] else None
    if "INHERITED" in os.environ:
        inherited = msgpack.unpackb(os.read(int(os.environ["INHERITED"]), 65536))
    else:
        inherited = read_inherited(fault)
        if fault == "token-in-argv":
            show_token_in_argv(inherited)
    plugin = Plugin(inherited, fault)
    plugin.signals = open_signals(fault)
    if fault == "leaves-a-child":
        child = subprocess.Popen(["sleep", "3600"], start_new_session=True)
        print("left %d" % child.pid, file=sys.stderr, flush=True)
    plugin.begin()
    plugin.run()
    plugin.call("ping")
    return 3 if fault == "stops-badly" else 0


if __name__ == "__main__":
    sys.exit(main())

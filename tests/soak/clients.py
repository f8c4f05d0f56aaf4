"""Clients of the daemon that have many requests under way at a time, and notice an answer that is missing or strange."""
import json
import time

import msgpack
import zmq

MOST_UNDER_WAY = 60  # of one client; the daemon keeps about 2,000 answers for one that does not read

# Codes that no well-formed request may get, beside those of its command.
STRANGE = {"malformed", "unknown_command", "incompatible", "denied", "system", "unavailable", "timeout", "internal"}
EXCUSED = {"invoke": {"unavailable", "timeout", "internal"}, "publish": {"denied"}, "signal": {"system"},
           "plugin.hello": {"denied"}, "set": {"timeout", "unavailable", "system", "malformed"}, "add": {"system"},
           "reloadconfig": {"system"}, "apply": {"system"}, "logs": {"unavailable"}}


class Wrong(Exception):
    """The daemon did what it must not do."""


class Codec:
    """A way to write bodies."""

    def __init__(self, name):
        self.name = name

    def pack(self, body):
        return msgpack.packb(body) if self.name == "msgpack" else json.dumps(body).encode()

    def unpack(self, data):
        return msgpack.unpackb(data, strict_map_key=False) if self.name == "msgpack" else json.loads(data.decode())


class Client:
    """A DEALER. Each request gets one answer, within `patience` seconds."""

    def __init__(self, address, codec, is_enveloped, patience):
        self.codec = codec
        self.before = [b""] if is_enveloped else []  # what a REQ puts before the body
        self.patience = patience
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.connect(address)
        self.last = 0
        self.under_way = {}  # id: (until when, what was asked, what is done with the answer)

    def close(self):
        self.socket.close()

    def send_body(self, body):
        self.socket.send_multipart([*self.before, self.codec.pack(body)])

    def cast(self, command, properties):
        """Asks and wants no answer; with an envelope one comes all the same."""
        if self.before:
            self.ask(command, properties, msg_type="cast")
        else:
            self.send_body({"command": command, "properties": properties, "msg_type": "cast"})

    def ask(self, command, properties, on_answer=None, **more):
        self.last += 1
        self.send_again({"command": command, "properties": properties, "id": self.last, **more}, on_answer)

    def send_again(self, body, on_answer=None):
        """Sends a request that has an id: for the first time, or once more after it was answered."""
        self.under_way[body["id"]] = (time.monotonic() + self.patience, body, on_answer or self.judge)
        self.send_body(body)

    def send_malformed(self, data, on_answer):
        """Sends bytes that are no request. Their answer has no id, so it is the only one that may be without."""
        self.under_way[None] = (time.monotonic() + self.patience, {"command": data[:40]}, on_answer)
        self.socket.send_multipart([*self.before, data])

    @staticmethod
    def judge(body, answer):
        """Says of an answer whether it may be given to such a request at all."""
        if answer.get("status") == "ok":
            return
        code = answer.get("code")
        if not isinstance(answer.get("reason"), str) or not isinstance(code, str):
            raise Wrong(f"an answer without a reason: {answer} to {body}")
        if code in STRANGE - EXCUSED.get(body["command"], set()):
            raise Wrong(f"{body} was answered with '{code}': {answer['reason']}")

    def take(self, frames):
        if frames[:-1] != self.before:
            raise Wrong(f"an answer in another envelope: {frames}")
        answer = self.codec.unpack(frames[-1])
        if answer.get("id") not in self.under_way:
            raise Wrong(f"an answer to nothing: {answer}")
        _, body, on_answer = self.under_way.pop(answer["id"])
        on_answer(body, answer)

    def read(self):
        """Takes the answers that are there."""
        while self.under_way and self.socket.poll(0):
            self.take(self.socket.recv_multipart())

    def check_deadlines(self):
        now = time.monotonic()
        for until, body, _ in self.under_way.values():
            if now > until:
                raise Wrong(f"no answer within {self.patience:.0f} s to {body}")

    def call(self, command, **properties):
        """Asks and waits for the answer."""
        answers = []
        self.ask(command, properties, lambda _, answer: answers.append(answer))
        while not answers:
            if self.socket.poll(100):
                self.take(self.socket.recv_multipart())
            self.check_deadlines()
        return answers[0]

    def do(self, command, **properties):
        """Has something done that must be possible."""
        answer = self.call(command, **properties)
        if answer["status"] != "ok":
            raise Wrong(f"{command} {properties} was refused: {answer['code']}: {answer['reason']}")
        return answer


class CircusClient(Client):
    """One of Circus's, whose answers have another form."""

    @staticmethod
    def judge(body, answer):
        if not isinstance(answer.get("status"), str) or "time" not in answer:
            raise Wrong(f"no answer of Circus's: {answer} to {body}")
        if answer["status"] == "error" and (not answer.get("reason") or "errno" not in answer):
            raise Wrong(f"no error of Circus's: {answer} to {body}")


class Clients:
    """All of them, in msgpack and JSON, with and without an envelope, and one of Circus's."""

    def __init__(self, daemon, count, patience):
        self.own = [Client(daemon.endpoint, Codec(("msgpack", "json")[i % 2]), i % 3 == 0, patience)
                    for i in range(count)]
        self.circus = CircusClient(daemon.circus, Codec("json"), False, patience)
        self.all = [*self.own, self.circus]
        self.poller = zmq.Poller()
        for client in self.all:
            self.poller.register(client.socket, zmq.POLLIN)

    def close(self):
        for client in self.all:
            client.close()

    def pump(self, milliseconds=0):
        """Takes the answers that come, waiting for the first as long as is said."""
        self.poller.poll(milliseconds)
        for client in self.all:
            client.read()
            client.check_deadlines()

    def make_room(self, client):
        """Takes answers until the client has less under way than it may."""
        while len(client.under_way) >= MOST_UNDER_WAY or None in client.under_way:
            self.pump(100)

    def finish(self):
        """Waits until everything is answered."""
        while any(client.under_way for client in self.all):
            self.pump(100)

    def wait(self, milliseconds):
        """Takes answers for so long."""
        until = time.monotonic() + milliseconds / 1000
        while time.monotonic() < until:
            self.pump(max(1, int((until - time.monotonic()) * 1000)))

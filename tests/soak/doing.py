"""Does what actions.py has drawn."""
import os
import random
import socket
import subprocess
import sys

import zmq

import kernel
import watchers
from clients import Client, Codec, Wrong
from daemon import kill

MOST_KEPT = 12  # of clients, subscribers and connections that stay and do nothing; the oldest goes then
GREETING = b"\xff\0\0\0\0\0\0\0\x01\x7f\x03\x00NULL" + bytes(16 + 32)  # of ZMTP 3
READY = b"\x04\x19\x05READY\x0bSocket-Type\x00\x00\x00\x06DEALER"


class Doer:
    """Has a daemon, its clients, and all who stay without ever reading."""

    def __init__(self, daemon, clients):
        self.daemon = daemon
        self.clients = clients
        self.kept = []
        self.kinds = {"ask": self.ask, "again": self.again, "circus": self.circus, "malformed": self.malformed,
                      "reread": self.reread, "crash": self.crash, "massacre": self.massacre, "poke": self.poke,
                      "knock": self.knock, "burst": self.burst, "oversize": self.oversize, "garbage": self.garbage,
                      "vanish": self.vanish, "subscribe": self.subscribe, "by_hand": self.by_hand, "wait": self.wait}

    def do(self, action):
        self.daemon.check_alive()
        client = self.clients.own[action.client]
        self.clients.make_room(client)
        self.kinds[action.kind](client, **action.fields)
        self.clients.pump()

    def keep(self, thing):
        self.kept.append(thing)
        if len(self.kept) > MOST_KEPT:
            self.kept.pop(0).close()

    def let_go(self):
        """Ends all who stay."""
        while self.kept:
            self.kept.pop().close()

    def properties(self, properties):
        """Puts the path of test-child where it belongs: it is none of the seed's business."""
        return {key: self.daemon.paths["child"] if value == "{child}" else value for key, value in properties.items()}

    # ---- commands ----

    def ask(self, client, command, properties, cast=False):
        if cast:
            client.cast(command, self.properties(properties))
        else:
            client.ask(command, self.properties(properties))

    def again(self, client, command, properties, **_):
        """Both must be answered; what was done is not done again."""
        answers = []

        def keep(body, answer):
            client.judge(body, answer)
            answers.append((body, answer))

        properties = self.properties(properties)
        client.ask(command, properties, keep, client=f"soak{id(client):016x}{client.last:x}")
        while len(answers) < 1:
            self.clients.pump(100)
        body, first = answers[0]
        client.send_again({**body, "epoch": first.get("epoch", "")}, keep)
        while len(answers) < 2:
            self.clients.pump(100)
        second = answers[1][1]
        if command in ("incr", "decr", "add", "publish") and first["status"] != second["status"]:
            raise Wrong(f"{command} {properties}, asked again, was answered with {second} after {first}")

    def circus(self, _, command, properties):
        self.clients.make_room(self.clients.circus)
        self.clients.circus.ask(command, properties)

    def malformed(self, client, seed, size):
        def judge(_, answer):
            if answer.get("status") != "error":
                raise Wrong(f"bytes that are no request were answered with {answer}")

        first = b"{" if client.codec.name == "json" else b"\xc1"
        client.send_malformed(first + random.Random(seed).randbytes(size), judge)

    def burst(self, client, count, command):
        for _ in range(count):
            self.clients.make_room(client)
            client.ask(command, {})

    def wait(self, _, milliseconds):
        self.clients.wait(milliseconds)

    def reread(self, client, version, mistake, how, waiting):
        watchers.Configuration(version, self.daemon.paths).write(mistake)
        if how == "reloadconfig":
            client.ask("reloadconfig", {"waiting": waiting})
        elif how == "apply":
            client.ask("plan", {}, lambda _, answer: self.apply(client, answer, waiting))

    @staticmethod
    def apply(client, answer, waiting):
        if "plan" in answer:
            client.ask("apply", {"plan": answer["plan"], "waiting": waiting})

    # ---- behind the daemon's back ----

    def children(self):
        """Returns the children of the daemon, in the order of their pids."""
        found = (kernel.look_at(pid) for pid in kernel.children_of(self.daemon.pid))
        return [process for process in found if process and process.endpoint == self.daemon.endpoint]

    def crash(self, _, name, which, number):
        found = [process for process in self.children() if process.watcher == name]
        if found:
            kill(found[which % len(found)].pid, number)

    def massacre(self, _, share, seed):
        dice = random.Random(seed)
        for process in self.children():
            if dice.random() < share:
                kill(process.pid, 9)

    def poke(self, _, number):
        kill(self.daemon.pid, number)

    def knock(self, _, **fields):
        """Connects to a socket that the daemon has opened for its processes."""
        connection = self.connect(os.path.join(self.daemon.folder, fields["socket"] + ".sock"))
        if connection and fields["reads"]:
            self.keep(connection)
        elif connection:
            connection.close()

    # ---- strangers ----

    @staticmethod
    def connect(path):
        """Returns a connection that never waits, or None if nobody takes one."""
        connection = socket.socket(socket.AF_UNIX)
        connection.setblocking(False)
        try:
            connection.connect(path)
        except OSError:
            connection.close()
            return None
        return connection

    def garbage(self, _, target, stays, handshake, size, seed):
        connection = self.connect(getattr(self.daemon, target)[len("ipc://"):])
        if not connection:
            return
        try:
            connection.send((GREETING + READY if handshake else b"") + random.Random(seed).randbytes(size))
        except OSError:
            pass  # it is thrown out already
        if stays:
            self.keep(connection)
        else:
            connection.close()

    def oversize(self, _, size):
        """One frame above the limit: it costs the connection that it comes by."""
        other = Client(self.daemon.endpoint, Codec("msgpack"), False, 1)
        other.socket.send(b"\x81\xa1a\xc6" + bytes(size))
        self.keep(other)

    def vanish(self, _, command, count, stays, encoding):
        other = Client(self.daemon.endpoint, Codec(encoding), False, 1)
        other.socket.linger = 1000  # what was sent arrives, though nobody waits for the answer
        for _ in range(count):
            other.ask(command["command"], self.properties(command["properties"]))
        if stays:
            self.keep(other)
        else:
            other.close()

    def subscribe(self, _, prefixes, target, reads):
        subscriber = zmq.Context.instance().socket(zmq.SUB)
        subscriber.linger = 0
        subscriber.rcvhwm = 10000 if reads else 1
        subscriber.connect(getattr(self.daemon, target))
        for prefix in prefixes:
            subscriber.subscribe(prefix)
        if reads:
            while subscriber.poll(20):
                subscriber.recv_multipart()
            subscriber.close()
        else:
            self.keep(subscriber)

    def by_hand(self, _, name, invoke, stays):
        """A plugin that nobody spawned: it comes, is asked for something, and is gone in order or at once."""
        plugin = ByHand(self.daemon.endpoint, name)
        if not plugin.is_ready():
            plugin.close()
            raise Wrong(f"a plugin by hand, '{name}', got no answer")
        if invoke:
            self.clients.own[0].ask("invoke", {"plugin": name, "method": "greet", "timeout": 0.2})
        if stays:
            self.keep(plugin)
        else:
            plugin.process.kill()
            plugin.close()


class ByHand:
    """A process of its own, for the daemon takes the end of the process for the end of the plugin."""

    def __init__(self, endpoint, name):
        program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "hand.py")
        self.process = subprocess.Popen([sys.executable, program, endpoint, name], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def is_ready(self):
        return self.process.stdout.readline() == b"ready\n"

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

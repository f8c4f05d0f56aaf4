#!/usr/bin/python3
"""Speaks Circus's wire by hand, to a plughostd that has circus_compat: commands, errors, events.

$PLUGHOSTD names the program. What is expected stands in tables, and comes from Circus 0.19: its client sends one frame of
JSON from a DEALER, and gets one frame back whose keys are `status`, `time`, the fields, `id`. Nothing of Circus is used.
"""
import collections
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest
import uuid

import msgpack
import zmq

DEADLINE_MS = 10000

CONFIGURATION = """
[plughost]
run_dir = {folder}/run

[circus]
circus_compat = yes
endpoint = tcp://127.0.0.1:{port}
pubsub_endpoint = tcp://127.0.0.1:{pubsub_port}

[socket:Web]
host = 127.0.0.1
port = {socket_port}
backlog = 7

[socket:local]
path = {folder}/local.sock

[watcher:Web]
cmd = sleep 1000
numprocesses = 2

[watcher:off]
cmd = sleep 1000
autostart = no

[watcher:offside]
cmd = sleep 1000
autostart = no
label.team = shop

[watcher:single]
cmd = sleep 1000
singleton = yes

# A parent with a child, both of which write the signals that they get.
[watcher:family]
cmd = sh -c 'trap "echo parent >> {folder}/usr1" USR1; sh -c "trap \\"echo child >> {folder}/usr1\\" USR1; echo up >> {folder}/usr1; while :; do sleep 0.05; done" & while :; do wait; done'

[watcher:broken]
cmd = /nowhere/program
autostart = no

[watcher:hooked]
cmd = sleep 1000
autostart = no
hooks.before_start = true
hooks.after_start = sh -c 'exit 3', ignore

[watcher:refused]
cmd = sleep 1000
autostart = no
hooks.before_start = sh -c 'exit 4'

# It ignores what ends others, so a stop lasts until somebody kills it.
[watcher:stubborn]
cmd = sleep 1000
stop_signal = SIGWINCH
graceful_timeout = 600
autostart = no
"""


def free_ports(count):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


class Client:
    """What Circus's CircusClient does, and what others may do."""

    def __init__(self, address, kind=zmq.DEALER, queue=1000):
        """`queue` is how many messages may wait on either way; 0: any number."""
        self.socket = zmq.Context.instance().socket(kind)
        self.socket.linger = 0
        self.socket.sndhwm = self.socket.rcvhwm = queue  # counts for connections made afterwards
        if kind == zmq.DEALER:
            self.socket.identity = uuid.uuid4().hex.encode()
        self.socket.connect(address)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def receive_frames(self):
        if not self.socket.poll(DEADLINE_MS):
            raise AssertionError("no answer from the daemon")
        return self.socket.recv_multipart()

    def receive(self):
        """Returns a reply with its keys in order."""
        frames = self.receive_frames()
        assert len(frames) == 1, frames
        assert frames[0] == frames[0].decode("ascii").encode(), "as Python's json writes it"
        return json.loads(frames[0], object_pairs_hook=collections.OrderedDict)

    def send(self, command, properties=None, **fields):
        self.socket.send(json.dumps({"command": command, "properties": properties or {}, **fields}).encode())

    def call(self, command, properties=None):
        identity = uuid.uuid4().hex
        self.send(command, properties, id=identity)
        reply = self.receive()
        assert reply["id"] == identity, reply
        return reply


class Subscriber:
    """A SUB on Circus's publisher, that knows when its subscription is active: when what it did is told."""

    def __init__(self, address, client, prefix=b"watcher."):
        self.socket = zmq.Context.instance().socket(zmq.SUB)
        self.socket.subscribe(prefix)
        self.socket.subscribe(b"watcher.marker.")
        self.socket.connect(address)
        end = time.monotonic() + DEADLINE_MS / 1000
        while time.monotonic() < end:  # nobody tells when a subscription has come through
            mark(client)
            if self.socket.poll(100):
                break
        self.pass_marker(client)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def receive(self):
        if not self.socket.poll(DEADLINE_MS):
            raise AssertionError("no event")
        frames = self.socket.recv_multipart()
        assert len(frames) == 2, frames
        return frames[0].decode(), json.loads(frames[1], object_pairs_hook=collections.OrderedDict)

    def pass_marker(self, client):
        """Forgets everything up to now."""
        name = mark(client)
        while self.receive()[0] != f"watcher.{name}.remove":
            pass

    def until_marker(self, client):
        """Returns all events up to now."""
        name = mark(client)
        found = []
        while True:
            event = self.receive()
            if event[0] == f"watcher.{name}.remove":
                return found
            if not event[0].startswith("watcher.marker."):
                found.append(event)

    def until(self, topic):
        found = [self.receive()]
        while found[-1][0] != topic:
            found.append(self.receive())
        return found


def mark(client):
    """Two events that belong to no test: a watcher that is added and removed, and never started."""
    name = "marker." + uuid.uuid4().hex
    assert client.call("add", {"name": name, "cmd": "true"})["status"] == "ok"
    assert client.call("rm", {"name": name, "waiting": True})["status"] == "ok"
    return name


# ---- what values are expected ----

def text(value):
    return isinstance(value, str)


def number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def whole(value):
    return isinstance(value, int) and not isinstance(value, bool)


def pid_list(count):
    return lambda value: isinstance(value, list) and len(value) == count and value == sorted(value) and \
        all(whole(item) and item > 1 for item in value)


def matching(pattern):
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value)


def one_of(*values):
    return lambda value: value in values


def fields(**expected):
    """An object with exactly these keys, in any order."""
    return lambda value: isinstance(value, dict) and set(value) == set(expected) and \
        all(fits(value[key], one) for key, one in expected.items())


def by_pid(count, one):
    return lambda value: isinstance(value, dict) and len(value) == count and \
        all(key.isdigit() and fits(item, one) for key, item in value.items())


def fits(value, expected):
    return bool(expected(value)) if callable(expected) else value == expected


SIZE = matching(r"\d+(\.\d\d)?[BKMGT]")
PROCESS = dict(mem_info1=SIZE, mem_info2=SIZE, cpu=number, mem=number, ctime=matching(r"\d+:\d\d\.\d\d"), pid=whole,
               username=text, nice=whole, create_time=number, age=number, children=lambda value: isinstance(value, list))
SLEEP = fields(**PROCESS, cmdline="sleep", started=number, wid=whole)

# ---- commands that go well: command, properties, the fields between `time` and `id` in their order ----

ALL = ["broken", "family", "hooked", "off", "offside", "refused", "single", "stubborn", "web"]
STATUS = {name: "stopped" for name in ALL if name != "web"}

# All that Circus lets be read.
READABLE = """args close_child_stderr close_child_stdin close_child_stdout cmd copy_env env executable gid graceful_timeout
    max_age max_age_variance max_retry numprocesses on_demand priority respawn send_hup shell shell_args singleton
    stderr_stream_conf stdout_stream_conf stop_children stop_signal uid use_sockets warmup_delay working_dir""".split()

GOOD = [
    ("list", {}, {"watchers": ALL}),
    ("LIST", {}, {"watchers": ALL}),
    ("List", {"name": "wEb"}, {"pids": pid_list(2)}),
    ("list", {"name": "off"}, {"pids": []}),
    ("list", ["name"], {"watchers": ALL}),  # `'name' in properties` is all that Circus looks at
    ("list", {"nonsense": 1, "name": "off"}, {"pids": []}),
    ("status", {}, {"statuses": {**STATUS, "Web": "active", "family": "active", "single": "active"}}),
    ("numprocesses", {}, {"numprocesses": 4}),
    ("numprocesses", {"name": "WEB"}, {"numprocesses": 2, "watcher_name": "WEB"}),
    ("numprocesses", {"name": "off"}, {"numprocesses": 0, "watcher_name": "off"}),
    ("numwatchers", {}, {"numwatchers": 9}),
    ("dstats", {}, {"info": fields(**PROCESS, cmdline="plughostd")}),
    ("stats", {"name": "web"}, {"name": "web", "info": by_pid(2, SLEEP)}),
    ("stats", {"name": "off"}, {"name": "off", "info": {}}),
    ("stats", {"name": "family", "extended": True},
     {"name": "family", "info": by_pid(1, lambda info: [one["cmdline"] for one in info["children"]] == ["sh"])}),
    ("stats", {}, {"infos": lambda value: set(value) >= {"Web", "off"} and fits(value["Web"], by_pid(2, SLEEP))}),
    ("incr", {"name": "Web"}, {}),
    ("decr", {"name": "web"}, {}),
    ("incr", {"name": "web", "waiting": True}, {"numprocesses": 3}),
    ("incr", {"name": "web", "nb": 2, "waiting": True}, {"numprocesses": 5}),
    ("decr", {"name": "web", "nb": "3", "waiting": True}, {"numprocesses": 2}),
    ("incr", {"name": "off", "waiting": True}, {"numprocesses": 2}),
    ("decr", {"name": "off", "waiting": True}, {"numprocesses": 1}),
    ("incr", {"name": "single"}, {"numprocesses": 1, "singleton": True}),
    ("decr", {"name": "single", "waiting": True}, {"numprocesses": 1, "singleton": True}),
    ("start", {"name": "off"}, {}),
    ("stop", {"name": "off", "waiting": True}, {"info": None}),
    ("start", {"name": "off", "waiting": True}, {"info": fields(started=pid_list(1), kept=[])}),
    ("start", {"name": "off", "waiting": True}, {"info": fields(started=[], kept=pid_list(1))}),
    ("stop", {"name": "off", "waiting": True}, {"info": None}),
    ("start", {"name": "OFF", "waiting": True}, {"info": fields(started=pid_list(1), kept=[])}),
    ("stop", {"name": "off", "waiting": True, "match": "simple"}, {"info": None}),
    ("start", {"name": "of?", "waiting": True}, {"info": fields(started=pid_list(1), kept=[])}),
    ("stop", {"name": "O[ef]f", "match": "glob", "waiting": True}, {"info": None}),
    ("start", {"name": "off*", "waiting": True}, {}),  # two of them: no info
    ("stop", {"name": "OFF(side)?$", "match": "regex", "waiting": True}, {}),
    ("start", {"name": "ffs", "match": "glob", "waiting": True}, "program ffs not found"),
    ("start", {"name": r"o\w+de", "match": "regex", "waiting": True}, {"info": fields(started=pid_list(1), kept=[])}),
    ("stop", {"name": "offside", "waiting": True}, {"info": None}),
    ("restart", {"name": "off"}, {}),
    ("stop", {"name": "off", "waiting": True}, {"info": None}),
    ("restart", {"name": "web", "waiting": True},
     {"info": fields(stopped=pid_list(2), started=pid_list(2), kept=[])}),
    ("restart", {"name": "w*b", "match": "glob", "waiting": True},
     {"info": fields(stopped=pid_list(2), started=pid_list(2), kept=[])}),
    ("reload", {"name": "off"}, {}),
    ("stop", {"name": "off", "waiting": True}, {"info": None}),
    ("reload", {"name": "web", "waiting": True}, {"info": fields(stopped=pid_list(2), started=pid_list(2), kept=[])}),
    ("reload", {"name": "web", "sequential": True, "waiting": True},
     {"info": fields(stopped=pid_list(2), started=pid_list(2), kept=[])}),
    ("reload", {"name": "web", "graceful": False, "waiting": True},
     {"info": fields(stopped=pid_list(2), started=pid_list(2), kept=[])}),
    ("signal", {"name": "web", "signum": signal.SIGWINCH}, {}),
    ("signal", {"name": "web", "signum": "28"}, {}),
    ("signal", {"name": "web", "signum": "winch"}, {}),
    ("signal", {"name": "web", "signum": "SIGWINCH"}, {}),
    ("signal", {"name": "web", "signum": 0}, {}),
    ("signal", {"name": "web", "signum": "winch", "pid": 1}, {}),  # not its process: nothing happens
    ("signal", {"name": "off", "signum": "TERM"}, {}),             # it has none
    ("signal", {"name": "web", "signum": "winch", "children": True}, {}),
    ("signal", {"name": "web", "signum": "winch", "recursive": True}, {}),
    ("kill", {"name": "off"}, {}),
    ("kill", {"name": "web"}, {}),
    ("kill", {"name": "web", "waiting": True}, {}),
    ("kill", {"name": "web", "signum": "RTMIN+1", "graceful_timeout": 5, "waiting": True}, {}),
    ("kill", {"name": "web", "signum": 28, "graceful_timeout": "0.05", "waiting": True}, {}),
    ("add", {"name": "", "cmd": "x"}, {}),
    ("add", {"name": "new", "cmd": "sleep 1000"}, {}),
    ("rm", {"name": "NEW"}, {}),
    ("add", {"name": "new1", "cmd": "sleep", "args": ["1000"], "start": True, "waiting": True,
             "options": {"numprocesses": 2, "env": {"A": "b 'c'"}, "copy_env": True, "uid": None,
                         "stdout_stream": {"class": "FileStream", "filename": "/dev/null"}}},
     {"started": pid_list(2), "kept": []}),
    ("rm", {"name": "new1", "waiting": True}, {}),
    ("add", {"name": "new2", "cmd": "sleep", "args": "1000", "start": True}, {}),
    ("rm", {"name": "new2", "nostop": True}, {}),
    ("get", {"name": "WEB", "keys": ["numprocesses", "cmd", "copy_env", "graceful_timeout", "uid"]},
     {"options": {"numprocesses": 2, "cmd": "sleep 1000", "copy_env": True, "graceful_timeout": 30, "uid": None}}),
    ("get", {"name": "web", "keys": []}, {"options": {}}),
    # What is a label here is any key there.
    ("get", {"name": "offside", "keys": ["team"]}, {"options": {"team": "shop"}}),
    ("options", {"name": "offside"}, {"options": lambda value: value["team"] == "shop"}),
    ("get", {"name": "web", "keys": READABLE}, {"options": lambda value: list(value) == READABLE}),
    ("options", {"name": "Web"}, {"options": lambda value: value["numprocesses"] == 2 and value["priority"] == 0 and
                                  value["send_hup"] is False and {"cmd", "args", "env", "respawn"} <= set(value)}),
    ("globaloptions", {"option": "check_delay"}, {"options": {"check_delay": 5.0}}),
    ("globaloptions", {"option": "stats_endpoint"}, {"options": {"stats_endpoint": None}}),
    ("set", {"name": "off", "options": {"numprocesses": 3}}, {}),
    ("set", {"name": "off", "options": {"numprocesses": 1, "graceful_timeout": 4.5, "stop_signal": 2, "max_retry": 3,
                                        "env": {"A": "b 'c' \"d\""}, "send_hup": False, "retry_in": 5, "uid": None,
                                        "stdout_stream": {"class": "FileStream", "filename": "/dev/null"}}}, {}),
    ("get", {"name": "off", "keys": ["numprocesses", "graceful_timeout", "stdout_stream.filename"]},
     {"options": {"numprocesses": 1, "graceful_timeout": 4.5, "stdout_stream.filename": "/dev/null"}}),
    ("set", {"name": "web", "options": {"max_age_variance": 20}, "waiting": True}, {}),
    ("reloadconfig", {}, {}),
    ("reloadconfig", {"waiting": True}, {}),
    ("start", {}, {}),
    ("stop", {"name": "stubborn"}, {}),
    ("signal", {"name": "stubborn", "signum": "KILL"}, {}),
]

# ---- commands that are refused: command, properties, errno, reason (exact, or a compiled expression) ----

UNKNOWN = [(name, {"name": "Nobody", **more}, 3, "program Nobody not found")
           for name, more in (("list", {}), ("status", {}), ("numprocesses", {}), ("incr", {}), ("decr", {}),
                              ("start", {}), ("stop", {"waiting": True}), ("restart", {}), ("reload", {}), ("rm", {}),
                              ("kill", {}), ("kill", {"waiting": True}), ("signal", {"signum": 1}), ("stats", {}),
                              ("get", {"keys": []}), ("options", {}), ("set", {"options": {}}))]
MISSING = [(name, properties, 3, f"message invalid '{missing}' is missing") for name, properties, missing in (
    ("add", {}, "name"), ("add", {"name": "x"}, "cmd"), ("add", {"cmd": "x"}, "name"), ("incr", {}, "name"),
    ("decr", {}, "name"), ("rm", {}, "name"), ("kill", {}, "name"), ("signal", {}, "name"),
    ("signal", {"name": "web"}, "signum"), ("signal", {"signum": 1}, "name"), ("incr", "name", "name"),
    ("incr", {"name": None}, "name"), ("get", {}, "name"), ("get", {"name": "web"}, "keys"), ("options", {}, "name"),
    ("set", {}, "name"), ("set", {"name": "web"}, "options"))]

# Values that `set` and `add` do not take: options, reason.
VALUES = [
    ({"nonsense": 1}, "unknown key 'nonsense'"),
    ([], "'options' property should be an object"),
    ("x", "'options' property should be an object"),
    ({"numprocesses": "2"}, "'numprocesses' isn't an integer"),
    ({"max_retry": 1.5}, "'max_retry' isn't an integer"),
    ({"max_age": "x"}, "'max_age' isn't an integer"),
    ({"max_age_variance": []}, "'max_age_variance' isn't an integer"),
    ({"warmup_delay": "1"}, "'warmup_delay' isn't a number"),
    ({"retry_in": "1"}, "'retry_in' isn't a number"),
    ({"graceful_timeout": {}}, "'graceful_timeout' isn't a number"),
    ({"uid": 1.5}, "'uid' isn't an integer or string"),
    ({"gid": []}, "'gid' isn't an integer or string"),
    ({"send_hup": 0.5}, "'send_hup' isn't a valid boolean"),
    ({"close_child_stdout": []}, "'close_child_stdout' isn't a valid boolean"),
    ({"env": "A=b"}, "'env' isn't a valid object"),
    ({"env": {"A": 5}}, "'A' isn't a string"),
    ({"stdout_stream": 5}, "'stdout_stream' isn't a valid object"),
    ({"stderr_stream": {"filename": "/x"}}, "'stderr_stream' must have a 'class' key"),
]

BAD = UNKNOWN + MISSING + \
    [("add", {"name": "x", "cmd": "y", "options": options}, 3, reason) for options, reason in VALUES] + \
    [("set", {"name": "web", "options": options}, 3, reason) for options, reason in VALUES] + [
    ("nonsense", {}, 2, "unknown command: 'nonsense'"),
    ("NonSense", {}, 2, "unknown command: 'NonSense'"),
    ("it's", {}, 2, 'unknown command: "it\'s"'),
    ("a'b\"c\n\\", {}, 2, r"""unknown command: 'a\'b"c\n\\'"""),
    ("", {}, 2, "unknown command: ''"),
    ("plugin.hello", {"name": "x"}, 2, "unknown command: 'plugin.hello'"),  # what is ours alone is not offered
    ("publish", {}, 2, "unknown command: 'publish'"),
    ("listen", {}, 3, "invalid message. use a pub/sub socket"),
    ("ipython", {}, 3, re.compile("ipython is not supported: .*plughostctl.*")),
    ("start", {"name": "web", "match": "fuzzy"}, 3, "unknown match method fuzzy"),
    ("start", {"name": "(", "match": "regex"}, 3, re.compile(r"'\(' is not a regular expression: .*")),
    ("stop", {"name": "eb", "match": "regex"}, 3, "program eb not found"),  # from the beginning of the name
    ("start", {"name": "w*b", "match": "simple"}, 3, "program w*b not found"),
    ("start", {"name": 5}, 3, "'name' isn't a string"),
    ("list", {"name": ["web"]}, 3, "'name' isn't a string"),
    ("incr", {"name": "web", "nb": "x"}, 3, "'nb' isn't an integer"),
    ("incr", {"name": "web", "nb": "x", "waiting": True}, 3, "'nb' isn't an integer"),
    ("incr", {"name": "web", "nb": []}, 3, "'nb' isn't an integer"),
    ("kill", {"name": "web", "graceful_timeout": "soon"}, 3, "'graceful_timeout' isn't a number"),
    ("kill", {"name": "web", "pid": 1}, 3, "'Web' has no process 1"),
    ("stats", {"name": "web", "process": 1}, 3, "process 1 not found in 'web'"),
    ("signal", {"name": "web", "signum": 999}, 4, "[Errno 22] Invalid argument"),
    ("signal", {"name": "web", "signum": "nope"}, 5,
     re.compile(r"command b'\{.*\}': signum invalid: no signal is called 'nope'")),
    ("signal", {"name": "web", "signum": 1, "pid": 1, "children": True}, 5,
     re.compile(r"command b'\{.*\}': 'Web' has no process 1")),
    ("signal", {"name": "web", "signum": 1, "childpid": 1}, 3,
     "childpid needs pid, the process whose child it is"),
    ("add", {"name": "WEB", "cmd": "x"}, 5, re.compile(r"command b'\{.*\}': 'WEB' already exist")),
    ("get", {"name": "web", "keys": ["cmd", "nope"]}, 3, "'nope' option not found"),
    ("get", {"name": "web", "keys": "cmd"}, 3, "'keys' isn't a list"),
    ("get", {"name": "web", "keys": ["cmd"] * 201}, 3, "201 keys are more than the 200 allowed"),
    ("stats", {"name": "web", "process": 2**32 + 1}, 3, "process 4294967297 not found in 'web'"),
    ("set", {"name": "off", "options": {"hooks": {"before_start": "mod.func"}}}, 3,
     "hooks are taken from the configuration only"),
    ("set", {"name": "off", "options": {"env": {f"V{n}": "1" for n in range(1001)}}}, 3,
     "option 'env' has more than 1000 entries"),
    ("globaloptions", {"option": "nope"}, 3, "'nope' option not found"),
    ("set", {"name": "single", "options": {"numprocesses": 2}}, 5,
     re.compile(r"command b'\{.*\}': 'single' is a singleton: it has at most one process")),
    ("set", {"name": "web", "options": {"uid": "nobody-of-that-name"}}, 3, re.compile("uid = nobody-of-that-name: .*")),
    ("add", {"name": "x", "cmd": 5}, 3, "'cmd' isn't a string"),
    ("add", {"name": "x", "cmd": "y", "args": [[]]}, 3, "'args' isn't a list of strings"),
    ("add", {"name": "x", "cmd": "y", "options": {"umask": [[]]}}, 3, "'umask' isn't a string, number or boolean"),
    ("start", {"name": "broken", "waiting": True}, 6, re.compile("server error: 'broken' .*")),
    ("start", {"name": "refused", "waiting": True}, 6, re.compile("server error: 'refused': hook before_start.*")),
]

# ---- messages that are none: frames as they are sent, errno, reason, id ----

JSON_INVALID = (1, "json invalid", None)
GARBAGE = [
    ([b""], *JSON_INVALID),
    ([b"garbage"], *JSON_INVALID),
    ([b"\xff\xfe"], *JSON_INVALID),
    ([b"{"], *JSON_INVALID),
    ([b"[]"], *JSON_INVALID),
    ([b'"list"'], *JSON_INVALID),
    ([b"5"], *JSON_INVALID),
    ([b"null"], *JSON_INVALID),
    ([b'{"command": "list"}', b"more"], *JSON_INVALID),
    ([b"one", b"two", b"three"], *JSON_INVALID),
    ([b"[" * 100000], *JSON_INVALID),
    ([b'{"id": 1, "command": "list", "properties": ' + b'{"a":' * 40 + b"1" + b"}" * 41], *JSON_INVALID),
    ([b'{"id": ["a", 1]}'], 3, "message invalid 'command' is missing", ["a", 1]),
    ([b'{"id": 1, "command": null}'], 3, "message invalid 'command' is missing", 1),
    ([b'{"id": 1, "command": 5}'], 3, "message invalid 'command' is missing", 1),
    ([b'{"id": 1, "command": ["list"]}'], 3, "message invalid 'command' is missing", 1),
    ([b'{"id": 1, "status": "ok"}'], 3, "message invalid 'command' is missing", 1),
]

IDS = [None, 0, -5, 1.5, "", 0.30000000000000004, "x" * 4000, "\u00e9 \U0001f600", True, [], {}, {"a": [1, None]}, 2 ** 63 - 1]

# ---- events: what is done, and what is told of the watcher: actions with their keys ----

TIME = ["time"]
PROCESS_KEYS = ["process_pid", "time"]
SPAWN, KILL, REAP = ("spawn", PROCESS_KEYS), ("kill", PROCESS_KEYS), ("reap", ["process_pid", "time", "exit_code"])
START, STOP, RELOAD, UPDATED, ADD, REMOVE = (
    (name, TIME) for name in ("start", "stop", "reload", "updated", "add", "remove"))
SUCCESS, FAILURE = ("hook_success", ["name", "time"]), ("hook_failure", ["name", "time", "error"])

# In each row: what is done; whether the order of the events counts; the events.
EVENTS = [
    ("off", [("start", {})], True, [SPAWN, START]),
    ("off", [("restart", {})], True, [KILL, REAP, STOP, SPAWN, START]),
    ("off", [("incr", {})], True, [SPAWN]),
    ("off", [("decr", {})], True, [KILL, REAP]),
    ("off", [("kill", {})], True, [KILL, REAP, SPAWN]),
    ("off", [("reload", {})], False, [SPAWN, KILL, REAP, RELOAD]),
    ("off", [("reload", {"sequential": True})], False, [SPAWN, KILL, REAP, RELOAD]),
    ("off", [("reload", {"graceful": False})], True, [KILL, REAP, STOP, SPAWN, START]),
    ("off", [("signal", {"signum": "CONT"})], True, []),
    ("off", [("set", {"options": {"graceful_timeout": 7, "max_age_variance": 5}})], True, [UPDATED, UPDATED]),
    ("off", [("stop", {})], True, [KILL, REAP, STOP]),
    ("refused", [("start", {})], True, [FAILURE, STOP]),
    ("broken", [("start", {}), ("stop", {})], True, [STOP]),
    ("extra", [("add", {"cmd": "sleep 1000", "start": True})], True, [ADD, SPAWN, START]),
    ("extra", [("rm", {})], True, [REMOVE, KILL, REAP, STOP]),
    ("Big.Name", [("add", {"cmd": "sleep 1000"}), ("rm", {})], True, [ADD, REMOVE]),
]


class CircusWire(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="plughost-circus-")
        port, pubsub_port, self.socket_port = free_ports(3)
        self.endpoint = f"tcp://127.0.0.1:{port}"
        self.pubsub = f"tcp://127.0.0.1:{pubsub_port}"
        path = os.path.join(self.folder, "x.ini")
        with open(path, "w", encoding="utf-8") as file:
            file.write(CONFIGURATION.format(folder=self.folder, port=port, pubsub_port=pubsub_port,
                                            socket_port=self.socket_port))
        self.log = os.path.join(self.folder, "log")
        with open(self.log, "w", encoding="utf-8") as log:
            self.daemon = subprocess.Popen([os.environ["PLUGHOSTD"], path], stdin=subprocess.DEVNULL, stdout=log,
                                           stderr=log)
        self.client = Client(self.endpoint)
        self.assertEqual(self.client.call("start", {"name": "web", "waiting": True})["status"], "ok")

    def tearDown(self):
        self.client.socket.close()
        if self.daemon.poll() is None:
            self.daemon.send_signal(signal.SIGTERM)
        try:
            outcome = self.daemon.wait(DEADLINE_MS / 1000)
        except subprocess.TimeoutExpired:
            self.daemon.kill()
            self.daemon.wait()
            raise
        finally:
            with open(self.log, encoding="utf-8", errors="replace") as log:
                text_of_log = log.read()
            shutil.rmtree(self.folder)
        self.assertEqual(outcome, 0, text_of_log[-2000:])

    def wait_for(self, condition, what):
        end = time.monotonic() + DEADLINE_MS / 1000
        while not condition():
            self.assertLess(time.monotonic(), end, what)
            time.sleep(0.01)  # between two looks at a state; the state decides

    def check_error(self, reply, number_expected, reason):
        self.assertEqual(list(reply), ["status", "reason", "tb", "time", "errno", "id"])
        self.assertEqual(reply["status"], "error")
        self.assertIsNone(reply["tb"])
        self.assertEqual(reply["errno"], number_expected, reply["reason"])
        if isinstance(reason, re.Pattern):
            self.assertRegex(reply["reason"], re.compile(f"^(?:{reason.pattern})$", re.DOTALL))
        else:
            self.assertEqual(reply["reason"], reason)

    def check_fields(self, reply, expected):
        self.assertEqual(list(reply), ["status", "time", *expected, "id"])
        self.assertEqual(reply["status"], "ok")
        self.assertIsInstance(reply["time"], float)
        self.assertLess(abs(reply["time"] - time.time()), 60)
        for key, one in expected.items():
            self.assertTrue(fits(reply[key], one), f"{key}: {json.dumps(reply[key])}")

    def test_each_command_is_answered_with_its_fields(self):
        self.wait_for(lambda: os.path.exists(f"{self.folder}/usr1"), "the child of family")
        for command, properties, expected in GOOD:
            with self.subTest(command=command, properties=properties):
                reply = self.client.call(command, properties)
                if isinstance(expected, str):
                    self.check_error(reply, 3, expected)
                else:
                    self.check_fields(reply, expected)

    def test_what_cannot_be_done_is_refused_in_the_words_of_circus(self):
        for command, properties, number_expected, reason in BAD:
            with self.subTest(command=command, properties=properties):
                self.check_error(self.client.call(command, properties), number_expected, reason)

    def test_with_a_name_the_status_is_that_of_the_watcher(self):
        for name, expected in (("web", "active"), ("OFF", "stopped"), ("hooked", "stopped")):
            with self.subTest(name=name):
                reply = self.client.call("status", {"name": name})
                self.assertEqual(list(reply), ["status", "time", "id"])
                self.assertEqual(reply["status"], expected)

    def test_what_backs_off_is_being_started(self):
        self.client.call("start", {"name": "broken"})
        self.assertEqual(self.client.call("status", {"name": "broken"})["status"], "starting")

    def test_the_global_options_tell_where_to_listen(self):
        reply = self.client.call("globaloptions")
        self.check_fields(reply, {"options": {"endpoint": self.endpoint, "stats_endpoint": None,
                                              "pubsub_endpoint": self.pubsub, "check_delay": 5.0,
                                              "multicast_endpoint": None}})

    def test_a_bad_file_changes_nothing_and_is_told(self):
        pids = self.client.call("list", {"name": "web"})["pids"]
        with open(os.path.join(self.folder, "x.ini"), "a", encoding="utf-8") as file:
            file.write("[watcher:bad]\nnonsense\n")
        self.check_error(self.client.call("reloadconfig"), 5, re.compile(r"command b'\{.*\}': .*x.ini:\d+: .*"))
        self.check_error(self.client.call("reloadconfig", {"waiting": True}), 6,
                         re.compile(r"server error: .*x.ini:\d+: .*"))
        self.assertEqual(self.client.call("list", {"name": "web"})["pids"], pids)

    def test_sockets_are_listed_by_their_descriptors(self):
        reply = self.client.call("listsockets")
        self.assertEqual(list(reply), ["status", "time", "sockets", "id"])
        first, second = sorted(reply["sockets"], key=lambda one: one["name"].lower(), reverse=True)
        self.assertEqual(dict(first), {"fd": first["fd"], "name": first["name"], "backlog": 7, "host": "127.0.0.1",
                                       "port": self.socket_port})
        self.assertEqual(dict(second), {"fd": second["fd"], "name": "local", "backlog": second["backlog"],
                                        "path": f"{self.folder}/local.sock"})
        self.assertEqual([one["fd"] for one in reply["sockets"]], sorted(one["fd"] for one in reply["sockets"]))

    def test_statistics_of_one_process_are_under_its_pid(self):
        pid = self.client.call("list", {"name": "web"})["pids"][0]
        for sent in (pid, str(pid)):
            reply = self.client.call("stats", {"name": "web", "process": sent})
            self.assertEqual(list(reply), ["status", "time", "process", "info", "id"])
            self.assertEqual(reply["process"], sent)
            self.assertTrue(fits(reply["info"], SLEEP), reply["info"])
            self.assertEqual(reply["info"]["pid"], pid)

    def test_signals_reach_those_that_are_named(self):
        told = f"{self.folder}/usr1"
        self.wait_for(lambda: os.path.exists(told), "the child of family")
        pid = self.client.call("list", {"name": "family"})["pids"][0]
        info = self.client.call("stats", {"name": "family"})["info"][str(pid)]
        child = info["children"][0]["pid"]
        for more, expected in (({}, ["parent"]), ({"pid": pid}, ["parent"]), ({"children": True}, ["child"]),
                               ({"recursive": True}, ["child", "parent"]), ({"pid": pid, "childpid": child}, ["child"])):
            with self.subTest(more=more):
                open(told, "w", encoding="utf-8").close()
                reply = self.client.call("signal", {"name": "family", "signum": "usr1", **more})
                self.check_fields(reply, {})

                def words():
                    with open(told, encoding="utf-8") as file:
                        return sorted(file.read().split())
                self.wait_for(lambda: words() == expected, f"{more}: {words()} instead of {expected}")

    def test_any_id_comes_back(self):
        for identity in IDS:
            with self.subTest(id=repr(identity)[:40]):
                self.client.send("numwatchers", id=identity)
                self.assertEqual(self.client.receive()["id"], identity)
        self.client.socket.send(b' \n{"command": "numwatchers"}\t')
        self.assertIsNone(self.client.receive()["id"], "as a plugin's call has none")
        self.client.send("numwatchers", id="x" * 5000)
        self.assertEqual(self.client.receive()["reason"], "message invalid 'id' is too long")

    def test_garbage_is_answered_and_holds_nobody(self):
        for frames, number_expected, reason, identity in GARBAGE:
            with self.subTest(frames=[frame[:40] for frame in frames]), Client(self.endpoint) as client:
                client.socket.send_multipart(frames)
                reply = client.receive()
                self.check_error(reply, number_expected, reason)
                self.assertEqual(reply["id"], identity)
        self.assertEqual(self.client.call("numwatchers")["numwatchers"], 9)

    def test_a_frame_beyond_the_limit_ends_its_connection_alone(self):
        with Client(self.endpoint) as client:
            client.socket.send(b'{"id": "' + b"x" * (1 << 21) + b'", "command": "list"}')
            self.assertEqual(client.socket.poll(0), 0)
            self.assertEqual(self.client.call("numwatchers")["numwatchers"], 9)

    def test_bytes_that_are_no_zmtp_hold_nobody(self):
        port = int(self.endpoint.rsplit(":", 1)[1])
        with contextlib.ExitStack() as stack:
            for data in (b"", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\xff" * 10, b"\xff\0\0\0\0\0\0\0\x01\x7f\x03\0NULL",
                         os.urandom(3000)):
                one = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
                one.sendall(data)
            self.assertEqual(self.client.call("numwatchers")["numwatchers"], 9)

    def test_a_flood_is_answered_and_others_go_on(self):
        count = 20000
        with Client(self.endpoint, queue=0) as client:  # the daemon drops what nobody takes
            got = 0
            for i in range(count):
                client.send("numwatchers", id=i)
                if i % 5000 == 0:
                    self.assertEqual(self.client.call("numwatchers")["numwatchers"], 9)
                while client.socket.poll(0):
                    self.assertEqual(client.receive()["id"], got)
                    got += 1
            while got < count:
                self.assertEqual(client.receive()["id"], got)
                got += 1

    def test_a_client_that_takes_no_answers_holds_nobody(self):
        with Client(self.endpoint, queue=1) as client:
            for i in range(3000):
                client.send("stats", id=i)
            self.assertEqual(self.client.call("numwatchers")["numwatchers"], 9)

    def test_a_req_is_answered_too(self):
        with Client(self.endpoint, zmq.REQ) as client:
            self.assertEqual(client.call("numwatchers")["numwatchers"], 9)
            self.check_error(client.call("nonsense"), 2, "unknown command: 'nonsense'")
            client.send("numwatchers", msg_type="cast", id=1)
            self.assertEqual(client.receive()["id"], 1, "it could not go on without")

    def test_casts_are_carried_out_and_never_answered(self):
        with Client(self.endpoint) as client:
            client.send("incr", {"name": "web", "waiting": True}, msg_type="cast", id="1")
            client.send("nonsense", msg_type="cast", id="2")
            client.send("incr", {"name": "nobody"}, msg_type="cast", id="3")
            client.send("numwatchers", id="4")
            self.assertEqual(client.receive()["id"], "4")
            self.wait_for(lambda: self.client.call("numprocesses", {"name": "web"})["numprocesses"] == 3, "the cast")
            self.assertEqual(client.socket.poll(0), 0)

    def test_without_waiting_the_answer_comes_before_the_work_is_done(self):
        self.client.call("start", {"name": "stubborn", "waiting": True})
        self.check_fields(self.client.call("stop", {"name": "stubborn"}), {})
        self.assertEqual(self.client.call("status", {"name": "stubborn"})["status"], "stopping")
        self.client.call("kill", {"name": "stubborn", "signum": "KILL"})

    def test_what_waits_does_not_hold_others(self):
        self.client.call("start", {"name": "stubborn", "waiting": True})
        self.client.send("stop", {"name": "stubborn", "waiting": True}, id="late")
        self.client.send("stop", {"name": "web", "waiting": True}, id="soon")
        self.client.send("numwatchers", id="at once")
        replies = [self.client.receive() for _ in range(2)]
        self.assertEqual({one["id"] for one in replies}, {"soon", "at once"})
        pid = self.client.call("list", {"name": "stubborn"})["pids"][0]
        os.kill(pid, signal.SIGKILL)
        self.assertEqual(self.client.receive()["id"], "late")

    def test_msgpack_has_the_same_fields(self):
        for command, properties in (("list", {}), ("status", {"name": "web"}), ("numprocesses", {"name": "web"}),
                                    ("start", {"name": "web", "waiting": True}), ("nonsense", {})):
            with self.subTest(command=command):
                in_json = self.client.call(command, properties)
                request = {"id": in_json["id"], "command": command, "properties": properties}
                self.client.socket.send(msgpack.packb(request))
                in_msgpack = msgpack.unpackb(self.client.receive_frames()[0])
                self.assertEqual(list(in_msgpack), list(in_json))
                self.assertEqual({**in_msgpack, "time": 0}, {**in_json, "time": 0})

    def test_each_event_has_its_topic_and_its_fields_in_their_order(self):
        with Subscriber(self.pubsub, self.client) as subscriber:
            for name, commands, is_in_order, expected in EVENTS:
                with self.subTest(name=name, commands=commands):
                    for command, properties in commands:
                        self.client.call(command, {"name": name, "waiting": True, **properties})
                    found = subscriber.until_marker(self.client)
                    actions = [(topic, list(body)) for topic, body in found]
                    wanted = [(f"watcher.{name.lower()}.{action}", keys) for action, keys in expected]
                    if not is_in_order:
                        actions.sort()
                        wanted.sort()
                    self.assertEqual(actions, wanted)
                    for _, body in found:
                        self.assertIsInstance(body["time"], float)

    def test_a_death_is_told_with_its_exit_status_or_the_signal(self):
        with Subscriber(self.pubsub, self.client) as subscriber:
            pid = self.client.call("list", {"name": "web"})["pids"][0]
            os.kill(pid, signal.SIGKILL)
            found = dict(subscriber.until("watcher.web.reap"))
            self.assertEqual(found["watcher.web.reap"]["process_pid"], pid)
            self.assertEqual(found["watcher.web.reap"]["exit_code"], -9)
            self.client.call("add", {"name": "status7", "cmd": "sh -c 'exit 7'", "start": True,
                                     "options": {"respawn": False}})
            self.assertEqual(dict(subscriber.until("watcher.status7.reap"))["watcher.status7.reap"]["exit_code"], 7)
            subscriber.until("watcher.status7.stop")

    def test_hooks_are_told_by_their_names(self):
        with Subscriber(self.pubsub, self.client) as subscriber:
            self.client.call("start", {"name": "hooked"})
            found = subscriber.until("watcher.hooked.hook_failure")
            self.assertEqual([(topic, list(body)) for topic, body in found],
                             [(f"watcher.hooked.{action}", keys) for action, keys in (SUCCESS, SPAWN, START, FAILURE)])
            self.assertEqual([body["name"] for _, body in found if "name" in body], ["before_start", "after_start"])

    def test_a_hook_that_fails_says_why(self):
        with Subscriber(self.pubsub, self.client) as subscriber:
            self.client.call("start", {"name": "refused"})
            body = subscriber.until("watcher.refused.hook_failure")[-1][1]
            self.assertEqual(body["name"], "before_start")
            self.assertIn("4", body["error"])

    def test_every_death_of_a_stop_is_told(self):
        self.client.call("incr", {"name": "web", "nb": 8, "waiting": True})
        pids = self.client.call("list", {"name": "web"})["pids"]
        with Subscriber(self.pubsub, self.client) as subscriber:
            self.client.call("stop", {"name": "web", "waiting": True})
            reaped = [body["process_pid"] for topic, body in subscriber.until_marker(self.client)
                      if topic == "watcher.web.reap"]
            self.assertEqual(sorted(reaped), sorted(pids))

    def test_quit_is_answered_and_everything_ends(self):
        self.check_fields(self.client.call("quit", {"waiting": True}), {})
        self.assertEqual(self.daemon.wait(DEADLINE_MS / 1000), 0)

    def test_quit_without_waiting_is_answered_at_once(self):
        self.check_fields(self.client.call("quit"), {})
        self.assertEqual(self.daemon.wait(DEADLINE_MS / 1000), 0)

    def test_the_log_says_once_what_an_open_endpoint_means(self):
        with open(self.log, encoding="utf-8") as log:
            warnings = [line for line in log if " warning " in line]
        self.assertEqual(len(warnings), 1, warnings)
        self.assertIn(f"circus_compat: {self.endpoint} has no authentication: every local user can run programs as the "
                      "user of this daemon; ipc:// would keep them out", warnings[0])


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/python3
"""Speaks to plughostd as a stranger would who has read docs/protocol.md and has zmq and msgpack.

$PLUGHOSTD names the program. It runs in a folder of its own, with plugin.py beside it in the place
of plughost-plugin, so that a plugin in Python goes through the whole plugin protocol."""
import functools
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
import uuid

import msgpack
import zmq

DEADLINE_MS = 10000
PROTOCOL = 1
GREETING = "\"hello\",  'you' : %d \\n # \u00e9 \U0001f600"

CONFIGURATION = """
[plughost]
run_dir = {folder}/run

[watcher:sleeper]
cmd = sleep 1000

[watcher:off]
cmd = sleep 1000
autostart = no

# Nothing does this signal to it: a stop lasts until somebody kills it.
[watcher:stubborn]
cmd = sleep 1000
stop_signal = SIGWINCH
graceful_timeout = 600
autostart = no

[watcher:broken]
cmd = /nowhere/program
autostart = no

[plugin:py]
greeting = {greeting}

[plugin:sick]
sick = yes
autostart = no
"""


class Msgpack:
    """Strict: text that is not UTF-8 is an error."""

    @staticmethod
    def pack(body):
        return msgpack.packb(body)

    @staticmethod
    def unpack(data):
        return msgpack.unpackb(data)


class Json:
    @staticmethod
    def pack(body):
        return json.dumps(body).encode()

    @staticmethod
    def unpack(data):
        return json.loads(data.decode())


class Client:
    """A REQ or a DEALER."""

    def __init__(self, context, address, kind, codec):
        self.codec = codec
        self.socket = context.socket(kind)
        self.socket.linger = 0
        self.socket.connect(address)

    def close(self):
        self.socket.close()

    def receive_frames(self):
        if not self.socket.poll(DEADLINE_MS):
            raise AssertionError("no answer from the daemon")
        return self.socket.recv_multipart()

    def receive(self):
        frames = self.receive_frames()
        assert len(frames) == 1, frames
        return self.codec.unpack(frames[0])

    def send(self, command, **fields):
        self.socket.send(self.codec.pack({"command": command, **fields}))

    def call(self, command, **properties):
        identity = str(uuid.uuid4())
        self.send(command, id=identity, properties=properties)
        reply = self.receive()
        assert reply["id"] == identity, reply
        return reply


class Listener:
    """A SUB that knows when its subscriptions are active, as section 3 says."""

    def __init__(self, context, address, prefix):
        self.socket = context.socket(zmq.SUB)
        self.socket.connect(address)
        marker = "plughost.sync." + uuid.uuid4().hex
        self.socket.subscribe(prefix)
        self.socket.subscribe(marker)
        topic, self.sync = self.receive()
        while topic != marker:
            topic, self.sync = self.receive()
        self.socket.unsubscribe(marker)

    def close(self):
        self.socket.close()

    def receive(self):
        if not self.socket.poll(DEADLINE_MS):
            raise AssertionError("no event")
        topic, body = self.socket.recv_multipart()
        return topic.decode(), msgpack.unpackb(body)

    def receive_until(self, last_topic):
        """Returns the events up to and including that topic. Who listens to everything sees the
        answers to the handshakes of others too, which are no events."""
        events = []
        while not events or events[-1][0] != last_topic:
            event = self.receive()
            if not event[0].startswith("plughost.sync."):
                events.append(event)
        return events


def for_every_client(test):
    """Runs a test with each of the four: REQ and DEALER, msgpack and JSON."""
    @functools.wraps(test)
    def run(self):
        for kind, kind_name in ((zmq.REQ, "REQ"), (zmq.DEALER, "DEALER")):
            for codec in (Msgpack, Json):
                with self.subTest(socket=kind_name, encoding=codec.__name__):
                    test(self, self.client(kind, codec))
    return run


class Stranger(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="ph-")
        cls.endpoint = "ipc://%s/run/endpoint.sock" % cls.folder
        cls.log_path = cls.folder + "/log"
        program = shutil.copy2(os.environ["PLUGHOSTD"], cls.folder + "/plughostd")
        here = os.path.dirname(os.path.abspath(__file__))
        os.symlink(here + "/plugin.py", cls.folder + "/plughost-plugin")
        with open(cls.folder + "/plughost.ini", "w", encoding="utf-8") as file:
            file.write(CONFIGURATION.format(folder=cls.folder, greeting=GREETING))
        cls.context = zmq.Context()
        cls.daemon = subprocess.Popen(
            [program, "--log-level", "debug", "--log-output", cls.log_path,
             cls.folder + "/plughost.ini"])

    @classmethod
    def tearDownClass(cls):
        client = Client(cls.context, cls.endpoint, zmq.REQ, Msgpack)
        reply = client.call("quit", waiting=True)
        client.close()
        code = cls.daemon.wait(DEADLINE_MS / 1000)
        left = os.listdir(cls.folder + "/run")
        cls.context.destroy(linger=0)
        shutil.rmtree(cls.folder)
        assert reply["status"] == "ok", reply
        assert code == 0, "plughostd ended with %d" % code
        assert left == [], "plughostd left %r" % left

    def setUp(self):
        self.open = []

    def tearDown(self):
        for one in self.open:
            one.close()

    def client(self, kind=zmq.DEALER, codec=Msgpack):
        self.open.append(Client(self.context, self.endpoint, kind, codec))
        return self.open[-1]

    def listener(self, prefix):
        address = self.client().call("version")["pubsub_endpoint"]
        self.open.append(Listener(self.context, address, prefix))
        return self.open[-1]

    def log(self):
        with open(self.log_path, encoding="utf-8") as file:
            return file.read()

    def assert_error(self, reply, code, errno, reason, hint=None):
        self.assertEqual(reply["status"], "error")
        self.assertEqual(reply["code"], code)
        self.assertEqual(reply["errno"], errno)
        self.assertEqual(reply["reason"], reason)
        self.assertEqual(reply.get("hint"), hint)
        self.assertIsInstance(reply["time"], float)

    # ---- calls ----

    @for_every_client
    def test_every_client_can_call(self, client):
        reply = client.call("ping")
        self.assertEqual(reply["status"], "ok")
        self.assertEqual(reply["pid"], self.daemon.pid)
        self.assertRegex(reply["epoch"], "^[0-9a-f]{16}$")
        self.assertLess(abs(reply["time"] - time.time()), 60)

    @for_every_client
    def test_every_client_can_change_something_and_wait_for_it(self, client):
        self.assertEqual(client.call("start", name="off", waiting=True)["watchers"], ["off"])
        self.assertEqual(client.call("status", name="off")["statuses"], {"off": "active"})
        self.assertEqual(client.call("stop", name=["off"], waiting=True)["status"], "ok")
        self.assertEqual(client.call("status", name="off")["statuses"], {"off": "stopped"})

    @for_every_client
    def test_any_id_comes_back_as_it_was(self, client):
        for identity in (7, -1, "text", None, True, 1.5, [1, "a", None], {"k": {"l": []}}):
            client.send("ping", id=identity)
            self.assertEqual(client.receive()["id"], identity)
        client.send("ping")
        self.assertIsNone(client.receive()["id"])

    def test_the_list_has_the_order_of_the_configuration(self):
        self.assertEqual(self.client().call("list")["watchers"],
                         ["sleeper", "off", "stubborn", "broken", "plugin:py", "plugin:sick"])

    def test_a_dealer_matches_many_replies_by_their_ids(self):
        client = self.client()
        for number in range(500):
            client.send("ping", id=number)
        replies = [client.receive()["id"] for _ in range(500)]
        self.assertEqual(sorted(replies), list(range(500)))

    def test_a_long_call_does_not_hold_up_a_short_one(self):
        client = self.client()
        client.call("start", name="stubborn", waiting=True)
        process = client.call("status", name="stubborn")["watchers"][0]["processes"][0]
        client.send("stop", id="long", properties={"name": "stubborn", "waiting": True})
        client.send("ping", id="short")
        self.assertEqual(client.receive()["id"], "short")
        os.kill(process["pid"], signal.SIGKILL)
        self.assertEqual(client.receive()["id"], "long")

    def test_a_dealer_may_put_an_empty_frame_before_the_body(self):
        client = self.client()
        client.socket.send_multipart([b"", Msgpack.pack({"command": "ping", "id": 1})])
        frames = client.receive_frames()
        self.assertEqual(frames[0], b"")
        self.assertEqual(Msgpack.unpack(frames[1])["id"], 1)
        client.socket.send_multipart([b"hop", b"", Msgpack.pack({"command": "ping", "id": 2})])
        frames = client.receive_frames()
        self.assertEqual(frames[:2], [b"hop", b""])
        self.assertEqual(len(frames), 3)

    def test_help_describes_every_command_that_is_for_people(self):
        commands = {row["name"]: row for row in self.client().call("help")["commands"]}
        self.assertTrue({"ping", "version", "list", "status", "start", "stop", "restart", "reopen",
                         "quit", "help"} <= commands.keys())
        waiting = [one for one in commands["start"]["properties"] if one["name"] == "waiting"]
        self.assertEqual(waiting[0]["type"], "boolean")
        self.assertEqual(waiting[0]["required"], False)

    # ---- casts ----

    @for_every_client
    def test_a_req_that_casts_is_answered_at_once_and_a_dealer_not_at_all(self, client):
        client.send("ping", id="cast", msg_type="cast")
        if client.socket.type == zmq.REQ:
            reply = client.receive()
            self.assertEqual((reply["id"], reply["status"]), ("cast", "ok"))
            self.assertNotIn("pid", reply)
        client.call("ping")

    @for_every_client
    def test_a_cast_that_fails_tells_nobody(self, client):
        client.send("nonsense", id="cast", msg_type="cast")
        if client.socket.type == zmq.REQ:
            self.assertEqual(client.receive()["status"], "ok")
        client.call("ping")

    @for_every_client
    def test_every_client_can_cast(self, client):
        listener = self.listener("watcher.off.")
        for command in ("start", "stop"):
            client.send(command, msg_type="cast", properties={"name": "off"})
            if client.socket.type == zmq.REQ:
                client.receive()
            listener.receive_until("watcher.off." + ("ready" if command == "start" else "stop"))

    # ---- events ----

    @for_every_client
    def test_every_client_can_subscribe_and_see_what_it_caused(self, client):
        listener = Listener(self.context, client.call("version")["pubsub_endpoint"],
                            "watcher.off.")
        self.open.append(listener)
        client.call("start", name="off", waiting=True)
        client.call("stop", name="off", waiting=True)
        events = listener.receive_until("watcher.off.stop")
        actions = [topic.rsplit(".", 1)[1] for topic, _ in events]
        self.assertEqual(actions, ["start", "spawn", "ready", "kill", "reap", "stop"])
        spawn, kill, reap = events[1][1], events[3][1], events[4][1]
        self.assertEqual(spawn["wid"], 1)
        self.assertEqual(kill["process_pid"], spawn["process_pid"])
        self.assertEqual(kill["signal"], "SIGTERM")
        self.assertEqual(reap["exit_code"], -15)
        self.assertRegex(reap["cause"], r"^stopped: command 'stop' .*\(killed by SIGTERM\)$")
        self.assertIsInstance(reap["uptime"], float)

    def test_the_numbers_of_events_have_no_holes(self):
        client = self.client()
        listener = self.listener("")
        epoch = client.call("ping")["epoch"]
        for _ in range(5):
            client.call("start", name="off", waiting=True)
            client.call("stop", name="off", waiting=True)
        events = []
        while [topic for topic, _ in events].count("watcher.off.stop") < 5:
            events += listener.receive_until("watcher.off.stop")
        first = listener.sync["seq"] + 1
        self.assertEqual([body["seq"] for _, body in events],
                         list(range(first, first + len(events))))
        self.assertEqual({body["epoch"] for _, body in events}, {epoch})
        self.assertEqual(sorted(body["time"] for _, body in events),
                         [body["time"] for _, body in events])

    def test_the_sync_message_takes_no_number_and_knows_the_last(self):
        first = self.listener("")
        second = self.listener("")
        self.assertEqual(second.sync["seq"], first.sync["seq"])
        self.assertEqual(second.sync["epoch"], first.sync["epoch"])
        self.client().call("start", name="off", waiting=True)
        events = first.receive_until("watcher.off.ready")
        self.assertEqual(events[0][1]["seq"], first.sync["seq"] + 1)
        third = self.listener("")
        self.assertEqual(third.sync["seq"], events[-1][1]["seq"])
        self.client().call("stop", name="off", waiting=True)

    # ---- errors ----

    @for_every_client
    def test_errors_have_code_number_reason_and_hint(self, client):
        self.assert_error(client.call("strat"), "unknown_command", 2,
                          "unknown command 'strat'", "did you mean 'start'?")
        self.assert_error(client.call("frobnicate"), "unknown_command", 2,
                          "unknown command 'frobnicate'", "'help' lists the commands")
        self.assert_error(client.call("start", name="slepeer"), "not_found", 3,
                          "no watcher is named 'slepeer'", "did you mean 'sleeper'?")
        self.assert_error(client.call("start", nmae="x"), "invalid", 3,
                          "'start' has no property 'nmae'",
                          "'help' with name = 'start' lists them")
        self.assert_error(client.call("start", waiting="yes"), "invalid", 3,
                          "property 'waiting' of 'start' must be a boolean")
        self.assert_error(client.call("start", name=[1]), "invalid", 3,
                          "property 'name' of 'start' must be a text or list of texts")
        client.call("ping")

    @for_every_client
    def test_a_start_that_cannot_be_is_a_conflict_that_names_the_reason(self, client):
        reply = client.call("start", name="broken", waiting=True)
        self.assertEqual((reply["status"], reply["code"], reply["errno"]),
                         ("error", "conflict", 5))
        self.assertIn("could not execute '/nowhere/program': No such file or directory",
                      reply["reason"])
        client.call("stop", name="broken", waiting=True)

    @for_every_client
    def test_a_body_that_is_no_message_is_malformed(self, client):
        bad = {Msgpack: [b"\xff", b"\x93\x01\x02\x03", b"\x81\xa1a", b"\x80\x80", b"\xc1",
                         b"\x81\xa1a\xdd\xff\xff\xff\xff", b"\x81\xa1a" + b"\x91" * 1000],
               Json: [b"{", b" [1]", b'{"a":}', b"{} {}",
                      b'{"a":' + b"[" * 1000 + b"]" * 1000 + b"}"]}
        for body in bad[client.codec]:
            client.socket.send(body)
            reply = client.receive()
            self.assertEqual((reply["status"], reply["code"], reply["errno"]),
                             ("error", "malformed", 1), body)
            self.assertIsNone(reply["id"])
        client.call("ping")

    def test_frames_that_make_no_request_are_malformed(self):
        client = self.client()
        for frames in ([b""], [b"", b"a", b"b"], [b"a", b"b"]):
            client.socket.send_multipart(frames)
            reply = Msgpack.unpack(client.receive_frames()[-1])
            self.assert_error(reply, "malformed", 1, "a request has one frame behind the empty one")

    @for_every_client
    def test_a_request_without_a_command_is_invalid(self, client):
        client.socket.send(client.codec.pack({"id": 1}))
        self.assert_error(client.receive(), "invalid", 3, "the request has no text 'command'")
        client.socket.send(client.codec.pack({"command": "ping", "properties": [1]}))
        self.assert_error(client.receive(), "invalid", 3, "'properties' is not a map")

    @for_every_client
    def test_text_in_a_reply_is_always_utf8(self, client):
        for shift in range(4):
            name = "x" * shift + "\u20ac" * 200
            self.assertEqual(client.call(name)["code"], "unknown_command")
            self.assertEqual(client.call("start", name=name)["code"], "not_found")
            self.assertEqual(client.call("start", **{name: 1})["code"], "invalid")

    def test_bytes_that_are_no_text_come_back_as_question_marks(self):
        client = self.client()
        client.socket.send(b"\x81\xa7command\xa4a\xff\xc3(")
        self.assert_error(client.receive(), "unknown_command", 2, "unknown command 'a??('",
                          "'help' lists the commands")

    def test_a_frame_above_the_limit_costs_only_its_own_connection(self):
        other = self.client()
        sender = self.client()
        monitor = sender.socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        sender.socket.send(b"\x81\xa1a\xc6\x00\x20\x00\x00" + bytes(2 << 20))
        self.assertTrue(monitor.poll(DEADLINE_MS), "the connection stays")
        sender.socket.disable_monitor()
        monitor.close()
        self.assertEqual(other.call("ping")["status"], "ok")

    # ---- plugins ----

    def hello(self, client, **properties):
        return client.call("plugin.hello", **{"name": "hand", "protocol_min": PROTOCOL,
                                              "protocol_max": PROTOCOL, **properties})

    @for_every_client
    def test_a_plugin_that_runs_by_hand_says_hello_without_a_token(self, client):
        reply = self.hello(client, pid=os.getpid(), sdk="none", version="1")
        self.assertEqual(reply["status"], "ok")
        self.assertEqual(reply["protocol"], PROTOCOL)
        self.assertEqual(reply["pubsub_endpoint"], client.call("version")["pubsub_endpoint"])
        self.assertEqual(client.call("plugin.ready")["status"], "ok")
        line = "by hand " + uuid.uuid4().hex
        self.assertEqual(client.call("plugin.log", level="warning", text=line)["status"], "ok")
        self.assertRegex(self.log(), "warning plugin:hand: " + line)

    def test_a_later_protocol_is_talked_down(self):
        self.assertEqual(self.hello(self.client(), protocol_max=99)["protocol"], PROTOCOL)

    @for_every_client
    def test_a_wrong_token_is_denied(self, client):
        for token in ("", "0" * 32, "nonsense"):
            self.assert_error(self.hello(client, token=token), "denied", 3,
                              "the token belongs to no plugin that runs")

    @for_every_client
    def test_protocols_that_do_not_fit_are_told_who_must_be_upgraded(self, client):
        version = self.client().call("version")["version"]
        self.assert_error(
            self.hello(client, protocol_min=2, protocol_max=3), "incompatible", 3,
            "the plugin speaks protocol 2 to 3, plughostd %s speaks 1: upgrade plughostd to one that speaks 2"
            % version)
        self.assert_error(
            self.hello(client, protocol_min=0, protocol_max=0), "incompatible", 3,
            "the plugin speaks protocol 0 to 0, plughostd %s speaks 1: upgrade the plugin to one that speaks 1"
            % version)

    def test_a_hello_without_a_name_is_invalid(self):
        reply = self.client().call("plugin.hello", protocol_min=1, protocol_max=1)
        self.assert_error(reply, "invalid", 3, "property 'name' of 'plugin.hello' is missing")

    def test_a_log_line_of_no_level_is_invalid(self):
        reply = self.client().call("plugin.log", level="loud", text="x")
        self.assert_error(reply, "invalid", 3,
                          "unknown log level 'loud': use debug, info, warning or error")

    def test_a_plugin_in_python_goes_through_its_whole_life(self):
        client = self.client()
        client.call("stop", name="plugin:py", waiting=True)
        listener = self.listener("watcher.plugin:py.")
        reply = client.call("start", name="py", waiting=True)
        self.assertEqual((reply["status"], reply.get("reason")), ("ok", None))
        self.assertEqual(client.call("status", name="py")["statuses"], {"plugin:py": "active"})
        client.call("reopen", name="py")
        client.call("stop", name="py", waiting=True)
        events = dict((topic.rsplit(".", 1)[1], body)
                      for topic, body in listener.receive_until("watcher.plugin:py.stop"))
        self.assertEqual(events["kill"]["signal"], "stop")
        self.assertEqual(events["reap"]["exit_code"], 0)
        self.assertRegex(events["reap"]["cause"], r"^stopped: .*\(exit status 0\)$")
        log = self.log()
        self.assertIn("info    plugin:py: protocol 1, greeting %r, argv ['py']\n" % GREETING, log)
        self.assertIn("info    plugin:py: a second hello is denied\n", log)
        self.assertIn("info    plugin:py: reopened\n", log)
        self.assertIn("info    plugin:py: ended\n", log)

    def test_a_plugin_in_python_receives_events(self):
        client = self.client()
        client.call("start", name="py", waiting=True)
        for action in ("start", "stop"):
            client.call(action, name="off", waiting=True)
        # It takes all events before it ends.
        client.call("stop", name="py", waiting=True)
        self.assertIn("plugin:py: saw watcher.off.spawn\n", self.log())

    def test_a_plugin_that_cannot_run_tells_why(self):
        client = self.client()
        reply = client.call("start", name="plugin:sick", waiting=True)
        self.assertEqual((reply["status"], reply["code"]), ("error", "conflict"))
        self.assertIn("this plugin is sick on purpose", reply["reason"])
        status = client.call("status", name="sick")["watchers"][0]
        self.assertEqual(status["reason"], "this plugin is sick on purpose")
        client.call("stop", name="sick", waiting=True)


if __name__ == "__main__":
    unittest.main()

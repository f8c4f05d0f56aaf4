"""A client: commands, events, and what happens when the connection breaks."""

from __future__ import annotations

import os
import threading
import unittest
from typing import Any
from unittest import mock

import plughost
from plughost._endpoint import default_endpoint
from running import RelayTest


class Endpoints(unittest.TestCase):
    def test_the_default_is_the_variable_else_a_run_directory(self) -> None:
        with mock.patch.dict(os.environ, {"PLUGHOST_ENDPOINT": "tcp://[::1]:5000"}):
            self.assertEqual(default_endpoint(), "tcp://[::1]:5000")
        with mock.patch.dict(os.environ, {"XDG_RUNTIME_DIR": "/run/user/7"}):
            os.environ.pop("PLUGHOST_ENDPOINT", None)
            with mock.patch("os.geteuid", return_value=7):
                self.assertEqual(default_endpoint(),
                                 "ipc:///run/user/7/plughost/endpoint.sock")
                del os.environ["XDG_RUNTIME_DIR"]
                self.assertEqual(default_endpoint(), "ipc:///tmp/plughost-7/endpoint.sock")
            with mock.patch("os.geteuid", return_value=0):
                self.assertEqual(default_endpoint(), "ipc:///run/plughost/endpoint.sock")


class ClientTest(RelayTest):
    def setUp(self) -> None:
        super().setUp()
        self.client = plughost.Client(self.relay.endpoint)
        self.addCleanup(self.client.close)


class Commands(ClientTest):
    def test_a_call_returns_the_reply_or_raises_the_refusal(self) -> None:
        self.assertEqual(self.client.call("version")["version"], "0.1.0")
        self.daemon.handlers["start"] = lambda body: {
            "status": "error", "code": "not_found", "reason": "no watcher 'x'",
            "hint": "did you mean 'y'?"}
        with self.assertRaises(plughost.Error) as caught:
            self.client.call("start", name="x")
        error = caught.exception
        self.assertEqual((error.code, error.reason, error.hint),
                         ("not_found", "no watcher 'x'", "did you mean 'y'?"))
        self.assertEqual(str(error), "no watcher 'x' (did you mean 'y'?)")
        self.assertEqual(self.daemon.wait_command("start")["properties"], {"name": "x"})

    def test_a_code_that_is_not_known_is_internal(self) -> None:
        self.daemon.handlers["start"] = lambda body: {"status": "error", "code": "odd",
                                                      "reason": "r"}
        self.assert_refused("internal", "r", lambda: self.client.call("start"))

    def test_a_call_without_an_answer_times_out_and_a_late_one_is_no_harm(self) -> None:
        self.daemon.handlers["start"] = lambda body: None
        self.assert_refused("timeout", f"no answer to 'start' from {self.relay.endpoint} within "
                                       "0.05 s",
                            lambda: self.client.call("start", timeout=0.05))
        body = self.daemon.wait_command("start")
        self.daemon.do(lambda: [self.daemon._send(identity, {"id": body["id"], "status": "ok"})
                                for identity in self.daemon.peers])
        self.assertIn("pid", self.client.call("ping"))

    def test_what_the_daemon_would_not_take_is_refused_here(self) -> None:
        deep: Any = []
        for _ in range(40):
            deep = [deep]
        for value, reason in ((deep, "more than 32 maps or lists inside each other"),
                              ("a\0b", "a text has a NUL"),
                              ({1: 2}, "a key of a map is 1 and no text")):
            self.assert_refused("invalid", f"command 'x' cannot be sent: {reason}",
                                lambda: self.client.call("x", a=value))
        with self.assertRaisesRegex(plughost.Error, "and the daemon takes 1048576 at most"):
            self.client.call("x", a="x" * (1 << 20))
        self.assertIn("pid", self.client.call("ping"))

    def test_invoke_returns_the_result(self) -> None:
        self.daemon.handlers["invoke"] = lambda body: {"result": body["properties"]}
        self.assertEqual(self.client.invoke("calc", "add", {"timeout": 7}, a=1, timeout=2), {
            "plugin": "calc", "method": "add", "args": {"timeout": 7, "a": 1}, "timeout": 2})

    def test_published_events_and_casts_ask_for_no_answer(self) -> None:
        self.client.publish("event.a", {"n": 1})
        self.client.cast("reopen", name="x")
        body = self.daemon.wait_command("publish")
        self.assertEqual((body["msg_type"], body["properties"]),
                         ("cast", {"topic": "event.a", "fields": {"n": 1}}))
        self.assertEqual(self.daemon.wait_command("reopen")["properties"], {"name": "x"})
        self.assert_refused("invalid", "topic 'a b' cannot be published on",
                            lambda: self.client.publish("a b"))

    def test_without_a_daemon_it_is_told_why(self) -> None:
        for endpoint, code, reason in (
                ("ipc:///nowhere/at/all", "unavailable",
                 "no plughostd at ipc:///nowhere/at/all: No such file or directory"),
                ("tcp://127.0.0.1", "invalid", "endpoint 'tcp://127.0.0.1' is not tcp://HOST:PORT"),
                ("carrier-pigeon", "invalid", "endpoint 'carrier-pigeon' is none")):
            self.assert_refused(code, reason, lambda: plughost.Client(endpoint))


class Again(ClientTest):
    def test_a_call_is_asked_again_after_a_break_and_not_done_twice(self) -> None:
        done = self.lose_answer_to_start()
        self.assertEqual(self.client.call("start")["watchers"], ["x"])
        self.assertEqual(len(done), 1)
        self.assertEqual(self.daemon.wait_command("start", 2)["epoch"], self.daemon.epoch)

    def test_a_break_between_calls_is_not_noticed(self) -> None:
        self.client.call("ping")
        self.relay.cut()
        self.assertIn("pid", self.client.call("ping"))

    def test_a_daemon_that_was_started_anew_does_not_know_what_was_done(self) -> None:
        def start(body: dict[str, Any]) -> None:
            self.daemon.epoch = "another"
            self.relay.cut()
        self.daemon.handlers["start"] = start
        self.assert_refused("unavailable", "the daemon was started anew",
                            lambda: self.client.call("start"))
        self.assertIn("pid", self.client.call("ping"))

    def test_calls_fail_when_the_daemon_has_ended_and_work_when_it_is_back(self) -> None:
        with plughost.Client(self.daemon.endpoint) as client:
            self.daemon.handlers["quit"] = lambda body: self.daemon._work.append(
                (self.daemon._unbind, [], mock.Mock()))
            self.assert_refused(
                "unavailable", f"plughostd at {self.daemon.endpoint} went away before it answered "
                "'quit'", lambda: client.call("quit"))
            with self.assertRaisesRegex(plughost.Error, "no plughostd at"):
                client.call("ping")
            self.daemon.do(self.daemon._bind)
            self.assertIn("pid", client.call("ping"))


class Events(ClientTest):
    def test_a_subscription_is_active_when_subscribe_returns(self) -> None:
        self.client.subscribe("watcher.")
        self.daemon.publish("event.x")
        self.daemon.publish("watcher.web.spawn", wid=3)
        event = self.client.receive(10)
        self.assertEqual((event.topic, event["wid"]), ("watcher.web.spawn", 3))
        self.assert_refused("timeout", f"no event from {self.relay.endpoint} within 0 s",
                            lambda: self.client.receive(0))

    def test_events_that_come_while_it_waits_for_something_else_are_kept(self) -> None:
        self.client.subscribe("watcher.")
        self.daemon.publish("watcher.a.spawn")
        self.client.subscribe("event.")
        self.daemon.publish("event.b")
        self.client.call("ping")
        iterator = iter(self.client)
        self.assertEqual([next(iterator).topic for _ in range(2)],
                         ["watcher.a.spawn", "event.b"])

    def test_follow_gives_the_state_and_then_what_is_not_in_it(self) -> None:
        self.client.subscribe("watcher.")
        self.daemon.publish("watcher.old.spawn")
        status = self.client.follow("watcher.")
        self.assertEqual(status["statuses"], {"web": "active"})
        self.daemon.publish("watcher.new.spawn")
        self.assertEqual(self.client.receive(10).topic, "watcher.new.spawn")

    def test_follow_leaves_out_only_events_of_its_own_prefix(self) -> None:
        self.client.subscribe("event.")
        self.daemon.publish("event.waits")
        self.client.follow("watcher.")
        self.daemon.publish("watcher.new.spawn")
        self.assertEqual([self.client.receive(10).topic for _ in range(2)],
                         ["event.waits", "watcher.new.spawn"])

    def test_each_prefix_that_is_followed_leaves_out_what_its_own_state_has(self) -> None:
        self.client.follow("watcher.")
        self.daemon.publish("event.old")
        self.daemon.publish("watcher.waits.spawn")
        self.client.subscribe("event.")
        self.daemon.publish("event.known")
        self.client.follow("event.")
        self.daemon.publish("event.new")
        self.assertEqual([self.client.receive(10).topic for _ in range(2)],
                         ["watcher.waits.spawn", "event.new"])

    def test_one_must_subscribe_before_one_can_receive(self) -> None:
        self.assert_refused("invalid", "there is nothing to receive: nothing is subscribed to",
                            lambda: self.client.receive(0))

    def test_a_listener_to_everything_does_not_see_messages_for_others(self) -> None:
        self.client.subscribe("")
        self.client.subscribe("event.")
        self.daemon.publish_raw("plughost.mark.S9", expected=1)
        self.daemon.publish("event.x")
        self.assertEqual(self.client.receive(10).topic, "event.x")

    def test_who_waits_for_events_learns_that_the_daemon_has_ended(self) -> None:
        with plughost.Client(self.daemon.endpoint) as client:
            client.subscribe("event.")
            self.daemon.publish("event.last")
            ending = threading.Timer(0.05, self.daemon.unbind)
            ending.start()
            self.assertEqual(client.receive(10).topic, "event.last")
            for timeout in (None, 10, 0):
                self.assert_refused(
                    "unavailable", f"plughostd at {self.daemon.endpoint} went away before an event "
                    f"came: no plughostd at {self.daemon.endpoint}: Connection refused",
                    lambda: client.receive(timeout))
            ending.join()
            self.daemon.do(self.daemon._bind)
            client.subscribe("event.")
            self.daemon.publish("event.back")
            self.assertEqual(client.receive(10).topic, "event.back")

    def test_who_waits_for_a_confirmation_learns_that_the_daemon_has_ended(self) -> None:
        self.client.subscribe("event.")
        with plughost.Client(self.daemon.endpoint) as client:
            self.daemon.unbind()
            with self.assertRaises(plughost.Error) as caught:
                client.subscribe("watcher.", None)
            self.assertEqual(caught.exception.code, "unavailable")
            self.assertIn("went away before it confirmed the subscription to 'watcher.'",
                          caught.exception.reason)

    def test_a_subscription_that_is_not_confirmed_is_none(self) -> None:
        self.client.subscribe("event.")
        with mock.patch.object(self.daemon, "_on_subscription"):
            self.assert_refused(
                "timeout", f"no confirmation of the subscription to 'watcher.' from "
                f"{self.relay.endpoint} within 0.05 s",
                lambda: self.client.subscribe("watcher.", 0.05))
        self.daemon.publish("watcher.a.spawn")
        self.daemon.publish("event.b")
        self.assertEqual(self.client.receive(10).topic, "event.b")

    def test_a_break_does_not_end_the_wait_for_events(self) -> None:
        self.client.subscribe("event.")
        self.relay.cut()
        publishing = threading.Timer(0.1, self.daemon.publish, ["event.x"])
        publishing.start()
        self.assertEqual(self.client.receive(10).topic, "event.x")
        publishing.join()
        self.assertIn("pid", self.client.call("ping"))


if __name__ == "__main__":
    unittest.main()

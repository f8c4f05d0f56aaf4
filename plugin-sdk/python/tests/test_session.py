"""A plugin's session, from hello to the end, and again after a break."""

from __future__ import annotations

import threading
import unittest
from typing import Any, Iterator
from unittest import mock

import plughost
from fake_daemon import DEADLINE
from plughost._link import Link
from running import PluginTest, Recorder, RelayTest, Running


class BeginningAndEnd(PluginTest):
    def test_it_says_hello_subscribes_and_is_ready_in_this_order(self) -> None:
        running = self.start(Recorder(self.settings()))
        self.assertEqual(self.daemon.commands(),
                         ["plugin.hello", "plugin.subscribe", "plugin.ready"])
        self.assertEqual(self.daemon.wait_command("plugin.subscribe")["properties"],
                         {"prefix": "watcher."})
        self.stop(running)

    def test_hello_tells_all_about_the_plugin(self) -> None:
        class Told(plughost.Plugin[Any]):
            """Tells.

            More than one line."""

            version = "1.5"

            def handle_reopen(self) -> None:
                pass

            @plughost.method
            def add(self, a: int, b: int = 0) -> int:
                "Adds."
                return a + b
        running = self.start(Told(self.settings()))
        hello = self.daemon.wait_command("plugin.hello")["properties"]
        self.assertGreater(hello.pop("pid"), 1)
        self.assertEqual(hello, {
            "name": "p", "protocol_min": 1, "protocol_max": 1, "token": "token",
            "sdk": "python 0.1.0", "version": "1.5", "summary": "Tells.", "handles": ["reopen"],
            "methods": [{"name": "add", "summary": "Adds.", "args": [
                {"name": "a", "type": "int", "required": True},
                {"name": "b", "type": "int", "required": False}]}]})
        self.assertNotIn("plugin.subscribe", self.daemon.commands())
        self.stop(running)

    def test_a_refused_hello_ends_it_with_the_reason_of_the_daemon(self) -> None:
        self.daemon.handlers["plugin.hello"] = lambda body: {
            "status": "error", "code": "incompatible", "reason": "upgrade the plugin"}
        error = Running(Recorder(self.settings())).join()
        assert isinstance(error, plughost.Error)
        self.assertEqual((error.code, error.reason), ("incompatible", "upgrade the plugin"))

    def test_without_a_daemon_it_says_so_at_once(self) -> None:
        error = Running(Recorder(self.settings(f"ipc://{self.daemon.folder}/nothing"))).join()
        assert isinstance(error, plughost.Error)
        self.assertEqual((error.code, error.reason), (
            "unavailable",
            f"no plughostd at ipc://{self.daemon.folder}/nothing: No such file or directory"))

    def test_what_handle_init_raises_is_reported_and_handle_stop_does_not_run(self) -> None:
        class Sick(Recorder):
            def handle_init(self) -> None:
                raise plughost.Error("invalid", "the disk is full", "buy another")
        plugin = Sick(self.settings())
        self.assertIsInstance(Running(plugin).join(), plughost.Error)
        self.assertEqual(self.daemon.wait_command("plugin.failed")["properties"],
                         {"reason": "handle_init failed: the disk is full (buy another)"})
        self.assertTrue(plugin.calls.empty())

    def test_an_exception_of_handle_init_is_reported_as_one_line_with_its_type(self) -> None:
        class Sick(Recorder):
            def handle_init(self) -> None:
                raise ValueError("two\nlines")
        self.assertIsInstance(Running(Sick(self.settings())).join(), ValueError)
        self.assertEqual(self.daemon.wait_command("plugin.failed")["properties"],
                         {"reason": "handle_init failed: ValueError: two lines"})

    def test_events_from_before_a_stop_are_handed_over_before_handle_stop(self) -> None:
        plugin = Recorder(self.settings())
        running = self.start(plugin)
        held = threading.Event()
        plugin.post(lambda: held.wait(10) and None)
        for number in range(50):
            self.daemon.publish(f"watcher.w{number}.spawn")
        self.daemon.send("stop")
        held.set()
        self.assertIsNone(running.join())
        calls = [plugin.calls.get_nowait() for _ in range(51)]
        self.assertEqual(calls, [f"watcher.w{number}.spawn" for number in range(50)] + ["stop"])
        self.assertEqual(self.daemon.commands()[-1], "ping")

    def test_who_waits_for_a_reply_when_it_stops_is_told(self) -> None:
        self.daemon.handlers["start"] = lambda body: None
        plugin = Recorder(self.settings())
        running = self.start(plugin)
        running.do(lambda: plugin.call_async(
            "start", lambda reply, error: plugin.calls.put((reply, str(error)))))
        self.daemon.wait_command("start")
        self.stop(running)
        self.assertEqual(self.next_call(plugin), (None, "plugin 'p' stops"))
        self.assertEqual(self.next_call(plugin), "stop")


class Requests(PluginTest):
    def test_reopen_calls_its_function_and_what_is_unknown_is_refused(self) -> None:
        class Reopening(Recorder):
            def handle_reopen(self) -> None:
                self.calls.put("reopen")
        plugin = Reopening(self.settings())
        running = self.start(plugin)
        self.daemon.send("reopen")
        self.assertEqual(self.next_call(plugin), "reopen")
        reply = self.daemon.ask("dance", 7)
        self.assertEqual((reply["status"], reply["code"], reply["reason"]),
                         ("error", "unknown_command", "a plugin has no command 'dance'"))
        reply = self.daemon.ask("reconfigure", 8, options={"a": "b"})
        self.assertEqual(reply["code"], "unknown_command")
        self.stop(running)

    def test_an_exception_of_a_callback_is_logged_and_the_plugin_goes_on(self) -> None:
        class Failing(Recorder):
            def handle_recv(self, event: plughost.Event) -> None:
                super().handle_recv(event)
                raise KeyError("nothing there")
        plugin = Failing(self.settings())
        running = self.start(plugin)
        self.daemon.publish("watcher.a.spawn")
        self.daemon.publish("watcher.b.spawn")
        self.assertEqual(self.next_call(plugin), "watcher.a.spawn")
        self.assertEqual(self.next_call(plugin), "watcher.b.spawn")
        line = self.daemon.wait_command("plugin.log", 2)
        self.assertEqual(line["properties"], {
            "level": "error", "text": "handle_recv failed: KeyError: 'nothing there'"})
        self.stop(running)
        self.assertIn("Traceback", self.printed.getvalue())

    def test_calls_wait_for_their_reply_and_keep_what_comes_meanwhile(self) -> None:
        plugin = Recorder(self.settings())
        running = self.start(plugin)
        self.assertEqual(running.do(lambda: plugin.call("version"))["version"], "0.1.0")

        def answer(body: dict[str, Any]) -> dict[str, Any]:
            self.daemon._publish("watcher.x.start", {})
            return {"watchers": ["x"]}
        self.daemon.handlers["start"] = answer
        reply = running.do(lambda: plugin.call("start", name="x", timeout=10))
        self.assertEqual(reply["watchers"], ["x"])
        self.assertEqual(self.daemon.wait_command("start")["properties"], {"name": "x"})
        self.assertEqual(self.next_call(plugin), "watcher.x.start")
        self.assert_refused("unknown_command", "unknown command 'dance'",
                            lambda: running.do(lambda: plugin.call("dance")))
        self.stop(running)

    def test_a_call_without_an_answer_times_out(self) -> None:
        self.daemon.handlers["start"] = lambda body: None
        plugin = Recorder(self.settings())
        running = self.start(plugin)
        reason = f"no answer to 'start' from {self.daemon.endpoint} within 0.05 s"
        self.assert_refused("timeout", reason,
                            lambda: running.do(lambda: plugin.call("start", timeout=0.05)))
        running.do(lambda: plugin.call_async(
            "start", lambda reply, error: plugin.calls.put(str(error)), timeout=0.05))
        self.assertEqual(self.next_call(plugin), reason)
        self.stop(running)

    def test_an_asynchronous_call_is_answered_after_the_function_returned(self) -> None:
        plugin = Recorder(self.settings())
        running = self.start(plugin)

        def ask() -> None:
            plugin.call_async("version",
                              lambda reply, error: plugin.calls.put((reply or {})["version"]))
            plugin.call("ping")  # the first reply has come, too
            plugin.calls.put("asked")
        running.do(ask)
        self.assertEqual(self.next_call(plugin), "asked")
        self.assertEqual(self.next_call(plugin), "0.1.0")
        self.stop(running)

    def test_requests_say_up_to_which_number_all_were_answered(self) -> None:
        self.daemon.handlers["start"] = lambda body: None
        plugin = Recorder(self.settings())
        running = self.start(plugin)
        running.do(lambda: plugin.call("ping"))
        running.do(lambda: plugin.call_async("start", lambda reply, error: None))
        running.do(lambda: plugin.call("ping"))
        running.do(lambda: plugin.call("ping"))
        numbered = [(body["id"], body["answered"]) for body in self.daemon.requests
                    if "client" in body]
        self.assertEqual(numbered, [(1, 0), (2, 1), (3, 1), (4, 1)])
        self.stop(running)

    def test_invoke_returns_the_result_and_passes_arguments(self) -> None:
        self.daemon.handlers["invoke"] = lambda body: {"result": [1, 2], "trace": "t"}
        plugin = Recorder(self.settings())
        running = self.start(plugin)
        self.assertEqual(running.do(lambda: plugin.invoke("calc", "add", {"timeout": 1}, a=2,
                                                          timeout=3)), [1, 2])
        self.assertEqual(self.daemon.wait_command("invoke")["properties"], {
            "plugin": "calc", "method": "add", "args": {"timeout": 1, "a": 2}, "timeout": 3})
        running.do(lambda: plugin.invoke_async(
            "calc", "add", lambda result, error: plugin.calls.put(result)))
        self.assertEqual(self.next_call(plugin), [1, 2])
        self.assert_refused(
            "invalid", "plugin 'P' cannot invoke itself",
            lambda: running.do(lambda: plugin.invoke("plugin:P", "add")))
        self.stop(running)

    def test_published_events_are_casts_and_checked_first(self) -> None:
        plugin = Recorder(self.settings())
        running = self.start(plugin)
        running.do(lambda: plugin.publish("event.p.done", {"topic": 1}, count=2))
        body = self.daemon.wait_command("publish")
        self.assertEqual(body["properties"],
                         {"topic": "event.p.done", "fields": {"topic": 1, "count": 2}})
        self.assertEqual(body["msg_type"], "cast")
        self.assert_refused("invalid", "topic 'watcher.p' cannot be published on",
                            lambda: running.do(lambda: plugin.publish("watcher.p")))
        self.assert_refused(
            "invalid", "an event on 'event.p' cannot have the field 'seq': it is the daemon's",
            lambda: running.do(lambda: plugin.publish("event.p", seq=1)))
        self.assert_refused(
            "invalid", "command 'publish' cannot be sent: can not serialize 'object' object",
            lambda: running.do(lambda: plugin.publish("event.p", x=object())))
        self.stop(running)


class Breaks(RelayTest):
    def start_behind_relay(self) -> tuple[Recorder, Running]:
        plugin = Recorder(self.settings(self.relay.endpoint))
        return plugin, self.start(plugin)

    def test_after_a_break_it_says_everything_again(self) -> None:
        plugin, running = self.start_behind_relay()
        self.relay.cut()
        self.daemon.wait_command("plugin.ready", 2)
        self.assertEqual(self.daemon.commands(),
                         ["plugin.hello", "plugin.subscribe", "plugin.ready"] * 2)
        self.daemon.publish("watcher.a.spawn")
        self.assertEqual(self.next_call(plugin), "watcher.a.spawn")
        self.stop(running)

    def test_a_break_before_ready_is_answered_does_not_hold_it_up(self) -> None:
        def lose(body: dict[str, Any]) -> None:
            del self.daemon.handlers["plugin.ready"]
            self.relay.cut()
        self.daemon.handlers["plugin.ready"] = lose
        changes = Link.changes

        def both_at_once(link: Link) -> Iterator[bool]:
            """The next connection is there when the break is noticed."""
            for is_up in changes(link):
                yield is_up
                if not is_up:
                    link.monitor.poll(DEADLINE * 1000)
        patch = mock.patch.object(Link, "changes", both_at_once)
        patch.start()
        self.addCleanup(patch.stop)
        plugin, running = self.start_behind_relay()
        self.daemon.wait_command("plugin.ready", 2)
        running.do(lambda: plugin.call("ping"))
        self.assertEqual(self.daemon.commands().count("plugin.ready"), 2)
        self.stop(running)

    def test_a_call_is_asked_again_after_a_break_and_is_not_done_twice(self) -> None:
        done = self.lose_answer_to_start()
        plugin, running = self.start_behind_relay()
        self.assertEqual(running.do(lambda: plugin.call("start"))["watchers"], ["x"])
        self.assertEqual(len(done), 1)
        again = self.daemon.wait_command("start", 2)
        self.assertEqual(again, {**done[0], "epoch": self.daemon.epoch})
        self.stop(running)

    def test_an_invocation_that_was_not_answered_is_lost_with_the_connection(self) -> None:
        class Slow(Recorder):
            @plughost.method
            def work(self) -> None:
                self.calls.put(self.defer())
        plugin = Slow(self.settings(self.relay.endpoint))
        running = self.start(plugin)
        self.daemon.send("invoke", 5, method="work", args={})
        deferred = self.next_call(plugin)
        self.assertFalse(running.do(lambda: deferred.is_cancelled))
        self.relay.cut()
        self.daemon.wait_command("plugin.ready", 2)
        self.assertTrue(running.do(lambda: deferred.is_cancelled))
        running.do(lambda: deferred.answer(1))
        running.do(lambda: plugin.call("ping"))
        self.assertFalse([body for body in self.daemon.requests if body.get("id") == 5])
        self.stop(running)

    def test_a_spawned_plugin_that_the_daemon_does_not_know_any_more_stops_in_order(self) -> None:
        plugin, running = self.start_behind_relay()
        self.daemon.handlers["plugin.hello"] = lambda body: {
            "status": "error", "code": "denied", "reason": "no such token"}
        self.relay.cut()
        self.assertIsNone(running.join())
        self.assertEqual(self.next_call(plugin), "stop")

    def test_what_the_same_daemon_published_during_a_break_is_a_gap(self) -> None:
        plugin = Recorder(self.settings())
        running = self.start(plugin)
        self.daemon.publish("watcher.a.spawn")
        self.assertEqual(self.next_call(plugin), "watcher.a.spawn")
        self.daemon.unbind()
        self.daemon.seq += 3  # nobody is there to receive them
        self.daemon.do(self.daemon._bind)
        self.daemon.wait_command("plugin.ready", 2)
        self.daemon.publish("watcher.b.spawn")
        self.assertEqual(self.next_call(plugin), plughost.Gap(False, 0, 1, 4))
        self.assertEqual(self.next_call(plugin), "watcher.b.spawn")
        self.stop(running)

    def test_a_break_that_events_came_through_is_no_gap(self) -> None:
        plugin, running = self.start_behind_relay()
        self.relay.cut()
        self.daemon.publish("watcher.a.spawn")
        self.daemon.wait_command("plugin.ready", 2)
        self.daemon.publish("watcher.b.spawn")
        self.assertEqual(self.next_call(plugin), "watcher.a.spawn")
        self.assertEqual(self.next_call(plugin), "watcher.b.spawn")
        self.stop(running)

    def test_a_daemon_that_was_started_anew_is_a_gap(self) -> None:
        plugin = Recorder(self.settings())
        running = self.start(plugin)
        self.daemon.publish("watcher.a.spawn")
        self.assertEqual(self.next_call(plugin), "watcher.a.spawn")
        self.daemon.restart()
        self.daemon.wait_command("plugin.ready", 2)
        self.daemon.publish("watcher.b.spawn")
        self.assertEqual(self.next_call(plugin), plughost.Gap(True, 0, 0, 0))
        self.assertEqual(self.next_call(plugin), "watcher.b.spawn")
        self.stop(running)

    def test_calls_fail_when_the_daemon_has_ended_and_casts_wait_for_the_next(self) -> None:
        self.daemon.handlers["start"] = lambda body: None
        plugin = Recorder(self.settings())
        running = self.start(plugin)
        running.do(lambda: plugin.call_async(
            "start", lambda reply, error: plugin.calls.put(str(error))))
        self.daemon.wait_command("start")
        self.daemon.unbind()
        self.assertEqual(self.next_call(plugin),
                         f"plughostd at {self.daemon.endpoint} went away before it answered "
                         "'start'")
        with self.assertRaises(plughost.Error) as caught:
            running.do(lambda: plugin.call("ping"))
        self.assertEqual(caught.exception.code, "unavailable")
        def publish_too_many() -> None:
            for number in range(1001):
                plugin.publish("event.p", number=number)
        self.assert_refused("busy", f"the queue to {self.daemon.endpoint} is full",
                            lambda: running.do(publish_too_many))
        self.daemon.do(self.daemon._bind)
        last = self.daemon.wait_command("publish", 1000)
        self.assertEqual(last["properties"]["fields"], {"number": 999})
        self.daemon.wait_command("plugin.ready", 2)
        self.assertLess(self.daemon.commands().index("plugin.hello", 1),
                        self.daemon.commands().index("publish"))
        self.stop(running)


if __name__ == "__main__":
    unittest.main()

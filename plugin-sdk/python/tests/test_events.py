"""Events: subscriptions, what is counted, what was missed, batches."""

from __future__ import annotations

import threading
import unittest
from typing import Any, Sequence
from unittest import mock

import plughost
from plughost._counting import Counter
from plughost._delivery import Delivery
from running import PluginTest, Recorder


class EventParts(unittest.TestCase):
    def test_a_watchers_name_may_hold_dots(self) -> None:
        event = plughost.Event("watcher.plugin:a.b.spawn", {"time": 1, "epoch": "e", "seq": 3,
                                                            "wid": 2})
        self.assertEqual((event.watcher, event.action), ("plugin:a.b", "spawn"))
        self.assertEqual((event.time, event.epoch, event.seq), (1.0, "e", 3))
        self.assertEqual((event["wid"], event.get("pid", 7)), (2, 7))
        self.assertEqual(plughost.Event("event.x.y", {}).watcher, "")


class Subscriptions(PluginTest):
    def test_without_topics_everything_comes_to_one_that_takes_events(self) -> None:
        class All(Recorder):
            topics = None
        plugin = All(self.settings())
        running = self.start(plugin)
        self.daemon.publish_raw("log.web", text="a line for others")
        self.daemon.publish("event.x")
        self.daemon.publish("watcher.a.spawn")
        self.assertEqual(self.next_call(plugin), "event.x")
        self.assertEqual(self.next_call(plugin), "watcher.a.spawn")
        self.stop(running)

    def test_output_comes_to_one_that_asks_for_it(self) -> None:
        class Output(Recorder):
            topics = ["log.web"]
        plugin = Output(self.settings())
        running = self.start(plugin)
        self.daemon.publish_raw("log.web", text="a line")
        self.daemon.mark()
        self.daemon.publish_raw("log.web", text="another")
        self.assertEqual(self.next_call(plugin), "log.web")
        self.assertEqual(self.next_call(plugin), "log.web")
        self.stop(running)

    def test_a_subscription_is_in_force_when_subscribe_returns(self) -> None:
        plugin = Recorder(self.settings())
        running = self.start(plugin)
        running.do(lambda: plugin.subscribe("event.a"))
        self.assertEqual(self.daemon.commands()[-1], "plugin.subscribe")
        self.daemon.publish("event.a")
        self.assertEqual(self.next_call(plugin), "event.a")
        self.daemon.mark()
        running.do(lambda: plugin.unsubscribe("event.a"))
        self.daemon.publish("event.a")
        self.daemon.publish("watcher.a.spawn")
        self.assertEqual(self.next_call(plugin), "watcher.a.spawn")
        self.assert_refused("not_found", "there is no subscription to 'event.a'",
                            lambda: running.do(lambda: plugin.unsubscribe("event.a")))
        self.stop(running)

    def test_unsubscribing_loses_nothing_that_was_counted(self) -> None:
        class Two(Recorder):
            topics = ["watcher.", "event."]
        plugin = Two(self.settings())
        running = self.start(plugin)
        for _ in range(20):
            self.daemon.publish("event.x")
        running.do(lambda: plugin.unsubscribe("event."))
        self.daemon.publish("event.x")
        self.daemon.mark()
        self.daemon.publish("watcher.end.spawn")
        calls = [self.next_call(plugin) for _ in range(21)]
        self.assertEqual(calls, ["event.x"] * 20 + ["watcher.end.spawn"])
        self.stop(running)

    def test_what_a_daemon_does_not_confirm_times_out_and_is_not_subscribed_to(self) -> None:
        plugin = Recorder(self.settings())
        running = self.start(plugin)
        self.daemon.handlers["plugin.subscribe"] = lambda body: None
        self.assert_refused("timeout", "no confirmation of the subscription to 'event.' from "
                                       f"{self.daemon.endpoint} within 0.05 s",
                            lambda: running.do(lambda: plugin.subscribe("event.", 0.05)))
        self.assertNotIn("event.", plugin._session.subscriptions.prefixes)
        self.daemon.publish("watcher.a.spawn")
        self.assertEqual(self.next_call(plugin), "watcher.a.spawn")
        self.stop(running)


    def test_a_subscription_that_is_refused_is_none(self) -> None:
        plugin = Recorder(self.settings())
        running = self.start(plugin)
        self.daemon.handlers["plugin.subscribe"] = lambda body: {
            "status": "error", "code": "denied", "reason": "not for you"}
        self.assert_refused("denied", "not for you",
                            lambda: running.do(lambda: plugin.subscribe("event.")))
        self.daemon.publish("watcher.a.spawn")
        self.assertEqual(self.next_call(plugin), "watcher.a.spawn")
        self.stop(running)


class Missed(PluginTest):
    heartbeat = 0.05

    def test_a_mark_shows_what_was_lost_before_the_next_event(self) -> None:
        plugin = Recorder(self.settings())
        running = self.start(plugin)
        self.daemon.publish("watcher.a.spawn")
        self.assertEqual(self.next_call(plugin), "watcher.a.spawn")
        self.daemon.mark()
        self.daemon.lose("watcher.b.spawn", 3)
        self.daemon.mark()
        self.daemon.publish("watcher.c.spawn")
        gap = self.next_call(plugin)
        self.assertEqual((gap.is_new_epoch, gap.missed, gap.last), (False, 3, 4))
        self.assertEqual(self.next_call(plugin), "watcher.c.spawn")
        self.daemon.wait_for(lambda body: body.get("command") == "plugin.heartbeat" and
                             body["properties"]["missed"] == 3)
        self.stop(running)

    def test_who_listens_to_everything_sees_a_loss_at_once_and_only_once(self) -> None:
        class All(Recorder):
            topics = [""]
        plugin = All(self.settings())
        running = self.start(plugin)
        self.daemon.publish("event.a")
        self.daemon.lose("event.b", 2)
        self.daemon.publish("event.c")
        self.daemon.mark()
        self.daemon.publish("event.d")
        self.assertEqual([self.next_call(plugin) for _ in range(4)],
                         ["event.a", plughost.Gap(False, 2, 2, 3), "event.c", "event.d"])
        self.stop(running)

    def test_the_daemon_is_told_of_what_it_published_while_the_connection_was_lost(self) -> None:
        class All(Recorder):
            topics = [""]
        plugin = All(self.settings())
        running = self.start(plugin)
        self.daemon.publish("event.a")
        self.assertEqual(self.next_call(plugin), "event.a")
        self.daemon.unbind()
        self.daemon.seq += 3  # nobody is there to receive them
        self.daemon.do(self.daemon._bind)
        self.daemon.wait_command("plugin.ready", 2)
        self.daemon.publish("event.b")
        gap = self.next_call(plugin)
        self.assertEqual((gap.is_new_epoch, gap.missed, gap.last), (False, 3, 4))
        self.assertEqual(self.next_call(plugin), "event.b")
        self.daemon.wait_for(lambda body: body.get("command") == "plugin.heartbeat" and
                             body["properties"]["missed"] == 3)
        self.stop(running)

    def test_heartbeats_come_from_when_it_is_ready(self) -> None:
        running = self.start(Recorder(self.settings()))
        body = self.daemon.wait_command("plugin.heartbeat", 3)
        self.assertEqual((body["msg_type"], body["properties"]), ("cast", {"missed": 0}))
        commands = self.daemon.commands()
        self.assertLess(commands.index("plugin.ready"), commands.index("plugin.heartbeat"))
        self.stop(running)

    def test_a_plugin_that_hangs_sends_none_and_one_that_is_busy_says_so_before(self) -> None:
        plugin = Recorder(self.settings())
        running = self.start(plugin)
        go_on = threading.Event()
        counts: list[int] = []

        def hang() -> None:
            plugin.busy(30)
            self.daemon.wait_for(lambda body: "busy" in body.get("properties", {}))
            counts.append(self.daemon.commands().count("plugin.heartbeat"))
            go_on.wait(0.3)  # six heartbeats long
            counts.append(self.daemon.commands().count("plugin.heartbeat"))
        running.do(hang)
        self.assertEqual(counts[0], counts[1])
        self.stop(running)

    def heartbeats(self) -> list[Any]:
        """Returns what was announced by each that came: None for a plain one."""
        return [body["properties"].get("busy") for body in list(self.daemon.requests)
                if body.get("command") == "plugin.heartbeat"]

    def test_busy_ends_when_the_function_returns_and_not_when_it_waits(self) -> None:
        self.daemon.heartbeat = 0.02
        self.daemon.handlers["start"] = lambda body: None
        plugin = Recorder(self.settings())
        running = self.start(plugin)

        def wait() -> list[Any]:
            plugin.busy(30)
            with self.assertRaises(plughost.Error):
                plugin.call("start", timeout=0.2)
            plugin.call("ping")
            sent = self.heartbeats()
            first = next(at for at, busy in enumerate(sent) if busy)
            return sent[first:]
        sent = running.do(wait)
        self.assertGreater(len(sent), 2)
        self.assertTrue(all(busy and busy <= 30 for busy in sent), sent)
        self.daemon.wait_for(lambda body: body.get("command") == "plugin.heartbeat" and
                             "busy" not in body["properties"],
                             self.heartbeats().count(None) + 1)
        self.stop(running)

    def test_the_watchdog_is_strict_at_once_after_a_function_that_was_busy(self) -> None:
        self.daemon.heartbeat = 3600.0  # none comes by itself
        plugin = Recorder(self.settings())
        running = self.start(plugin)

        def fail() -> None:
            plugin.busy(30)
            raise plughost.Error("internal", "it went wrong")
        with self.assertRaises(plughost.Error):
            running.do(fail)
        self.daemon.wait_command("plugin.heartbeat", 2)
        self.assertEqual([busy is None for busy in self.heartbeats()], [False, True])
        self.stop(running)

    def test_one_that_waits_for_a_subscription_is_alive(self) -> None:
        plugin = Recorder(self.settings())
        running = self.start(plugin)

        def wait() -> None:
            before = self.daemon.commands().count("plugin.heartbeat")
            with mock.patch.object(self.daemon, "_on_subscription"):
                with self.assertRaises(plughost.Error):
                    plugin.subscribe("event.", 0.5)
            plugin.call("ping")
            self.assertGreaterEqual(self.daemon.commands().count("plugin.heartbeat"), before + 2)
        running.do(wait)
        self.stop(running)

    def test_one_that_waits_for_a_reply_is_alive(self) -> None:
        self.daemon.handlers["start"] = lambda body: None
        plugin = Recorder(self.settings())
        running = self.start(plugin)

        def wait() -> None:
            before = self.daemon.commands().count("plugin.heartbeat")
            with self.assertRaises(plughost.Error):
                plugin.call("start", timeout=0.5)
            self.daemon.wait_command("plugin.heartbeat", before + 2)
        running.do(wait)
        self.stop(running)


class Counting(unittest.TestCase):
    def setUp(self) -> None:
        self.counter = Counter()
        self.counter.begin("e", 10)

    def test_an_event_of_two_prefixes_counts_once(self) -> None:
        self.counter.start("watcher.", 10)
        self.counter.start("watcher.web.", 10)
        self.counter.see_event("watcher.web.spawn", 11)
        self.assertIsNone(self.counter.see_mark(1, 11))

    def test_events_up_to_the_reply_and_other_topics_do_not_count(self) -> None:
        self.counter.start("watcher.", 12)
        self.counter.see_event("watcher.web.spawn", 12)
        self.counter.see_event("event.x", 13)
        self.assertIsNone(self.counter.see_mark(0, 13))
        self.assertEqual(self.counter.see_mark(1, 14), plughost.Gap(False, 1, 14, 14))

    def test_after_a_loss_both_agree_again(self) -> None:
        self.counter.start("watcher.", 10)
        self.assertEqual(self.counter.see_mark(5, 20), plughost.Gap(False, 5, 11, 20))
        self.assertIsNone(self.counter.see_mark(5, 21))
        self.assertEqual(self.counter.see_mark(6, 22), plughost.Gap(False, 1, 22, 22))
        self.assertEqual(self.counter.missed, 6)

    def test_a_new_session_counts_from_nothing(self) -> None:
        self.counter.start("", 10)
        self.counter.see_event("x", 11)
        self.counter.begin("e", 15)
        self.counter.start("", 16)
        self.assertIsNone(self.counter.see_event("x", 17))
        self.assertIsNone(self.counter.see_mark(1, 17))
        self.assertEqual(self.counter.missed, 0)

    def resumed(self, prefix: str, seq: int) -> None:
        """Begins another session with the same daemon."""
        self.counter.begin("e", seq)
        self.counter.start(prefix, seq)
        self.assertTrue(self.counter.resume())

    def test_what_was_published_between_two_sessions_is_a_gap_of_unknown_size(self) -> None:
        self.counter.start("watcher.", 10)
        self.counter.see_event("watcher.a.spawn", 11)
        self.assertIsNone(self.counter.see_mark(1, 12))
        self.resumed("watcher.", 15)
        self.assertEqual(self.counter.settle(), plughost.Gap(False, 0, 13, 15))
        self.assertIsNone(self.counter.settle())
        self.counter.see_event("watcher.a.spawn", 16)
        self.assertIsNone(self.counter.see_mark(1, 16))
        self.assertEqual(self.counter.missed, 0)

    def test_for_who_listens_to_everything_its_size_is_known(self) -> None:
        self.counter.start("", 10)
        self.counter.see_event("event.a", 11)
        self.assertEqual(self.counter.see_event("event.c", 13), plughost.Gap(False, 1, 12, 12))
        self.counter.begin("e", 16)
        self.counter.see_event("event.d", 15)
        self.counter.start("", 16)
        self.assertTrue(self.counter.resume())
        self.counter.see_event("event.f", 17)
        self.assertEqual(self.counter.settle(), plughost.Gap(False, 2, 11, 16))
        self.assertEqual(self.counter.missed, 2)
        self.assertEqual(self.counter.see_event("event.h", 19), plughost.Gap(False, 1, 18, 18))
        self.assertEqual(self.counter.missed, 3)
        self.resumed("", 19)
        self.assertIsNone(self.counter.settle())
        self.assertEqual(self.counter.missed, 0)

    def test_there_is_no_gap_if_nothing_was_published_or_all_of_it_came(self) -> None:
        self.counter.start("watcher.", 10)
        self.resumed("watcher.", 10)
        self.assertIsNone(self.counter.settle())
        self.resumed("watcher.", 12)
        self.counter.see_event("watcher.a.spawn", 11)
        self.counter.see_event("watcher.b.spawn", 12)
        self.assertIsNone(self.counter.settle())

    def test_a_break_before_the_gap_was_told_makes_it_longer(self) -> None:
        self.counter.start("event.", 10)
        self.resumed("event.", 12)
        self.counter.see_event("event.a", 13)
        self.resumed("event.", 14)
        self.assertEqual(self.counter.settle(), plughost.Gap(False, 0, 11, 14))

    def test_a_first_session_and_one_with_another_daemon_resume_nothing(self) -> None:
        self.counter.start("event.", 12)
        self.assertFalse(self.counter.resume())
        self.counter.begin("f", 20)
        self.counter.start("event.", 21)
        self.assertFalse(self.counter.resume())
        self.assertIsNone(self.counter.settle())

    def test_another_epoch_is_seen_once(self) -> None:
        self.assertIsNone(self.counter.see_epoch({"epoch": "e"}))
        self.assertEqual(self.counter.see_epoch({"epoch": "f"}), plughost.Gap(True, 0, 0, 0))
        self.assertIsNone(self.counter.see_epoch({"epoch": "f"}))


class Batches(PluginTest):
    def test_a_batch_is_handed_over_when_there_are_enough_and_a_gap_ends_it(self) -> None:
        class Batching(Recorder):
            topics = [""]
            batch_max = 3
            batch_age = 3600.0

            def handle_batch(self, events: Sequence[plughost.Event]) -> None:
                self.calls.put([event.topic for event in events])
        plugin = Batching(self.settings())
        running = self.start(plugin)
        for name in "abcd":
            self.daemon.publish(f"event.{name}")
        self.assertEqual(self.next_call(plugin), ["event.a", "event.b", "event.c"])
        self.daemon.lose("event.e")
        self.daemon.publish("event.f")
        self.assertEqual(self.next_call(plugin), ["event.d"])
        self.assertEqual(self.next_call(plugin), plughost.Gap(False, 1, 5, 5))
        self.stop(running)
        self.assertEqual(self.next_call(plugin), ["event.f"])
        self.assertEqual(self.next_call(plugin), "stop")

    def test_a_batch_is_handed_over_when_it_is_old_enough(self) -> None:
        class Batching(Recorder):
            batch_age = 0.05

            def handle_batch(self, events: Sequence[plughost.Event]) -> None:
                self.calls.put([event.topic for event in events])
        plugin = Batching(self.settings())
        running = self.start(plugin)
        self.daemon.publish("watcher.a.spawn")
        self.assertEqual(self.next_call(plugin), ["watcher.a.spawn"])
        self.stop(running)

    def test_without_an_age_what_is_there_goes_at_once(self) -> None:
        queue = Delivery()
        queue.batch_max, queue.batch_age = 10, 0.0
        events = [plughost.Event(f"event.{number}", {}) for number in range(12)]
        for event in events:
            queue.add(event)
        self.assertEqual(queue.take(), events[:10])
        self.assertEqual(queue.take(), events[10:])
        self.assertIsNone(queue.take())
        self.assertEqual(queue.due(), float("inf"))


if __name__ == "__main__":
    unittest.main()

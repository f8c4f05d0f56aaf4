"""Timers, descriptors, threads, log and metrics."""

from __future__ import annotations

import logging
import os
import threading
import unittest
from typing import Any, Callable
from unittest import mock

import plughost
from plughost._metrics import Metrics, bucket_of
from plughost._timers import Timers
from running import PluginTest, Recorder


class TimerParts(unittest.TestCase):
    def test_what_could_not_be_done_in_time_is_done_once(self) -> None:
        timers = Timers()
        with mock.patch("time.monotonic") as now:
            now.return_value = 100.0
            timers.add(1.0, self.fail, True)
            now.return_value = 120.5  # twenty periods later
            self.assertIsNotNone(timers.take_due())
            self.assertIsNone(timers.take_due())
            due = timers.next_due()
        assert due is not None
        self.assertGreater(due, 120.5)

    def test_a_cancelled_timer_is_not_due(self) -> None:
        timers = Timers()
        first, second = timers.add(0, self.fail, False), timers.add(9, self.fail, True)
        timers.cancel(first)
        timers.cancel(first)
        self.assertIsNone(timers.take_due())
        timers.cancel(second)
        self.assertIsNone(timers.next_due())


class TimersAndDescriptors(PluginTest):
    def setUp(self) -> None:
        super().setUp()
        self.plugin = Recorder(self.settings())
        self.running = self.start(self.plugin)
        self.addCleanup(self.stop, self.running)

    def test_timers_call_their_functions_until_they_are_cancelled(self) -> None:
        plugin, put = self.plugin, self.plugin.calls.put
        self.running.do(lambda: plugin.after(0.02, lambda: put("once")))
        self.running.do(lambda: plugin.after(0, lambda: put("first")))
        self.assertEqual(self.next_call(plugin), "first")
        self.assertEqual(self.next_call(plugin), "once")
        timer = self.running.do(lambda: plugin.every(0.001, lambda: put("tick")))
        self.assertEqual([self.next_call(plugin) for _ in range(3)], ["tick"] * 3)
        self.running.do(lambda: plugin.cancel(timer))
        while not plugin.calls.empty():
            plugin.calls.get()
        self.running.do(lambda: plugin.after(0.02, lambda: put("later")))
        self.assertEqual(self.next_call(plugin), "later")
        with self.assertRaisesRegex(ValueError, "cannot fire every 0 s: 0.001 at least"):
            self.running.do(lambda: plugin.every(0, self.fail))

    def test_a_timer_that_fails_is_logged_and_goes_on(self) -> None:
        plugin = self.plugin

        def fail() -> None:
            plugin.calls.put("tick")
            raise RuntimeError("tock")
        self.running.do(lambda: plugin.every(0.001, fail))
        self.assertEqual([self.next_call(plugin) for _ in range(2)], ["tick"] * 2)
        self.assertEqual(self.daemon.wait_command("plugin.log")["properties"]["text"],
                         "a timer failed: RuntimeError: tock")

    def test_a_descriptor_calls_its_function_while_it_is_watched(self) -> None:
        plugin = self.plugin
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        self.addCleanup(os.close, writer)

        def read(fd: int, events: int) -> None:
            plugin.calls.put((os.read(fd, 10), events))
        self.running.do(lambda: plugin.watch_fd(reader, read))
        os.write(writer, b"abc")
        self.assertEqual(self.next_call(plugin), (b"abc", 1))
        self.running.do(lambda: plugin.unwatch_fd(reader))
        os.write(writer, b"def")
        self.running.do(lambda: plugin.call("ping"))
        self.assertTrue(plugin.calls.empty())
        self.assert_refused("invalid", "descriptor 999 cannot be watched: it is not open",
                            lambda: self.running.do(lambda: plugin.watch_fd(999, read)))

    def test_threads_hand_over_and_log_by_the_standard_module(self) -> None:
        plugin = self.plugin
        logger = logging.Logger("of.mine")
        logger.addHandler(plughost.LogHandler(plugin))
        thread = threading.Thread(target=lambda: logger.warning("about %d things", 3))
        thread.start()
        thread.join()
        self.assertEqual(self.daemon.wait_command("plugin.log")["properties"], {
            "text": "about 3 things", "level": "warning", "fields": {"logger": "of.mine"}})


class Log(PluginTest):
    def test_lines_have_levels_and_fields_that_can_be_sent(self) -> None:
        class Telling(Recorder):
            def handle_init(self) -> None:
                self.log.debug("from handle_init")
        plugin = Telling(self.settings())
        running = self.start(plugin)
        running.do(lambda: plugin.log.info("text", key="value", level=3, thing=Exception("x")))
        self.assertEqual(self.daemon.wait_command("plugin.log")["properties"],
                         {"text": "from handle_init", "level": "debug"})
        self.assertEqual(self.daemon.wait_command("plugin.log", 2)["properties"], {
            "text": "text", "level": "info", "fields": {"key": "value", "level": 3, "thing": "x"}})
        self.stop(running)
        self.assertEqual(self.printed.getvalue(), "")

    def test_one_that_runs_by_hand_prints_its_lines_as_well(self) -> None:
        plugin = Recorder(self.settings(token=None))
        running = self.start(plugin)
        self.assertNotIn("token", self.daemon.wait_command("plugin.hello")["properties"])
        running.do(lambda: plugin.log.warning("text", key="value"))
        self.daemon.wait_command("plugin.log")
        self.assertEqual(self.printed.getvalue(), "warning: text key=value\n")
        self.stop(running)


class MetricParts(unittest.TestCase):
    def assert_invalid(self, message: str, function: Callable[[], Any]) -> None:
        with self.assertRaises(plughost.Error) as caught:
            function()
        self.assertEqual(caught.exception.reason, message)

    def test_values_fall_into_the_power_of_two_that_they_are_at_most(self) -> None:
        for value, power in ((1, 0), (1.5, 1), (2, 1), (2.1, 2), (0.5, -1), (0.3, -1), (0, -64),
                             (-5, -64), (1e300, 63), (1e-300, -64)):
            self.assertEqual(bucket_of(value), power, value)

    def test_metrics_gather_what_is_new(self) -> None:
        metrics = Metrics()
        metrics.counter("c", 1)
        metrics.counter("c", 2)
        metrics.gauge("g", 1)
        metrics.gauge("g", 5)
        for value in (1, 3, 4):
            metrics.histogram("h", value)
        self.assertEqual(metrics.peek(), {
            "c": {"type": "counter", "add": 3}, "g": {"type": "gauge", "value": 5.0},
            "h": {"type": "histogram", "count": 3, "sum": 8.0, "min": 1.0, "max": 4.0,
                  "buckets": {"0": 1, "2": 2}}})
        metrics.clear()
        self.assertTrue(metrics.is_empty())

    def test_what_cannot_be_measured_is_refused(self) -> None:
        metrics = Metrics()
        metrics.counter("c", 1)
        self.assert_invalid("metric 'a b' cannot have this name", lambda: metrics.gauge("a b", 1))
        self.assert_invalid("metric 'c' is no gauge", lambda: metrics.gauge("c", 1))
        self.assert_invalid("counter 'c' cannot go down: -1", lambda: metrics.counter("c", -1))
        self.assert_invalid("gauge 'g' cannot be nan".replace("gauge", "metric"),
                            lambda: metrics.gauge("g", float("nan")))
        for number in range(200):
            metrics.gauge(f"g{number}", 1)
        self.assert_invalid("metric 'more' is one gauge too many: 200 at most",
                            lambda: metrics.gauge("more", 1))


class SentMetrics(PluginTest):
    def test_metrics_are_sent_before_the_end(self) -> None:
        plugin = Recorder(self.settings())
        running = self.start(plugin)
        running.do(lambda: plugin.counter("c"))
        self.stop(running)
        body = self.daemon.wait_command("plugin.metrics")
        self.assertEqual(body["properties"],
                         {"metrics": {"c": {"type": "counter", "add": 1}}})
        self.assertEqual(body["msg_type"], "cast")


class MetricsWithHeartbeats(PluginTest):
    heartbeat = 0.05

    def test_metrics_go_along_with_heartbeats_and_are_sent_once(self) -> None:
        plugin = Recorder(self.settings())
        running = self.start(plugin)
        running.do(lambda: plugin.counter("c"))
        self.daemon.wait_command("plugin.metrics")
        sent = self.daemon.commands().count("plugin.heartbeat")
        self.daemon.wait_command("plugin.heartbeat", sent + 3)
        self.assertEqual(self.daemon.commands().count("plugin.metrics"), 1)
        self.stop(running)


if __name__ == "__main__":
    unittest.main()

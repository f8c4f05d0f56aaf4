"""Methods: how they are described, invoked and answered; new options while it runs."""

from __future__ import annotations

import threading
import unittest
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Mapping, Optional

import plughost
from plughost.method import make_method
from running import PluginTest, Recorder


class Description(unittest.TestCase):
    def test_arguments_are_described_by_the_signature(self) -> None:
        def everything(a: Any, b: str, c: int, d: float, e: bool, f: list[int],
                       g: Mapping[str, int], *, h: Optional[int] = None,
                       i: Annotated[str, "what it is"] = "x",
                       j: Literal["up", "down"] = "up") -> None:
            """Takes everything.

            And more."""
        described = make_method(everything).describe()
        self.assertEqual((described["name"], described["summary"]),
                         ("everything", "Takes everything."))
        self.assertEqual([(one["name"], one["type"], one["required"])
                          for one in described["args"]],
                         [("a", "any", True), ("b", "text", True), ("c", "int", True),
                          ("d", "number", True), ("e", "bool", True), ("f", "list", True),
                          ("g", "map", True), ("h", "int", False), ("i", "text", False),
                          ("j", "text", False)])
        self.assertEqual(described["args"][8]["summary"], "what it is")

    def test_what_cannot_be_described_is_a_mistake_that_is_named(self) -> None:
        def of_class(a: threading.Thread) -> None:
            pass

        def many(*a: int) -> None:
            pass
        with self.assertRaisesRegex(TypeError, "argument 'a' of method 'of_class' has the type "
                                               ".*Thread.*: it must be int, float, str, bool"):
            make_method(of_class)
        with self.assertRaisesRegex(TypeError, "argument 'a' of method 'many' has no name"):
            make_method(many)
        with self.assertRaisesRegex(TypeError, "method 'a b' cannot have this name"):
            make_method(of_class, "a b")


class Calc(Recorder):
    @plughost.method
    def add(self, a: int, b: int = 1) -> int:
        return a + b

    @plughost.method(name="half", summary="Halves.")
    def divide(self, value: float) -> dict[str, Any]:
        return {"half": value / 2, "is_float": isinstance(value, float)}

    @plughost.method
    def refuse(self) -> None:
        raise plughost.Error("busy", "not now", "try later")

    @plughost.method
    def fail(self) -> None:
        raise ZeroDivisionError("oh no")

    @plughost.method
    def unsendable(self) -> object:
        return object()

    @plughost.method
    def traced(self) -> str:
        self.call("version")
        return self.trace

    @plughost.method
    def pass_on(self) -> Any:
        return self.invoke("other", "x")

    @plughost.method
    def later(self) -> str:
        self.calls.put(self.defer())
        return "this does not count"

    @plughost.method
    def fail_later(self) -> None:
        self.defer()
        raise ValueError("after all")


class Invocations(PluginTest):
    def setUp(self) -> None:
        super().setUp()
        self.plugin = Calc(self.settings())
        self.running = self.start(self.plugin)
        self.addCleanup(self.stop, self.running)

    def test_a_result_is_returned(self) -> None:
        self.assertEqual(self.daemon.invoke(1, "add", a=2, b=3),
                         {"id": 1, "status": "ok", "result": 5})
        self.assertEqual(self.daemon.invoke(2, "add", a=2)["result"], 3)
        self.assertEqual(self.daemon.invoke(3, "half", value=3)["result"],
                         {"half": 1.5, "is_float": True})

    def test_refusals_have_code_reason_and_hint(self) -> None:
        self.assertEqual(self.daemon.invoke(1, "refuse"), {
            "id": 1, "status": "error", "code": "busy", "reason": "not now", "hint": "try later"})
        for number, (method, args, code, reason) in enumerate((
                ("dance", {}, "not_found", "plugin 'p' has no method 'dance'"),
                ("add", {}, "invalid", "argument 'a' of method 'add' is missing"),
                ("add", {"a": 1, "c": 2}, "invalid", "method 'add' has no argument 'c'"),
                ("unsendable", {}, "invalid", "the result of method 'unsendable' cannot be sent: "
                 "can not serialize 'object' object"))):
            reply = self.daemon.invoke(10 + number, method, **args)
            self.assertEqual((reply["code"], reply["reason"]), (code, reason))

    def test_an_exception_is_an_internal_error_and_is_logged(self) -> None:
        reply = self.daemon.invoke(1, "fail")
        self.assertEqual((reply["code"], reply["reason"]),
                         ("internal", "method 'fail' failed: ZeroDivisionError: oh no"))
        self.assertEqual(self.daemon.wait_command("plugin.log")["properties"], {
            "level": "error", "text": "method 'fail' failed: ZeroDivisionError: oh no",
            "fields": {"trace": "T-1"}})
        self.assertEqual(self.daemon.invoke(2, "add", a=1)["result"], 2)

    def test_the_trace_is_known_in_a_method_and_goes_along(self) -> None:
        self.daemon.handlers["invoke"] = lambda body: {"result": body["properties"]["trace"]}
        self.assertEqual(self.daemon.invoke(1, "traced")["result"], "T-1")
        self.assertEqual(self.daemon.invoke(2, "pass_on")["result"], "T-1")
        self.assertEqual(self.running.do(lambda: self.plugin.trace), "")

    def test_an_answer_can_be_given_later_and_once(self) -> None:
        self.daemon.send("invoke", 1, method="later", args={}, trace="T-2", caller="uid 0 pid 1")
        deferred = self.next_call(self.plugin)
        self.assertEqual((deferred.trace, deferred.caller, deferred.method),
                         ("T-2", "uid 0 pid 1", "later"))
        self.assertEqual(self.daemon.invoke(2, "add", a=1)["result"], 2)  # meanwhile
        self.running.do(lambda: deferred.answer("done"))
        self.running.do(lambda: deferred.answer("again"))
        self.assertEqual(self.daemon.wait_for(lambda body: body.get("id") == 1),
                         {"id": 1, "status": "ok", "result": "done"})
        self.running.do(lambda: self.plugin.call("ping"))
        self.assertEqual(len([body for body in self.daemon.requests
                              if "status" in body and body["id"] == 1]), 1)

    def test_a_deferred_answer_can_be_a_refusal(self) -> None:
        self.daemon.send("invoke", 1, method="later", args={})
        deferred = self.next_call(self.plugin)
        self.running.do(lambda: deferred.refuse(plughost.Error("conflict", "no")))
        self.assertEqual(self.daemon.wait_for(lambda body: body.get("id") == 1)["reason"], "no")

    def test_a_method_that_fails_after_it_deferred_has_failed(self) -> None:
        self.assertEqual(self.daemon.invoke(1, "fail_later")["reason"],
                         "method 'fail_later' failed: ValueError: after all")

    def test_defer_is_for_methods(self) -> None:
        with self.assertRaisesRegex(RuntimeError, "for methods"):
            self.running.do(self.plugin.defer)

    def test_a_cancelled_invocation_is_known_as_such_and_one_not_begun_is_skipped(self) -> None:
        self.daemon.send("invoke", 1, method="later", args={})
        deferred = self.next_call(self.plugin)
        self.daemon.send("cancel", None, id=1, reason="the caller is gone")
        held = threading.Event()

        def wait() -> None:
            held.wait(10)
            self.plugin.call("ping")  # its reply comes behind the two
        self.plugin.post(wait)
        self.daemon.send("invoke", 2, method="later", args={})
        self.daemon.send("cancel", None, id=2, reason="the caller is gone")
        held.set()
        self.assertEqual(self.daemon.invoke(3, "add", a=1)["result"], 2)
        self.assertTrue(self.running.do(lambda: deferred.is_cancelled))
        self.assertTrue(self.plugin.calls.empty())

    def test_a_method_can_be_offered_while_it_runs(self) -> None:
        def shout(text: str) -> str:
            "Shouts."
            return text.upper()
        self.running.do(lambda: self.plugin.add_method(shout))
        self.assertEqual(self.daemon.wait_command("plugin.method")["properties"], {
            "name": "shout", "summary": "Shouts.",
            "args": [{"name": "text", "type": "text", "required": True}]})
        self.assertEqual(self.daemon.invoke(1, "shout", text="a")["result"], "A")


@dataclass
class Level:
    level: int = plughost.option(1, min=0, max=9)


class Leveled(plughost.Plugin[Level]):
    def handle_reconfigure(self, options: Level) -> None:
        if options.level == 5:
            raise plughost.Error("conflict", "never five")
        if options.level == 6:
            raise ValueError("six")


class Reconfigure(PluginTest):
    def test_new_options_are_checked_and_the_old_ones_stay_if_they_are_not_taken(self) -> None:
        plugin = Leveled(self.settings(level="2"))
        running = self.start(plugin)
        hello = self.daemon.wait_command("plugin.hello")["properties"]
        self.assertEqual(hello["handles"], ["reconfigure"])
        self.assertEqual(hello["options"], [
            {"name": "level", "type": "int", "default": "1", "min": 0, "max": 9}])
        self.assertEqual(plugin.options, Level(2))
        self.assertEqual(self.daemon.ask("reconfigure", 1, options={"level": "3"}),
                         {"id": 1, "status": "ok"})
        self.assertEqual(plugin.options, Level(3))
        for number, value, code, reason in (
                (2, "10", "invalid", "option 'level': '10' is not within 0 to 9"),
                (3, "5", "conflict", "never five"),
                (4, "6", "internal", "handle_reconfigure failed: ValueError: six")):
            reply = self.daemon.ask("reconfigure", number, options={"level": value})
            self.assertEqual((reply["code"], reply["reason"]), (code, reason))
            self.assertEqual(plugin.options, Level(3))
        self.assertEqual(self.daemon.ask("reconfigure", 7, options={})["status"], "ok")
        self.assertEqual(plugin.options, Level(1))
        self.stop(running)

    def test_the_options_of_the_welcome_count(self) -> None:
        self.daemon.welcome = {"options": {"level": "7"}}
        plugin = Leveled(self.settings(level="2"))
        running = self.start(plugin)
        self.assertEqual(plugin.options, Level(7))
        self.stop(running)

    def test_options_that_are_wrong_are_reported_before_hello(self) -> None:
        from running import Running
        error = Running(Leveled(self.settings(levl="2"))).join()
        self.assertIsInstance(error, plughost.Error)
        self.assertEqual(self.daemon.wait_command("plugin.failed")["properties"], {
            "name": "p", "token": "token",
            "reason": "option 'levl' is not known (did you mean 'level'?)"})
        self.assertNotIn("plugin.hello", self.daemon.commands())


if __name__ == "__main__":
    unittest.main()

"""Runs a plugin: calls its functions as things come, one at a time."""

from __future__ import annotations

from typing import Any, Callable, Mapping

from ._session import Session
from .error import Error, one_line
from .event import Gap
from .method import Deferred
from .plugin import Plugin

_ROUND = 100  # events that are handed over before anything else gets its turn
_FOR_EVER = float("inf")


class Runtime:
    """The plugin's functions and what calls them."""

    def __init__(self, plugin: Plugin[Any]) -> None:
        self._plugin = plugin
        self._session: Session = plugin._session
        self._takes_batches = plugin.handles("handle_batch")
        #: What is done before it runs, for the reason of an end.
        self.stage = ""
        self._takes_events = self._takes_batches or plugin.handles("handle_recv")

    def run(self) -> None:
        """Runs the plugin until it is stopped. Raises what handle_init raises, or an Error."""
        plugin, session = self._plugin, self._session
        plugin.options = plugin.read_options(session.settings.options)
        if self._takes_batches:
            session.subscriptions.events.batch_max = max(1, plugin.batch_max)
            session.subscriptions.events.batch_age = max(0.0, plugin.batch_age)
        topics = plugin.topics
        if topics is None:
            topics = ("",) if self._takes_events else ()
        session.subscriptions.prefixes.update(dict.fromkeys(topics))
        session.open()
        plugin.options = plugin.read_options(session.settings.options)
        self.stage = "handle_init failed: "
        plugin.handle_init()
        self.stage = ""
        session.become_ready()
        session.heartbeat.end_busy()
        while not session.is_stopping:
            self._run_once()
        self._stop()

    def _run_once(self) -> None:
        session = self._session
        if session.failure:
            raise session.failure
        for fd, events in session.wait_once(self._due()):
            entry = session.watched.get(fd)  # the one before may have ended it
            if entry:
                self._guard("the function of a descriptor", entry[1], fd, events)
        self._call_completed()
        for _ in range(len(session.posted)):
            self._guard("a posted function", session.posted.popleft())
        while session.inbox and not session.is_stopping:
            self._guard("a request of the daemon", self._on_request, session.inbox.popleft())
        for _ in range(_ROUND):
            function = session.timers.take_due()
            if function is None:
                break
            self._guard("a timer", function)
        if not session.is_stopping:
            self._deliver(False, _ROUND)

    def _due(self) -> float:
        """Returns when there is something to do that nothing has to come for."""
        session = self._session
        if session.inbox or session.conversation.completed or session.posted:
            return 0.0
        timer = session.timers.next_due()
        return min(session.subscriptions.events.due(), _FOR_EVER if timer is None else timer)

    def _guard(self, what: str, function: Callable[..., Any], *args: Any) -> None:
        """Calls a function of the plugin's. What it raises is logged, and the plugin goes on."""
        try:
            function(*args)
        except Exception as error:
            self._plugin.log.exception(f"{what} failed", error)
        finally:
            self._session.heartbeat.end_busy()

    # ---- events ----

    def _deliver(self, is_last: bool, most: int) -> None:
        for _ in range(most):
            item = self._session.subscriptions.events.take(is_last)
            if item is None:
                return
            if isinstance(item, Gap):
                self._guard("handle_gap", self._plugin.handle_gap, item)
            elif self._takes_batches:
                self._guard("handle_batch", self._plugin.handle_batch, item)
            else:
                for event in item:
                    self._guard("handle_recv", self._plugin.handle_recv, event)

    # ---- replies ----

    def _call_completed(self) -> None:
        for _ in range(len(self._session.conversation.completed)):
            request = self._session.conversation.completed.popleft()
            if request.callback:
                self._guard(f"the callback for '{request.command}'", request.callback,
                            request.reply, request.error)

    # ---- requests of the daemon ----

    def _on_request(self, request: Mapping[str, Any]) -> None:
        command = request.get("command")
        if command == "stop":
            self._session.is_stopping = True
        elif command == "reopen":
            self._guard("handle_reopen", self._plugin.handle_reopen)
        elif command == "invoke":
            self._invoke(request)
        elif command == "reconfigure" and self._plugin.handles("handle_reconfigure"):
            self._reconfigure(request)
        else:
            self._session.conversation.reply(request, _refusal(
                Error("unknown_command", f"a plugin has no command '{command}'")))

    def _invoke(self, request: Mapping[str, Any]) -> None:
        plugin = self._plugin
        deferred = Deferred(self._session, request)
        self._session.invocations[request.get("id")] = deferred
        plugin._invocation, plugin._is_deferred = deferred, False
        try:
            result = self._run_method(deferred, request.get("properties") or {})
            if not plugin._is_deferred:
                deferred.answer(result)
        except Error as error:
            deferred.refuse(error)
        except Exception as error:
            plugin.log.exception(f"method '{deferred.method}' failed", error,
                                 trace=deferred.trace)
            deferred.refuse(Error("internal",
                                  f"method '{deferred.method}' failed: {one_line(error)}"))
        finally:
            plugin._invocation, plugin._is_deferred = None, False

    def _run_method(self, deferred: Deferred, properties: Mapping[str, Any]) -> Any:
        spec = self._plugin._methods.get(deferred.method)
        if spec is None:
            raise Error("not_found", f"plugin '{self._plugin.name}' has no method "
                                     f"'{deferred.method}'")
        return spec.function(**spec.bind(properties.get("args") or {}))

    def _reconfigure(self, request: Mapping[str, Any]) -> None:
        """Tries new options; if the plugin does not take them, nothing has changed."""
        plugin, old = self._plugin, self._plugin.options
        texts = (request.get("properties") or {}).get("options") or {}
        try:
            plugin.options = plugin.read_options(texts)
            plugin.handle_reconfigure(plugin.options)
        except Exception as error:
            plugin.options = old
            if not isinstance(error, Error):
                plugin.log.exception("handle_reconfigure failed", error)
                error = Error("internal", f"handle_reconfigure failed: {one_line(error)}")
            elif request.get("msg_type") == "cast":  # nobody else hears of it
                plugin.log.error(f"the new options are not taken: {error}")
            self._session.conversation.reply(request, _refusal(error))
            return
        self._session.settings.options = texts
        self._session.conversation.reply(request, {"status": "ok"})

    # ---- the end ----

    def _stop(self) -> None:
        """Events from before the stop are still handed over; who waits for a reply gets an
        error."""
        session = self._session
        session.finish_events()
        self._deliver(True, 1 << 30)
        stopping = Error("unavailable", f"plugin '{self._plugin.name}' stops")
        session.conversation.give_up_all(stopping)
        self._call_completed()
        self._guard("handle_stop", self._plugin.handle_stop)
        session.say_goodbye()


def _refusal(error: Error) -> dict[str, Any]:
    reply = {"status": "error", "code": error.code, "reason": error.reason}
    if error.hint:
        reply["hint"] = error.hint
    return reply


def run(plugin: Plugin[Any]) -> None:
    """Runs a plugin until it is stopped; SIGTERM, SIGINT and SIGHUP are taken over meanwhile, if
    this is the main thread. Raises what handle_init raises, or an Error: the daemon has been told
    the reason then, if it started us."""
    session: Session = plugin._session
    runtime = Runtime(plugin)
    try:
        runtime.run()
    except Exception as error:
        session.is_reported = session.report(runtime.stage + reason_of(error))
        raise
    finally:
        session.close()


def reason_of(error: BaseException) -> str:
    """Returns why a plugin cannot run, as one line with its hint."""
    if isinstance(error, Error):
        return " ".join(str(error).split())
    return one_line(error)

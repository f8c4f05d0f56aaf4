"""A class becomes a plugin with a process of its own.

Lifecycle. `python3 -m plughost` (or `use = python:MODULE.CLASS`) makes an instance, checks the
options, connects, says hello and subscribes; then it calls handle_init once. From when that has
returned the plugin is ready: events, timers, descriptors and methods call their functions as they
come. handle_stop runs once on every orderly stop (a command, the daemon's end, SIGTERM, SIGINT),
then the process ends with status 0. A plugin whose handle_init raises is reported to the daemon
with the reason, ends with status 1 and is tried again later; handle_stop runs only after a
handle_init that returned. From when it is ready the plugin shows that it is alive by heartbeats
from its own loop: a function that does not return within the option `watchdog` is taken for hung,
and the process is replaced. Announce what takes long with `busy`.

Errors. What handle_init raises ends the plugin. What any other function raises is written to the
daemon's log, with the traceback on standard error, and the plugin goes on.

Threads. All functions run on one thread, one at a time, and the methods below are for that thread
only, except `post`, by which another thread hands its results over.
"""

from __future__ import annotations

import select
from typing import (Any, Callable, ClassVar, Generic, Mapping, Optional, Sequence, TypeVar,
                    get_args, get_origin)

from . import _wire
from ._requests import Callback
from ._session import Session
from ._settings import Settings
from .error import Error
from .event import Event, Gap
from .log import Log
from .method import Deferred, MethodSpec, find_methods, make_method
from .option import parse_options, read_specs

OptionsT = TypeVar("OptionsT")

_RESERVED = ("time", "epoch", "seq", "publisher")


class Plugin(Generic[OptionsT]):
    """The base class of plugins: override what is needed.

    `class Limit(Plugin[Options])`, Options being a dataclass (see plughost.option), has its options
    checked, and finds them as `self.options`. Without, `self.options` is a map of text to text, and
    any name is taken.
    """

    #: Topic prefixes to receive; "" is everything. None receives everything if there is a
    #: handle_recv or handle_batch, nothing otherwise.
    topics: ClassVar[Optional[Sequence[str]]] = None
    #: The plugin's own version, and one line about it ("": the first one of the docstring).
    version: ClassVar[str] = ""
    summary: ClassVar[str] = ""
    #: The dataclass of the options; `Plugin[Options]` sets it.
    options_class: ClassVar[Optional[type]] = None
    #: handle_batch is called as soon as there are so many events, or `batch_age` seconds after the
    #: first of them came (0: with as many as are there).
    batch_max: ClassVar[int] = 100
    batch_age: ClassVar[float] = 0.0

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        for base in cls.__dict__.get("__orig_bases__", ()):
            origin = get_origin(base)
            arguments = get_args(base)
            if isinstance(origin, type) and issubclass(origin, Plugin) and arguments:
                if isinstance(arguments[0], type) and arguments[0] is not Any:
                    cls.options_class = arguments[0]
        if cls.options_class is not None:
            read_specs(cls.options_class)  # a mistake shows where the class is written

    def __init__(self, settings: Settings) -> None:
        #: NAME of the [plugin:NAME] section.
        self.name: str = settings.name
        #: The options in force.
        self.options: OptionsT = dict(settings.options)  # type: ignore[assignment]
        self._session = Session(self, settings)
        self._methods: dict[str, MethodSpec] = {spec.name: spec for spec in find_methods(self)}
        self._invocation: Optional[Deferred] = None
        self._is_deferred = False
        #: Writes lines to the daemon's log: `self.log.info("text", key=value)`.
        self.log = Log(self._session)

    # ---- to be overridden ----

    def handle_init(self) -> None:
        """Prepares the plugin. An exception ends it; an Error tells the reason best."""

    def handle_recv(self, event: Event) -> None:
        """Takes one event."""

    def handle_batch(self, events: Sequence[Event]) -> None:
        """Takes several events at once, in their order, in place of handle_recv."""

    def handle_gap(self, gap: Gap) -> None:
        """Learns that events were missed, before the next one is handed over; after a connection
        that broke, that they may have been."""

    def handle_stop(self) -> None:
        """Puts everything away."""

    def handle_reopen(self) -> None:
        """Opens files again after somebody moved them: `plughostctl reopen`, or SIGHUP."""

    def handle_reconfigure(self, options: OptionsT) -> None:
        """Takes new options into use; `self.options` holds them already. If it raises, the old
        ones stay in force and who wanted to change them gets the error. A plugin without it is
        restarted to change its options."""

    # ---- the daemon, and other plugins ----

    def call(self, command: str, properties: Optional[Mapping[str, Any]] = None, /, *,
             timeout: float = 5.0, **more: Any) -> dict[str, Any]:
        """Sends a command with its properties, given as a map, by keyword, or both, and waits up
        to `timeout` seconds for the reply. What comes meanwhile is kept for later. Raises Error:
        "timeout", "unavailable", or what the daemon refuses with."""
        values = {**(properties or {}), **more}
        if command == "invoke":
            self._refuse_self(str(values.get("plugin", "")))
        return self._session.call(command, values, timeout)

    def call_async(self, command: str, done: Callback,
                   properties: Optional[Mapping[str, Any]] = None, /, *, timeout: float = 5.0,
                   **more: Any) -> None:
        """The same without waiting: `done(reply, error)` is called once, after the function that
        runs now has returned, with the reply and None, or with None and the Error; "unavailable" if
        the plugin stops before. If this raises, it is not called."""
        self._session.conversation.request(command, {**(properties or {}), **more}, timeout, done)

    def cast(self, command: str, properties: Optional[Mapping[str, Any]] = None, /,
             **more: Any) -> None:
        """Sends a command and asks for no answer, not even for errors. Raises Error "busy" when
        the queue to the daemon is full."""
        self._session.conversation.cast(command, {**(properties or {}), **more})

    def invoke(self, plugin: str, method: str, args: Optional[Mapping[str, Any]] = None, /, *,
               timeout: float = 5.0, **more: Any) -> Any:
        """Has another plugin's method run, waits up to `timeout` seconds, and returns its result.
        Within a method of one's own, its trace id goes along. Raises Error: "not_found",
        "invalid", "timeout", "unavailable" or "busy" of the daemon, or what the method refused
        with."""
        self._refuse_self(plugin)
        properties = self._invocation_of(plugin, method, {**(args or {}), **more}, timeout)
        # The daemon knows more of a timeout than we do: its word is waited for.
        return self._session.call("invoke", properties, timeout + 1).get("result")

    def invoke_async(self, plugin: str, method: str,
                     done: Callable[[Any, Optional[Error]], None],
                     args: Optional[Mapping[str, Any]] = None, /, *, timeout: float = 5.0,
                     **more: Any) -> None:
        """The same without waiting: `done(result, error)` is called as for call_async."""
        def on_reply(reply: Optional[dict[str, Any]], error: Optional[Error]) -> None:
            done(None if reply is None else reply.get("result"), error)
        properties = self._invocation_of(plugin, method, {**(args or {}), **more}, timeout)
        self._session.conversation.request("invoke", properties, timeout + 1, on_reply)

    def _invocation_of(self, plugin: str, method: str, args: Mapping[str, Any],
                       timeout: float) -> dict[str, Any]:
        properties = {"plugin": plugin, "method": method, "args": dict(args), "timeout": timeout}
        if self.trace:
            properties["trace"] = self.trace
        return properties

    def _refuse_self(self, plugin: str) -> None:
        name = plugin[7:] if plugin.lower().startswith("plugin:") else plugin
        if name.lower() == self.name.lower():  # it would wait for its own answer
            raise Error("invalid", f"plugin '{name}' cannot invoke itself",
                        "call the function itself")

    def publish(self, topic: str, fields: Optional[Mapping[str, Any]] = None, /,
                **more: Any) -> None:
        """Publishes an event, with the fields as its body beside time, epoch, seq and publisher. A
        plugin may publish event.NAME and all below event.NAME. under its own NAME, and what the
        option `publish` of its section grants. Does not wait for the daemon: what that refuses it
        writes to its log. Raises Error "invalid" for a topic or fields that cannot be, "busy" when
        the queue to the daemon is full. To be certain, `call` the command "publish"."""
        values = {**(fields or {}), **more}
        check_fields(topic, values)
        self._session.conversation.cast("publish", {"topic": topic, "fields": values})

    # ---- events ----

    def subscribe(self, prefix: str, timeout: float = 5.0) -> None:
        """Asks for the events whose topic begins with `prefix` ("" for all) as well. When it
        returns it is in force: every later event comes. Raises Error "timeout" or
        "unavailable"."""
        self._session.subscriptions.subscribe(prefix, timeout)

    def unsubscribe(self, prefix: str, timeout: float = 5.0) -> None:
        """Asks for them no longer: none come but those that wait here already. Raises Error
        "not_found" for a prefix never asked for."""
        self._session.subscriptions.unsubscribe(prefix, timeout)

    # ---- methods ----

    def add_method(self, function: Callable[..., Any], name: Optional[str] = None,
                   summary: Optional[str] = None) -> None:
        """Offers one more method, or replaces the one of that name; the daemon hears of it at
        once. For those that are known beforehand use the decorator `plughost.method`."""
        spec = make_method(function, name, summary)
        self._methods[spec.name] = spec
        self._session.conversation.cast("plugin.method", spec.describe())

    def defer(self) -> Deferred:
        """Within a method: takes the answer over, to be given later from any callback. What the
        method returns does not count then. Raises RuntimeError outside of a method."""
        if self._invocation is None:
            raise RuntimeError("defer() is for methods: nobody waits for an answer now")
        self._is_deferred = True
        return self._invocation

    @property
    def trace(self) -> str:
        """The trace id of the invocation that runs, "" outside of a method."""
        return self._invocation.trace if self._invocation else ""

    # ---- time and descriptors ----

    def after(self, seconds: float, function: Callable[[], None]) -> int:
        """Calls `function` once, in so many seconds. Returns an id for `cancel`."""
        return self._session.timers.add(max(0.0, seconds), function, False)

    def every(self, seconds: float, function: Callable[[], None]) -> int:
        """Calls `function` every so many seconds, at least 0.001; what could not be done in time is
        done once and not made up for. Returns an id for `cancel`."""
        if seconds < 0.001:
            raise ValueError(f"a timer cannot fire every {seconds} s: 0.001 at least")
        return self._session.timers.add(seconds, function, True)

    def cancel(self, timer: int) -> None:
        """Ends a timer. Does nothing for one that is over."""
        self._session.timers.cancel(timer)

    def watch_fd(self, fd: int, function: Callable[[int, int], None],
                 events: int = select.POLLIN) -> None:
        """Calls `function(fd, events)` whenever `fd`, which is borrowed, is ready for one of
        `events` (POLLIN, POLLOUT of `select`, or both), until unwatch_fd, which must come before it
        is closed. A second call for the same descriptor replaces the first. Raises Error "invalid"
        for a descriptor that is not open."""
        if fd < 0 or not _is_open(fd):
            raise Error("invalid", f"descriptor {fd} cannot be watched: it is not open")
        self._session.watched[fd] = (events, function)

    def unwatch_fd(self, fd: int) -> None:
        """Ends watch_fd. Does nothing for a descriptor that is not watched."""
        self._session.watched.pop(fd, None)

    def busy(self, seconds: float) -> None:
        """The function that runs now may take the next `seconds`: the watchdog waits as long, and
        is as strict as before once it has returned. What waits for the daemon, such as call and
        subscribe, needs no such word: heartbeats go on meanwhile."""
        self._session.heartbeat.announce_busy(seconds)

    def post(self, function: Callable[[], None]) -> None:
        """Has `function` called on the plugin's thread. May be called from any thread."""
        self._session.posted.append(function)
        self._session.wake()

    # ---- metrics ----

    def counter(self, name: str, add: int = 1) -> None:
        """Adds to a counter, which goes on over restarts of the plugin. Names of metrics have
        letters, digits, '_', '-' and '.'; there are at most 200 of each type. Nothing is sent at
        once: they go along with the next heartbeat, and before the end. Raises Error "invalid"."""
        self._session.heartbeat.metrics.counter(name, add)
        self._session.heartbeat.note_metrics()

    def gauge(self, name: str, value: float) -> None:
        """Sets a gauge: the daemon keeps the last value. Raises Error "invalid"."""
        self._session.heartbeat.metrics.gauge(name, value)
        self._session.heartbeat.note_metrics()

    def histogram(self, name: str, value: float) -> None:
        """Adds a value to a histogram, of which the daemon tells count, sum, least, most and
        percentiles. Raises Error "invalid"."""
        self._session.heartbeat.metrics.histogram(name, value)
        self._session.heartbeat.note_metrics()

    # ---- for the library ----

    @classmethod
    def handles(cls, callback: str) -> bool:
        """Says whether a subclass overrides a callback, such as "handle_recv"."""
        return getattr(cls, callback) is not getattr(Plugin, callback)

    def describe(self) -> dict[str, Any]:
        """Returns what hello tells of the plugin."""
        from . import __version__
        doc = (type(self).__doc__ or "").strip().partition("\n")[0]
        hello: dict[str, Any] = {
            "sdk": f"python {__version__}", "version": self.version,
            "summary": self.summary or doc,
            "handles": [name for name in ("reopen", "reconfigure")
                        if self.handles(f"handle_{name}")],
            "methods": [spec.describe() for spec in self._methods.values()]}
        if self.options_class is not None:
            hello["options"] = [spec.describe() for spec in read_specs(self.options_class)]
        return hello

    def read_options(self, texts: Mapping[str, str]) -> Any:
        """Returns the options that texts make. Raises Error "invalid"."""
        return parse_options(self.options_class, texts) if self.options_class else dict(texts)


def check_fields(topic: str, fields: Mapping[str, Any]) -> None:
    """Raises Error "invalid" for an event that cannot be published."""
    _wire.check_topic(topic)
    for name in _RESERVED:
        if name in fields:
            raise Error("invalid", f"an event on '{topic}' cannot have the field '{name}': it is "
                                   "the daemon's")


def _is_open(fd: int) -> bool:
    poll = select.poll()
    poll.register(fd, 0)
    return not any(events & select.POLLNVAL for _, events in poll.poll(0))

"""A daemon by the letter of docs/protocol.md, as far as plugins and clients meet it, which tests
drive: they have it publish, lose events, send requests, break connections, and be started anew."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import threading
import time
import uuid
from typing import Any, Callable, Optional

import msgpack
import zmq

DEADLINE = 10.0

Reply = Optional[dict[str, Any]]
Handler = Callable[[dict[str, Any]], Reply]


class Peer:
    """What the daemon knows of one session."""

    def __init__(self, identity: bytes, number: int) -> None:
        self.identity = identity
        self.session = f"S{number}"
        self.prefixes: list[tuple[str, int, int]] = []  # prefix, after, until
        self.expected = 0

    def counts(self, topic: str, seq: int) -> bool:
        return any(topic.startswith(prefix) and after < seq <= until
                   for prefix, after, until in self.prefixes)


class FakeDaemon:
    """Runs in a thread of its own; all public functions are for the test's thread."""

    def __init__(self, heartbeat: float = 0.0) -> None:
        self.folder = tempfile.mkdtemp()
        self.endpoint = f"ipc://{self.folder}/endpoint.sock"
        self.pubsub = f"ipc://{self.folder}/pubsub.sock"
        self.heartbeat = heartbeat
        self.epoch = uuid.uuid4().hex
        self.seq = 0
        self.handlers: dict[str, Handler] = {}
        self.peers: dict[bytes, Peer] = {}
        self.requests: list[dict[str, Any]] = []  # all that came, replies too
        self.answers: dict[tuple[str, int], dict[str, Any]] = {}
        self.welcome: dict[str, Any] = {}  # more of it
        self._session_count = 0
        self._changed = threading.Condition()
        self._work: list[tuple[Callable[[], Any], list[Any], threading.Event]] = []
        self._wake_out, self._wake_in = socket.socketpair()
        self._is_ending = False
        self._context: Any = zmq.Context()
        self._bind()
        self._thread = threading.Thread(target=self._loop, daemon=True)
        self._thread.start()

    # ---- for tests ----

    def close(self) -> None:
        self._is_ending = True
        self._wake_in.send(b"x")
        self._thread.join(DEADLINE)
        self._context.term()
        self._wake_in.close()
        self._wake_out.close()
        shutil.rmtree(self.folder)

    def do(self, function: Callable[[], Any]) -> Any:
        """Runs a function on the daemon's thread and returns what it returns."""
        result: list[Any] = []
        done = threading.Event()
        self._work.append((function, result, done))
        self._wake_in.send(b"x")
        if not done.wait(DEADLINE):
            raise AssertionError("the fake daemon hangs")
        return result[0]

    def publish(self, topic: str, **fields: Any) -> int:
        """Publishes an event and returns its number."""
        return int(self.do(lambda: self._publish(topic, fields)))

    def lose(self, topic: str, count: int = 1) -> None:
        """Events take their numbers and are counted, but do not arrive."""
        self.do(lambda: [self._publish(topic, {}, is_lost=True) for _ in range(count)])

    def publish_raw(self, topic: str, **body: Any) -> None:
        """Publishes a message that takes no number."""
        self.do(lambda: self._send_event(topic, {"seq": self.seq, **body}))

    def mark(self) -> None:
        self.do(lambda: [self._mark(peer) for peer in self.peers.values()])

    def send(self, command: str, identity: Any = None, **properties: Any) -> None:
        """Sends a request to all plugins; without an `identity` it is a cast."""
        body: dict[str, Any] = {"command": command}
        if properties:
            body["properties"] = properties
        if identity is None:
            body["msg_type"] = "cast"
        else:
            body["id"] = identity
        self.do(lambda: [self._send(peer, body) for peer in list(self.peers)])

    def ask(self, command: str, identity: int, **properties: Any) -> dict[str, Any]:
        """Sends a request and returns the plugin's reply."""
        self.send(command, identity, **properties)
        return self.wait_for(lambda body: "status" in body and body.get("id") == identity)

    def invoke(self, identity: int, method: str, **args: Any) -> dict[str, Any]:
        return self.ask("invoke", identity, method=method, args=args, trace="T-1", timeout=5.0,
                        caller="plugin:other")

    def wait_for(self, is_wanted: Callable[[dict[str, Any]], bool], count: int = 1
                 ) -> dict[str, Any]:
        """Returns the `count`th body that came and is wanted."""
        deadline = time.monotonic() + DEADLINE
        with self._changed:
            while True:
                found = [body for body in self.requests if is_wanted(body)]
                if len(found) >= count:
                    return found[count - 1]
                if not self._changed.wait(deadline - time.monotonic()):
                    raise AssertionError(f"that did not come; what came: {self.requests}")

    def wait_command(self, command: str, count: int = 1) -> dict[str, Any]:
        """Returns the `count`th request of this command."""
        return self.wait_for(lambda body: body.get("command") == command, count)

    def commands(self) -> list[str]:
        return [body["command"] for body in self.requests if "command" in body]

    def restart(self) -> None:
        """Ends, and is started anew."""
        self.do(self._unbind)
        self.epoch, self.seq = uuid.uuid4().hex, 0
        self.answers.clear()
        self.do(self._bind)

    def unbind(self) -> None:
        """Ends as far as anybody sees."""
        self.do(self._unbind)

    # ---- the thread ----

    def _bind(self) -> None:
        self.peers.clear()
        self._router = self._context.socket(zmq.ROUTER)
        self._router.linger = 0
        self._router.bind(self.endpoint)
        self._xpub = self._context.socket(zmq.XPUB)
        self._xpub.linger = 0
        self._xpub.bind(self.pubsub)

    def _unbind(self) -> None:
        self._router.close()
        self._xpub.close()
        self._router = self._xpub = None

    def _loop(self) -> None:
        while not self._is_ending:
            items = [(self._wake_out.fileno(), zmq.POLLIN)]
            items += [(one, zmq.POLLIN) for one in (self._router, self._xpub) if one]
            for ready, _ in zmq.zmq_poll(items, -1):
                if ready is self._router:
                    self._on_frames(self._router.recv_multipart())
                elif ready is self._xpub:
                    self._on_subscription(self._xpub.recv())
                else:
                    self._wake_out.recv(100)
            while self._work:
                function, result, done = self._work.pop(0)
                result.append(function())
                done.set()
        if self._router:
            self._unbind()

    def _on_subscription(self, data: bytes) -> None:
        topic = data[1:].decode()
        if data[:1] == b"\1" and topic.startswith("plughost.sync."):
            self._send_event(topic, {"seq": self.seq})

    def _on_frames(self, frames: list[bytes]) -> None:
        identity, body = frames[0], msgpack.unpackb(frames[-1])
        with self._changed:
            self.requests.append(body)
            self._changed.notify_all()
        if "command" not in body:
            return
        reply = self._answer(identity, body)
        if reply is not None and body.get("msg_type") != "cast":
            self._send(identity, {"id": body.get("id"), "status": "ok", "time": time.time(),
                                  **reply})

    def _answer(self, identity: bytes, body: dict[str, Any]) -> Reply:
        asked = (body.get("client", ""), body.get("id", 0))
        if asked[0] and body.get("epoch", self.epoch) != self.epoch:
            return {"status": "error", "code": "unavailable", "reason": "the daemon was started "
                    "anew", "epoch": self.epoch}
        if asked[0] and asked in self.answers:
            return self.answers[asked]
        own: Optional[Handler] = self.handlers.get(body["command"])
        if own:
            reply = own(body)
        else:
            known = getattr(self, "_on_" + body["command"].replace(".", "_"), None)
            reply = known(identity, body.get("properties") or {}) if known else {
                "status": "error", "code": "unknown_command",
                "reason": f"unknown command '{body['command']}'"}
        if asked[0] and reply is not None:
            reply = {**reply, "epoch": self.epoch}
            self.answers[asked] = reply
        return reply

    def _on_plugin_hello(self, identity: bytes, properties: dict[str, Any]) -> Reply:
        self._session_count += 1
        peer = self.peers[identity] = Peer(identity, self._session_count)
        return {"protocol": 1, "pubsub_endpoint": self.pubsub, "epoch": self.epoch,
                "seq": self.seq, "session": peer.session, "heartbeat": self.heartbeat,
                **self.welcome}

    def _on_plugin_subscribe(self, identity: bytes, properties: dict[str, Any]) -> Reply:
        self.peers[identity].prefixes.append((properties["prefix"], self.seq, 1 << 60))
        return {"seq": self.seq}

    def _on_plugin_unsubscribe(self, identity: bytes, properties: dict[str, Any]) -> Reply:
        peer = self.peers[identity]
        peer.prefixes = [(prefix, after, self.seq if prefix == properties["prefix"] else until)
                         for prefix, after, until in peer.prefixes]
        return {"seq": self.seq}

    def _on_plugin_heartbeat(self, identity: bytes, properties: dict[str, Any]) -> Reply:
        self._mark(self.peers[identity])
        return None

    def _nothing(self, identity: bytes, properties: dict[str, Any]) -> Reply:
        return {}

    _on_plugin_ready = _on_plugin_failed = _on_plugin_method = _on_plugin_metrics = _nothing
    _on_plugin_log = _on_publish = _nothing

    def _on_ping(self, identity: bytes, properties: dict[str, Any]) -> Reply:
        return {"pid": os.getpid(), "epoch": self.epoch}

    def _on_version(self, identity: bytes, properties: dict[str, Any]) -> Reply:
        return {"version": "0.1.0", "protocol": 1, "endpoint": self.endpoint,
                "pubsub_endpoint": self.pubsub, "pid": os.getpid()}

    def _on_status(self, identity: bytes, properties: dict[str, Any]) -> Reply:
        return {"statuses": {"web": "active"}, "watchers": [], "epoch": self.epoch,
                "seq": self.seq}

    def _publish(self, topic: str, fields: dict[str, Any], is_lost: bool = False) -> int:
        self.seq += 1
        for peer in self.peers.values():
            peer.expected += peer.counts(topic, self.seq)
        if not is_lost:
            self._send_event(topic, {"seq": self.seq, **fields})
        return self.seq

    def _mark(self, peer: Peer) -> None:
        self._send_event(f"plughost.mark.{peer.session}",
                         {"seq": self.seq, "expected": peer.expected})

    def _send_event(self, topic: str, body: dict[str, Any]) -> None:
        whole = {"time": time.time(), "epoch": self.epoch, **body}
        self._xpub.send_multipart([topic.encode(), msgpack.packb(whole)])

    def _send(self, identity: bytes, body: dict[str, Any]) -> None:
        self._router.send_multipart([identity, msgpack.packb(body)])


class Relay:
    """Stands between a client and the daemon's endpoint, and cuts connections."""

    def __init__(self, daemon: FakeDaemon) -> None:
        self._path = daemon.endpoint.removeprefix("ipc://")
        self._listening = socket.socket(socket.AF_UNIX)
        path = f"{daemon.folder}/relay.sock"
        self._listening.bind(path)
        self._listening.listen()
        self.endpoint = f"ipc://{path}"
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near = self._listening.accept()[0]
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            far.connect(self._path)
            with self._lock:
                self._open += [near, far]
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=_copy, args=(source, target), daemon=True).start()

    def cut(self) -> None:
        """Breaks all connections; new ones are taken."""
        with self._lock:
            broken, self._open = self._open, []
        for one in broken:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it ended by itself

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.cut()


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # cut
    source.close()

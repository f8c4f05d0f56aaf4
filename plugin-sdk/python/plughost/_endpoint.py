"""Where the daemon is, and whether anybody listens there."""

from __future__ import annotations

import errno
import os
import socket
from typing import Optional

from .error import Error

_PROBE_SECONDS = 1.0


def default_endpoint() -> str:
    """Returns $PLUGHOST_ENDPOINT, else the endpoint in the default run directory."""
    named = os.environ.get("PLUGHOST_ENDPOINT")
    if named:
        return named
    if os.geteuid() == 0:
        run_dir = "/run/plughost"
    elif os.environ.get("XDG_RUNTIME_DIR"):
        run_dir = os.environ["XDG_RUNTIME_DIR"] + "/plughost"
    else:
        run_dir = f"/tmp/plughost-{os.geteuid()}"
    return f"ipc://{run_dir}/endpoint.sock"


def _refusal(endpoint: str, error: OSError) -> Error:
    text = error.strerror or str(error)
    if error.errno in (errno.EACCES, errno.EPERM):
        return Error("denied", f"may not open {endpoint}: {text}",
                     "use the account that plughostd runs under, or sudo")
    return Error("unavailable", f"no plughostd at {endpoint}: {text}",
                 "start it with 'plughostd FILE', or name its endpoint with --endpoint or "
                 "PLUGHOST_ENDPOINT")


def _connect_ipc(path: str) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(_PROBE_SECONDS)
        probe.connect(path)


def _connect_tcp(endpoint: str, address: str) -> None:
    host, colon, port = address.rpartition(":")
    if not colon or not host or not port.isdecimal():
        raise Error("invalid", f"endpoint '{endpoint}' is not tcp://HOST:PORT")
    socket.create_connection((host.strip("[]"), int(port)), _PROBE_SECONDS).close()


def probe(endpoint: str) -> Optional[Error]:
    """Returns None if somebody listens at an endpoint, else why not: "unavailable", "denied" or
    "invalid". Takes at most one second, and what it takes to look up a host name."""
    kind, _, address = endpoint.partition("://")
    try:
        if kind == "ipc" and address:
            _connect_ipc(address)
        elif kind == "tcp":
            _connect_tcp(endpoint, address)
        else:
            return Error("invalid", f"endpoint '{endpoint}' is none",
                         "ipc://PATH or tcp://HOST:PORT")
    except Error as error:
        return error
    except BlockingIOError:
        return None  # a full backlog is alive
    except OSError as error:
        return _refusal(endpoint, error)
    return None

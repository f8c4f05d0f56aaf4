"""Faults of the daemon that are made on purpose: each must be found, or the checker is worth nothing."""
import subprocess

from clients import Client, Codec


def stowaway(soak):
    """A child of the daemon that it does not know: one that has left its parent, and its mark."""
    away = "echo > \"$1\"; exec \"$0\" run"
    script = (f"(env -i setsid sh -c '{away}' \"$0\" \"$1\" >/dev/null 2>&1 &)\n"
              "while ! [ -e \"$1\" ]; do sleep 0.01; done")  # until it is away: its parent's group is killed
    client = soak.clients.own[0]
    client.do("add", name="added9", cmd="sh", args=["-c", script, soak.daemon.paths["child"], soak.daemon.folder + "/away"],
              options={"respawn": False}, start=True)
    soak.rounds.until_none(lambda: [name for name, status in client.do("status", name="added9")["statuses"].items()
                                    if status != "stopped"])
    client.do("rm", name="added9", waiting=True)


def blind(soak):
    """The first process is kept from the checker, as if the daemon had lost it."""
    def hide(view):
        for watcher in view:
            if watcher["processes"]:
                return [{**each, "processes": each["processes"][1:]} if each is watcher else each for each in view]
        return view

    soak.rounds.hidden = hide


def invent(soak):
    """A process of the checker's own is said to be the daemon's."""
    stranger = subprocess.Popen(["sleep", "1000"])

    def show(view):
        process = {"wid": 99, "pid": stranger.pid, "state": "running", "attempt": 0}
        return [{**view[0], "processes": [*view[0]["processes"], process]}, *view[1:]]

    soak.rounds.hidden = show


def connection(soak):
    """Each round leaves a connection open."""
    end = soak.rounds.end
    kept = []

    def leave_open(**fields):
        kept.append(Client(soak.daemon.endpoint, Codec("msgpack"), False, 10))
        kept[-1].call("ping")
        end(**fields)

    soak.rounds.end = leave_open


KINDS = {"stowaway": stowaway, "blind": blind, "invent": invent, "connection": connection}

"""Compares what the daemon says with what the kernel says, and with what was asked for. Pure: both views come from
outside, and what comes back is a list of sentences, one for each difference."""
import collections
import dataclasses
import re

TAG = re.compile(r"soak:([^:]+):(\d+):v(\d+)")
PASSING = {"spawning", "starting", "stopping", "backoff"}  # states of processes that do not last


@dataclasses.dataclass
class Expected:
    """What must be true of one watcher."""
    is_plugin: bool = False
    kids: int = 0  # descendants of each process that are children of the daemon, at most
    status: str = None  # None: any that lasts
    count: int = None  # processes; None: as many as the daemon says
    version: int = None  # in the tag; None: any
    variable: str = None  # the value of SOAK; None: any


def processes(view):
    """Returns (watcher, process) for all that the daemon knows a pid of."""
    return [(watcher, process) for watcher in view for process in watcher["processes"] if "pid" in process]


def states(view):
    """What must not change while the kernel is looked at."""
    return [(watcher["name"], watcher["status"], process["state"], process.get("pid"))
            for watcher in view for process in watcher["processes"]]


def compare_names(view, expected):
    counted = collections.Counter(watcher["name"] for watcher in view)
    found = [f"watcher {name} is listed {count} times" for name, count in counted.items() if count > 1]
    found += [f"nobody has asked for watcher {name}" for name in counted.keys() - expected.keys()]
    return found + [f"watcher {name} is missing" for name in expected.keys() - counted.keys()]


def compare_states(view, expected):
    """What the daemon says must agree with itself, and with what was asked for."""
    found = []
    for watcher in view:
        name, status = watcher["name"], watcher["status"]
        wanted = expected.get(name, Expected())
        states = [process["state"] for process in watcher["processes"]]
        found += [f"{name}: a process is {state}" for state in states if state in PASSING]
        if status in ("starting", "stopping", "backoff") or status != (wanted.status or status):
            found.append(f"{name} is {status}" + (f" instead of {wanted.status}" if wanted.status else ""))
        running = states.count("running")
        if running != watcher["running"]:
            found.append(f"{name}: {running} of its processes run, but 'running' is {watcher['running']}")
        if status == "active" and running != watcher["numprocesses"]:
            found.append(f"{name}: {running} processes run, there shall be {watcher['numprocesses']}")
        if status == "stopped" and running:
            found.append(f"{name} is stopped, and {running} processes run")
        if wanted.count is not None and running != wanted.count:
            found.append(f"{name}: {running} processes run, {wanted.count} were asked for")
        wids = [process["wid"] for process in watcher["processes"]]
        found += [f"{name}: number {wid} is used twice" for wid in set(wids) if wids.count(wid) > 1]
    return found


def compare_process(watcher, process, seen, wanted):
    """One process that both know: is it the one that the daemon says it is?"""
    name, pid, found = watcher["name"], process["pid"], []
    if seen.state == "Z":
        return [f"{name}: process {pid} is a zombie"]
    if seen.watcher != name:
        found.append(f"{name}: process {seen} has the environment of '{seen.watcher}'")
    if wanted.is_plugin:
        if name.partition(":")[2] not in seen.words:
            found.append(f"{name}: process {seen} runs another plugin")
        return found
    tags = [TAG.fullmatch(word) for word in seen.words]
    tag = next((tag for tag in tags if tag), None)
    if not tag or tag[1] != name or int(tag[2]) != process["wid"]:
        found.append(f"{name}: the command line of number {process['wid']} is that of {seen}")
    elif wanted.version is not None and int(tag[3]) != wanted.version:
        found.append(f"{name}: process {seen} was started with another version than {wanted.version}")
    if wanted.variable is not None and seen.variable != wanted.variable:
        found.append(f"{name}: process {pid} has SOAK={seen.variable}, {wanted.variable} was set")
    return found


def compare_known(view, snapshot, expected):
    """All that the daemon knows must be its children."""
    found = []
    counted = collections.Counter(process["pid"] for _, process in processes(view))
    found += [f"process {pid} is listed {count} times" for pid, count in counted.items() if count > 1]
    for watcher, process in processes(view):
        seen = snapshot.children.get(process["pid"])
        if seen:
            found += compare_process(watcher, process, seen, expected.get(watcher["name"], Expected()))
        else:
            found.append(f"{watcher['name']}: process {process['pid']} is no child of the daemon")
    return found


def compare_unknown(view, snapshot, expected, released=()):
    """All others must have been started by one that runs, which their mark tells, and be no more than is allowed; or
    have been released by `rm` with `nostop`."""
    found, kids = [], collections.Counter()
    known = {process["pid"]: watcher["name"] for watcher, process in processes(view)}
    owners = {snapshot.processes[pid].mark: name for pid, name in known.items() if pid in snapshot.processes}
    for pid, process in snapshot.processes.items():
        if pid in known or (pid in released and process.state != "Z"):
            continue
        owner = owners.get(process.mark) if process.mark else None
        if process.state == "Z" and process.parent == snapshot.daemon:
            found.append(f"a zombie that the daemon does not know: {process}")
        elif owner is None:
            found.append(f"a process that the daemon does not know: {process}, child of {process.parent}")
        elif process.parent == snapshot.daemon:
            kids[owner] += 1
    for name, count in kids.items():
        most = expected.get(name, Expected()).kids * list(known.values()).count(name)
        if count > most:
            found.append(f"{name} has left {count} processes to the daemon, at most {most} are its own")
    return found


def compare(view, snapshot, expected, released=()):
    """Returns all differences: `view` is what `status` has as `watchers`, `expected` maps names to Expected."""
    return (compare_names(view, expected) + compare_states(view, expected)
            + compare_known(view, snapshot, expected) + compare_unknown(view, snapshot, expected, released))


# ---- descriptors, threads, memory ----

def compare_descriptors(now, before, files):
    """`now` and `before` count descriptors by kind. A file of a stream may be open or not, any other kind is as before."""
    return [f"{now[kind]} descriptors of {kind}, there were {before[kind]}"
            for kind in sorted(now.keys() | before.keys()) if now[kind] != before[kind] and kind not in files]


def compare_pidfds(now, before, count):
    """Each child has one pidfd."""
    kind = "anon_inode:[pidfd]"
    return [] if now[kind] == before[kind] + count else [
        f"{now[kind]} descriptors of {kind} with {count} children, there were {before[kind]} with none"]


def compare_threads(now, before):
    return [] if now == before else [f"{now} threads, there were {before}"]

"""What the kernel says of processes: /proc, read as it is, and nothing of the daemon's."""
import collections
import dataclasses
import os
import re


@dataclasses.dataclass
class Process:
    """One process, as it was when it was looked at."""
    pid: int
    parent: int
    state: str
    words: list = dataclasses.field(default_factory=list)
    endpoint: str = ""  # PLUGHOST_ENDPOINT: which daemon it descends from
    watcher: str = ""  # PLUGHOST_WATCHER
    mark: str = ""  # PLUGHOST_PROCESS: which process of the daemon it is, or was started by
    variable: str = ""  # SOAK, which the checker sets

    def __str__(self):
        return f"{self.pid} ({' '.join(self.words) or 'no command line'}; {self.watcher or 'no mark'})"


@dataclasses.dataclass
class Snapshot:
    """All processes that have to do with one daemon."""
    daemon: int
    processes: dict  # pid: Process

    @property
    def children(self):
        return {pid: process for pid, process in self.processes.items() if process.parent == self.daemon}


def read(path):
    """Returns the bytes of a file, none if it or its process is gone."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def look_at(pid):
    """Returns a Process, or None if there is none of that number."""
    behind = read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
    if len(behind) < 2:
        return None
    words = [word.decode(errors="replace") for word in read(f"/proc/{pid}/cmdline").split(b"\0")]
    found = Process(int(pid), int(behind[1]), behind[0].decode(), words[:-1])
    variables = dict(entry.decode(errors="replace").partition("=")[::2]
                     for entry in read(f"/proc/{pid}/environ").split(b"\0"))
    found.endpoint = variables.get("PLUGHOST_ENDPOINT", "")
    found.watcher = variables.get("PLUGHOST_WATCHER", "")
    found.mark = variables.get("PLUGHOST_PROCESS", "")
    found.variable = variables.get("SOAK", "")
    return found


def snapshot(daemon, endpoint):
    """Returns all children of a daemon and all that names its endpoint in its environment, whoever is its parent."""
    found = {}
    for name in os.listdir("/proc"):
        process = look_at(name) if name.isdecimal() and int(name) != daemon else None
        if process and (process.parent == daemon or process.endpoint == endpoint):
            found[process.pid] = process
    return Snapshot(daemon, found)


def children_of(pid):
    """Returns the pids of its children, in the order of their birth as far as numbers tell."""
    found = b" ".join(read(f"/proc/{pid}/task/{task}/children") for task in os.listdir(f"/proc/{pid}/task"))
    return sorted(int(word) for word in found.split())


def anonymous_kb(pid):
    """Returns the memory that it has for itself, without files: RssAnon."""
    match = re.search(rb"^RssAnon:\s+(\d+) kB$", read(f"/proc/{pid}/status"), re.MULTILINE)
    return int(match[1]) if match else 0


def threads(pid):
    return len(os.listdir(f"/proc/{pid}/task"))


def descriptors(pid):
    """Returns how many descriptors it has of each kind: `socket`, `pipe`, `anon_inode:[pidfd]`, or the path of a file."""
    kinds = collections.Counter()
    for fd in os.listdir(f"/proc/{pid}/fd"):
        try:
            target = os.readlink(f"/proc/{pid}/fd/{fd}")
        except OSError:
            continue  # closed meanwhile
        kinds[re.sub(r"^(socket|pipe):\[\d+\]$", r"\1", target)] += 1
    return kinds

"""The end of a round: it brings about a state that is known, waits until it is there, and compares."""
import os
import signal
import time

import checker
import kernel
import watchers
from clients import Wrong
from daemon import kill

LOOK_MS = 20  # between two looks, while something is still under way


class Rounds:
    """Ends the rounds of one run. The first that ends with everything stopped is what later ones are compared with."""

    def __init__(self, daemon, clients, doer, memory, patience):
        self.daemon = daemon
        self.clients = clients
        self.doer = doer
        self.memory = memory
        self.patience = patience
        self.client = clients.own[0]
        self.threads = None
        self.descriptors = None
        self.released = set()  # pids that `rm` with `nostop` has left to themselves
        self.compared = 0  # processes that agreed
        self.hidden = lambda view: view  # what a self-test keeps from the checker

    def view(self):
        return self.hidden(self.client.do("status")["watchers"])

    def end(self, state, version, each, variable, changed):
        """Ends a round: `state` is one of actions.ENDS."""
        self.doer.let_go()
        self.clients.finish()
        self.daemon.check_alive()
        self.calm()
        expected = {"up": self.bring_up, "down": self.bring_down, "as it is": self.leave}[state](
            version, each, variable, changed)
        self.settle(expected)
        if state == "down":
            self.check_resources()
        self.check_log()

    def calm(self):
        """Stops what does not come to rest by itself. One that another command is about is asked again."""
        names = {watcher["name"] for watcher in self.view()}
        self.insist("stop", [name for name in watchers.RESTLESS if name in names])

    def insist(self, command, names):
        """Has a command done; what was begun before may get in between, but not for ever."""
        if not names:
            return
        until = time.monotonic() + self.patience
        while (answer := self.client.call(command, name=names, waiting=True))["status"] != "ok":
            if answer["code"] != "conflict" or time.monotonic() > until:
                raise Wrong(f"{command} {names} was refused: {answer['reason']}")
            self.clients.wait(LOOK_MS)

    # ---- what is brought about ----

    def leave(self, *_):
        """All lasts as it came: only what both views say must agree."""
        return {watcher["name"]: self.expect(watcher["name"]) for watcher in self.view()}

    @staticmethod
    def expect(name, **fields):
        watcher = watchers.BY_NAME.get(name, watchers.Watcher(name, ""))
        return checker.Expected(is_plugin=watcher.is_plugin, kids=watcher.kids, **fields)

    def reread(self, version):
        """Has a good file read, without what commands have saved or added."""
        configuration = watchers.Configuration(version, self.daemon.paths)
        overlay = configuration.write() + ".overlay"
        if os.path.exists(overlay):
            os.unlink(overlay)
        for watcher in self.view():
            if watcher["name"] in watchers.ADDABLE:
                self.client.do("rm", name=watcher["name"], waiting=True)
        self.insist_reload()
        return configuration

    def insist_reload(self):
        """A start that is under way may fail for its own reasons; the file must be in use all the same."""
        answer = self.client.call("reloadconfig", waiting=True)
        if answer["status"] != "ok" and answer["code"] != "conflict":
            raise Wrong(f"reloadconfig was refused: {answer['code']}: {answer['reason']}")
        self.calm()

    def bring_up(self, version, each, variable, changed):
        """Everything that is steady runs, as often as is said, with the words of that version of the file."""
        configuration = self.reread(version)
        steady = [name for name in configuration.names if name in watchers.STEADY]
        for name in steady:
            if not watchers.BY_NAME[name].is_plugin:
                self.client.do("set", name=name, options={"numprocesses": self.count(name, each)})
            elif self.client.do("numprocesses", name=name)["numprocesses"] == 0:
                self.client.do("incr", name=name)
        self.client.do("set", name=changed, options={"env": {"SOAK": variable}})
        self.insist("start", steady)
        self.calm()  # what some of them want was started along
        self.release()
        expected = {name: self.expect(name, status="stopped", count=0) for name in configuration.names}
        for name in steady:
            expected[name] = self.expect(
                name, status="active", count=self.count(name, each),
                version=configuration.tag_version(name), variable=variable if name == changed else None)
        return expected

    @staticmethod
    def count(name, each):
        watcher = watchers.BY_NAME[name]
        return 1 if watcher.is_plugin or watcher.is_single else each

    def release(self):
        """Has a watcher forgotten whose process runs on, until the next time that all is brought down."""
        self.client.do("add", name="released", cmd=self.daemon.paths["child"], args="run", start=True, waiting=True)
        self.released |= set(self.client.do("list", name="released")["pids"])
        self.client.do("rm", name="released", nostop=True)

    def bring_down(self, version, *_):
        """Nothing runs any more."""
        configuration = self.reread(version)
        self.insist("stop", list(configuration.names))
        for pid in self.released:
            kill(pid, signal.SIGKILL)
        self.released.clear()
        return {name: self.expect(name, status="stopped", count=0) for name in configuration.names}

    # ---- comparing ----

    def differences(self, expected):
        """The kernel is looked at between two equal answers of the daemon: it may have gone on meanwhile."""
        before = self.client.do("status")
        snapshot = kernel.snapshot(self.daemon.pid, self.daemon.endpoint)
        after = self.client.do("status")
        view = self.hidden(after["watchers"])
        found = checker.compare(view, snapshot, expected, self.released)
        if self.descriptors:
            count = len(checker.processes(view)) + len(self.released & snapshot.children.keys())
            found += checker.compare_pidfds(kernel.descriptors(self.daemon.pid), self.descriptors, count)
        if checker.states(before["watchers"]) != checker.states(after["watchers"]) and not found:
            found = ["processes come and go"]
        self.compared += 0 if found else len(checker.processes(view))
        return found

    def settle(self, expected):
        self.until_none(lambda: self.differences(expected))

    def until_none(self, look):
        """Looks until there is no difference, or time is over."""
        until = time.monotonic() + self.patience
        while found := look():
            self.daemon.check_alive()
            if time.monotonic() > until:
                raise Wrong(f"after {self.patience:.0f} s:\n    " + "\n    ".join(found[:20]))
            self.clients.wait(LOOK_MS)

    def resource_differences(self):
        pid = self.daemon.pid
        files = {path for path in kernel.descriptors(pid) if path.startswith(self.daemon.folder + "/")
                 and ".log" in path and os.path.exists(path)}
        return (checker.compare_descriptors(kernel.descriptors(pid), self.descriptors, files)
                + checker.compare_threads(kernel.threads(pid), self.threads))

    def check_resources(self):
        """With nothing running, descriptors and threads are those of the first such round, and memory has its bound."""
        if self.descriptors is None:
            self.threads, self.descriptors = kernel.threads(self.daemon.pid), kernel.descriptors(self.daemon.pid)
        self.until_none(self.resource_differences)
        difference = self.memory.add(kernel.anonymous_kb(self.daemon.pid))
        if difference:
            raise Wrong(difference)

    def check_log(self):
        """An error in the log must be about something that is broken on purpose: a watcher, or a file."""
        broken = [f" {watcher.name}: " for watcher in watchers.WATCHERS if watcher.has_errors]
        broken += ["/soak.ini", "/nowhere"]
        strange = [line for line in self.daemon.errors() if not any(text in line for text in broken)]
        if strange:
            raise Wrong("errors in the log that nobody caused:\n    " + "\n    ".join(strange[:20]))

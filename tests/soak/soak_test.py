#!/usr/bin/python3
"""The checker must find each kind of difference, and nothing where there is none; a seed must decide what is done."""
import collections
import copy
import unittest

import actions
import checker
import memory
import watchers
from kernel import Process, Snapshot

DAEMON = 100


def process(pid, name, wid, **fields):
    return Process(**{"pid": pid, "parent": DAEMON, "state": "S", "words": ["child", "run", f"soak:{name}:{wid}:v3"],
                      "endpoint": "ipc://x", "watcher": name, "mark": f"e.{pid}", **fields})


def listed(pid, wid, state="running"):
    return {"wid": wid, "pid": pid, "state": state, "attempt": 0}


class Checker(unittest.TestCase):
    """Each test starts from two views that agree, and changes one."""

    def setUp(self):
        self.view = [
            {"name": "web", "status": "active", "numprocesses": 2, "running": 2,
             "processes": [listed(201, 1), listed(202, 2)]},
            {"name": "off", "status": "stopped", "numprocesses": 1, "running": 0, "processes": []},
            {"name": "plugin:p", "status": "active", "numprocesses": 1, "running": 1, "processes": [listed(203, 1)]},
        ]
        plugin = process(203, "plugin:p", 1, words=["plughost-plugin", "p"])
        kid = process(301, "web", 1, mark="e.201", words=["child", "run", "kid"])
        grandchild = process(302, "web", 1, mark="e.202", parent=202)
        seen = [process(201, "web", 1), process(202, "web", 2), plugin, kid, grandchild]
        self.snapshot = Snapshot(DAEMON, {each.pid: each for each in seen})
        self.expected = {"web": checker.Expected(kids=1, status="active", count=2, version=3), "off": checker.Expected(),
                         "plugin:p": checker.Expected(is_plugin=True)}

    def differences(self, released=()):
        return checker.compare(self.view, self.snapshot, self.expected, released)

    def assert_found(self, pattern):
        self.assertRegex("\n".join(self.differences()), pattern)

    def add(self, pid, *words, **fields):
        self.snapshot.processes[pid] = process(pid, *words, **fields)

    def test_views_that_agree_have_no_difference(self):
        self.assertEqual(self.differences(), [])

    def test_a_child_that_the_daemon_does_not_know_is_found(self):
        for mark in ("", "e.999"):
            self.add(400, "web", 1, mark=mark)
            self.assert_found("a process that the daemon does not know: 400")

    def test_an_orphan_elsewhere_is_found(self):
        self.add(400, "gone", 1, parent=1)
        self.assert_found("a process that the daemon does not know: 400 .*; gone.*, child of 1")

    def test_what_was_released_is_no_difference(self):
        self.add(400, "gone", 1)
        self.assertEqual(self.differences({400}), [])

    def test_a_process_that_is_no_child_is_found(self):
        del self.snapshot.processes[202]
        self.assert_found("web: process 202 is no child of the daemon")
        self.add(202, "web", 2, parent=1)
        self.assert_found("web: process 202 is no child of the daemon")

    def test_zombies_are_found(self):
        self.snapshot.processes[201].state = "Z"
        self.assert_found("web: process 201 is a zombie")
        self.add(400, "web", 1, state="Z")
        self.assert_found("a zombie that the daemon does not know: 400")

    def test_too_many_kids_are_found(self):
        self.add(400, "web", 1, mark="e.201")
        self.assertEqual(self.differences(), [])  # two processes, one each
        self.add(401, "web", 1, mark="e.201")
        self.assert_found("web has left 3 processes to the daemon, at most 2")

    def test_a_wrong_number_is_found(self):
        self.view[0]["processes"].pop()
        self.assert_found("web: 1 of its processes run, but 'running' is 2")
        self.view[0]["running"] = 1
        self.assert_found("web: 1 processes run, there shall be 2")
        self.view[0]["numprocesses"] = 1
        self.assert_found("web: 1 processes run, 2 were asked for")

    def test_a_wrong_status_is_found(self):
        self.view[0]["status"] = "stopped"
        self.assert_found("web is stopped instead of active")
        self.assert_found("web is stopped, and 2 processes run")

    def test_what_passes_is_waited_for(self):
        for state in checker.PASSING:
            self.view[0]["processes"][0]["state"] = state
            self.assert_found(f"web: a process is {state}")

    def test_another_command_line_is_found(self):
        for words in (["sleep"], ["soak:web:2:v3"], ["soak:other:1:v3"]):
            self.snapshot.processes[201].words = words
            self.assert_found("web: the command line of number 1")
        self.snapshot.processes[201].words = ["soak:web:1:v2"]
        self.assert_found("web: process 201 .* was started with another version than 3")
        self.snapshot.processes[203].words = ["plughost-plugin", "q"]
        self.assert_found("plugin:p: process 203 .* runs another plugin")

    def test_another_environment_is_found(self):
        self.snapshot.processes[201].watcher = "other"
        self.assert_found("web: process 201 .* has the environment of 'other'")
        self.expected["web"].variable = "7"
        self.assert_found("web: process 202 has SOAK=, 7 was set")

    def test_watchers_that_are_missing_double_or_unasked_are_found(self):
        self.view.append(copy.deepcopy(self.view[1]))
        self.assert_found("watcher off is listed 2 times")
        self.view[1]["name"] = self.view[3]["name"] = "new"
        self.assert_found("nobody has asked for watcher new")
        self.assert_found("watcher off is missing")

    def test_a_process_that_is_listed_twice_is_found(self):
        self.view[0]["processes"][1] = listed(201, 1)
        self.assert_found("process 201 is listed 2 times")
        self.assert_found("web: number 1 is used twice")


class Resources(unittest.TestCase):
    def test_descriptors_that_are_left_are_found(self):
        before = collections.Counter(pipe=2, socket=3)
        now = before + collections.Counter(["socket", "/x/a.log"])
        self.assertEqual(checker.compare_descriptors(now, before, {"/x/a.log"}), ["4 descriptors of socket, there were 3"])
        self.assertEqual(checker.compare_descriptors(before - collections.Counter(["pipe"]), before, ()),
                         ["1 descriptors of pipe, there were 2"])

    def test_each_child_has_one_pidfd(self):
        now = collections.Counter({"anon_inode:[pidfd]": 3})
        self.assertEqual(checker.compare_pidfds(now, collections.Counter(), 3), [])
        self.assertEqual(len(checker.compare_pidfds(now, collections.Counter(), 2)), 1)

    def test_a_thread_more_is_found(self):
        self.assertEqual(checker.compare_threads(4, 4), [])
        self.assertEqual(checker.compare_threads(5, 4), ["5 threads, there were 4"])

    @staticmethod
    def look(samples, is_bounded=True):
        looks = memory.Memory(is_bounded)
        return [found for found in map(looks.add, samples) if found]

    def test_memory_that_grows_is_found(self):
        self.assertRegex(self.look(range(5000, 20000, 500))[0], "kB of memory are used with nothing running")
        self.assertEqual(self.look(range(5000, 20000, 500), is_bounded=False), [])

    def test_memory_that_settles_or_has_a_peak_is_no_leak(self):
        self.assertEqual(self.look([2000, 5000, *[8000, 8300, 8100] * 20]), [])
        self.assertEqual(self.look([8000] * 10 + [30000] + [8000] * 10), [])


class Actions(unittest.TestCase):
    def test_a_seed_decides_what_is_done(self):
        for number in (0, 7):
            self.assertEqual(actions.draw_round("1", number, 100), actions.draw_round("1", number, 100))
        self.assertNotEqual(actions.draw_round("1", 0, 100), actions.draw_round("2", 0, 100))
        self.assertNotEqual(actions.draw_round("1", 0, 100)[0], actions.draw_round("1", 1, 100)[0])

    def test_all_that_can_be_done_is_done(self):
        drawn = [action for number in range(20) for action in actions.draw_round("1", number, 200)[0]]
        self.assertEqual({action.kind for action in drawn}, set(actions.KINDS))
        self.assertEqual({action.label for action in drawn if action.kind == "ask"}, set(actions.COMMANDS))

    def test_a_version_decides_the_file(self):
        paths = {"child": "/c", "folder": "/f", "modules": "/m"}
        texts = [watchers.Configuration(version, paths).text() for version in (4, 4, 5)]
        self.assertEqual(texts[0], texts[1])
        self.assertNotEqual(texts[0], texts[2])


if __name__ == "__main__":
    unittest.main()

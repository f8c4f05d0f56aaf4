#!/usr/bin/python3
"""Runs plughostd for a while among commands, crashes, floods and clients that misbehave, and compares what it says with
what the kernel says.

    tests/soak/soak.py [--rounds N] [--size N] [MINUTES] [SEED]

The seed decides all actions and their order, and is printed. What it does not decide is time: how far the daemon is
with one action when the next comes, in which order processes die, and so the answers and the pids."""
import argparse
import collections
import os
import secrets
import signal
import sys
import time

import actions
from clients import Client, Clients, Codec, Wrong
from daemon import Daemon
from doing import Doer
from memory import Memory
from rounds import Rounds
import sabotage
import watchers

HERE = os.path.dirname(os.path.abspath(__file__))
PATIENCE_S = 30  # for any answer and for all to settle
SANITIZED = 4  # times as patient with a daemon that is so much slower
SHOWN = 40  # actions before a failure


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("minutes", nargs="?", type=float, default=10, metavar="MINUTES", help="how long; 10 if left out")
    parser.add_argument("seed", nargs="?", default=None, metavar="SEED", help="what decides the actions; drawn if left out")
    parser.add_argument("--rounds", type=int, help="end after so many rounds, however long they take")
    parser.add_argument("--size", type=int, default=150, help="actions in a round; 150 if left out")
    parser.add_argument("--patience", type=float, help="seconds for an answer, and for all to settle")
    parser.add_argument("--build", default=os.path.join(HERE, "../../build"), help="the build to run")
    parser.add_argument("--list", action="store_true", help="print the actions of the first rounds, and do nothing")
    parser.add_argument("--sabotage", choices=sorted(sabotage.KINDS), help="do something that must be found")
    found = parser.parse_args()
    found.seed = found.seed or str(secrets.randbelow(10 ** 8))
    found.build = os.path.abspath(found.build)
    return found


class Soak:
    """One run."""

    def __init__(self, options):
        self.options = options
        self.counts = collections.Counter()
        self.history = collections.deque(maxlen=SHOWN)
        self.number = 0
        self.daemon = Daemon(options.build)
        self.clients = self.doer = self.rounds = None

    def start(self):
        slow = self.daemon.is_sanitized()
        patience = self.options.patience or PATIENCE_S * (SANITIZED if slow else 1)
        self.daemon.start(watchers.Configuration(0, self.daemon.paths).write())
        self.clients = Clients(self.daemon, actions.CLIENTS, patience)
        self.clients.own[0].do("ping")
        self.daemon.check_alive()
        self.doer = Doer(self.daemon, self.clients)
        self.memory = Memory(is_bounded=not slow)
        self.rounds = Rounds(self.daemon, self.clients, self.doer, self.memory, patience)
        if self.options.sabotage:
            sabotage.KINDS[self.options.sabotage](self)

    def note(self, action, index):
        self.history.append(f"{self.number}.{index} {action}")
        self.counts[action.label] += 1

    def round(self):
        drawn, end = actions.draw_round(self.options.seed, self.number, self.options.size)
        for index, action in enumerate(drawn):
            self.note(action, index)
            self.doer.do(action)
        self.note(end, len(drawn))
        self.rounds.end(**end.fields)
        self.number += 1

    def run(self):
        until = time.monotonic() + self.options.minutes * 60
        while (self.number < self.options.rounds) if self.options.rounds else time.monotonic() < until:
            self.round()

    def end(self):
        """Ends the daemon by a command or by a signal, as the number of rounds has it, with everything running."""
        client = self.clients.own[0]
        client.call("start")
        if self.number % 2:
            client.do("quit", waiting=True)
        else:
            self.daemon.process.send_signal(signal.SIGTERM)
        self.daemon.wait(self.rounds.patience)
        self.rounds.check_log()
        if left := self.daemon.left():
            raise Wrong("\n    ".join(left))

    def stop(self):
        """Leaves nothing behind, whatever has happened."""
        if self.doer:
            self.doer.let_go()
        if self.clients:
            self.clients.close()
        self.daemon.clean_up()

    # ---- what it prints ----

    def summary(self):
        counted = ", ".join(f"{label} {count}" for label, count in self.counts.most_common())
        print(f"{self.number} rounds, {self.counts.total()} actions: {counted}")
        print(f"{self.rounds.compared} processes were compared with the kernel's view; {self.memory}", flush=True)

    def statuses(self):
        """Asks once more, by a new connection."""
        client = Client(self.daemon.endpoint, Codec("msgpack"), False, 2)
        try:
            return ["{name}: {status}, {running} of {numprocesses}: {reason}".format(**{"reason": "-", **watcher})
                    for watcher in client.do("status")["watchers"]]
        except Wrong as wrong:
            return [str(wrong)]
        finally:
            client.close()

    def report(self, wrong):
        words = [f"{self.options.minutes:g}", self.options.seed]
        print(f"\nsoak: round {self.number}: {wrong}\n\nthe last actions:")
        print("\n".join(f"    {line}" for line in self.history))
        if self.rounds:
            print(f"\n{self.memory}")
        print("\nwhat the daemon says:")
        print("\n".join(f"    {line}" for line in self.statuses()))
        print("\nthe last lines of the log, and what the daemon wrote beside it:")
        self.daemon.take_log()
        print("\n".join(f"    {line}" for line in [*self.daemon.lines, *self.daemon.reports()]))
        print(f"\nagain: ./bootstrap.sh soak {' '.join(words)}", flush=True)


def main():
    options = arguments()
    if options.list:
        for number in range(options.rounds or 1):
            drawn, end = actions.draw_round(options.seed, number, options.size)
            print("\n".join(f"{number}.{index} {action}" for index, action in enumerate([*drawn, end])))
        return 0
    soak = Soak(options)
    try:
        print(f"soak: seed {options.seed}", flush=True)
        soak.start()
        soak.run()
        soak.end()
        soak.summary()
    except Wrong as wrong:
        soak.report(wrong)
        return 1
    except KeyboardInterrupt:
        print("soak: interrupted", flush=True)
        return 130
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # who is impatient must not leave processes behind
        soak.stop()
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())

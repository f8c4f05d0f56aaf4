"""What a soak does, drawn from a seed and from nothing else: the same seed gives the same actions in the same order."""
import dataclasses
import random
import signal

import watchers

CLIENTS = 6


@dataclasses.dataclass(frozen=True)
class Action:
    kind: str  # which function of doing.py does it
    client: int = 0
    fields: dict = dataclasses.field(default_factory=dict)

    @property
    def label(self):
        """Under which word it is counted."""
        return self.fields["command"] if self.kind == "ask" else self.kind

    def __str__(self):
        words = [self.kind] + [f"{key}={value!r}" for key, value in self.fields.items()]
        return f"client {self.client}: {' '.join(words)}"


# ---- arguments ----

def any_name(dice):
    """The name of a watcher, now and then in other letters, or of nobody."""
    name = dice.choice(watchers.NAMES + watchers.ADDABLE)
    fate = dice.random()
    if fate < 0.03:
        return dice.choice(("nobody", "", "x" * 300, "with blank", "plugin:"))
    return name.upper() if fate < 0.06 else name


def names(dice):
    return any_name(dice) if dice.random() < 0.7 else [any_name(dice) for _ in range(dice.randint(0, 4))]


def order(dice):
    """Properties of start, stop and restart: seldom all of them, sometimes a pattern."""
    properties = {"name": names(dice)}
    if dice.random() < 0.1:
        properties = {"name": dice.choice(("st*", "extra?", "plugin:*", "[abc]*", "(")), "match":
                      dice.choice(("glob", "regex", "simple"))}
    return patient(dice, properties)


def patient(dice, properties, share=0.3):
    return {**properties, "waiting": True} if dice.random() < share else properties


def number(dice):
    return patient(dice, {"name": any_name(dice), "nb": dice.choice((1, 1, 1, 2, 0))})


def reload(dice):
    properties = {"name": names(dice), "sequential": dice.random() < 0.3}
    return patient(dice, {**properties, "graceful": False} if dice.random() < 0.1 else properties)


def send_signal(dice):
    properties = {"name": any_name(dice), "signum": dice.choice(("CONT", "HUP", "TERM", "kill", 10, "USR2", "SIGNOT"))}
    return {**properties, **dice.choice(({}, {}, {"children": True}, {"recursive": True}, {"pid": 1}))}


def kill(dice):
    properties = {"name": any_name(dice)}
    if dice.random() < 0.4:
        properties["signum"] = dice.choice(("INT", "KILL", "QUIT"))
    if dice.random() < 0.4:
        properties["graceful_timeout"] = dice.choice((0, 0.05, 0.3))
    return patient(dice, properties)


def options(dice):
    """Options for `set`: none of them changes what is run, so that the tags stay as the file has them."""
    return dict(dice.sample((
        ("numprocesses", dice.randint(0, 3)), ("graceful_timeout", dice.choice((0.3, 1, "2"))),
        ("env", {"OTHER": str(dice.randint(1, 3))}), ("max_age", dice.choice((0, 0, 3))),
        ("stats", dice.choice((0, 0.5))), ("nice", dice.choice((1, None))), ("stop_signal", dice.choice(("INT", "TERM"))),
        ("stdout_stream.class", dice.choice(("NullStream", None))), ("warmup_delay", dice.choice((0, 0.02))),
        ("restart_delay", -1), ("nonsense", 1), ("level", dice.choice((2, 5, 7, 77, "x")))), dice.randint(1, 2)))


def change(dice):
    properties = patient(dice, {"name": any_name(dice), "options": options(dice)})
    if properties["name"].lower().startswith("plugin:"):  # what it does not know would keep it from its next start
        properties |= {"name": dice.choice(("workshop", "annex")), "options": {"level": dice.choice((2, 5, 7))}}
    return {**properties, "save": True} if dice.random() < 0.05 else properties


def add(dice):
    name = dice.choice(watchers.ADDABLE)
    properties = {"name": name, "cmd": "{child}", "args": ["run", f"soak:{name}:$(circus.wid):v0"],
                  "options": dice.choice(({}, {"numprocesses": 2}, {"singleton": True}, {"requires": "base"},
                                          {"graceful_timeout": "0.3"}, {"nonsense": 1}, {"numprocesses": -1}))}
    return patient(dice, {**properties, "start": True} if dice.random() < 0.8 else properties)


def remove(dice):
    name = dice.choice(watchers.ADDABLE) if dice.random() < 0.8 else any_name(dice)
    return patient(dice, {"name": name})


def invoke(dice):
    method, args = dice.choice((
        ("add", {"a": dice.randint(-5, 5), "b": 2}), ("add", {"a": "x"}), ("refuse", {}), ("fail", {}), ("tell", {}),
        ("defer", {}), ("keep", {}), ("call_later", {"command": "status"}), ("measure", {}), ("add_method", {}),
        ("forward", {"plugin": "guard", "method": "allow"}), ("forward", {"plugin": "annex", "method": "keep"}),
        ("publish", {"topic": "event.workshop.x"}), ("subscribe", {"prefix": "event."}), ("lose", {"count": 2}),
        ("unsubscribe", {"prefix": "event."}), ("write_pipe", {}), ("allow", {}), ("hang", {}), ("nothing", {})))
    return {"plugin": dice.choice(("workshop", "annex", "guard", "talker", "hangs", "nobody")), "method": method,
            "args": args, "timeout": dice.choice((0.05, 0.5, 2))}


def publish(dice):
    event = {"topic": f"event.soak.{dice.randint(0, 9)}", "fields": {"n": dice.randint(0, 1 << 60), "t": "x" * 100}}
    if dice.random() < 0.2:
        return {"events": [event] * dice.randint(0, 300)}
    return {**event, "topic": "watcher.steady0.stop"} if dice.random() < 0.1 else event


def look(dice):
    return {"name": any_name(dice)}


def nothing(_):
    return {}


# Command: its weight among commands, and what draws its properties.
COMMANDS = {
    "start": (12, order), "stop": (8, order), "restart": (6, order), "reload": (8, reload), "reset": (2, look),
    "incr": (8, number), "decr": (8, number), "kill": (6, kill), "signal": (6, send_signal), "set": (8, change),
    "add": (8, add), "rm": (6, remove), "invoke": (14, invoke), "publish": (6, publish), "status": (4, nothing),
    "list": (2, look), "why": (3, look), "stats": (2, lambda dice: {**look(dice), "extended": True}), "dstats": (1, nothing),
    "logs": (3, lambda dice: {"name": names(dice), "lines": dice.choice((1, 100, 10000, -1))}),
    "get": (2, lambda dice: {"name": any_name(dice), "keys": ["cmd", "numprocesses", "nonsense"][:dice.randint(1, 3)]}),
    "options": (2, look), "globaloptions": (1, nothing), "config": (1, lambda dice: {"action": "show"}),
    "numprocesses": (1, look), "numwatchers": (1, nothing), "describe": (2, look), "methods": (1, nothing),
    "metrics": (1, nothing), "listsockets": (1, nothing), "reopen": (2, nothing), "help": (1, nothing),
    "version": (1, nothing), "ping": (1, nothing), "plan": (1, nothing),
    "apply": (1, lambda dice: {"plan": "0123456789abcdef"}),
}


def command(dice):
    name = dice.choices(list(COMMANDS), [weight for weight, _ in COMMANDS.values()])[0]
    fields = {"command": name, "properties": COMMANDS[name][1](dice)}
    if dice.random() < 0.03:
        fields["properties"] = {"name": [1], "waiting": "yes"}
    if dice.random() < 0.1:
        fields["cast"] = True
    return fields


# ---- what is no command ----

def reread(dice):
    """A changed file, which is good or bad, and one way to have it read."""
    return {"version": dice.randint(0, 200), "mistake": dice.choice((None, None, *range(len(watchers.MISTAKES)))),
            "how": dice.choice(("reloadconfig", "reloadconfig", "apply", "leave")), "waiting": dice.random() < 0.5}


def crash(dice):
    return {"name": dice.choice(watchers.NAMES), "which": dice.randint(0, 3),
            "number": int(dice.choices((signal.SIGKILL, signal.SIGABRT, signal.SIGTERM, signal.SIGSTOP), (8, 2, 2, 1))[0])}


def massacre(dice):
    """Kills many children at once, or all that descends from them: by where they stand among the daemon's children."""
    return {"share": dice.choice((0.1, 0.5, 1)), "seed": dice.randint(0, 1 << 30)}


def garbage(dice):
    return {"target": dice.choice(("endpoint", "pubsub", "circus")), "stays": dice.random() < 0.3,
            "handshake": dice.random() < 0.5, "size": dice.choice((0, 1, 9, 64, 5000, 200000)),
            "seed": dice.randint(0, 1 << 30)}


def circus(dice):
    name, properties = dice.choice((
        ("list", {}), ("status", {"name": any_name(dice)}), ("stats", {}), ("numprocesses", {}), ("dstats", {}),
        ("incr", number(dice)), ("decr", number(dice)), ("start", order(dice)), ("stop", order(dice)),
        ("options", {"name": any_name(dice)}), ("reload", {"name": any_name(dice)}), ("listsockets", {}), ("listen", {}),
        ("signal", {"name": any_name(dice), "signum": 10}), ("rm", {"name": dice.choice(watchers.ADDABLE)})))
    return {"command": name, "properties": properties}


def vanish(dice):
    """Asks, and is gone before the answer comes, or never reads any."""
    asked = command(dice)
    # So many incr are as many processes, which a small machine needs minutes for.
    most = 5 if asked["command"] in ("incr", "decr", "start", "restart", "reload", "kill") else 3000
    return {"command": asked, "count": dice.choice((1, 1, 5, most)), "stays": dice.random() < 0.5,
            "encoding": dice.choice(("msgpack", "json"))}


def subscriber(dice):
    return {"prefixes": dice.sample(("", "watcher.", "log.", "log.flooder", "event.", "plughost.sync.x", "x" * 5000), 2),
            "target": dice.choice(("pubsub", "pubsub", "circus_events")), "reads": dice.random() < 0.3}


# Kind: its weight, and what draws its fields.
KINDS = {
    "ask": (100, command),
    "again": (4, command),  # the same request twice, as after a connection that broke
    "circus": (6, circus),
    "malformed": (3, lambda dice: {"seed": dice.randint(0, 1 << 30), "size": dice.choice((0, 1, 30, 3000))}),
    "reread": (5, reread),
    "crash": (14, crash),
    "massacre": (1, massacre),
    "poke": (2, lambda dice: {"number": int(dice.choice((signal.SIGUSR1, signal.SIGHUP, signal.SIGCONT)))}),
    "knock": (3, lambda dice: {"socket": dice.choice(("web", "door")), "reads": dice.random() < 0.5}),
    "burst": (3, lambda dice: {"count": dice.choice((100, 1000)), "command": dice.choice(("ping", "status", "logs"))}),
    "oversize": (1, lambda dice: {"size": (1 << 20) + dice.randint(1, 1 << 20)}),
    "garbage": (4, garbage),
    "vanish": (4, vanish),
    "subscribe": (3, subscriber),
    "by_hand": (3, lambda dice: {"name": dice.choice(("hand", "workshop", "other")), "invoke": dice.random() < 0.5,
                                 "stays": dice.random() < 0.5}),
    "wait": (12, lambda dice: {"milliseconds": dice.choice((1, 5, 20, 100))}),
}


def draw(dice):
    kind = dice.choices(list(KINDS), [weight for weight, _ in KINDS.values()])[0]
    return Action(kind, dice.randrange(CLIENTS), KINDS[kind][1](dice))


# How a round ends: what is brought about before the state is compared.
ENDS = ("up", "as it is", "up", "down")


def draw_round(seed, number, count):
    """Returns the actions of a round, and how it ends. Rounds do not depend on each other."""
    dice = random.Random(f"{seed}/{number}")
    actions = [draw(dice) for _ in range(count)]
    end = Action("end", 0, {"state": ENDS[number % len(ENDS)], "version": dice.randint(0, 200),
                            "each": dice.randint(1, 3), "variable": str(dice.randint(0, 1 << 30)),
                            "changed": dice.choice(watchers.STEADY[:3])})
    return actions, end

"""The watchers and plugins of a soak, and the configuration that names them: good, changed and bad ones."""
import dataclasses
import os
import random

EXTRAS = 4  # watchers that only some versions of the file have
ADDED = 5  # names that are free for `add`


@dataclasses.dataclass(frozen=True)
class Watcher:
    """One section. Every process of it has a tag among its words: soak:NAME:WID:vVERSION."""
    name: str
    cmd: str  # {child} is test-child, {folder} that of the run, {tag} the tag
    options: tuple = ()
    is_steady: bool = True  # it runs until somebody ends it; the others are stopped before a check
    is_single: bool = False
    has_errors: bool = False  # the log may have errors about it that nobody caused
    kids: int = 0  # descendants of each process that are children of the daemon, at most

    @property
    def is_plugin(self):
        return self.name.startswith("plugin:")


def restless(name, cmd, *options, **fields):
    return Watcher(name, cmd, options, is_steady=False, **fields)


FILE = "stdout_stream.filename = {folder}/%s.log"
NOWHERE = "stdout_stream.class = NullStream"

WATCHERS = (
    Watcher("steady0", "{child} run {tag}"),
    Watcher("steady1", "{child} run {tag}", (NOWHERE, "stop_children = yes")),
    Watcher("Steady2", "{child} run {tag}", ("stats = 0.2", "priority = 3")),
    Watcher("single", "{child} run {tag}", ("singleton = yes",), is_single=True),
    Watcher("tardy", "{child} run {tag}", ("startsecs = 0.05", "warmup_delay = 0.02")),
    Watcher("aging", "{child} run {tag}", ("max_age = 2", "max_age_variance = 1")),
    Watcher("stubborn", "sh -c 'trap \"\" TERM; exec {child} run \"$0\"' {tag}", ("graceful_timeout = 0.2",)),
    Watcher("family", "{child} ignore-term {folder}/family {tag}", ("stop_children = yes", "graceful_timeout = 0.2")),
    Watcher("forker", "sh -c '(setsid {child} run kid &); exec {child} run \"$0\"' {tag}", kids=1),
    Watcher("writer", "sh -c '{child} lines 300 line 0; exec {child} run \"$0\"' {tag}",
            (FILE % "writer", "stdout_stream.max_bytes = 4K", "stdout_stream.backup_count = 2")),
    Watcher("hup", "sh -c 'trap : HUP; while :; do sleep 1; done' {tag}", ("send_hup = yes",)),
    Watcher("says", "sh -c 'echo >&3; exec 3>&-; exec {child} run \"$0\"' {tag}", ("notify_fd = 3",)),
    Watcher("served", "{child} serve $(circus.sockets.web) served {tag}"),
    Watcher("base", "{child} run {tag}"),
    Watcher("middle", "{child} run {tag}", ("requires = base",)),
    Watcher("top", "{child} run {tag}", ("requires = middle", "wants = missing")),
    Watcher("hooked", "{child} run {tag}",
            ("hooks.before_start = true", "hooks.before_spawn = true", "hooks.after_spawn = false",
             "hooks.before_stop = true", "hooks.after_stop = true", "hooks.after_reap = true"), has_errors=True),
    Watcher("patient", "{child} run {tag}",
            ("hooks.before_spawn = sleep 100, ignore", "hooks.before_signal = false, ignore",
             "hook_timeout = 0.1"), has_errors=True),
    Watcher("guarded", "{child} run {tag}",
            ("hooks.after_spawn = plugin:guard allow", "hooks.before_stop = plugin:guard refuse, ignore",
             "hooks.after_stop = plugin:guard hang", "hook_timeout = 0.2"), has_errors=True),
    restless("demand", "{child} serve $(circus.sockets.door) demand {tag}", "on_demand = yes"),
    restless("crasher", "sh -c 'sleep 0.05; exit 3' {tag}"),
    restless("segv", "{child} crash 11 {tag}", "rlimit_core = 0", "env = ASAN_OPTIONS=handle_segv=0"),
    restless("failer", "{child} exit 4 {tag}", "restart_delay = 0.01", "max_restarts = 3", "failed_retry = 0.5",
             has_errors=True),
    restless("leaver", "sh -c '{child} run kid & setsid {child} run kid & sleep 0.05; exit 1' {tag}"),
    restless("closer", "sh -c '(setsid {child} run kid >/dev/null 2>&1 &); exit 0' {tag}"),
    restless("flooder", "sh -c 'yes one line of a flood | head -c 1000000' {tag}", FILE % "flooder",
             "stdout_stream.max_bytes = 64K", "stdout_stream.backup_count = 1", "stdout_stream.time_format = %H:%M"),
    restless("spill", "sh -c 'head -c 200000 /dev/zero; yes | head -c 300000 >&2' {tag}", NOWHERE,
             "stderr_stream.class = NullStream"),
    restless("unready", "{child} run {tag}", "notify_fd = 3", "startup_timeout = 0.1", has_errors=True),
    restless("missing", "/nowhere/program {tag}", "max_restarts = 2", "failed_retry = 1", has_errors=True),
    restless("homeless", "{child} run {tag}", "working_dir = /nowhere/folder", has_errors=True),
    restless("once", "{child} lines 50 once 0 {tag}", "respawn = no"),
    Watcher("plugin:workshop", "workshop", ("needed = word", "watchdog = 20")),
    Watcher("plugin:annex", "workshop", ("needed = word", "publish = event.workshop.")),
    Watcher("plugin:guard", "guard"),
    Watcher("plugin:talker", "talker", ("lines = 30",)),
    restless("plugin:crashes", "crashes", "rlimit_core = 0", has_errors=True),
    restless("plugin:fails", "fails_init", "reason = it is to fail", has_errors=True),
    restless("plugin:hangs", "hangs", "startup_timeout = 0.2", "graceful_timeout = 0.1", has_errors=True),
) + tuple(Watcher(f"extra{i}", "{child} run {tag}") for i in range(EXTRAS))

BY_NAME = {watcher.name: watcher for watcher in WATCHERS}
NAMES = tuple(BY_NAME)
STEADY = tuple(watcher.name for watcher in WATCHERS if watcher.is_steady)
RESTLESS = tuple(watcher.name for watcher in WATCHERS if not watcher.is_steady)
PLUGINS = tuple(watcher.name for watcher in WATCHERS if watcher.is_plugin)
ADDABLE = tuple(f"added{i}" for i in range(ADDED))

HEAD = """[plughost]
run_dir = {folder}/run
plugin_path = {modules}
event_queue = 1000
[circus]
circus_compat = yes
endpoint = ipc://{folder}/circus.sock
pubsub_endpoint = ipc://{folder}/circus_events.sock
[socket:web]
path = {folder}/web.sock
[socket:door]
path = {folder}/door.sock
"""

# What stands behind a good file to make a bad one of it.
MISTAKES = (
    "[watcher:wrong]\nnumprocesses = 1\n",
    "[watcher:wrong]\ncmd = true\nnumproceses = 1\n",
    "[watcher:wrong]\ncmd = true\nrequires = nobody\n",
    "[watcher:a]\ncmd = true\nafter = b\n[watcher:b]\ncmd = true\nafter = a\n",
    "[watcher:wrong]\ncmd = true\nstdout_stream.filename = /nowhere/folder/file\n",
    "[watcher:wrong]\ncmd = 'true\n",
    "[watcher:wrong\ncmd = true\n",
    "no section at all\x01\x02\n",
    "[plughost]\ninclude = nowhere.ini\n",
    "[socket:wrong]\npath = /nowhere/folder/socket\n",
    "\x00\xff",
)


class Configuration:
    """The file of one version: which watchers it has, and how many processes of each, is decided by its number."""

    def __init__(self, version, paths):
        self.version = version
        self.paths = paths  # child, folder, modules
        self.names = self._pick(random.Random(version))

    def _pick(self, dice):
        if self.version % 29 == 28:
            return STEADY[:3]  # nearly everything is gone, and comes back
        missing = {f"extra{i}" for i in range(EXTRAS) if dice.random() < 0.5}
        return tuple(name for name in NAMES if name not in missing)

    def tag_version(self, name):
        """The number in the tags of a watcher: only some of the watchers change with each version."""
        return self.version // (1 + NAMES.index(name) % 4 * 3)

    def command(self, watcher):
        tag = f"soak:{watcher.name}:$(circus.wid):v{self.tag_version(watcher.name)}"
        return watcher.cmd.format(tag=tag, **self.paths)

    def section(self, watcher):
        key = "use" if watcher.is_plugin else "cmd"
        name = watcher.name if watcher.is_plugin else "watcher:" + watcher.name
        lines = [f"[{name}]", f"{key} = {self.command(watcher)}"]
        options = {"restart_delay_max": "0.2", "max_restarts": "0", "graceful_timeout": 1 + self.version % 3}
        if not watcher.is_plugin and not watcher.is_single:
            options["numprocesses"] = 1 + (self.version + len(watcher.name)) % 3
        options |= dict(option.format(**self.paths).split(" = ", 1) for option in watcher.options)
        return "\n".join(lines + [f"{key} = {value}" for key, value in options.items()]) + "\n"

    def text(self):
        return HEAD.format(**self.paths) + "".join(self.section(BY_NAME[name]) for name in self.names)

    def write(self, mistake=None):
        """Puts the file in its place at once, with one of the mistakes if `mistake` is its number."""
        path = os.path.join(self.paths["folder"], "soak.ini")
        with open(path + ".new", "w", encoding="latin-1") as file:
            file.write(self.text() + (MISTAKES[mistake] if mistake is not None else ""))
        os.rename(path + ".new", path)
        return path

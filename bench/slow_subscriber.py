"""20,000 events a second to three plugins, one of which stands still: what the others notice, what it learns.

The pause is so long that more is published meanwhile than waits for one plugin: event_queue in the daemon, 100,000 in
the plugin's own socket, and what the kernel takes. Beside it stands a run in which none stands still.
"""

from events import publish, results
from harness import Daemon, plugin

RATE = 20_000
EVENT_QUEUE = 20_000
OTHERS = ["one", "other"]


def measure(options, seconds, pause_s):
    """Returns what each plugin tells, by name, and what `status` counts as missed."""
    count = RATE * seconds
    sections = f"event_queue = {EVENT_QUEUE}\n"
    sections += "".join(plugin(options, name, "counter", f"delays = yes\nexpected = {count}\n") for name in OTHERS)
    sections += plugin(options, "slow", "counter",
                       f"pause_ms = {pause_s * 1000}\npause_at = {RATE // 2}\nwatchdog = {pause_s + 10}\n")
    names = OTHERS + ["slow"]
    with Daemon(options, sections) as daemon:
        daemon.done("start", waiting=True)
        publish(options, daemon, count, 1, RATE)
        found = dict(zip(names, results(daemon, names, count)))
        status = daemon.call("status", name="slow")
        counted = sum(process.get("missed", 0) for process in status["watchers"][0]["processes"])
    return found, counted


def worst_ms(found):
    return [found[name]["worst_ns"] / 1e6 for name in OTHERS]


def run(options, report):
    seconds, pause_s = (9, 7) if options.quick else (12, 9)
    count = RATE * seconds
    calm, _ = measure(options, seconds, 0)
    found, counted = measure(options, seconds, pause_s)
    slow = found["slow"]
    report.show(f"worst delay of the others while one of three stands still for {pause_s} s", worst_ms(found),
                worst_ms(calm), "ms", "none stands still")
    report.note(f"the slow one got {slow['received']} of {count}, was told of {slow['missed']} in {slow['gaps']} gaps; "
                f"status counts {counted} missed")
    if any(one[name]["received"] != count or one[name]["disorder"] for one in (calm, found) for name in OTHERS):
        report.fault("the others lost events, or got them out of order")
    if not slow["received"] + slow["missed"] == count or not 0 < slow["missed"] == counted:
        report.fault("what the slow one got and was told of is not what was published")

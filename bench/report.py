"""What the benchmarks found: shown line by line as it comes, and kept for a file.

A figure is a list of rounds of plughost beside the same rounds of its limit, the least that the machine allows; what
counts is their ratio. Where the limit is nothing at all, as for what an idle daemon does, the figure is shown as it is.
"""

import dataclasses
import datetime
import json
import os
import platform
import statistics
import subprocess


def spread(values, unit):
    return f"{statistics.median(values):.3g} {unit} ({min(values):.3g} to {max(values):.3g})"


@dataclasses.dataclass
class Target:
    """What a figure should be: of its ratio, or of its own value."""

    number: float
    is_most: bool = True
    is_of_ratio: bool = True
    is_of_worst: bool = False
    unit: str = ""

    def value(self, ours, found):
        """Returns what it is about: of the ratios, or of the rounds of plughost."""
        values = found if self.is_of_ratio else ours
        return max(values) if self.is_of_worst else statistics.median(values)

    def is_met(self, ours, found):
        value = self.value(ours, found)
        return value <= self.number if self.is_most else value >= self.number

    def text(self):
        unit = "" if self.is_of_ratio else f" {self.unit}"
        worst = ", the worst" if self.is_of_worst else ""
        return f"at {'most' if self.is_most else 'least'} {self.number:g}{unit}{worst}"


def at_most(number):
    return Target(number)


def at_least(number):
    return Target(number, is_most=False)


def itself_at_most(number, unit):
    return Target(number, is_of_ratio=False, unit=unit)


def worst_at_most(number, unit):
    return Target(number, is_of_ratio=False, is_of_worst=True, unit=unit)


def ratios(ours, limit):
    """Returns the ratio of each round; of the medians where the two sides have not the same rounds."""
    if not any(limit):
        return []
    if len(ours) == len(limit) and all(limit):
        return [a / b for a, b in zip(ours, limit)]
    return [statistics.median(ours) / statistics.median(limit)]


class Report:
    def __init__(self):
        self.benchmark = ""
        self.figures = []
        self.faults = []

    def begin(self, benchmark, summary):
        self.benchmark = benchmark
        print(f"\n{benchmark}: {summary}", flush=True)

    def show(self, what, ours, limit, unit, limit_name, target=None, spoiled=0):
        """Shows and keeps a figure: rounds of plughost, and the same rounds of its limit. `spoiled` rounds of ours are
        not among them, since something was lost there: then the target is missed, whatever the others say."""
        found = ratios(ours, limit)
        line = f"  {what}: {spread(ours, unit)}; {limit_name}: {spread(limit, unit)}"
        if found:
            line += f"; ratio {statistics.median(found):.2f} ({min(found):.2f} to {max(found):.2f})"
        figure = {"benchmark": self.benchmark, "what": what, "unit": unit, "ours": ours, "limit": limit,
                  "limit_name": limit_name, "ratios": found}
        if spoiled:
            figure["spoiled"] = spoiled
            line += f"; {spoiled} rounds with losses are not counted"
        if target:
            figure |= {"target": target.text(), "is_met": not spoiled and target.is_met(ours, found)}
            line += f"; target {target.text()}: {'met' if figure['is_met'] else 'MISSED'}"
        self.figures.append(figure)
        print(line, flush=True)

    def note(self, text):
        print(f"  {text}", flush=True)

    def fault(self, text):
        """Tells that a result was wrong, so that its time means nothing."""
        self.faults.append(f"{self.benchmark}: {text}")
        self.note(f"WRONG: {text}")

    def write(self, path, options):
        """Puts what each benchmark found into a file, which keeps what others have found."""
        try:
            with open(path, encoding="utf-8") as file:
                found = json.load(file)
        except FileNotFoundError:
            found = {}
        for name in dict.fromkeys(figure["benchmark"] for figure in self.figures):
            found[name] = surroundings(options) | {
                "figures": [figure for figure in self.figures if figure["benchmark"] == name],
                "faults": [fault for fault in self.faults if fault.startswith(f"{name}: ")]}
        with open(path, "w", encoding="utf-8") as file:
            json.dump(found, file, indent=1)
            file.write("\n")


# ---- where and when ----

def first_value(path, key):
    """Returns what stands behind `key :` in a file of /proc."""
    with open(path, encoding="utf-8") as file:
        return next((line.split(":", 1)[1].strip() for line in file if line.startswith(key)), "unknown")


def commit():
    """Returns the commit that is measured, with a + if something was changed since; "unknown" without git."""
    here = os.path.dirname(os.path.abspath(__file__))
    words = ["git", "-C", here, "describe", "--always", "--dirty=+", "--exclude=*"]
    try:
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def surroundings(options):
    return {"date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
            "commit": commit(),
            "processor": first_value("/proc/cpuinfo", "model name"),
            "cores": os.cpu_count(),
            "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
            "kernel": platform.release(),
            "load_before": options.load_before,
            "quick": options.quick,
            "shielded": options.shield}

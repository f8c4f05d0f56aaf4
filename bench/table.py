#!/usr/bin/python3
"""Writes a file of figures, made by bench.py --json, as the tables of docs/performance.md.

Usage: bench/table.py FIGURES.json DOCUMENT.md, which replaces what stands between the two marks there.
"""

import json
import re
import statistics
import sys

BEGIN, END = "<!-- figures: made by bench/table.py -->", "<!-- end of figures -->"
HEAD = ["| | plughost | limit | ratio | target |", "| --- | --- | --- | --- | --- |"]


def value(values, unit):
    return f"{statistics.median(values):.3g} {unit}".strip()


def ratio(figure):
    found = figure["ratios"]
    if not found:
        return ""
    return f"**{statistics.median(found):.2f}** ({min(found):.2f} to {max(found):.2f})"


def target(figure):
    if "target" not in figure:
        return ""
    return f"{figure['target']}: {'met' if figure['is_met'] else '**missed**'}"


def name(figure):
    spoiled = figure.get("spoiled", 0)
    return figure["what"] + (f" ({spoiled} rounds with losses not counted)" if spoiled else "")


def row(figure):
    limit = f"{value(figure['limit'], figure['unit'])}, {figure['limit_name']}"
    return f"| {name(figure)} | {value(figure['ours'], figure['unit'])} | {limit} | {ratio(figure)} | {target(figure)} |"


def circumstances(run):
    kind = ", a quick run" if run["quick"] else ""
    shield = ", shielded" if run["shielded"] else ""
    faults = f" Wrong results: {'; '.join(run['faults'])}." if run["faults"] else ""
    return f"{run['date']}, commit {run['commit']}, load before {run['load_before']:.2f}{kind}{shield}.{faults}"


def machines(found):
    return sorted({f"{run['cores']} cores of {run['processor']}, {run['memory_bytes'] / (1 << 30):.0f} GiB, Linux "
                   f"{run['kernel']}" for run in found.values()})


def tables(found):
    lines = [f"Measured on {'; '.join(machines(found))}."]
    for benchmark, run in found.items():
        lines += ["", f"### {benchmark}", "", circumstances(run), ""] + HEAD
        lines += [row(figure) for figure in run["figures"]]
    return "\n".join(lines)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__.splitlines()[2])
    with open(sys.argv[1], encoding="utf-8") as file:
        found = json.load(file)
    with open(sys.argv[2], encoding="utf-8") as file:
        text = file.read()
    pattern = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
    if not pattern.search(text):
        sys.exit(f"{sys.argv[2]} has not the two marks '{BEGIN}' and '{END}'")
    made = f"{BEGIN}\n{tables(found)}\n{END}"
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        file.write(pattern.sub(lambda _: made, text))


if __name__ == "__main__":
    main()

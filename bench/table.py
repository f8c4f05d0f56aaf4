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


def row(figure):
    limit = f"{value(figure['limit'], figure['unit'])}, {figure['limit_name']}"
    return f"| {figure['what']} | {value(figure['ours'], figure['unit'])} | {limit} | {ratio(figure)} | {target(figure)} |"


def machine(found):
    kind = ", a quick run" if found["quick"] else ""
    shield = ", shielded" if found["shielded"] else ""
    return (f"Measured on {found['date']} at commit {found['commit']}: {found['cores']} cores of {found['processor']}, "
            f"{found['memory_bytes'] / (1 << 30):.0f} GiB, Linux {found['kernel']}; load before "
            f"{found['load_before']:.2f}{kind}{shield}.")


def tables(found):
    lines = [machine(found)]
    names = dict.fromkeys(figure["benchmark"] for figure in found["figures"])
    for name in names:
        lines += ["", f"### {name}", ""] + HEAD
        lines += [row(figure) for figure in found["figures"] if figure["benchmark"] == name]
    lines += ["", f"Wrong results: {'; '.join(found['faults']) or 'none'}."]
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

#!/usr/bin/python3
"""Prints how many lines the tests have reached, by folder, and fails when it is too few of the
daemon's or the library's: coverage.py BUILD_DIR, which was built with --coverage and has run its
tests. An HTML report goes to BUILD_DIR/report."""
import json
import os
import subprocess
import sys

MIN_PERCENT = 85
MEASURED = ("supervisord/", "plugin-sdk/")
PARTS = ("cli", "common", "plugin-sdk", "plugins", "supervisord")


def run_gcovr(build, root):
    """Returns the lines of each file: how many there are, how many were reached."""
    report = os.path.join(build, "report")
    os.makedirs(report, exist_ok=True)
    summary = os.path.join(report, "summary.json")
    filters = [option for part in PARTS for option in ("--filter", f"{root}/{part}/")]
    subprocess.run(["gcovr", "--root", root, "--object-directory", build, "-j", "2",
                    "--gcov-ignore-parse-errors", "--json-summary", summary, "--html-details",
                    os.path.join(report, "index.html"), *filters, build], check=True)
    with open(summary, encoding="utf-8") as text:
        files = json.load(text)["files"]
    return {file["filename"]: (file["line_total"], file["line_covered"]) for file in files}


def show(name, counts):
    total, reached = (sum(column) for column in zip(*counts))
    percent = 100 * reached / total if total else 0
    print(f"{name:34} {reached:6}/{total:<6} {percent:5.1f} %")
    return percent


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    root = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    build = os.path.realpath(sys.argv[1])
    files = run_gcovr(build, root)
    for folder in sorted({os.path.dirname(file) for file in files}):
        show(folder, [count for file, count in files.items() if os.path.dirname(file) == folder])
    poor = [part for part in MEASURED
            if show(part, [count for file, count in files.items() if file.startswith(part)])
            < MIN_PERCENT]
    print(f"the report: {build}/report/index.html")
    if poor:
        sys.exit(f"coverage.py: the tests reach less than {MIN_PERCENT} % of {' and of '.join(poor)}")


main()

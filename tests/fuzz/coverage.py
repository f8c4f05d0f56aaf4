#!/usr/bin/python3
"""Says which lines of the parsers the corpora of the fuzzers reach: coverage.py BUILD_DIR

BUILD_DIR has a build of the preset fuzz-coverage. Each fuzzer runs its corpus once, without trying
anything else. Of each file that one of them is about (tests/fuzz/CMakeLists.txt: READS) all of them
together must reach MIN_PERCENT of the lines."""
import json
import os
import subprocess
import sys
import tempfile

MIN_PERCENT = 90
HERE = os.path.dirname(os.path.realpath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
TIMEOUT_S = 120


def read_list(build):
    with open(os.path.join(build, "tests/fuzz/list"), encoding="utf-8") as lines:
        rows = [line.split() for line in lines]
    return [(row[0], row[2:]) for row in rows]


def run_corpus(build, name, folder):
    """Runs a fuzzer over its corpus. Returns the program and what it has noted."""
    noted = os.path.join(folder, name)
    program = os.path.join(os.path.abspath(build), "bin/fuzz_" + name)
    outcome = subprocess.run([program, "-runs=0", os.path.join(HERE, "corpus", name)], cwd=folder,
                             env=dict(os.environ, LLVM_PROFILE_FILE=noted), capture_output=True,
                             timeout=TIMEOUT_S, check=False)
    if outcome.returncode != 0:
        sys.exit(f"coverage.py: {name} fails on its corpus:\n" +
                 outcome.stderr.decode(errors="replace")[-2000:])
    return program, noted


class Report:
    """What all corpora together have reached."""

    def __init__(self, build, names, folder):
        programs, noted = zip(*(run_corpus(build, name, folder) for name in names))
        merged = os.path.join(folder, "merged")
        subprocess.run(["llvm-profdata", "merge", "-sparse", *noted, "-o", merged], check=True)
        self.objects = [programs[0]] + [f"-object={program}" for program in programs[1:]]
        self.objects += ["-instr-profile", merged]
        entries = json.loads(self.ask("export", "-summary-only"))["data"][0]["files"]
        self.files = {os.path.realpath(entry["filename"]): entry["summary"]["lines"]
                      for entry in entries}

    def ask(self, *words):
        return subprocess.run(["llvm-cov", *words, *self.objects], capture_output=True, text=True,
                              errors="replace", check=True).stdout

    def missed_lines(self, path):
        """Returns the numbers of the lines with code that nothing has reached."""
        missed, is_wanted = [], False
        for line in self.ask("show").splitlines():
            if line.startswith("/") and line.endswith(":"):
                is_wanted = os.path.realpath(line[:-1]) == path
            cells = line.split("|", 2)
            if is_wanted and len(cells) == 3 and cells[1].strip() == "0":
                missed.append(cells[0].strip())
        return missed

    def check(self, name, file):
        """Prints the row of a file. Returns whether it is reached enough."""
        path = os.path.join(ROOT, file)
        if path not in self.files:
            sys.exit(f"coverage.py: no fuzzer has {file}")
        count, covered = self.files[path]["count"], self.files[path]["covered"]
        is_good = 100 * covered >= MIN_PERCENT * count
        print(f"{name:16} {file:46} {covered:4}/{count:<4} {100 * covered / count:5.1f} %"
              f"{'' if is_good else ' TOO FEW'}", flush=True)
        if not is_good:
            print("  not reached: " + " ".join(self.missed_lines(path)))
        return is_good


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    fuzzers = read_list(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        report = Report(sys.argv[1], [name for name, _ in fuzzers], folder)
        poor = [file for name, files in fuzzers for file in files if not report.check(name, file)]
    if poor:
        sys.exit(f"coverage.py: {len(poor)} files are below {MIN_PERCENT} %: add to the corpora")


main()

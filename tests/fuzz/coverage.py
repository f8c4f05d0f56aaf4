#!/usr/bin/python3
"""Says which lines of the parsers the corpora of the fuzzers reach: coverage.py BUILD_DIR [NAME...]

BUILD_DIR has a build of the preset fuzz-coverage. Each fuzzer runs its corpus once; the files that
it is about (tests/fuzz/CMakeLists.txt: READS) must each be reached in MIN_PERCENT of their lines."""
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
    """Returns the merged profile of a fuzzer over its corpus."""
    raw, profile = os.path.join(folder, name + ".raw"), os.path.join(folder, name)
    program = os.path.join(os.path.abspath(build), "bin/fuzz_" + name)
    environment = dict(os.environ, LLVM_PROFILE_FILE=raw)
    outcome = subprocess.run([program, "-runs=0", os.path.join(HERE, "corpus", name)], cwd=folder,
                             env=environment, capture_output=True, timeout=TIMEOUT_S, check=False)
    if outcome.returncode != 0:
        sys.exit(f"coverage.py: {name} fails on its corpus:\n" +
                 outcome.stderr.decode(errors="replace")[-2000:])
    subprocess.run(["llvm-profdata", "merge", "-sparse", raw, "-o", profile], check=True)
    return program, profile


def missed_lines(program, profile, path):
    """Returns the numbers of the lines with code that nothing has reached."""
    shown = subprocess.run(["llvm-cov", "show", program, "-instr-profile", profile, path],
                           capture_output=True, text=True, check=True).stdout
    rows = [line.split("|") for line in shown.splitlines() if line.count("|") >= 2]
    return [row[0].strip() for row in rows if row[1].strip() == "0"]


def measure(program, profile, files):
    """Yields file, lines, and those that were reached."""
    paths = [os.path.join(ROOT, file) for file in files]
    exported = subprocess.run(["llvm-cov", "export", "-summary-only", program, "-instr-profile",
                               profile] + paths, capture_output=True, check=True).stdout
    found = {os.path.realpath(entry["filename"]): entry["summary"]["lines"]
             for entry in json.loads(exported)["data"][0]["files"]}
    for file, path in zip(files, paths):
        if path not in found:
            sys.exit(f"coverage.py: {file} is not in {program}")
        yield file, found[path]["count"], found[path]["covered"]


def check(build, name, files, folder):
    """Prints the table of one fuzzer. Returns how many files are not reached enough."""
    program, profile = run_corpus(build, name, folder)
    poor = 0
    for file, count, covered in measure(program, profile, files):
        percent = 100 * covered / count
        is_poor = percent < MIN_PERCENT
        poor += is_poor
        print(f"{name:16} {file:46} {covered:4}/{count:<4} {percent:5.1f} %"
              f"{' TOO FEW' if is_poor else ''}", flush=True)
        if is_poor:
            print("  not reached: " +
                  " ".join(missed_lines(program, profile, os.path.join(ROOT, file))))
    return poor


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    build, only, poor = sys.argv[1], sys.argv[2:], 0
    with tempfile.TemporaryDirectory() as folder:
        for name, files in read_list(build):
            if files and (not only or name in only):
                poor += check(build, name, files, folder)
    if poor:
        sys.exit(f"coverage.py: {poor} files are below {MIN_PERCENT} %: add to their corpora")


main()

#!/usr/bin/python3
"""Breaks one line at a time in the pure modules and sees whether a unit test notices.

Usage: mutate.py [--sample N] [--seed N] [--jobs N] [MODULE...]

MODULE is the beginning of a path, such as common/wire or supervisord/process/backoff.c; without one
all are broken. Of each module all mutants are tried, or N of them, chosen by the seed. Nothing is
changed but build/mutation. A mutant is caught when its test fails, crashes, or takes longer than
TIMEOUT_S; one that does not compile is not counted. Those that survive are printed. The exit status
is 0 if MIN_PERCENT of each module are caught."""
import argparse
import collections
import concurrent.futures
import json
import os
import random
import re
import resource
import shlex
import subprocess
import sys
import tempfile

MIN_PERCENT = 80
TIMEOUT_S = 20
# The module is watched as CI watches all of them: what it reads beside its memory is noticed.
SANITIZER = "-fsanitize=address"
ASAN_OPTIONS = "detect_leaks=0:hard_rss_limit_mb=2048"
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
BUILD = os.path.join(ROOT, "build", "mutation")

# Each module and the tests that belong to it: tests/unit mirrors the tree, but what has no test of
# its own is tested through another.
MODULES = {
    "common/wire/check.c": ["unit-common-wire-check", "unit-common-wire-message"],
    "common/wire/head.c": ["unit-common-wire-slice", "unit-common-wire-check"],
    "common/wire/json_read.c": ["unit-common-wire-json_plain", "unit-common-wire-json"],
    "common/wire/json_text.c": ["unit-common-wire-json_text", "unit-common-wire-json"],
    "common/wire/json_write.c": ["unit-common-wire-json"],
    "common/wire/message.c": ["unit-common-wire-message"],
    "common/wire/slice.c": ["unit-common-wire-slice"],
    "common/wire/utf8.c": ["unit-common-wire-utf8"],
    "common/wire/value.c": ["unit-common-wire-value"],
    "common/wire/writer.c": ["unit-common-wire-writer", "unit-common-wire-slice"],
    "supervisord/config/diff.c": ["unit-config-diff"],
    "supervisord/config/schema.c": ["unit-config-schema", "unit-config-defaults"],
    "supervisord/config/schema_compare.c": ["unit-config-schema", "unit-config-diff"],
    "supervisord/config/schema_help.c": ["unit-config-schema", "unit-config-defaults"],
    "supervisord/config/schema_list.c": ["unit-config-schema", "unit-config-values"],
    "supervisord/config/schema_number.c": ["unit-config-schema", "unit-config-values"],
    "supervisord/config/schema_parse.c": ["unit-config-schema", "unit-config-values",
                                          "unit-config-written_options"],
    "supervisord/config/schema_write.c": ["unit-config-written_options"],
    "supervisord/process/backoff.c": ["unit-process-backoff"],
}

# What is looked for outside of texts and comments, and what it becomes.
SWAPS = [
    (r"==", "!="), (r"!=", "=="), (r"(?<=\s)<(?=\s)", "<="), (r"<=", "<"),
    (r"(?<=\s)>(?=\s)", ">="), (r">=", ">"), (r"&&", "||"), (r"\|\|", "&&"),
    (r"(?<=\s)\+(?=\s)", "-"), (r"(?<=\s)-(?=\s)", "+"), (r"(?<=\s)\*(?=\s)", "/"),
    (r"(?<=\s)/(?=\s)", "*"), (r"(?<=\s)%(?=\s)", "*"), (r"\+=", "-="), (r"-=", "+="),
    (r"\|=", "&="), (r"<<", ">>"), (r">>", "<<"), (r"\btrue\b", "false"), (r"\bfalse\b", "true"),
    (r"(?<=return )0(?=;)", "-1"), (r"(?<=return )-1(?=;)", "0"), (r"(?<=[ (])!(?=[A-Za-z_(])", ""),
    (r"(?<=\s)&(?=\s)", "|"), (r"(?<=\s)\|(?=\s)", "&"),
]
NUMBER = re.compile(r"(?<![\w.])(0x[0-9a-fA-F]+|\d+)(?![\w.])")
CONDITION = re.compile(r"\b(if|while) \((.*)\)( \{)?$")
STATEMENT = re.compile(r"^\s+(?!return\b|break\b|continue\b|case\b|else\b|static\b|const\b|enum\b)"
                       r"(\*?[A-Za-z_][\w.>\[\]*-]*(\(.*\)| [-+|&]?= .*|\+\+|--));$")
LITERAL = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|/\*.*?(?:\*/|$)')
# What gives memory back is left in: only the sanitizers, under which all tests run as well, would
# notice.
RELEASE = re.compile(r"\b(free|va_end|\w+_(destroy|release|free|freep))\(")
# Numbers are made larger. More room than needed is room that nothing reads or writes; -1 says that
# something failed, and so would -2, since callers ask whether it is below 0.
ALLOCATION = re.compile(r"\bph_(calloc|realloc_array)\(.*\);")
FAILURE = re.compile(r"\breturn -1;")
SKIPPED = re.compile(r"^\s*(#|\*|/\*)|_Static_assert|\bassert\(|^\s*enum\b")

Mutant = collections.namedtuple("Mutant", "source number before after")


def mask(line):
    """Returns the line with what stands in literals and comments blanked."""
    return LITERAL.sub(lambda found: "\"" + "_" * (len(found[0]) - 2) + "\"", line)


def increment(text):
    """Returns a number of C that is larger by one, in the same base."""
    if text.lower().startswith("0x"):
        return hex(int(text, 16) + 1)
    if text.startswith("0") and len(text) > 1:
        return "0" + format(int(text, 8) + 1, "o")
    return str(int(text) + 1)


def break_line(line):
    """Returns the line, broken in each way that is known."""
    masked, broken = mask(line), []

    def put(start, end, text):
        broken.append(line[:start] + text + line[end:])

    if STATEMENT.match(masked) and not RELEASE.search(masked):
        broken.append(";")
    condition = CONDITION.search(masked)
    if condition:
        put(condition.start(2), condition.end(2),
            "!(" + line[condition.start(2):condition.end(2)] + ")")
    for pattern, after in SWAPS:
        for found in re.finditer(pattern, masked):
            put(found.start(), found.end(), after)
    spared = [found.span() for pattern in (ALLOCATION, FAILURE)
              for found in pattern.finditer(masked)]
    for found in NUMBER.finditer(masked):
        if any(start < found.start() < end for start, end in spared):
            continue
        put(found.start(), found.end(), increment(found[0]))
    return [text for text in dict.fromkeys(broken) if text != line]


def make_mutants(source):
    mutants, is_comment, is_skipped = [], False, False
    with open(os.path.join(ROOT, source), encoding="utf-8") as text:
        lines = text.read().split("\n")
    for number, line in enumerate(lines, 1):
        was_comment = is_comment
        if "/*" in mask(line) or line.lstrip().startswith("/*"):
            is_comment = True
        if is_comment or was_comment:
            is_comment = "*/" not in line
        is_skipped = is_skipped or "_Static_assert" in line or bool(re.search(r"\bassert\(", line))
        begins_comment = line.lstrip().startswith("/*")
        if not (was_comment or begins_comment or is_skipped or SKIPPED.search(line)):
            mutants += [Mutant(source, number, line, after) for after in break_line(line)]
        is_skipped = is_skipped and not line.rstrip().endswith(";")
    return lines, mutants


def build(modules):
    targets = sorted({test for source in modules for test in MODULES[source]})
    subprocess.run(["cmake", "-S", ROOT, "-B", BUILD, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Debug",
                    "-DBUILD_TESTING=ON"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--build", BUILD, "--target"] + targets, check=True,
                   stdout=subprocess.DEVNULL)


def compile_command(source):
    """Returns the words that compile the module, without warnings, input and output."""
    with open(os.path.join(BUILD, "compile_commands.json"), encoding="utf-8") as text:
        entries = json.load(text)
    path = os.path.join(ROOT, source)
    command = next(entry["command"] for entry in entries if entry["file"] == path)
    words = [word for word in shlex.split(command) if not word.startswith("-W")]
    words = words[:words.index("-o")]
    return words + ["-w", "-g0", SANITIZER, "-iquote", os.path.dirname(path)]


def link_command(test):
    """Returns the words that link a test, and the place where an object may be put in."""
    lines = subprocess.run(["ninja", "-C", BUILD, "-t", "commands", test], check=True,
                           capture_output=True, text=True).stdout.splitlines()
    commands = [words for line in lines for words in [shlex.split(line)] if "-o" in words]
    words = commands[-1]
    if ":" in words:  # ": && cc ... && :"
        words = words[words.index("&&") + 1:]
        words = words[:words.index("&&")]
    output = words.index("-o")
    return words[:output] + [SANITIZER], words[output + 2:]


def limit():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.setsid()


def passes(program):
    """Says whether a test passes, in time."""
    process = subprocess.Popen([program, "--jobs", "1", "--timeout", str(TIMEOUT_S), "--fail-fast"],
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, preexec_fn=limit,
                               env=dict(os.environ, ASAN_OPTIONS=ASAN_OPTIONS))
    try:
        return process.wait(TIMEOUT_S) == 0
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)  # its own session: nobody else's
        process.wait()
        return False


class Workshop:
    """Makes and tries the mutants of one module."""

    def __init__(self, source, lines):
        self.source, self.lines = source, lines
        self.compile = compile_command(source)
        self.links = [link_command(test) for test in MODULES[source]]

    def make(self, folder, text):
        """Returns whether the text compiles to FOLDER/module.o."""
        module = os.path.join(folder, "module.c")
        with open(module, "w", encoding="utf-8") as out:
            out.write(text)
        words = self.compile + ["-o", os.path.join(folder, "module.o"), "-c", module]
        return subprocess.run(words, cwd=BUILD, stderr=subprocess.DEVNULL,
                              check=False).returncode == 0

    def is_noticed(self, folder):
        """Returns whether one of the tests fails with FOLDER/module.o in the place of the module;
        the linker takes that before it looks into a library."""
        for before, after in self.links:
            program = os.path.join(folder, "test")
            words = before + [os.path.join(folder, "module.o"), "-o", program] + after
            subprocess.run(words, cwd=BUILD, check=True)
            if not passes(program):
                return True
        return False

    def try_text(self, text):
        """Returns None if it does not compile, else whether it was noticed."""
        with tempfile.TemporaryDirectory(dir=BUILD) as folder:
            return self.is_noticed(folder) if self.make(folder, text) else None

    def try_mutant(self, mutant):
        lines = list(self.lines)
        lines[mutant.number - 1] = mutant.after
        return self.try_text("\n".join(lines))


def show_survivor(mutant):
    print(f"  {mutant.source}:{mutant.number}: {mutant.before.strip()}\n"
          f"      survives as: {mutant.after.strip()}", flush=True)


def check_module(source, options):
    """Returns how many percent of the mutants are caught."""
    lines, mutants = make_mutants(source)
    workshop = Workshop(source, lines)
    if workshop.try_text("\n".join(lines)) is not False:
        sys.exit(f"mutate.py: the tests of {source} do not pass as it is")
    if options.sample and options.sample < len(mutants):
        mutants = random.Random(f"{options.seed} {source}").sample(mutants, options.sample)
        mutants.sort(key=lambda mutant: mutant.number)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        outcomes = list(pool.map(workshop.try_mutant, mutants))
    for mutant, outcome in zip(mutants, outcomes):
        if outcome is False:
            show_survivor(mutant)
    caught, counted = outcomes.count(True), len(outcomes) - outcomes.count(None)
    percent = 100 * caught / counted if counted else 100
    print(f"{source:38} {caught:4} of {counted:4} mutants caught: {percent:5.1f} %"
          f"{' TOO FEW' if percent < MIN_PERCENT else ''}", flush=True)
    return percent


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("Usage: ")[1].split("\n")[0])
    parser.add_argument("--sample", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("module", nargs="*")
    options = parser.parse_args()
    modules = [source for source in MODULES
               if not options.module or any(source.startswith(name) for name in options.module)]
    if not modules:
        sys.exit("mutate.py: there is no such module; these are: " + " ".join(MODULES))
    build(modules)
    percents = [check_module(source, options) for source in modules]
    if min(percents) < MIN_PERCENT:
        sys.exit(f"mutate.py: fewer than {MIN_PERCENT} % are caught: the tests have a hole there")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Compiles and runs every example of the documents, as somebody who copies it would.

Examples are the fenced blocks of Markdown pages; what stands four columns deeper than the text
around it in the comments of public headers and in the docstrings of the Python package; and the
literal blocks of man pages that begin as C, Python or a configuration does. docs/plugins.md is not
among them: run_tutorial.py types it from its first to its last block.

    C       must compile without warnings. One in a header stands behind an #include of that header,
            of plughost.h and of stdio.h. One with PH_PLUGIN_MODULE becomes a plugin, one with a
            `main` is run and must end with status 0
    Python  must be whole: one with a subclass of Plugin becomes a plugin, any other is run as a
            client. It must end with status 0, after it has printed what the page says behind it
            ("prints `...`"); one with a loop that nothing ends must show an event
    ini     must be taken by plughostd --check if it has a section
    console each line with "$ " must succeed

One daemon runs the plugins of a document: with the sections that the document shows for them, or
under the name in the first line of the example, or that of the class. All of them must become
active, and none may print a traceback. Nothing else of a shown configuration is run: for clients
there are the watchers `web` and `clock`. The default folder of root's daemon and the user `site` in
an example stand for this daemon's and for the user who runs the test.
"""
import ast
import getpass
import os
import pathlib
import re
import select
import shlex
import subprocess
import sys
import time

from pages import Block, Failed, check_ini, decode, main, read_blocks

STEP_S = 60  # for one example, however slow the machine is
FLAGS = ["-std=c17", "-Wall", "-Wextra", "-Werror"]
KINDS = ("c", "python", "ini", "console")
SECTION = re.compile(r"^\[(.*)\]$", re.MULTILINE)
WATCHERS = {"watcher:web": "cmd = sleep 1000\n", "watcher:clock": "cmd = sleep 1000\nstats = 0.2\n"}
DEFAULT_DIR = "ipc:///run/plughost/"


# ---- finding them ----

def kind_of(text):
    """Returns the language of a block that has no mark, by how it begins; None: no example."""
    if re.match(r"#include|static |PH_PLUGIN_MODULE", text):
        return "c"
    if re.match(r'import |from |"""', text):
        return "python"
    return "ini" if SECTION.match(text.split("\n", 1)[0]) else None


def read_indented(lines):
    """Returns what stands four columns deeper than the rest. `lines` are numbers and texts."""
    blocks, block, blank = [], None, 0
    for number, text in lines:
        if text.startswith("    "):
            if not block:
                block = Block(number, None)
                blocks.append(block)
            block.lines += [""] * blank + [text[4:]]
            blank = 0
        elif block and not text:
            blank += 1
        else:
            block, blank = None, 0
    return blocks


def read_header(path):
    lines = [(number, line[2:].removeprefix(" ") if line.startswith(" *") else "-")
             for number, line in enumerate(path.read_text().splitlines(), 1)]
    blocks = read_indented(lines)
    for block in blocks:
        block.kind = "c"
        name = [block.lines.pop(0)] if block.file_name else []
        block.lines[:0] = name + [f"#include <plughost/{path.name}>", "#include <stdio.h>",
                                  "#include <plughost/plughost.h>"]
    return blocks


def read_docstrings(path):
    blocks = []
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
            continue
        if text := ast.get_docstring(node, clean=False):
            margin = " " * node.body[0].col_offset
            lines = [line.rstrip().removeprefix(margin) for line in text.split("\n")]
            blocks += read_indented(enumerate(lines, node.body[0].lineno))
    for block in blocks:
        block.kind = kind_of(block.text) or "python"
    return blocks


def read_man(path):
    blocks, block = [], None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line.startswith(".Bd -literal"):
            block = Block(number, None)
            blocks.append(block)
        elif line == ".Ed":
            block = None
        elif block:
            block.lines.append(line.replace("\\&", "").replace("\\-", "-").replace("\\e", "\\"))
    for block in blocks:
        block.kind = kind_of(block.text)
    return blocks


def read_all(paths, read):
    """Returns pairs of where an example is and what it is."""
    found = [(f"{path.name} line {block.line}", block)
             for path in paths for block in read(path) if block.kind in KINDS]
    if not found:
        raise Failed(f"there are no examples in {', '.join(path.name for path in paths)}")
    return found


# ---- running them ----

def finish(process, what):
    """Waits until a child has ended well."""
    descriptor = os.pidfd_open(process)
    try:
        if not select.select([descriptor], [], [], STEP_S)[0]:
            raise Failed(f"{what} does not end")
    finally:
        os.close(descriptor)
    status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    if status != 0:
        raise Failed(f"{what} ended with status {status}")


class Document:
    """The examples of one document, in a folder of their own."""

    def __init__(self, name, plughost):
        self.name, self.plughost = name, plughost
        self.folder = plughost.work / name
        self.modules = self.folder / "plugins"
        self.modules.mkdir(parents=True)
        self.env = plughost.environment(self.folder)
        python = pathlib.Path(sys.executable).parent
        self.env["PATH"] = f"{plughost.prefix}/bin:{python}:{os.environ['PATH']}"
        self.env["PYTHONPATH"] = f"{plughost.prefix}/{plughost.libdir}/plughost/python"
        self.env["PLUGHOST_ENDPOINT"] = f"ipc://{self.folder}/run/endpoint.sock"
        self.plugins = {}  # name to the lines of its section
        self.sections = {}  # of the configuration, as shown
        self.programs, self.clients, self.consoles = [], [], []
        self.count = 0

    def command(self, words, **more):
        """Runs a command that must succeed, and returns what it printed."""
        done = subprocess.run(words, cwd=self.folder, env=self.env, timeout=STEP_S, check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, **more)
        output = decode(done.stdout)
        if done.returncode != 0:
            raise Failed(f"'{words if isinstance(words, str) else shlex.join(map(str, words))}' "
                         f"ended with status {done.returncode}:\n{output}")
        return output

    def take(self, examples):
        for where, block in examples:
            self.count += 1
            try:
                getattr(self, "take_" + block.kind)(where, block)
            except (Failed, SyntaxError) as failure:
                raise Failed(f"{where}: {failure}") from None

    def take_c(self, where, block):
        name = pathlib.Path(block.file_name or f"example{self.count}.c").stem
        source = self.folder / f"{name}.c"
        source.write_text(block.text)
        flags = FLAGS + shlex.split(os.environ.get("CFLAGS", ""))
        flags += self.command(["pkg-config", "--cflags", "plughost"]).split()
        if "PH_PLUGIN_MODULE" in block.text:
            self.compile([*flags, "-shared", "-fPIC", "-o", self.modules / f"{name}.so", source])
            self.plugins[f"plugin:{name}"] = ""
        elif re.search(r"^int main\(", block.text, re.MULTILINE):
            libraries = self.command(["pkg-config", "--libs", "plughost-harness", "plughost"])
            self.compile([*flags, "-o", self.folder / name, source, *libraries.split(),
                          f"-Wl,-rpath,{self.plughost.prefix}/{self.plughost.libdir}"])
            self.programs.append((where, [self.folder / name]))
        else:
            self.compile([*flags, "-c", "-o", self.folder / f"{name}.o", source])

    def compile(self, words):
        self.command([self.plughost.compiler, *words])

    def take_python(self, where, block):
        tree = ast.parse(block.text)
        plugins = [node.name for node in tree.body if isinstance(node, ast.ClassDef) and
                   any("Plugin" in ast.unparse(base) for base in node.bases)]
        if not plugins:
            self.clients.append((where, block, tree))
        for plugin in plugins:
            module = pathlib.Path(block.file_name or plugin.lower()).stem
            (self.modules / f"{module}.py").write_text(block.text)
            self.plugins[f"plugin:{plugin.lower()}"] = f"use = python:{module}.{plugin}\n"

    def take_ini(self, where, block):
        text = block.text.replace("uid = site\n", f"uid = {getpass.getuser()}\n")
        pieces = SECTION.split(text)[1:]
        if not pieces:
            return
        file = self.folder / f"example{self.count}.ini"
        file.write_text(text)
        check_ini(file, self.env, STEP_S)
        self.sections.update(zip(pieces[::2], pieces[1::2]))

    def take_console(self, where, block):
        self.consoles += [(where, line[2:]) for line in block.lines if line.startswith("$ ")]

    # ---- beside the daemon ----

    def run(self):
        for where, words in self.programs:
            self.at(where, self.command, words)
        if self.plugins or self.clients:
            self.start_daemon()
            if self.plugins:
                self.command(["plughostctl", "start", "--wait", *self.plugins])
            for where, block, tree in self.clients:
                self.at(where, self.run_client, block, tree)
            for where, line in self.consoles:
                self.at(where, self.command, line, shell=True)
            self.end_daemon()
        print(f"{self.name}: {self.count} examples, of which plugins {len(self.plugins)}, "
              f"programs {len(self.clients) + len(self.programs)}: all well")

    @staticmethod
    def at(where, function, *arguments, **more):
        try:
            function(*arguments, **more)
        except Failed as failure:
            raise Failed(f"{where}: {failure}") from None

    def start_daemon(self):
        shown = {name: self.sections.get(name, lines) for name, lines in self.plugins.items()}
        sections = {**WATCHERS, **shown, "plughost": "run_dir = run\nplugin_path = plugins\n"}
        (self.folder / "plughost.ini").write_text(
            "".join(f"[{name}]\n{lines}\n" for name, lines in sections.items()))
        # --daemon returns once everything listens.
        self.command(["plughostd", "--daemon", "--pidfile", "pid", "--log-output", "log",
                      "plughost.ini"])
        self.daemon = int((self.folder / "pid").read_text())

    def end_daemon(self):
        output = self.command(["plughostctl", "logs", "-n", "10000"])
        if "Traceback" in output:
            raise Failed(f"{self.name}: a plugin has failed:\n{output}")
        self.command(["plughostctl", "quit", "--wait"])
        finish(self.daemon, "plughostd")

    def run_client(self, block, tree):
        text = block.text.replace(DEFAULT_DIR, f"ipc://{self.folder}/run/")
        with subprocess.Popen([sys.executable, "-u", "-c", text], cwd=self.folder, env=self.env,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT) as process:
            try:
                self.watch_client(process, block, is_endless(tree))
            finally:
                process.kill()

    @staticmethod
    def watch_client(process, block, is_endless_one):
        deadline, output = time.monotonic() + STEP_S, b""
        while True:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([process.stdout], [], [], left)[0]:
                raise Failed(f"it does not come to an end; it has printed:\n{decode(output)}")
            piece = os.read(process.stdout.fileno(), 65536)
            output += piece
            if is_endless_one and b"watcher.clock." in output:
                return
            if not piece:
                break
        status = process.wait(STEP_S)
        if status != 0 or is_endless_one:
            raise Failed(f"it ended with status {status} and has printed:\n{decode(output)}")
        shown = re.match(r"prints `(.*?)`", block.next_line)
        if shown and decode(output) != shown[1] + "\n":
            raise Failed(f"it prints\n{decode(output)}in place of\n{shown[1]}")


def is_endless(tree):
    """Says whether a program has a loop that nothing ends."""
    return any(isinstance(node, (ast.For, ast.While)) and
               not any(isinstance(inner, ast.Break) for inner in ast.walk(node))
               for node in ast.walk(tree))


def check_readme(examples, root):
    """The plugin that README.md shows is the one that is built and installed."""
    shown = [block.text for _, block in examples if block.kind == "c"]
    if shown != [(root / "plugin-sdk/examples/hello.c").read_text()]:
        raise Failed("the C block of README.md is not plugin-sdk/examples/hello.c")


def run_all(root, plughost):
    headers = sorted((root / "plugin-sdk/include/plughost").glob("*.h"))
    package = sorted((root / "plugin-sdk/python/plughost").glob("*.py"))
    pages = sorted((root / "docs").glob("*.md"))
    own_run = {"plugins.md", "python.md"}
    readme = read_all([root / "README.md"], read_blocks)
    check_readme(readme, root)
    documents = {
        "headers": read_all(headers, read_header),
        "README.md": readme,
        "python.md": read_all([root / "docs/python.md"], read_blocks),
        "docs": read_all([page for page in pages if page.name not in own_run], read_blocks),
        "docstrings": read_all(package, read_docstrings),
        "man": read_all(sorted((root / "docs/man").glob("*.[1-8]")), read_man),
    }
    for name, examples in documents.items():
        document = Document(name, plughost)
        document.take(examples)
        document.run()


if __name__ == "__main__":
    main(__doc__.splitlines()[0], run_all)

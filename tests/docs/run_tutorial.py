#!/usr/bin/env python3
"""Runs a page of the documentation: every fenced block of it, in order, as a reader would.

    sh          typed into one shell for the whole page; each command must succeed
    console     lines with "$ " are typed as well; what they print must be what follows them, where
                "..." stands for anything, and alone on a line for any lines. Their exit status does
                not matter. After the comment <!-- until --> a command is tried again until it fits
    c, ini, cmake
                with a comment that is the name of a file as their first line: written to that file
    c           without one: a piece, which must compile without warnings
    ini         without one: must be taken by plughostd --check
    text        shown only; any other kind, or none, is a mistake

plughost is installed into a scratch folder first, and the page is run there. The shell, and all that
it has started, is ended with this program.
"""
import os
import pathlib
import re
import select
import subprocess
import time

from pages import Failed, check_ini, decode, main, read_blocks

BLOCK_S = 120  # for one block, and for what is tried until it fits
PAGE_S = 400  # for all of them

PIECE = "".join(f"#include <{name}.h>\n" for name in (
    "fcntl", "inttypes", "plughost/plughost", "poll", "stdio", "stdlib", "string", "unistd"))
PIECE_FLAGS = ["-std=gnu17", "-Wall", "-Wextra", "-Werror", "-Wno-unused-function",
               "-Wno-unused-variable", "-Wno-unused-const-variable", "-fsyntax-only"]


class Shell:
    """One bash for the whole page, so that folders and variables last."""

    def __init__(self, folder, env):
        self.errors = open(folder / "stderr", "w+b")
        self.process = subprocess.Popen(
            ["bash", "--norc", "--noprofile"], cwd=folder, env=env, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=self.errors, start_new_session=True)
        self.count = 0

    def run(self, text, deadline):
        """Types a text. Returns what it has printed and its exit status."""
        self.count += 1
        mark = f"--done {self.count} {os.getpid()}-- "
        script = f"eval {quote(text)} </dev/null\nprintf '%s%s\\n' {quote(mark)} $?\n"
        self.process.stdin.write(script.encode())
        self.process.stdin.flush()
        output = b""
        while not (found := re.search(re.escape(mark).encode() + rb"(\d+)\n", output)):
            left = deadline - time.monotonic()
            if left <= 0:
                raise Failed(f"it has not ended in time; it printed:\n{decode(output)}")
            if not select.select([self.process.stdout], [], [], min(left, 0.5))[0]:
                if self.process.poll() is None:
                    continue
                raise Failed(f"it has ended the shell; it printed:\n{decode(output)}")
            piece = os.read(self.process.stdout.fileno(), 65536)
            if not piece:
                raise Failed(f"it has ended the shell; it printed:\n{decode(output)}")
            output += piece
        return decode(output[:found.start()]), int(found[1])

    def error_output(self):
        self.errors.seek(0)
        return decode(self.errors.read())[-3000:]


def quote(text):
    return "'" + text.replace("'", "'\\''") + "'"


def pattern(shown):
    """Returns what the shown lines stand for, as a regular expression."""
    parts = []
    for line in shown:
        if line == "...":
            parts.append(r"(?:.*\n)*?")
        else:
            parts.append(".*".join(re.escape(piece) for piece in line.split("...")) + r"\n")
    return re.compile("".join(parts))


class Page:
    def __init__(self, folder, env, compiler, prefix):
        self.folder, self.env, self.compiler, self.prefix = folder, env, compiler, prefix
        self.shell = Shell(folder, env)
        self.end = time.monotonic() + PAGE_S

    def deadline(self):
        return min(time.monotonic() + BLOCK_S, self.end)

    def run(self, block):
        kinds = {"sh": self.run_sh, "console": self.run_console, "text": lambda block: None,
                 "c": self.take_c, "ini": self.take_ini, "cmake": self.take_file}
        if block.kind not in kinds:
            raise Failed(f"'{block.kind}' is no kind of block: {', '.join(sorted(kinds))} are")
        if block.is_until and block.kind != "console":
            raise Failed("'until' is for blocks of the kind 'console'")
        kinds[block.kind](block)

    # ---- commands ----

    def run_sh(self, block):
        for command in complete_commands(block):
            output, status = self.shell.run(command, self.deadline())
            if status != 0:
                raise Failed(f"'{command}' ended with status {status}:\n{output}"
                             f"{self.shell.error_output()}")

    def run_console(self, block):
        deadline = self.deadline()
        for command, shown in commands(block):
            while True:
                output, _ = self.shell.run(command + " 2>&1", deadline)
                if pattern(shown).fullmatch(output):
                    break
                if not block.is_until or time.monotonic() > deadline - BLOCK_S + 20:
                    raise Failed(f"'{command}' prints\n{output}in place of\n" + "\n".join(shown))
                time.sleep(0.05)

    # ---- files ----

    def directory(self):
        output, _ = self.shell.run("pwd", self.deadline())
        return pathlib.Path(output.rstrip("\n"))

    def take_file(self, block):
        if not block.file_name:
            raise Failed("its first line is no comment with the name of a file")
        (self.directory() / block.file_name).write_text(block.text)

    def take_c(self, block):
        if block.file_name:
            self.take_file(block)
            return
        done = subprocess.run(
            [self.compiler, *PIECE_FLAGS, f"-I{self.prefix}/include", "-x", "c", "-"],
            input=(PIECE + block.text).encode(), env=self.env, timeout=BLOCK_S,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if done.returncode != 0:
            raise Failed(f"it does not compile:\n{decode(done.stdout)}")

    def take_ini(self, block):
        if block.file_name:
            self.take_file(block)
            return
        file = self.folder / "piece.ini"
        file.write_text(block.text)
        check_ini(file, self.env, BLOCK_S)


def complete_commands(block):
    """Returns the commands of a sh block: a line each, with its here-document if it has one."""
    found, end = [], None
    for line in block.lines:
        if end is None:
            found.append(line)
            match = re.search(r"<<'(\w+)'", line)
            end = match and match[1]
        else:
            found[-1] += "\n" + line
            end = None if line == end else end
    return found


def commands(block):
    """Returns the commands of a console block, each with the lines that it shows."""
    found = []
    for line in block.lines:
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif found:
            found[-1][1].append(line)
        else:
            raise Failed("it does not begin with a command: '$ ...'")
    return found


def run_page(path, plughost):
    folder = plughost.work / "page"
    folder.mkdir()
    page = Page(folder, plughost.environment(folder), plughost.compiler, plughost.prefix)
    blocks = read_blocks(path)
    if not blocks:
        raise Failed("there are no blocks")
    for block in blocks:
        try:
            page.run(block)
        except Failed as failure:
            raise Failed(f"{path.name} line {block.line}: {failure}") from None
    print(f"{path.name}: {len(blocks)} blocks, all well")


if __name__ == "__main__":
    main(__doc__.splitlines()[0], run_page)

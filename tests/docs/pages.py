"""What the tests of the documents share: the blocks of a page, and an installed plughost beside
which they are run. Whatever is started is ended with the program."""
import argparse
import ctypes
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile

INSTALL_S = 120
PR_SET_CHILD_SUBREAPER = 36

FILE_NAME = re.compile(r"(?:/\*|//|#|\"\"\") ?([\w./-]+\.\w+)(?: - .*| \*/)?")


class Failed(Exception):
    """An example, or a page, is not as it says."""


class Block:
    """A piece of a document in one language."""

    def __init__(self, line, kind, is_until=False):
        self.line, self.kind, self.is_until, self.lines = line, kind, is_until, []
        self.next_line = ""  # the first one of text behind it

    @property
    def text(self):
        return "".join(line + "\n" for line in self.lines)

    @property
    def file_name(self):
        """The name in the comment, or the docstring, that is its first line, or None."""
        match = FILE_NAME.fullmatch(self.lines[0]) if self.lines else None
        return match and match[1]


def read_blocks(page):
    """Returns the fenced blocks of a page."""
    blocks, block, is_until = [], None, False
    for number, line in enumerate(page.read_text().splitlines(), 1):
        if block and line == "```":
            blocks.append(block)
            block = None
        elif block:
            block.lines.append(line)
        elif line.startswith("```"):
            block = Block(number, line[3:].strip(), is_until)
            is_until = False
        elif line:
            is_until = line == "<!-- until -->"
            if blocks and not blocks[-1].next_line:
                blocks[-1].next_line = line
    if block:
        raise Failed(f"line {block.line}: the block has no end")
    return blocks


def decode(data):
    return data.decode(errors="replace")


class Installation:
    """plughost as a user has it, in a folder of its own. `work` is a scratch folder."""

    def __init__(self, arguments, work):
        self.work, self.prefix, self.libdir = work, work / "prefix", arguments.libdir
        self.compiler = arguments.compiler
        subprocess.run([arguments.cmake, "--install", arguments.build_dir, "--prefix", self.prefix],
                       check=True, stdout=subprocess.DEVNULL, timeout=INSTALL_S)

    def environment(self, folder):
        """Returns the environment of a user who works in this folder."""
        env = {name: value for name, value in os.environ.items()
               if not name.startswith(("PLUGHOST_", "NOTIFY_", "LISTEN_"))}
        env["PATH"] = f"{self.prefix}/bin:{env['PATH']}"
        env["CMAKE_PREFIX_PATH"] = str(self.prefix)
        env["PKG_CONFIG_PATH"] = f"{self.prefix}/{self.libdir}/pkgconfig"
        env["XDG_RUNTIME_DIR"] = str(folder)
        env["LC_ALL"] = "C.UTF-8"
        return env


def check_ini(file, env, seconds):
    """Has plughostd say what is wrong with a configuration."""
    done = subprocess.run(["plughostd", "--check", file], env=env, timeout=seconds, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        raise Failed(f"it is refused:\n{decode(done.stdout)}")


def end_children():
    """Kills all that was started, also what has made a session of its own: it is ours by now."""
    children = pathlib.Path("/proc/thread-self/children")
    for _ in range(10000):
        pids = children.read_text().split()
        if not pids:
            return
        for pid in map(int, pids):
            try:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
            except (ProcessLookupError, ChildProcessError):
                pass


def main(description, run):
    """Installs plughost and has `run(path, installation)` run what the command line names."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--build-dir", required=True)
    parser.add_argument("--cmake", default="cmake")
    parser.add_argument("--compiler", default="cc")
    parser.add_argument("--libdir", default="lib")
    parser.add_argument("path", type=pathlib.Path)
    arguments = parser.parse_args()
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))
    work = pathlib.Path(tempfile.mkdtemp(prefix="plughost-docs-"))
    try:
        run(arguments.path.resolve(), Installation(arguments, work))
    except (Failed, subprocess.SubprocessError) as failure:
        sys.exit(f"FAILED: {failure}")
    finally:
        end_children()
        shutil.rmtree(work, ignore_errors=True)

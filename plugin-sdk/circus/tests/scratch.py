"""A folder with modules, and one of our programs run in it."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
from typing import Optional

PROGRAMS = pathlib.Path(__file__).resolve().parent.parent
DEADLINE = 30


class ScratchTest(unittest.TestCase):
    """Has a folder of its own, from which programs are run."""

    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)

    def write(self, name: str, text: str) -> pathlib.Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def run_program(self, program: str, *words: str, env: Optional[dict[str, str]] = None,
                    ) -> subprocess.CompletedProcess[str]:
        """Runs it with nothing in its environment but `env`."""
        return subprocess.run([sys.executable, str(PROGRAMS / program), *words], cwd=self.folder,
                              env={"PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1",
                                   **(env or {})},
                              capture_output=True, text=True, timeout=DEADLINE, check=False)

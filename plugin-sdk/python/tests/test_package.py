"""The package as a whole: its version, that all of it is installed, and that it is annotated."""

from __future__ import annotations

import ast
import inspect
import pathlib
import re
import subprocess
import sys
import unittest
from typing import Iterator

import plughost

PACKAGE = pathlib.Path(plughost.__file__).parent
ROOT = pathlib.Path(__file__).resolve().parents[3]


def functions() -> Iterator[tuple[str, ast.FunctionDef]]:
    """Yields all functions of the package, those inside others too."""
    for path in sorted(PACKAGE.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                yield f"{path.name}:{node.lineno} {node.name}", node


class Package(unittest.TestCase):
    def test_its_version_is_that_of_plughost(self) -> None:
        text = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
        found = re.search(r"project\(plughost VERSION ([0-9.]+)", text)
        assert found
        self.assertEqual(plughost.__version__, found[1])

    def test_all_of_it_is_installed(self) -> None:
        text = (PACKAGE.parent / "CMakeLists.txt").read_text(encoding="utf-8")
        listed = re.findall(r"^ +plughost/(\S+)$", text, re.MULTILINE)
        there = [path.name for path in PACKAGE.iterdir() if path.is_file()]
        self.assertEqual(sorted(listed), sorted(there))

    def test_every_function_is_annotated(self) -> None:
        found = list(functions())
        self.assertGreater(len(found), 150)
        for name, function in found:
            names = function.args
            given = names.posonlyargs + names.args + names.kwonlyargs
            given += [one for one in (names.vararg, names.kwarg) if one]
            with self.subTest(function=name):
                self.assertIsNotNone(function.returns)
                self.assertEqual([one.arg for one in given if one.annotation is None],
                                 [one.arg for one in given[:1] if one.arg in ("self", "cls")])

    def test_what_is_public_is_documented(self) -> None:
        for name in plughost.__all__:
            value = getattr(plughost, name)
            self.assertTrue(inspect.getdoc(value), name)
            if not inspect.isclass(value):
                continue
            for inner, member in vars(value).items():
                is_public = not inner.startswith("_")
                if is_public and (inspect.isfunction(member) or isinstance(member, property)):
                    is_level = name == "Log" and inner in ("debug", "info", "warning", "error")
                    self.assertTrue(is_level or inspect.getdoc(member), f"{name}.{inner}")

    def test_all_modules_can_be_imported_by_themselves(self) -> None:
        for path in sorted(PACKAGE.glob("*.py")):
            if path.stem != "__main__":
                with self.subTest(module=path.stem):
                    subprocess.run([sys.executable, "-c", f"import plughost.{path.stem}"],
                                   check=True)


if __name__ == "__main__":
    unittest.main()

"""Rules of CONTRIBUTING.md that no linter checks."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from coursekit.workshop.building.outputs import MACHINE_PATH

ROOT = Path(__file__).parents[1]
FOLDERS_OF_CODE = ("coursekit", "tests", "benchmarks", "tools")
PYTHON = [path for folder in FOLDERS_OF_CODE for path in sorted((ROOT / folder).rglob("*.py"))]
TEXTS = {".py", ".md", ".toml", ".yml", ".yaml", ".json", ".ipynb", ""}
# These say what a path of a machine is, look for one where it belongs, or test that it is found.
NAMES_PATHS = {
    "Makefile",
    "coursekit/workshop/building/outputs.py",
    "tests/workshop/building/test_gate.py",
    "tests/test_setup.py",
}
FOLDERS = ("coursekit", "tests", "benchmarks", "tools", "notebooks", "solutions", "exercises", "data", ".ci")


def _texts() -> Iterator[Path]:
    everywhere = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*"))
    for path in (*ROOT.glob("*"), *everywhere):
        if path.is_file() and path.suffix in TEXTS:
            yield path


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_are_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 300
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert _code_lines(node) <= 50, f"{node.name} has {_code_lines(node)} lines of code"


def _code_lines(function: ast.FunctionDef) -> int:
    """The function's lines below its signature, without the docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return function.end_lineno - body[0].lineno + 1 if body else 0


def test_no_file_names_the_machine_it_was_made_on() -> None:
    assert len(list(_texts())) > len(PYTHON)
    # Not where it is the end of another path, as "/data/" would be were the course in /data.
    here = re.compile(rf"(?<![\w./-]){re.escape(str(ROOT))}/")
    for path in _texts():
        text = path.read_text(encoding="utf-8")
        assert not here.search(text), path
        if str(path.relative_to(ROOT)) not in NAMES_PATHS:
            assert not (found := MACHINE_PATH.search(text)), f"{path}: {found}"

"""What is known, and trusted, of an assignment: its exercises, and the notebook that was handed out."""

import ast
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache

from coursekit.exercises import Exercise, find
from coursekit.workshop.building.chapter import Chapter
from coursekit.workshop.grading.sandbox import hidden_modules
from coursekit.workshop.grading.submission import Cell, code_of, read_notebook

__all__ = ["Assignment", "Question", "assignment"]

_DEFINES = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)


@dataclass(frozen=True)
class Question:
    """A question that is answered in words and graded by hand, in the cell whose id is ``written-<name>``."""

    name: str
    points: float


@dataclass(frozen=True)
class Assignment:
    """A chapter's exercises, to be graded.

    Attributes:
        name: the chapter.
        exercises: in the order of its notebook.
        given: the other cells that were handed out, each with what an answer may need of it.
        names: what these define altogether.
        questions: those to be graded by hand.
        solutions: a digest of each exercise's solution, to flag copies.
    """

    name: str
    exercises: tuple[Exercise, ...]
    given: Mapping[str, str] = field(default_factory=dict)
    names: frozenset[str] = frozenset()
    questions: tuple[Question, ...] = ()
    solutions: frozenset[str] = frozenset()

    @property
    def hidden(self) -> tuple[str, ...]:
        """The modules that the sandbox does not show."""
        return hidden_modules(name for exercise in self.exercises for name in exercise.hidden)

    def needed(self, cells: Mapping[int, Cell]) -> dict[int, Cell]:
        """Return the cells without what only checks or shows, where that is as it was handed out."""
        sources = {number: self.given.get(cell.source.strip(), cell.source) for number, cell in cells.items()}
        return {number: replace(cells[number], source=source) for number, source in sources.items() if source}


@cache
def assignment(name: str) -> Assignment:
    """Return what there is to an assignment, from the notebooks in the checkout where there is one.

    Raises:
        ValueError: no chapter has that name, or it has no exercises.
    """
    exercises = find(name)
    released, solved = _notebook("exercises", name), _notebook("solutions", name)
    given = dict(_given(read_notebook(released)))
    codes = (code_of(read_notebook(solved), exercise.name) for exercise in exercises)
    return Assignment(
        name,
        exercises,
        given,
        frozenset(name for source in given for name in _defined(source)),
        tuple(_questions(released)),
        frozenset(code for code in codes if code),
    )


def _notebook(kind: str, name: str) -> bytes:
    path = Chapter(kind, name).path
    return path.read_bytes() if path.is_file() else b'{"cells": []}'


def _given(cells: Iterable[Cell]) -> Iterator[tuple[str, str]]:
    """The source of each cell that is no exercise, and its imports and definitions alone."""
    for cell in cells:
        if cell.kind == "code" and not cell.id.startswith("exercise-"):
            kept: list[ast.stmt] = [
                node for node in ast.parse(cell.source).body if isinstance(node, _DEFINES)
            ]
            yield cell.source.strip(), ast.unparse(ast.Module(kept, []))


def _defined(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def _questions(notebook: bytes) -> Iterator[Question]:
    for cell in json.loads(notebook)["cells"]:
        if (name := cell.get("id", "")).startswith("written-"):
            yield Question(name.removeprefix("written-"), float(cell["metadata"]["nbgrader"]["points"]))

"""An assignment: its exercises, and the notebook that was handed out."""

import ast
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from hashlib import sha256

from coursekit.exercises import Exercise, find
from coursekit.workshop.building.chapter import Chapter
from coursekit.workshop.grading.code_names import code_names
from coursekit.workshop.grading.notebook import Cell, code_digest, read_notebook
from coursekit.workshop.grading.sandbox import hidden_modules

__all__ = ["Assignment", "Question", "bound_names", "load_assignment"]

_DEFINING_STATEMENTS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)


@dataclass(frozen=True)
class Question:
    """A question that is answered in words and graded by hand.

    Attributes:
        name: the id of its cell is ``written-<name>``.
        points: what it is worth.
    """

    name: str
    points: float


@dataclass(frozen=True)
class Assignment:
    """A chapter's exercises, to be graded.

    Attributes:
        name: of the chapter.
        exercises: in the order of its notebook.
        handed_out: maps the source of each other code cell that was given to its imports and definitions.
        defined_names: the variables that these cells define.
        questions: what is graded by hand.
        texts: the sources of all cells that were given, to tell the student's own.
        solutions: the source of each exercise's solution.
    """

    name: str
    exercises: tuple[Exercise, ...]
    handed_out: Mapping[str, str] = field(default_factory=dict)
    defined_names: frozenset[str] = frozenset()
    questions: tuple[Question, ...] = ()
    texts: frozenset[str] = frozenset()
    solutions: Mapping[str, str] = field(default_factory=dict)

    @property
    def released_digest(self) -> str:
        """A digest of all that the notebooks say which a grade depends on."""
        parts = sorted(self.handed_out.items()), sorted(self.solutions.items()), sorted(self.texts)
        return sha256(repr(parts).encode(errors="replace")).hexdigest()

    @property
    def solution_digests(self) -> frozenset[str]:
        """A digest of each exercise's solution, to flag copies."""
        cells = [Cell(f"exercise-{name}", "code", source) for name, source in self.solutions.items()]
        digests = (code_digest(cells, name) for name in self.solutions)
        return frozenset(digest for digest in digests if digest)

    @property
    def hidden_modules(self) -> tuple[str, ...]:
        """Names of the modules that the sandbox does not show."""
        return hidden_modules(name for exercise in self.exercises for name in exercise.hidden)

    def needed_cells(self, cells: Mapping[int, Cell]) -> dict[int, Cell]:
        """Leave out what only checks or shows.

        Args:
            cells: a submission's code cells, by their numbers.

        Returns:
            The cells, where those that are still as they were handed out keep only imports and definitions.
        """
        sources = {
            number: self.handed_out.get(cell.source.strip(), cell.source) for number, cell in cells.items()
        }
        return {number: replace(cells[number], source=source) for number, source in sources.items() if source}


@cache
def load_assignment(name: str) -> Assignment:
    """Return an assignment, with what the notebooks in the checkout say about it, where there is a checkout.

    Args:
        name: of the chapter.

    Returns:
        The assignment.

    Raises:
        ValueError: no chapter has that name, or it has no exercises.
    """
    exercises = find(name)
    released, solved = _notebook("exercises", name), _notebook("solutions", name)
    cells = read_notebook(released)
    handed_out = dict(_handed_out(cells))
    return Assignment(
        name,
        exercises,
        handed_out,
        frozenset(name for source in handed_out for name in code_names(source).assigned),
        tuple(_questions(released)),
        frozenset(cell.source.strip() for cell in cells),
        {cell.exercise: cell.source for cell in read_notebook(solved) if cell.exercise},
    )


def bound_names(source: str) -> set[str]:
    """Return the names that a cell assigns, imports or defines.

    Args:
        source: of a code cell, which may be no Python: then it binds none.
    """
    found = code_names(source)
    return {*found.assigned, *found.defined}


def _notebook(kind: str, name: str) -> bytes:
    path = Chapter(kind, name).path
    return path.read_bytes() if path.is_file() else b'{"cells": []}'


def _handed_out(cells: Iterable[Cell]) -> Iterator[tuple[str, str]]:
    """The source of each code cell that is no exercise, and its imports and definitions alone."""
    for cell in cells:
        if cell.cell_type == "code" and not cell.id.startswith("exercise-"):
            kept: list[ast.stmt] = [
                node for node in ast.parse(cell.source).body if isinstance(node, _DEFINING_STATEMENTS)
            ]
            yield cell.source.strip(), ast.unparse(ast.Module(kept, []))


def _questions(notebook: bytes) -> Iterator[Question]:
    for cell in json.loads(notebook)["cells"]:
        if (name := cell.get("id", "")).startswith("written-"):
            yield Question(name.removeprefix("written-"), float(cell["metadata"]["nbgrader"]["points"]))

"""Submissions made from the solutions of chapter 04, and what becomes of them."""

import json
import textwrap
from dataclasses import asdict, replace
from functools import cache
from typing import Any

from coursekit.workshop.building import Chapter
from coursekit.workshop.grading.grader import Job, grade
from coursekit.workshop.grading.limits import Limits
from coursekit.workshop.grading.results import SubmissionResult

ASSIGNMENT = "04_saliency"
SECRET = b"a secret of the tests, for them alone"
LIMITS = Limits(seconds=30, total=240, memory=2**30)
"""What no honest submission needs, however busy the machine is."""
QUICK = replace(LIMITS, seconds=2)
"""For those that go on until they are stopped."""

RIGHT = "def target_scores(model, x, target):\n    return model(x)[torch.arange(len(x)), target]"


@cache
def _read(kind: str, assignment: str) -> str:
    return Chapter(kind, assignment).path.read_text(encoding="utf-8")


def notebook(kind: str = "solutions", *, assignment: str = ASSIGNMENT, **answers: str) -> dict[str, Any]:
    """The notebook, with other sources for the cells of some exercises."""
    found = json.loads(_read(kind, assignment))
    for cell in found["cells"]:
        if (name := cell["id"].removeprefix("exercise-")) in answers:
            cell["source"] = textwrap.dedent(answers[name])
    return found


def with_cell(source: str, *, at: int | None = None, **answers: str) -> dict[str, Any]:
    """The solutions with one more cell: where none is said, after that in which everything is imported."""
    found = notebook(**answers)
    place = _behind_imports(found) if at is None else at
    found["cells"].insert(place, _cell("mine", source))
    return found


def with_cells(*sources: str, assignment: str = ASSIGNMENT, **answers: str) -> dict[str, Any]:
    """The solutions of an assignment with more cells, one after the other."""
    found = notebook(assignment=assignment, **answers)
    place = _behind_imports(found)
    found["cells"][place:place] = [_cell(f"mine-{i}", source) for i, source in enumerate(sources)]
    return found


def _behind_imports(found: dict[str, Any]) -> int:
    sources = ["".join(cell["source"]) for cell in found["cells"]]
    return 1 + next(i for i, source in enumerate(sources) if "import coursekit" in source)


def _cell(cell_id: str, source: str) -> dict[str, Any]:
    return {"cell_type": "code", "id": cell_id, "source": textwrap.dedent(source)}


def graded(
    submitted: dict[str, Any] | bytes, *names: str, limits: Limits = LIMITS, isolated: bool = True
) -> SubmissionResult:
    """The result for some exercises."""
    data = submitted if isinstance(submitted, bytes) else json.dumps(submitted).encode()
    return grade(Job(ASSIGNMENT, data, names or ("target_scores", "guided_relu"), SECRET, limits, isolated))


def points(result: SubmissionResult) -> dict[str, float]:
    """What each exercise earned."""
    return {name: exercise.earned for name, exercise in result.exercises.items()}


def said(result: SubmissionResult) -> str:
    """All that a student is told."""
    return json.dumps(asdict(result), ensure_ascii=False)


def probe(source: str) -> str:
    """What a cell finds in the sandbox: it ends with ``tell(...)``, and is heard through its traceback."""
    tell = "def tell(*values): raise RuntimeError('told: ' + repr(values))\n"
    (failure,) = graded(with_cell(tell + textwrap.dedent(source)), "guided_relu").summary.cell_failures
    return failure.message.rpartition("told: ")[2] if "told: " in failure.message else failure.message

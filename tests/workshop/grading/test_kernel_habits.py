"""What works in a Jupyter kernel works when it is graded."""

import json
from typing import Any

import pytest

from coursekit.exercises import CHAPTERS
from coursekit.exercises.exercise import is_ours
from coursekit.workshop.grading import written
from coursekit.workshop.grading.assignment import load_assignment
from coursekit.workshop.grading.grader import Job, grade
from tests.workshop.grading.habit_answers import ANSWERS
from tests.workshop.grading.habits import CELLS
from tests.workshop.grading.notebooks import (
    LIMITS,
    RIGHT,
    SECRET,
    graded,
    notebook,
    points,
    probe,
    with_cell,
    with_cells,
)
from tests.workshop.grading.students import STUDENTS

ALL_RIGHT = {"target_scores": 1, "guided_relu": 1}


def without_ids(submitted: dict[str, Any], *, grade_ids: bool) -> dict[str, Any]:
    for cell in submitted["cells"]:
        del cell["id"]
        if not grade_ids:
            cell.get("metadata", {}).pop("nbgrader", None)
    return submitted


@pytest.mark.parametrize(
    "source",
    [
        "from __future__ import annotations",
        "from IPython import get_ipython\nget_ipython().run_line_magic('matplotlib', 'inline')",
        "import IPython\nassert IPython.get_ipython() is get_ipython()",
        "from multiprocessing.pool import ThreadPool\nassert ThreadPool(2).map(abs, [-1, 2]) == [1, 2]",
        "torch.set_default_dtype(torch.float64)",
        "torch.set_default_device('cpu')\ntorch.use_deterministic_algorithms(True)",
        "torch.set_grad_enabled(False)",
        "%timeit -n 1 -r 1 len([])",
        "y = %time 1 + 1\nassert y == 2",
        "for name in []: pass\nfiles = !ls\nfor name in files: pass",
        "import tqdm, scipy.ndimage, sklearn.decomposition, PIL.Image",
    ],
)
def test_a_cell_that_a_kernel_runs(source: str) -> None:
    result = graded(with_cell(source))
    assert (points(result), result.summary.cell_failures) == (ALL_RIGHT, [])


@pytest.mark.parametrize("name", CELLS)
def test_a_habit(name: str) -> None:
    result = graded(with_cells(*CELLS[name]))
    assert (points(result), result.summary.cell_failures) == (ALL_RIGHT, [])


@pytest.mark.parametrize("name", CELLS)
def test_a_habit_in_another_chapter(name: str) -> None:
    chapter = "07_adversarial"
    (exercise, *_) = load_assignment(chapter).exercises
    data = json.dumps(with_cells(*CELLS[name], assignment=chapter)).encode()
    result = grade(Job(chapter, data, (exercise.name,), SECRET, LIMITS))
    assert (points(result), result.summary.cell_failures) == ({exercise.name: exercise.points}, [])


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_of_another_kind(name: str) -> None:
    result = graded(notebook(target_scores=ANSWERS[name]), "target_scores")
    assert points(result) == {"target_scores": 1}


@pytest.mark.parametrize("name", STUDENTS)
def test_a_right_answer_in_an_uncommon_notebook(name: str) -> None:
    assert points(graded(STUDENTS[name].notebook())) == ALL_RIGHT


PACKAGES = (
    "scipy.linalg, scipy.ndimage, scipy.optimize, scipy.signal, scipy.spatial, scipy.special",
    "skimage.color, skimage.filters, skimage.measure, skimage.metrics, skimage.transform",
    "sklearn.cluster, sklearn.decomposition, sklearn.linear_model, sklearn.manifold, sklearn.metrics",
    "sklearn.model_selection, sklearn.neighbors, sklearn.pipeline, sklearn.preprocessing",
    "torchvision.models, torchvision.transforms, torchvision.utils, torch._dynamo",
    "ipywidgets, IPython.display, matplotlib.pyplot, mpl_toolkits.mplot3d, PIL.Image, tqdm",
)
HIDES_PACKAGES = {"03_embeddings": "sklearn", "09_bias_and_trust": "scipy.stats"}
"""Chapters under which a package of others, or a part of one, holds an answer."""


def test_these_chapters_hide_packages() -> None:
    found = {
        (chapter, name)
        for chapter in CHAPTERS
        for name in load_assignment(chapter).hidden_modules
        if not is_ours(name)
    }
    assert found == set(HIDES_PACKAGES.items())


@pytest.mark.parametrize("chapter", HIDES_PACKAGES)
def test_what_a_chapter_hides_takes_no_other_package_along(chapter: str) -> None:
    wanted = [line for line in PACKAGES if not line.startswith(HIDES_PACKAGES[chapter])]
    data = json.dumps(with_cells(*(f"import {line}" for line in wanted), assignment=chapter)).encode()
    (exercise, *_) = load_assignment(chapter).exercises
    result = grade(Job(chapter, data, (exercise.name,), SECRET, LIMITS))
    assert (points(result), result.summary.cell_failures) == ({exercise.name: exercise.points}, [])


@pytest.mark.parametrize(
    "source",
    [
        "from scipy.stats import rankdata\nrankdata([1, 2])",
        "from scipy import stats\nstats.norm.ppf(0.975)",
        "import scipy.stats._stats_py as inner\ninner.rankdata([1])",
        "class Mine(__import__('scipy').stats.rv_continuous): pass\nMine()",
        "import coursekit.fairness",
    ],
)
def test_what_a_chapter_hides_refuses_to_be_used(source: str) -> None:
    chapter = "09_bias_and_trust"
    (exercise, *_) = load_assignment(chapter).exercises
    data = json.dumps(with_cells(source, assignment=chapter)).encode()
    (failure,) = grade(Job(chapter, data, (exercise.name,), SECRET, LIMITS)).summary.cell_failures
    assert "holds the answer to an exercise: it is not there when graded" in failure.message


def test_behind_a_statement_that_fails_nothing_is_done() -> None:
    result = graded(with_cells("done = 1\n1 / 0\ndone = len('ab')\nprint(done)", "assert done == 1"))
    (failure,) = result.summary.cell_failures
    assert failure.message == "line 2: 1 / 0\nZeroDivisionError: division by zero"


def test_what_a_cell_exits_from_is_told_and_the_rest_is_graded() -> None:
    result = graded(with_cells("k = 1\nimport sys\nsys.exit()\nk = 2", "assert k == 1"))
    (failure,) = result.summary.cell_failures
    assert (points(result), failure.message) == (ALL_RIGHT, "line 3: sys.exit()\nSystemExit")


def test_a_module_that_a_cell_writes_takes_no_ones_place() -> None:
    """It is looked for last, and never under a name that is hidden."""
    found = probe("""
        import os
        from importlib.machinery import PathFinder
        os.mkdir("coursekit")
        for name in ("torch", "sklearn", "coursekit/attribution"): open(name + ".py", "w").close()
        names = ("torch", "sklearn", "coursekit")
        places = [PathFinder.find_spec(name).origin.split("/")[1] for name in names]
        try: import coursekit.attribution
        except ImportError as error: tell(places, str(error))
        """)
    assert found.startswith("(['packages', 'packages', 'course'], 'coursekit.attribution holds the answer")


def test_annotations_stay_strings_from_one_cell_to_the_next() -> None:
    submitted = with_cell("from __future__ import annotations")
    annotated = RIGHT.replace("(model, x, target)", "(model: nn.Nothing, x: Image, target) -> Scores")
    for cell in submitted["cells"]:
        if cell["id"] == "exercise-target_scores":
            cell["source"] = annotated
    assert points(graded(submitted)) == ALL_RIGHT


@pytest.mark.parametrize("grade_ids", [True, False])
def test_a_notebook_that_has_lost_its_ids(grade_ids: bool) -> None:
    assert points(graded(without_ids(notebook(), grade_ids=grade_ids))) == ALL_RIGHT


@pytest.mark.parametrize("ids", [True, False])
def test_a_name_that_is_later_given_to_the_result(ids: bool) -> None:
    submitted = notebook()
    again = (
        "target_scores = target_scores(ck.load_model('scenes'), torch.rand(1, 3, 64, 64), torch.tensor([0]))"
    )
    submitted["cells"].append({"cell_type": "code", "id": "mine", "source": again})
    assert points(graded(submitted if ids else without_ids(submitted, grade_ids=False))) == ALL_RIGHT


def answer_in_words(change: Any) -> str:
    """The answer to the question of chapter 05 that is kept, after a change of the untouched notebook."""
    name = "05_gradcam"
    (question, *_) = load_assignment(name).questions
    from coursekit.workshop.building import Chapter

    submitted = json.loads(Chapter("exercises", name).path.read_text(encoding="utf-8"))
    place = next(i for i, cell in enumerate(submitted["cells"]) if cell["id"] == f"written-{question.name}")
    change(submitted["cells"], place)
    exercises = tuple(exercise.name for exercise in load_assignment(name).exercises[:1])
    result = grade(Job(name, json.dumps(submitted).encode(), exercises, SECRET, LIMITS))
    return result.summary.written_answers[question.name]


def text(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": "more", "metadata": {}, "source": source}


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        (lambda cells, i: None, ""),
        (lambda cells, i: cells[i].update(source="Because."), "Because."),
        (lambda cells, i: cells[i].update(source="Because.", id="x1"), "Because."),
        (lambda cells, i: cells.insert(i + 1, text("Because.")), "Because."),
        (
            lambda cells, i: (cells[i].update(source="Because"), cells.insert(i + 1, text("it is."))),
            "Because\n\nit is.",
        ),
        (lambda cells, i: cells.insert(i, text("Above.")), ""),
    ],
)
def test_an_answer_in_words_is_found(change: Any, wanted: str) -> None:
    assert answer_in_words(change) == wanted


def test_an_answer_in_words_is_no_longer_than_what_is_kept(monkeypatch) -> None:
    monkeypatch.setattr(written, "_MAX_LENGTH", 5)
    assert answer_in_words(lambda cells, i: cells[i].update(source="Because.")) == "Becau"

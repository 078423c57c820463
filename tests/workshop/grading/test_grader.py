"""Submissions without malice get what they deserve."""

import json

import pytest

from coursekit.exercises import find
from coursekit.workshop.grading.notebook import SIZE_LIMIT
from tests.workshop.grading.notebooks import ASSIGNMENT, graded, notebook, points, said, with_cell

EXERCISES = {exercise.name: exercise for exercise in find(ASSIGNMENT)}


def test_the_solutions_earn_all_points() -> None:
    result = graded(notebook(), *EXERCISES)
    assert points(result) == {name: exercise.points for name, exercise in EXERCISES.items()}
    assert result.summary.notice is None
    assert result.summary.cell_failures == []


def test_untouched_exercises_earn_nothing() -> None:
    result = graded(notebook("exercises"), *EXERCISES)
    assert set(points(result).values()) == {0}
    assert result.summary.cell_failures == []
    assert not any(outcome.written for outcome in result.exercises.values())
    assert "it is not written yet" in said(result)


def test_a_known_mistake_is_named_and_the_rest_is_graded() -> None:
    wrong = "def target_scores(model, x, target): return model(x).softmax(1).gather(1, target[:, None])[:, 0]"
    result = graded(notebook(target_scores=wrong))
    assert points(result) == {"target_scores": 0, "guided_relu": 1}
    assert result.exercises["target_scores"].mistake.name == "the probability instead of the score"


def test_half_right_is_worth_half() -> None:
    half = """
        def target_scores(model, x, target):
            scores = model(x)[torch.arange(len(x)), target]
            return scores if len(x) == 1 else scores * 2
        """
    result = graded(notebook(target_scores=half))
    assert points(result)["target_scores"] == 0.5
    assert [case.credit for case in result.exercises["target_scores"].cases] == [1, 1, 0, 0]


def test_what_is_left_behind_costs_a_part() -> None:
    untidy = """
        def target_scores(model, x, target):
            model.train()
            return model(x)[torch.arange(len(x)), target]
        """
    result = graded(notebook(target_scores=untidy))
    assert points(result)["target_scores"] == 0.75
    assert "it left the net in another mode" in said(result)


@pytest.mark.parametrize(
    "source",
    [
        "import warnings, sys\nwarnings.warn('careful')\nprint('to stderr', file=sys.stderr)",
        "%matplotlib inline\n!ls\n%pip install numpy\n?print",
        "%%time\nscale = 1",
        "from matplotlib import pyplot as plt\nplt.plot([1, 2])\nplt.show()\ndisplay(plt.gcf())",
        "from coursekit import plots, widgets\nmodel = ck.subject_model()\nck.check(None)",
        "import pickle\nclass Point:\n    pass\npickle.dumps(Point())",
    ],
    ids=["warnings", "magics", "timing", "plots", "the course's own", "classes"],
)
def test_cells_of_ones_own_do_no_harm(source: str) -> None:
    result = graded(with_cell(source))
    assert points(result) == {"target_scores": 1, "guided_relu": 1}
    assert [failure for failure in result.summary.cell_failures if "widgets" not in failure.message] == []


def test_another_style_is_as_good() -> None:
    style = """
        class Scores:
            def __init__(self, pick): self.pick = pick
            def __call__(self, *args, **kwargs): return self.pick(*args, **kwargs)
        target_scores = Scores(lambda net, x, which: net(x).gather(1, which[:, None])[:, 0].double())
        """
    assert points(graded(notebook(target_scores=style)))["target_scores"] == 1


@pytest.mark.parametrize("end", [".repeat_interleave(2)[::2]", ".clone().requires_grad_()", ".conj()"])
def test_how_the_numbers_lie_in_memory_does_not_matter(end: str) -> None:
    odd = f"def target_scores(model, x, target): return model(x)[torch.arange(len(x)), target]{end}"
    assert points(graded(notebook(target_scores=odd)))["target_scores"] == 1


def test_a_cell_that_fails_costs_what_it_breaks() -> None:
    result = graded(with_cell("def target_scores(model x):\n    pass", target_scores="retrun 3"))
    assert points(result) == {"target_scores": 0, "guided_relu": 1}
    assert {failure.exercise for failure in result.summary.cell_failures} == {None, "target_scores"}
    assert "SyntaxError" in said(result)
    assert "no cell defines it" in said(result)


def test_the_exercises_own_cell_counts_whatever_comes_after() -> None:
    assert points(graded(with_cell("target_scores = 3", at=-1)))["target_scores"] == 1


def test_an_answer_below_an_untouched_stub_counts() -> None:
    submitted = notebook("exercises")
    submitted["cells"].append(
        {
            "cell_type": "code",
            "source": [
                "def target_scores(model, x, target):\n",
                "    return model(x)[torch.arange(len(x)), target]",
            ],
        }
    )
    assert points(graded(submitted)) == {"target_scores": 1, "guided_relu": 0}


def test_cells_without_ids_are_matched_by_the_function() -> None:
    submitted = notebook()
    submitted["cells"] = [dict(cell, id=f"new-{i}") for i, cell in enumerate(submitted["cells"])][::-1]
    # Backwards: functions need each other, and torch, only when they are called.
    assert points(graded(submitted)) == {"target_scores": 1, "guided_relu": 1}


def test_doubled_ids_and_hostile_metadata_do_no_harm() -> None:
    submitted = notebook()
    script = {"output_type": "display_data", "data": {"text/html": "<script>alert(1)</script>"}}
    for cell in submitted["cells"]:
        cell["metadata"] = {"tags": ["skip-execution"], "nbgrader": {"points": 1000, "locked": 3}}
        cell["outputs"] = [script, {"output_type": "error", "evalue": script}]
    submitted["cells"] += [dict(cell) for cell in submitted["cells"] if cell["cell_type"] == "code"]
    submitted["cells"] += [{"cell_type": "markdown", "source": "<script>alert(1)</script>", "id": "x"}]
    submitted["metadata"] = {"kernelspec": {"name": "bash"}}
    result = graded(submitted)
    assert points(result) == {"target_scores": 1, "guided_relu": 1}
    assert "script" not in said(result)


def test_a_name_from_a_cell_that_was_handed_out_is_found() -> None:
    """Of these cells, only imports and definitions run at first: whoever needs more gets all."""
    needs = (
        "def target_scores(model, x, target):\n    robust\n    return model(x)[torch.arange(len(x)), target]"
    )
    submitted = notebook(target_scores=needs)
    submitted["cells"] = [cell for cell in submitted["cells"] if "plots.show" not in "".join(cell["source"])]
    assert points(graded(submitted))["target_scores"] == 1


def test_a_missing_module_costs_no_more_than_itself() -> None:
    submitted = notebook()
    for cell in submitted["cells"]:
        if cell["cell_type"] == "code" and "import torch" in "".join(cell["source"]):
            cell["source"] = ["import captum\n", "from coursekit import attribution\n", "import torch\n"]
    result = graded(submitted)
    assert points(result) == {"target_scores": 1, "guided_relu": 1}
    assert "only the course, the packages that it needs" in said(result)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no JSON"),
        (json.dumps({"cells": 3}).encode(), "no list of cells"),
        (b"[1, 2]", "no list of cells"),
        (b"[" * 100_000, "nested"),
        (b"\xff\xfe\x00", "no JSON"),
        (json.dumps(notebook()).encode()[:5000], "no JSON"),
        (b" " * (SIZE_LIMIT + 1), "larger than 50 MB: clear its outputs"),
        (b"[" + b"{}," * 2**20 + b"{}]", "more than 1,000,000 values: clear its outputs"),
    ],
    ids=["empty", "no cells", "a list", "nested", "binary", "cut off", "large", "many values"],
)
def test_a_broken_file_earns_nothing_and_is_told_why(data: bytes, words: str) -> None:
    result = graded(data)
    assert set(points(result).values()) == {0}
    assert words in result.summary.notice


def test_odd_cells_are_passed_over() -> None:
    submitted = notebook()
    submitted["cells"][:0] = [
        3,
        None,
        {},
        {"cell_type": "code"},
        {"cell_type": "code", "source": 5, "id": []},
    ]
    submitted["cells"][:0] = [{"cell_type": "code", "source": ["3", 1, None]}, {"cell_type": ["x"], "id": 3}]
    assert points(graded(submitted)) == {"target_scores": 1, "guided_relu": 1}

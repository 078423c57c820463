"""From answers to points and words: what is counted, what is told, and what stands in for a stub."""

import json
import time
from dataclasses import replace

import pytest

from coursekit.exercises import CHAPTERS
from coursekit.workshop.building import Chapter
from coursekit.workshop.grading.assignment import load_assignment
from coursekit.workshop.grading.feedback import exercise_feedback, notebook_feedback
from coursekit.workshop.grading.grader import Job, grade
from coursekit.workshop.grading.results import SubmissionResult
from coursekit.workshop.grading.store import GradedSubmission
from tests.workshop.grading.notebooks import ASSIGNMENT, LIMITS, RIGHT, SECRET, graded, notebook, points

STUB = "def {}({}):\n    # Your code here, in place of the next line.\n    raise NotImplementedError"
NO_SCORES = STUB.format("target_scores", "model, x, target")
CALLING = ("gradient_saliency", "smoothgrad", "completeness_gap", "guided_backprop")


def words(result: SubmissionResult, name: str) -> list[str]:
    return list(exercise_feedback(result.exercises[name]))


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_solutions_page_has_nothing_to_complain_of(chapter: str) -> None:
    data = Chapter("solutions", chapter).path.read_bytes()
    names = tuple(exercise.name for exercise in load_assignment(chapter).exercises)
    result = grade(Job(chapter, data, names, SECRET, LIMITS))
    submission = GradedSubmission("anna", chapter, "x.ipynb", result.summary, result.exercises, {})
    assert list(notebook_feedback(submission)) == []
    for name in names:
        (line,) = words(result, name)
        assert line.startswith("Right on")


def test_a_right_answer_that_leaves_traces_is_counted_as_right() -> None:
    untidy = f"{RIGHT.replace('return', 'x.add_(1e-9); return')}"
    result = graded(notebook(target_scores=untidy), "target_scores")
    assert points(result) == {"target_scores": 0.75}
    right, lost = words(result, "target_scores")
    assert right == "Right on 4 of 4 hidden cases."
    assert lost.startswith("A quarter of each right case is lost: it changed a tensor that it was given")


def test_cases_that_are_wrong_are_named() -> None:
    some = RIGHT + "* (1 if len(x) == 1 else 2)"
    result = graded(notebook(target_scores=some), "target_scores")
    assert words(result, "target_scores")[0] == (
        "Right on 2 of 4 hidden cases, not on a batch of two, a batch of three wide images."
    )


def test_the_courses_own_function_stands_in_for_a_stub() -> None:
    result = graded(notebook(target_scores=NO_SCORES), "target_scores", *CALLING)
    assert points(result) == {
        "target_scores": 0,
        "gradient_saliency": 2,
        "smoothgrad": 2,
        "completeness_gap": 1,
        "guided_backprop": 3,
    }
    assert words(result, "target_scores") == ["It is not written yet."]
    assert words(result, "gradient_saliency")[0] == (
        "It builds on target_scores, which is not written yet. "
        "The course's own target_scores stood in for it."
    )


def test_what_is_wrong_stays_wrong_with_the_courses_own_function() -> None:
    wrong = """
        def gradient_saliency(model, x, target):
            x = x.clone().requires_grad_()
            return torch.autograd.grad(target_scores(model, x, target).sum(), x)[0].abs().mean(1)
        """
    result = graded(notebook(target_scores=NO_SCORES, gradient_saliency=wrong), "gradient_saliency")
    assert points(result) == {"gradient_saliency": 0}
    assert "which is not written yet" in " ".join(words(result, "gradient_saliency"))


def test_a_later_function_never_stands_in() -> None:
    """Its solution may hold the answer to an earlier exercise."""
    asks = "def gradient_saliency(model, x, target): return smoothgrad(model, x, target, 0, 1)"
    no_smoothgrad = STUB.format("smoothgrad", "model, x, target, noise, seed")
    result = graded(notebook(gradient_saliency=asks, smoothgrad=no_smoothgrad), "gradient_saliency")
    assert points(result) == {"gradient_saliency": 0}
    assert result.exercises["gradient_saliency"].helpers == {}


def test_a_solution_does_not_leave_in_words() -> None:
    """An answer that calls a stub sees the course's own function; none of its own text is shown then."""
    tells = """
        def gradient_saliency(model, x, target):
            target_scores(model, x, target)
            code = target_scores.__code__.co_code
            if len(x) > 1: raise ValueError("stolen", code)
            return torch.zeros(0, *code[:7])
        """
    own = graded(notebook(target_scores=NO_SCORES, gradient_saliency=tells), "gradient_saliency")
    told = " ".join(words(own, "gradient_saliency"))
    assert "target_scores, which is not written yet" in told
    assert "stolen" not in told
    assert "returned" not in told


SOFTMAX = "def target_scores(model, x, target): return model(x).softmax(1)[torch.arange(len(x)), target]"


def test_one_mistake_costs_its_own_points_alone() -> None:
    result = graded(notebook(target_scores=SOFTMAX), "target_scores", *CALLING)
    assert [exercise.earned for exercise in result.exercises.values()] == [0, 2, 2, 1, 3]
    assert words(result, "smoothgrad") == [
        "It builds on target_scores, which is wrong. The course's own target_scores stood in for it.",
        "Right on 4 of 4 hidden cases.",
    ]


def test_an_exercise_that_is_graded_alone_gets_the_same_points() -> None:
    assert points(graded(notebook(target_scores=SOFTMAX), "smoothgrad")) == {"smoothgrad": 2}


def test_a_right_function_that_an_answer_builds_on_stays() -> None:
    wrong = "def smoothgrad(model, x, target, noise, seed): return target_scores(model, x, target)"
    result = graded(notebook(smoothgrad=wrong), "smoothgrad")
    assert (points(result), result.exercises["smoothgrad"].helpers) == ({"smoothgrad": 0}, {})


def test_a_function_that_no_cell_defines_is_said() -> None:
    submitted = notebook()
    submitted["cells"] = [cell for cell in submitted["cells"] if cell["id"] != "exercise-guided_relu"]
    for cell in submitted["cells"]:
        if cell["id"] == "exercise-guided_backprop":
            cell["source"] = "pass"
    result = grade(Job(ASSIGNMENT, json.dumps(submitted).encode(), ("guided_relu",), SECRET, LIMITS))
    assert words(result, "guided_relu") == ["No cell defines it."]


GIVEN = "def target_scores(model, x, target):\n    robust\n    return model(x)[torch.arange(len(x)), target]"


def test_an_answer_that_asks_for_what_was_left_out_is_run_with_all_cells() -> None:
    """Also where no other answer is right on any public case, so that hidden ones would not be called."""
    assert points(graded(notebook("exercises", target_scores=GIVEN), "target_scores")) == {"target_scores": 1}


def test_so_is_one_that_also_calls_a_stub() -> None:
    needs = """
        def gradient_saliency(model, x, target):
            robust
            x = x.clone().requires_grad_()
            return torch.autograd.grad(target_scores(model, x, target).sum(), x)[0].abs().amax(1)
        """
    submitted = notebook("exercises", gradient_saliency=needs)
    assert points(graded(submitted, "gradient_saliency")) == {"gradient_saliency": 2}


def test_a_stub_that_was_deleted_is_stood_in_for_too() -> None:
    submitted = notebook()
    submitted["cells"] = [cell for cell in submitted["cells"] if cell["id"] != "exercise-target_scores"]
    assert points(graded(submitted, "target_scores", "smoothgrad")) == {"target_scores": 0, "smoothgrad": 2}


def test_an_answer_in_another_cell_gets_it_too() -> None:
    submitted = notebook(target_scores=NO_SCORES)
    for cell in submitted["cells"]:
        if cell["id"] == "exercise-smoothgrad":
            cell["id"], cell["metadata"] = "mine", {}
    assert points(graded(submitted, "smoothgrad")) == {"smoothgrad": 2}


def test_a_right_function_that_leaves_traces_is_not_called_wrong() -> None:
    untidy = RIGHT.replace("return", "x.requires_grad or x.add_(1e-9); return")
    result = graded(notebook(target_scores=untidy), "target_scores", "gradient_saliency")
    assert points(result)["target_scores"] == 0.75
    assert result.exercises["gradient_saliency"].helpers == {}


def test_a_source_that_no_parser_can_read_costs_itself_alone() -> None:
    deep = "-" * 7000 + "1"
    wrong = "def occlusion(*arguments): return 0"
    result = graded(
        notebook(gradient_saliency=deep, occlusion=wrong), "gradient_saliency", "occlusion", "guided_relu"
    )
    assert points(result) == {"gradient_saliency": 0, "occlusion": 0, "guided_relu": 1}


def test_no_run_begins_when_the_time_is_over() -> None:
    stalls = "import signal, time\nsignal.signal(14, lambda *_: None)\nwhile True: time.sleep(1)"
    wrong = {name: f"def {name}(*a):\n    target_scores\n    return 0" for name in CALLING}
    submitted = notebook(target_scores="def target_scores(*a): return 0", **wrong)
    submitted["cells"].insert(0, {"cell_type": "code", "id": "stalls", "source": stalls})
    began = time.monotonic()
    graded(submitted, "target_scores", *CALLING, limits=replace(LIMITS, seconds=1, total=2))
    assert time.monotonic() - began < 40

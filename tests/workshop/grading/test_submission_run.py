"""What a grader sees of a broken submission: what broke, in its student's words; the rest was graded."""

import json
import re

from coursekit.exercises import find
from coursekit.workshop.building.outputs import MACHINE_PATH
from coursekit.workshop.grading import feedback, sanitising, submission_run
from coursekit.workshop.grading.case_set import case_sets
from coursekit.workshop.grading.limits import Limits
from coursekit.workshop.grading.results import SubmissionResult
from coursekit.workshop.grading.session import Session
from coursekit.workshop.grading.store import GradedSubmission
from coursekit.workshop.grading.submission_run import SubmissionRun
from tests.workshop.grading.notebooks import (
    ASSIGNMENT,
    LIMITS,
    QUICK,
    RIGHT,
    SECRET,
    graded,
    notebook,
    points,
    said,
    with_cell,
)

DEEP = """
    import numpy
    def helper(value):
        return numpy.linalg.inv(value)
    def {name}(*anything):
        return helper(numpy.zeros((2, 2)))
    {name}()
    """


def test_the_report_names_the_exercise_the_lines_and_the_error() -> None:
    first, *_, last = find(ASSIGNMENT)
    submitted = notebook(**{last.name: DEEP.format(name=last.name).strip("\n")})
    result = graded(submitted, first.name, last.name)
    assert points(result) == {first.name: first.points, last.name: 0}
    submission = GradedSubmission("anna", ASSIGNMENT, "x.ipynb", result.summary, result.exercises, {})
    (told,) = feedback.notebook_feedback(submission)
    assert re.match(rf"Code cell \d+ \({last.name}\) failed; the rest was graded\. ", told)
    assert told.partition("graded. ")[2].splitlines() == [
        f"line 6: {last.name}()",
        "line 5: return helper(numpy.zeros((2, 2)))",
        "line 3: return numpy.linalg.inv(value)",
        "numpy.linalg.LinAlgError: Singular matrix",
    ]
    public = "\n".join(feedback.exercise_feedback(result.exercises[last.name]))
    assert "LinAlgError: Singular matrix, at line 3: return numpy.linalg.inv(value)" in public
    assert not MACHINE_PATH.search(told + public)


def test_a_cell_is_counted_where_it_stands() -> None:
    """Cells that are passed over count, too; what a magic times is told from the cell around it."""
    submitted = notebook(smoothgrad="retrun 3", guided_backprop="%%time\n\nretrun 3")
    ids = [cell["id"] for cell in submitted["cells"] if cell["cell_type"] == "code"]
    failures = {
        failure.exercise: failure for failure in graded(submitted, "guided_relu").summary.cell_failures
    }
    for name, file in (("smoothgrad", "<cell {}>"), ("guided_backprop", "<cell {}, inner>")):
        number = ids.index(f"exercise-{name}") + 1
        assert failures[name].cell == number
        assert f'File "{file.format(number)}"' in failures[name].message


def test_paths_of_the_machine_are_cut(monkeypatch) -> None:
    """In a sandbox there are none to be seen, so that no spelling tells one; elsewhere words are filtered."""
    tells = "import torch\nraise ValueError(' '.join(torch.__file__ + __import__('coursekit').__file__))"
    words = said(graded(with_cell(tells), "guided_relu"))
    assert " ".join("/packages/torch/__init__.py/course/coursekit/__init__.py") in words
    tells = tells.replace("' '", "''")
    assert not MACHINE_PATH.search(said(graded(with_cell(tells), "guided_relu", isolated=False)))
    monkeypatch.setattr(submission_run, "sanitised", lambda text: text)
    course = json.dumps(sanitising.PACKAGE.parent.as_posix(), ensure_ascii=False)[1:-1]
    assert course in said(graded(with_cell(tells), "guided_relu", isolated=False))


def test_words_are_short_and_printable() -> None:
    script = r"raise ValueError('<b>\x1b[31m\x00\u202e\ud800' + 'x' * 10**6 + '\n' * 10**4)"
    (failure,) = graded(with_cell(script), "guided_relu").summary.cell_failures
    assert "ValueError: <b>" in failure.message
    assert re.fullmatch(r"[ -~…\n]{100,600}", failure.message)


def test_a_cell_that_ends_the_process_is_left_out() -> None:
    result = graded(with_cell("import os\nos._exit(3)"))
    assert points(result) == {"target_scores": 1, "guided_relu": 1}
    assert "it ended the whole process (exit code 3): it was left out" in said(result)


def test_what_took_too_long_or_too_much_is_said() -> None:
    endless = "def target_scores(model, x, target):\n    while True: pass"
    assert "it took too long, and was stopped" in said(
        graded(notebook(target_scores=endless), "target_scores", limits=QUICK)
    )
    greedy = (
        "import torch, os\nfor _ in range(4): os.fork()\nkept = bytearray(b'1') * 10**8\nwhile True: pass"
    )
    assert "it took more than 1 GB of memory" in said(graded(with_cell(greedy), "guided_relu"))


def test_time_for_the_whole_is_limited() -> None:
    short = Limits(seconds=LIMITS.seconds, total=0.0, memory=LIMITS.memory)
    result = graded(notebook(), limits=short)
    assert points(result) == {"target_scores": 0, "guided_relu": 0}
    assert "the time for the whole notebook was used up" in said(result)


TELLS = """
    def target_scores(model, x, target):
        told = repr(x.flatten()[:6].tolist())
        raise type(told, (Exception,), {})(told)
    """


DYING = """
import os
called = []
def guided_relu(gradient, output):
    called.append(1)
    if len(called) > 1: os._exit(1)
    return gradient * (gradient > 0) * (output > 0)
"""


def leaked(result: SubmissionResult) -> bool:
    cases = case_sets(ASSIGNMENT, SECRET)["target_scores"].hidden
    numbers = [number for case in cases for number in case.arguments["x"].flatten()[:6].tolist()]
    return any(f"{number:.4f}"[:6] in said(result) for number in numbers)


def test_a_hidden_case_does_not_leave_in_words(monkeypatch) -> None:
    """Whatever the process says after it has seen a hidden case, the student must not read."""
    assert not leaked(graded(notebook(target_scores=TELLS), "target_scores"))
    case_set = case_sets(ASSIGNMENT, SECRET)["target_scores"]
    monkeypatch.setattr(case_set, "public", case_set.hidden)  # as if these words came from that process
    assert leaked(graded(notebook(target_scores=TELLS), "target_scores"))


def test_a_hidden_case_does_not_leave_in_an_exit_code() -> None:
    tells = "def target_scores(model, x, target):\n    import os\n    os._exit(int(99 * x.flatten()[0]) + 1)"
    words = said(graded(notebook(target_scores=tells), "target_scores"))
    public = [case.arguments["x"] for case in case_sets(ASSIGNMENT, SECRET)["target_scores"].public]
    (code,) = re.findall(r"exit code (\d+)", words)
    assert code in {str(int(99 * x.flatten()[0]) + 1) for x in public}


def test_all_that_is_told_comes_before_the_first_hidden_case(monkeypatch) -> None:
    """A process that runs later could tell by the clock what an earlier one has seen."""
    told = with_cell("import time\nraise ValueError(time.time())", guided_relu=DYING)
    hidden = {id(case) for case in case_sets(ASSIGNMENT, SECRET)["guided_relu"].hidden}
    calls, errors = [], []
    call, record = Session.call, SubmissionRun._record_error
    monkeypatch.setattr(
        Session,
        "call",
        lambda self, name, case, *more: calls.append(id(case) in hidden) or call(self, name, case, *more),
    )

    def recorded(self: SubmissionRun, number: int, error: str) -> None:
        record(self, number, error)
        errors.append(self.cell_errors[number])

    monkeypatch.setattr(SubmissionRun, "_record_error", recorded)
    graded(told, "guided_relu")
    assert calls == sorted(calls)
    assert True in calls
    assert len(errors) > len(set(errors)) == 1


def test_a_right_value_in_a_hostile_notebook_is_still_right() -> None:
    """The grader judges answers, not intentions."""
    hostile = "import gc, sys, builtins\nsys.settrace(lambda *_: None)\nbuiltins.len = len\ngc.disable()\n"
    assert points(graded(notebook(target_scores=hostile + RIGHT)))["target_scores"] == 1


def test_what_a_cell_sets_in_torch_stays_in_its_process() -> None:
    graded(notebook(target_scores=f"torch.set_default_dtype(torch.float64)\n{RIGHT}"))
    assert points(graded(notebook())) == {"target_scores": 1, "guided_relu": 1}

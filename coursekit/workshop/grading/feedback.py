"""Feedback on a submission as text for the student, and the points that every report needs."""

from collections.abc import Iterator, Sequence

from coursekit.workshop.grading.assignment import load_assignment
from coursekit.workshop.grading.results import CaseResult, ExerciseResult
from coursekit.workshop.grading.store import GradedSubmission

__all__ = ["earned_points", "exercise_feedback", "notebook_feedback", "possible_points", "question_points"]


def possible_points(assignment: str) -> dict[str, float]:
    """Return what each exercise and question of an assignment is worth.

    Args:
        assignment: its name.

    Returns:
        Points by name, first of the exercises, then of the questions.
    """
    exercises = load_assignment(assignment).exercises
    return {exercise.name: exercise.points for exercise in exercises} | question_points(assignment)


def question_points(assignment: str) -> dict[str, float]:
    """Return what each question that is graded by hand is worth, by its name.

    Args:
        assignment: its name.
    """
    return {question.name: question.points for question in load_assignment(assignment).questions}


def earned_points(graded: GradedSubmission) -> dict[str, float | None]:
    """Return the points that a submission earned.

    Args:
        graded: the submission.

    Returns:
        Points for each exercise and question, by name; None for what has not been graded yet.
    """
    points: dict[str, float | None] = {}
    for name in possible_points(graded.assignment):
        if name in graded.manual:
            points[name] = graded.manual[name].points
        else:
            points[name] = graded.results[name].earned if name in graded.results else None
    return points


def exercise_feedback(result: ExerciseResult) -> Iterator[str]:
    """Say how an exercise was answered, in lines. Nothing in them depends on the values of hidden cases.

    Args:
        result: of the exercise.
    """
    if not result.written:
        yield _sentence((result.public or ["it is not written yet"])[0].rpartition(": ")[2])
        return
    for name, is_stub in result.helpers.items():
        why = "is not written yet" if is_stub else "is wrong"
        yield f"It builds on {name}, which {why}. The course's own {name} stood in for it."
    yield _sentence(_right_cases(result.cases))
    if result.traces and any(case.correct for case in result.cases):
        yield f"A quarter of each right case is lost: {'; '.join(result.traces)}."
    if not all(case.correct for case in result.cases):
        yield from _what_is_wrong(result)


def _what_is_wrong(result: ExerciseResult) -> Iterator[str]:
    if result.mistake:
        yield f"It looks like {result.mistake.name}. {result.mistake.advice}"
    if result.public == []:
        yield "It is right on the public cases that were tried, where your own check runs."
    elif result.public:
        yield "Your own check says, on its public cases:"
        yield from result.public


def _right_cases(cases: Sequence[CaseResult]) -> str:
    wrong = [case.case for case in cases if not case.correct]
    count = f"right on {len(cases) - len(wrong)} of {len(cases)} hidden cases"
    return f"{count}, not on {', '.join(wrong)}" if 0 < len(wrong) < len(cases) else count


def _sentence(text: str) -> str:
    text = text.strip()
    return f"{text[:1].upper()}{text[1:]}."


def notebook_feedback(graded: GradedSubmission) -> Iterator[str]:
    """Say what was wrong with the notebook as a whole, and with its cells, in a text for each.

    Args:
        graded: the submission.
    """
    if notice := graded.summary.notice:
        yield f"The notebook could not be read: {notice}."
    for failure in graded.summary.cell_failures:
        name = f" ({failure.exercise})" if failure.exercise else ""
        yield f"Code cell {failure.cell}{name} failed; the rest was graded. {failure.message}"

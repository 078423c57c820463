"""A result in words: for the student, and the sums that every report needs."""

from collections.abc import Iterator, Mapping
from typing import Any

from coursekit.workshop.grading.assignment import assignment
from coursekit.workshop.grading.store import Graded

__all__ = ["earned", "lines", "possible", "question_points", "troubles"]


def possible(name: str) -> dict[str, float]:
    """Return what each exercise, and then each question, of an assignment is worth."""
    about = assignment(name)
    return {exercise.name: exercise.points for exercise in about.exercises} | question_points(name)


def question_points(name: str) -> dict[str, float]:
    """Return what each question that is graded by hand is worth."""
    return {question.name: question.points for question in assignment(name).questions}


def earned(graded: Graded) -> dict[str, float | None]:
    """Return the points for each exercise and question; None for a question that nobody has graded yet."""
    points: dict[str, float | None] = {}
    for name in possible(graded.assignment):
        if name in graded.manual:
            points[name] = graded.manual[name][0]
        else:
            points[name] = graded.outcomes[name]["earned"] if name in graded.outcomes else None
    return points


def lines(outcome: Mapping[str, Any]) -> Iterator[str]:
    """Say what came of an exercise, without a word on the hidden cases that depends on what they are."""
    cases = outcome["cases"]
    if not outcome["written"]:
        yield cases[0]["reason"].capitalize() + "."
        return
    right = sum(case["credit"] == 1 for case in cases)
    yield f"Right on {right} of {len(cases)} hidden cases."
    for reason in dict.fromkeys(case["reason"] for case in cases if case["reason"]):
        names = ", ".join(case["case"] for case in cases if case["reason"] == reason)
        yield f"On {names}: {reason}."
    if mistake := outcome["mistake"]:
        yield f"It looks like {mistake['name']}. {mistake['advice']}"
    if outcome["public"] == []:
        yield "It is right on the public cases, where your own check runs."
    elif outcome["public"]:
        yield "Your own check says the same, on its public cases:"
        yield from outcome["public"]


def troubles(graded: Graded) -> Iterator[str]:
    """Say what was wrong with the notebook as a whole, and with cells of it."""
    if notice := graded.about["notice"]:
        yield f"The notebook could not be read: {notice}."
    for trouble in graded.about["troubles"]:
        name = f" ({trouble['exercise']})" if trouble["exercise"] else ""
        yield f"Code cell {trouble['cell']}{name} failed; the rest was graded. {trouble['says']}"

"""Right answers pass, known wrong ones are rejected and named, and nothing scores nothing."""

import pytest

from coursekit.exercises import CHAPTERS, Exercise, Mistake, find
from coursekit.exercises.answer import Answer
from coursekit.exercises.check import examine
from coursekit.exercises.judge import judge
from tests.exercises.source import functions

DECLARED = [(chapter, exercise) for chapter in CHAPTERS for exercise in find(chapter)]
EXERCISES = [pytest.param(*pair, id=pair[1].name) for pair in DECLARED]
MISTAKES = [
    pytest.param(exercise, mistake, id=f"{exercise.name}: {mistake.name}")
    for _, exercise in DECLARED
    for mistake in exercise.mistakes
]
KEYS = (0, 1)


@pytest.fixture(scope="module")
def written():
    return {chapter: functions("solutions", chapter) for chapter in CHAPTERS}


@pytest.fixture(scope="module")
def stubs():
    return {chapter: functions("exercises", chapter) for chapter in CHAPTERS}


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(("chapter", "exercise"), EXERCISES)
def test_the_solution_earns_all_points(chapter: str, exercise: Exercise, key: int, written) -> None:
    verdict = examine(written[chapter][exercise.name], key=key)
    assert verdict.passed, verdict.case_verdicts
    assert verdict.earned == exercise.points


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(("exercise", "mistake"), MISTAKES)
def test_a_known_mistake_is_rejected_and_named(exercise: Exercise, mistake: Mistake, key: int) -> None:
    verdict = examine(mistake.function, exercise.name, key=key)
    assert not verdict.passed
    assert verdict.earned < exercise.points
    assert verdict.mistake is mistake


@pytest.mark.parametrize(("chapter", "exercise"), EXERCISES)
def test_the_stub_earns_nothing(chapter: str, exercise: Exercise, stubs) -> None:
    verdict = examine(stubs[chapter][exercise.name])
    assert not verdict.written
    assert verdict.earned == 0


@pytest.mark.parametrize(("chapter", "exercise"), EXERCISES)
def test_no_function_earns_nothing(chapter: str, exercise: Exercise) -> None:
    """What a grader says of a notebook without the exercise's function."""
    cases = exercise.cases(0)
    missing = [Answer(error="there is no such function", written=False)] * len(cases)
    assert judge(exercise, cases, missing).earned == 0


@pytest.mark.parametrize(("chapter", "exercise"), EXERCISES)
@pytest.mark.parametrize("value", [0.0, 1.0])
def test_a_constant_earns_nothing(chapter: str, exercise: Exercise, value: float) -> None:
    def constant(*arguments):
        return exercise.reference(*arguments) * 0 + value

    assert examine(constant, exercise.name).earned == 0

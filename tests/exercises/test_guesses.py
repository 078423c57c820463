"""Answers that take no thought earn nothing on hidden cases."""

from dataclasses import replace

import pytest
import torch

from coursekit.exercises import CHAPTERS, Case, Exercise, Mistake, find, lookup
from coursekit.exercises.answer import Answer
from coursekit.exercises.guesses import can_be_guessed, right_by_mistake
from coursekit.exercises.judge import evaluate
from coursekit.workshop.grading import case_set
from coursekit.workshop.grading.case_set import CaseSet
from tests.exercises.thoughtless import thoughtless_answers

EXERCISES = [pytest.param(exercise, id=exercise.name) for chapter in CHAPTERS for exercise in find(chapter)]
SECRETS = [bytes([i]) * 32 for i in range(4)]


def earned(exercise: Exercise, secret: bytes) -> dict[str, float]:
    """What each thoughtless answer earns on the cases of a secret, where it earns something."""
    cases = CaseSet(exercise, secret)
    public = {case.name: evaluate(exercise.reference, case) for case in cases.public}
    wanted = [evaluate(exercise.reference, case) for case in cases.hidden]
    found = {}
    for name, thoughtless in thoughtless_answers(public, cases.hidden).items():
        values = [thoughtless(case, right) for case, right in zip(cases.hidden, wanted, strict=True)]
        found[name] = cases.judge(cases.hidden, [Answer(value) for value in values]).earned
    return {name: points for name, points in found.items() if points}


@pytest.mark.parametrize("exercise", EXERCISES)
def test_thoughtless_answers_earn_nothing(exercise: Exercise) -> None:
    assert {secret[0]: earned(exercise, secret) for secret in SECRETS} == {i: {} for i in range(4)}


def test_without_the_guard_luck_pays(monkeypatch) -> None:
    """A share of pixels is a half by luck now and then."""
    monkeypatch.setattr(case_set, "can_be_guessed", lambda *_: False)
    exercise = lookup("relevance_rank")
    lucky = [points for i in range(100) for points in earned(exercise, bytes([i]) * 32).values()]
    assert max(lucky, default=0) > 0


def _of(reference, *tensors: torch.Tensor) -> tuple[Exercise, list[Case]]:
    exercise = Exercise("sought", 1, 1, reference, lambda draws: [], ())
    return exercise, [Case(str(i), {"x": x}) for i, x in enumerate(tensors)]


@pytest.mark.parametrize(
    ("reference", "guessed"),
    [
        pytest.param(torch.zeros_like, True, id="zeros"),
        pytest.param(torch.ones_like, True, id="ones"),
        pytest.param(lambda x: 0 * x + 0.5, True, id="halves"),
        pytest.param(lambda x: 0 * x + 1.7, True, id="all alike"),
        pytest.param(lambda x: x, True, id="the argument"),
        pytest.param(lambda x: x.mean(0), True, id="the argument's mean"),
        pytest.param(lambda x: x.sum().square(), False, id="a number of each case"),
        pytest.param(torch.exp, False, id="numbers of each case"),
    ],
)
def test_what_can_be_guessed(reference, guessed: bool) -> None:
    exercise, (public, hidden) = _of(
        reference, torch.tensor([[1.0, 3.0]] * 2), torch.tensor([[0.2, 1.1]] * 2)
    )
    assert can_be_guessed(exercise, [hidden], [public]) is guessed


def test_a_public_answer_is_a_guess() -> None:
    exercise, cases = _of(torch.exp, torch.tensor([1.0, 3.0]), torch.tensor([2.0, 2.5]))
    assert not can_be_guessed(exercise, cases[:1], cases[1:])
    assert can_be_guessed(exercise, cases[1:], cases)


def test_cases_on_which_a_mistake_is_right_are_counted() -> None:
    exercise, cases = _of(torch.abs, torch.tensor([1.0, 3.0]), torch.tensor([-2.0, 2.5]))
    exercise = replace(exercise, mistakes=(Mistake("the sign kept", torch.clone, "Drop the sign."),))
    assert right_by_mistake(exercise, cases[:1]) == [1] == right_by_mistake(exercise, cases)


def test_without_the_guard_a_mistake_earns_all() -> None:
    """The gradients of two pictures have nearly the same mean now and then."""
    exercise = lookup("guided_dream_step")
    assert any(earns_all(exercise, exercise.cases(key)) for key in range(100))
    assert not any(earns_all(exercise, CaseSet(exercise, secret).hidden) for secret in SECRETS)


def earns_all(exercise: Exercise, cases: list[Case]) -> bool:
    return len(cases) in right_by_mistake(exercise, cases)


def test_without_the_choice_a_mistake_earns_a_part(monkeypatch) -> None:
    """The largest score is that of the class in question, in one draw out of a few."""
    exercise = lookup("target_scores")
    place = next(i for i, one in enumerate(exercise.mistakes) if "highest" in one.name)

    def lucky() -> int:
        secrets = (bytes([i]) * 32 for i in range(12))
        return sum(right_by_mistake(exercise, CaseSet(exercise, one).hidden)[place] > 0 for one in secrets)

    assert lucky() == 0
    monkeypatch.setattr(case_set, "_CHOICES", 1)
    assert lucky() > 0


@pytest.mark.parametrize("exercise", EXERCISES)
def test_a_mistake_has_a_value_on_every_case(exercise: Exercise) -> None:
    """Else an answer that is like it on the other cases stops the one who grades."""
    for case in exercise.cases(SECRETS[0]):
        assert all(isinstance(evaluate(m.function, case), torch.Tensor) for m in exercise.mistakes)

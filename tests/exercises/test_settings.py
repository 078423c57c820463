"""Cases, nets and right answers do not depend on what a notebook has set in torch."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import cache, partial

import pytest
import torch
from torch import Tensor

from coursekit.exercises import CHAPTERS, Exercise, Net, find
from coursekit.exercises import nets as nets_module
from coursekit.exercises.answer import Answer
from coursekit.exercises.judge import evaluate, judge
from coursekit.exercises.settings import standard_settings

EXERCISES = [pytest.param(exercise, id=exercise.name) for chapter in CHAPTERS for exercise in find(chapter)]
KINDS = ("classifier", "strided", "training", "convolution", "linear")
KEY = b"a key of at least thirty-two bytes"


def settings() -> tuple[object, ...]:
    return (
        torch.get_default_dtype(),
        torch.get_default_device(),
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
        torch.is_grad_enabled(),
        torch.get_rng_state().tolist(),
    )


@contextmanager
def changed(change: Callable[[], object]) -> Iterator[None]:
    """Under changed settings, which must be the same at the end."""
    before = settings()
    try:
        change()
        during = settings()
        yield
        assert settings() == during
    finally:
        torch.set_default_dtype(before[0])
        torch.set_default_device(None)
        torch.use_deterministic_algorithms(False)
        torch.set_grad_enabled(True)
        torch.set_rng_state(torch.tensor(before[-1], dtype=torch.uint8))


CHANGES = [
    pytest.param(partial(torch.set_default_dtype, torch.float64), id="float64"),
    pytest.param(partial(torch.set_default_device, "meta"), id="meta"),
    pytest.param(partial(torch.use_deterministic_algorithms, True, warn_only=True), id="deterministic"),
    pytest.param(partial(torch.default_generator.manual_seed, 5), id="random state"),
    pytest.param(partial(torch.set_grad_enabled, False), id="no gradients"),
]


def numbers(value: object) -> object:
    """A value down to its bits."""
    if isinstance(value, Tensor):
        return value.dtype, value.shape, value.detach().contiguous().view(-1).numpy().tobytes()
    if isinstance(value, torch.nn.Module):
        return [(name, numbers(weights)) for name, weights in value.state_dict().items()]
    return value


def told(exercise: Exercise) -> list[object]:
    """The cases of an exercise, as data and built, and the right answers."""
    cases = exercise.cases(KEY)
    data = [numbers(value) for case in cases for value in case.arguments.values()]
    built = [numbers(value) for case in cases for value in case.build().values()]
    return [*data, *built, *(numbers(evaluate(exercise.reference, case)) for case in cases)]


expected = cache(told)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("exercise", EXERCISES)
def test_cases_and_right_answers_are_the_same(exercise: Exercise, change) -> None:
    wanted = expected(exercise)
    with changed(change):
        found = told(exercise)
    assert found == wanted


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("kind", KINDS)
def test_nets_are_the_same(kind: str, change) -> None:
    wanted = numbers(Net(kind, 3).build())
    with changed(change):
        found = numbers(Net(kind, 3).build())
    assert found == wanted


@pytest.mark.parametrize("change", CHANGES[:2])
def test_without_the_guard_nets_are_others(change, monkeypatch) -> None:
    wanted = numbers(Net("training", 3).build())
    monkeypatch.setattr(nets_module, "standard_settings", nullcontext)
    try:
        change()
        found = [
            str(value.dtype) + str(value.device) for value in Net("training", 3).build().state_dict().values()
        ]
    finally:
        torch.set_default_dtype(torch.float32)
        torch.set_default_device(None)
    assert {*found} & {"torch.float64cpu", "torch.float32meta"}
    assert wanted == numbers(Net("training", 3).build())


def test_all_comes_back_when_the_body_fails() -> None:
    def change() -> None:
        torch.set_default_dtype(torch.float64)
        torch.set_default_device("meta")
        torch.use_deterministic_algorithms(True)
        torch.set_grad_enabled(False)

    @standard_settings()
    def body() -> None:
        assert settings()[:5] == (torch.float32, torch.device("cpu"), False, False, True)
        torch.rand(3)
        raise ValueError("inside")

    with changed(change), pytest.raises(ValueError, match="inside"):
        body()


@pytest.mark.parametrize("exercise", find("04_saliency"), ids=lambda exercise: exercise.name)
@pytest.mark.parametrize("change", CHANGES)
def test_a_judgement_is_the_same(exercise: Exercise, change) -> None:
    """What is said, also by properties and mistakes; the call of the answer itself is not looked at here."""
    cases = exercise.cases(KEY)
    answers = [Answer(evaluate(exercise.mistakes[0].function, case)) for case in cases]
    verdict = judge(exercise, cases, answers)
    with changed(change):
        found = judge(exercise, cases, answers)
    assert found == verdict

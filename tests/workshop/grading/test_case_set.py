"""The hidden cases of an exercise: drawn from all of a secret, and never to be guessed."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from coursekit.exercises import Case, Exercise, find, lookup
from coursekit.workshop.grading import case_set
from coursekit.workshop.grading.case_set import CaseSet, case_sets

SECRET = b"s" * 64


def pixels(name: str, secret: bytes) -> Tensor:
    x = CaseSet(lookup(name), secret).hidden[0].arguments["x"]
    assert isinstance(x, Tensor)
    return x


def test_all_of_a_secret_counts() -> None:
    secrets = [SECRET, SECRET[:-1] + b"t", SECRET[:7] + b"t" * 57]
    assert len({tuple(pixels("smoothgrad", secret).flatten().tolist()) for secret in secrets}) == 3


def test_exercises_share_no_case() -> None:
    """These two have cases of the same shape, drawn in the same way."""
    assert not torch.isin(pixels("gradient_saliency", SECRET), pixels("guided_backprop", SECRET)).any()


def test_a_key_has_256_bits(monkeypatch) -> None:
    asked = []
    monkeypatch.setattr(Exercise, "cases", lambda self, key: asked.append(key) or [])
    monkeypatch.setattr(case_set, "can_be_guessed", lambda *_: False)
    monkeypatch.setattr(case_set, "right_by_mistake", lambda *_: [])
    for exercise in find("04_saliency"):
        CaseSet(exercise, SECRET)
    keys = [key for key in asked if isinstance(key, bytes)]
    assert [len(key) for key in keys] == [32] * len({*keys}) == [32] * len(find("04_saliency"))


@pytest.mark.parametrize(
    ("guard", "said"),
    [
        ("can_be_guessed", [True, True, False]),
        ("right_by_mistake", [[0, 4], [4, 1], [0, 0]]),
        ("right_by_mistake", [[0, 1], [1, 1], [0, 0]]),
        ("right_by_mistake", [[2, 1], [1, 1], [1, 0], *[[3, 0]] * 5]),
    ],
)
def test_cases_that_luck_answers_are_drawn_again(guard: str, said: list[object], monkeypatch) -> None:
    usual = pixels("smoothgrad", SECRET)
    answers = iter(said)
    monkeypatch.setattr(case_set, guard, lambda *_: next(answers))
    assert not torch.equal(pixels("smoothgrad", SECRET), usual)
    assert not [*answers]


def test_an_exercise_that_can_always_be_guessed_is_refused() -> None:
    def draw(draws):
        return [Case("ones", {"x": torch.ones(2)})]

    with pytest.raises(RuntimeError, match="exercise sought: in each of 100 draws a constant"):
        CaseSet(Exercise("sought", 1, 1, torch.zeros_like, draw, ()), SECRET)


def test_the_guide_says_how_many_bits_the_hidden_cases_of_chapter_04_tell() -> None:
    count = sum(len(one.hidden) for one in case_sets("04_saliency", bytes(32)).values())
    guide = (Path(__file__).parents[3] / "docs/grading.md").read_text(encoding="utf-8")
    assert f"or wrong; {count} for the exercises of chapter 04" in guide

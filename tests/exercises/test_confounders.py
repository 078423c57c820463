"""Chapter 01's exercises: cases that tell right from wrong, whatever the seed."""

import pytest
import torch

from coursekit.exercises import Exercise, find, lookup
from tests.exercises.source import doubled

CHAPTER = "01_confounders"


@pytest.mark.parametrize("exercise", find(CHAPTER), ids=lambda exercise: exercise.name)
def test_few_cases_are_right_by_a_wrong_rule(exercise: Exercise) -> None:
    for seed in range(5):
        cases = exercise.cases(seed)
        answers = [exercise.reference(*case.build().values()) for case in cases]
        for mistake in exercise.mistakes:
            right = [
                exercise.agree(mistake.function(*case.build().values()), wanted)
                for case, wanted in zip(cases, answers, strict=True)
            ]
            assert sum(right) <= len(cases) / 2, f"{mistake.name}, seed {seed}"


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [("group_accuracy", "label", "group"), ("independence_weights", "label", "confounder")],
)
def test_every_combination_occurs(name: str, first: str, second: str) -> None:
    for seed in range(20):
        for case in lookup(name).cases(seed):
            y, z = (case.build()[key] for key in (first, second))
            there = torch.zeros(int(y.max()) + 1, int(z.max()) + 1).index_put_((y, z), torch.ones(()))
            assert there.all(), (seed, case.name)


def test_a_tag_always_has_something_to_turn() -> None:
    for seed in range(20):
        for case in lookup("tag_flips").cases(seed):
            share = lookup("tag_flips").reference(*case.build().values())
            assert 0.05 < share < 0.95


def test_a_whole_gradient_reversal_gives_the_exercise_s_gradient() -> None:
    """The reference, by two losses and a difference."""
    for case in lookup("body_gradient").cases(0):
        a = doubled(case)
        f = a["features"].requires_grad_()
        of_class = torch.nn.functional.cross_entropy(f @ a["class_head"].T, a["label"])
        of_confounder = torch.nn.functional.cross_entropy(f @ a["confounder_head"].T, a["confounder"])
        expected = torch.autograd.grad(of_class - a["scale"] * of_confounder, f)[0]
        torch.testing.assert_close(lookup("body_gradient").reference(*doubled(case).values()), expected)

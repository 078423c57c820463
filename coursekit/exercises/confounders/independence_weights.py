"""Exercise: weights under which class and confounder are independent."""

import torch
from torch import Tensor

from coursekit.confounding import independence_weights
from coursekit.exercises.confounders.cases import ANSWERS, crossed
from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Exercise, mistake

__all__ = ["INDEPENDENCE_WEIGHTS"]


def _reference(label: Tensor, confounder: Tensor) -> Tensor:
    return independence_weights(label, confounder).float()


def _share(*factors: Tensor) -> Tensor:
    """P of each picture's own combination of values, (N,)."""
    same = torch.stack([factor[:, None] == factor for factor in factors]).all(0)
    return same.float().mean(1)


@mistake(
    "the frequency of each combination instead of its inverse",
    "What is frequent must count less: divide by P(y, z).",
)
def _frequency(label: Tensor, confounder: Tensor) -> Tensor:
    return _share(label, confounder)


@mistake("the weights upside down", "The rarer the combination, the larger the weight: P(y) P(z) / P(y, z).")
def _turned(label: Tensor, confounder: Tensor) -> Tensor:
    return _share(label, confounder) / (_share(label) * _share(confounder))


@mistake(
    "the inverse frequency of each combination alone",
    "That makes rare classes as frequent as others too: multiply by P(y) P(z), which leaves the "
    "shares of class and confounder as they are.",
)
def _inverse(label: Tensor, confounder: Tensor) -> Tensor:
    return 1 / _share(label, confounder)


@mistake(
    "the inverse frequency of the confounder alone",
    "A balanced confounder still goes along with the class: count combinations.",
)
def _confounder_alone(label: Tensor, confounder: Tensor) -> Tensor:
    return 1 / _share(confounder)


@mistake(
    "the inverse frequency of the class alone",
    "A balanced class still goes along with the confounder: count combinations.",
)
def _class_alone(label: Tensor, confounder: Tensor) -> Tensor:
    return 1 / _share(label)


@mistake("weights without P(z)", "The numerator is P(y) P(z).")
def _class_balanced(label: Tensor, confounder: Tensor) -> Tensor:
    return _share(label) / _share(label, confounder)


@mistake("weights without P(y)", "The numerator is P(y) P(z).")
def _within_confounder(label: Tensor, confounder: Tensor) -> Tensor:
    return _share(confounder) / _share(label, confounder)


@mistake(
    "weights that add up to 1", "Leave them as they are: their mean is 1, so that the loss keeps its size."
)
def _to_one(label: Tensor, confounder: Tensor) -> Tensor:
    weights = _reference(label, confounder)
    return weights / weights.sum()


def _cases(draws: Draws) -> list[Case]:
    sizes = {"two by two": (40, 2, 2), "three classes": (60, 3, 2), "three confounders": (80, 2, 3)}
    cases = []
    for name, (n, classes, groups) in sizes.items():
        generator = draws(name)
        label, confounder = crossed(n, classes, groups, generator)
        cases.append(Case(name, {"label": label, "confounder": confounder}))
    return cases


INDEPENDENCE_WEIGHTS = Exercise(
    name="independence_weights",
    points=2,
    minutes=10,
    reference=_reference,
    draw=_cases,
    mistakes=(
        _frequency,
        _turned,
        _inverse,
        _confounder_alone,
        _class_alone,
        _class_balanced,
        _within_confounder,
        _to_one,
    ),
    hidden=ANSWERS,
)

"""Exercise: how a net does by group."""

import torch
from torch import Tensor

from coursekit.exercises.bias_and_trust.cases import (
    ANSWERS,
    ARE_SHARES,
    by_group,
    decision_cases,
    given_prediction,
    rates,
    ratio,
    table,
)
from coursekit.exercises.exercise import Exercise, mistake

__all__ = ["GROUP_RATES"]


@mistake(
    "shares of the whole group",
    "Divide by those of the group with the label in question, not by the whole group.",
)
def _of_group(predicted: Tensor, labels: Tensor, groups: Tensor) -> Tensor:
    said, true = predicted == 1, labels == 1
    return table(
        [(ratio(here & true & said, here), ratio(here & ~true & said, here)) for here in by_group(groups)]
    )


@mistake(
    "shares of all pictures with that label, whatever their group",
    "Divide by those of the *group* with that label: else a small group cannot have a high rate.",
)
def _of_all(predicted: Tensor, labels: Tensor, groups: Tensor) -> Tensor:
    said, true = predicted == 1, labels == 1
    return table(
        [(ratio(here & true & said, true), ratio(here & ~true & said, ~true)) for here in by_group(groups)]
    )


@mistake(
    "the rate of true negatives instead of false positives",
    "The second column is P(says 1 | label 0): the false alarms.",
)
def _right_by_label(predicted: Tensor, labels: Tensor, groups: Tensor) -> Tensor:
    hits, alarms = rates(predicted, labels, groups).T
    return torch.stack([hits, 1 - alarms], 1)


@mistake("the two columns swapped", "True positives first, then false positives.")
def _swapped(predicted: Tensor, labels: Tensor, groups: Tensor) -> Tensor:
    return rates(predicted, labels, groups).flip(1)


GROUP_RATES = Exercise(
    name="group_rates",
    points=2,
    minutes=10,
    reference=rates,
    draw=decision_cases,
    mistakes=(
        mistake(
            "shares of the predictions instead of the labels (precision)",
            "The rate of true positives is a share of those that *have* it, labels == 1; that of false "
            "positives one of those that do not.",
        )(given_prediction),
        _of_group,
        _of_all,
        _right_by_label,
        _swapped,
    ),
    properties=(ARE_SHARES,),
    hidden=ANSWERS,
)

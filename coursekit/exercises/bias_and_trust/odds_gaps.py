"""Exercise: by how much a net's rates differ between the groups."""

import torch
from torch import Tensor

from coursekit.exercises.bias_and_trust.cases import (
    ANSWERS,
    ARE_SHARES,
    by_group,
    decision_cases,
    given_prediction,
    rates,
)
from coursekit.exercises.exercise import Exercise, Mistake

__all__ = ["ODDS_GAPS"]


def _spread(rates: Tensor) -> Tensor:
    return rates.amax(0) - rates.amin(0)


def _gaps(predicted: Tensor, labels: Tensor, groups: Tensor) -> Tensor:
    return _spread(rates(predicted, labels, groups))


def _accuracy_gap(predicted: Tensor, labels: Tensor, groups: Tensor) -> Tensor:
    right = torch.stack([(predicted == labels)[here].float().mean() for here in by_group(groups)])
    return _spread(right).expand(2)


def _parity_gap(predicted: Tensor, labels: Tensor, groups: Tensor) -> Tensor:
    said = torch.stack([(predicted == 1)[here].float().mean() for here in by_group(groups)])
    return _spread(said).expand(2)


def _precision_gaps(predicted: Tensor, labels: Tensor, groups: Tensor) -> Tensor:
    return _spread(given_prediction(predicted, labels, groups))


def _to_overall(predicted: Tensor, labels: Tensor, groups: Tensor) -> Tensor:
    overall = rates(predicted, labels, torch.zeros_like(groups))
    return (rates(predicted, labels, groups) - overall).abs().amax(0)


def _mean_distance(predicted: Tensor, labels: Tensor, groups: Tensor) -> Tensor:
    return rates(predicted, labels, groups).std(0)


def _one_number(predicted: Tensor, labels: Tensor, groups: Tensor) -> Tensor:
    return _gaps(predicted, labels, groups).max().expand(2)


ODDS_GAPS = Exercise(
    name="odds_gaps",
    points=1,
    minutes=10,
    reference=_gaps,
    cases=decision_cases,
    mistakes=(
        Mistake(
            "the gap in accuracy",
            _accuracy_gap,
            "Equal accuracy can hide misses in one group and false alarms in the other: take the rates by "
            "label.",
        ),
        Mistake(
            "the gap in how often 1 is said (demographic parity)",
            _parity_gap,
            "Equalised odds compares within each label, since the groups may differ in how many have it.",
        ),
        Mistake(
            "the gaps in precision",
            _precision_gaps,
            "Condition on the label, not on the prediction: use your group_rates.",
        ),
        Mistake(
            "the distance from the rate of all, instead of between groups",
            _to_overall,
            "The largest rate minus the smallest one: amax(0) − amin(0).",
        ),
        Mistake(
            "the standard deviation over the groups",
            _mean_distance,
            "The largest rate minus the smallest one: amax(0) − amin(0).",
        ),
        Mistake(
            "the larger gap, twice",
            _one_number,
            "Keep both: the gap in true positives, then that in false positives.",
        ),
    ),
    properties=(ARE_SHARES,),
    hidden=ANSWERS,
)

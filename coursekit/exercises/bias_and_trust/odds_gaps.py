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
from coursekit.exercises.exercise import Exercise, mistake

__all__ = ["ODDS_GAPS"]


def _spread(rates: Tensor) -> Tensor:
    return rates.amax(0) - rates.amin(0)


def _gaps(predicted: Tensor, labels: Tensor, groups: Tensor) -> Tensor:
    return _spread(rates(predicted, labels, groups))


@mistake(
    "the gap in accuracy",
    "Equal accuracy can hide misses in one group and false alarms in the other: take the rates by label.",
)
def _accuracy_gap(predicted: Tensor, labels: Tensor, groups: Tensor) -> Tensor:
    right = torch.stack([(predicted == labels)[here].float().mean() for here in by_group(groups)])
    return _spread(right).expand(2)


@mistake(
    "the gap in how often 1 is said (demographic parity)",
    "Equalised odds compares within each label, since the groups may differ in how many have it.",
)
def _parity_gap(predicted: Tensor, labels: Tensor, groups: Tensor) -> Tensor:
    said = torch.stack([(predicted == 1)[here].float().mean() for here in by_group(groups)])
    return _spread(said).expand(2)


@mistake("the gaps in precision", "Condition on the label, not on the prediction: use your group_rates.")
def _precision_gaps(predicted: Tensor, labels: Tensor, groups: Tensor) -> Tensor:
    return _spread(given_prediction(predicted, labels, groups))


@mistake(
    "the distance from the rate of all, instead of between groups",
    "The largest rate minus the smallest one: amax(0) − amin(0).",
)
def _to_overall(predicted: Tensor, labels: Tensor, groups: Tensor) -> Tensor:
    overall = rates(predicted, labels, torch.zeros_like(groups))
    return (rates(predicted, labels, groups) - overall).abs().amax(0)


@mistake(
    "the standard deviation over the groups", "The largest rate minus the smallest one: amax(0) − amin(0)."
)
def _mean_distance(predicted: Tensor, labels: Tensor, groups: Tensor) -> Tensor:
    return rates(predicted, labels, groups).std(0)


@mistake("the larger gap, twice", "Keep both: the gap in true positives, then that in false positives.")
def _one_number(predicted: Tensor, labels: Tensor, groups: Tensor) -> Tensor:
    return _gaps(predicted, labels, groups).max().expand(2)


ODDS_GAPS = Exercise(
    name="odds_gaps",
    points=1,
    minutes=10,
    reference=_gaps,
    draw=decision_cases,
    mistakes=(_accuracy_gap, _parity_gap, _precision_gaps, _to_overall, _mean_distance, _one_number),
    properties=(ARE_SHARES,),
    hidden=ANSWERS,
)

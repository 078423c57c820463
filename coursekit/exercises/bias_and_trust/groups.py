"""Exercises: how a net does by group, and by how much the groups differ."""

import torch
from torch import Tensor

from coursekit.exercises.bias_and_trust.cases import ANSWERS
from coursekit.exercises.exercise import Case, Exercise, Mistake, Property

__all__ = ["GROUP_RATES", "ODDS_GAPS"]


def _ratio(above: Tensor, below: Tensor) -> Tensor:
    return above.sum() / below.sum()


def _by_group(groups: Tensor) -> list[Tensor]:
    return [groups == g for g in range(int(groups.max()) + 1)]


def _table(rows: list[tuple[Tensor, Tensor]]) -> Tensor:
    return torch.stack([torch.stack(row) for row in rows])


def _rates(predicted: Tensor, labels: Tensor, groups: Tensor) -> Tensor:
    said, true = predicted == 1, labels == 1
    return _table(
        [
            (_ratio(here & true & said, here & true), _ratio(here & ~true & said, here & ~true))
            for here in _by_group(groups)
        ]
    )


def _given_prediction(predicted: Tensor, labels: Tensor, groups: Tensor) -> Tensor:
    said, true = predicted == 1, labels == 1
    return _table(
        [
            (_ratio(here & true & said, here & said), _ratio(here & ~true & said, here & said))
            for here in _by_group(groups)
        ]
    )


def _of_group(predicted: Tensor, labels: Tensor, groups: Tensor) -> Tensor:
    said, true = predicted == 1, labels == 1
    return _table(
        [(_ratio(here & true & said, here), _ratio(here & ~true & said, here)) for here in _by_group(groups)]
    )


def _of_all(predicted: Tensor, labels: Tensor, groups: Tensor) -> Tensor:
    said, true = predicted == 1, labels == 1
    return _table(
        [(_ratio(here & true & said, true), _ratio(here & ~true & said, ~true)) for here in _by_group(groups)]
    )


def _right_by_label(predicted: Tensor, labels: Tensor, groups: Tensor) -> Tensor:
    hits, alarms = _rates(predicted, labels, groups).T
    return torch.stack([hits, 1 - alarms], 1)


def _swapped(predicted: Tensor, labels: Tensor, groups: Tensor) -> Tensor:
    return _rates(predicted, labels, groups).flip(1)


def _decisions(seed: int) -> list[Case]:
    """Groups of different sizes and base rates, on which a net errs in different ways."""
    generator = torch.Generator().manual_seed(seed)
    cases = []
    for name, count in {"two groups": 2, "three groups": 3, "four groups": 4}.items():
        parts = []
        for group in range(count):
            n = int(torch.randint(20, 60, (), generator=generator))
            base, hit, alarm = torch.rand(3, generator=generator) * 0.5 + torch.tensor([0.25, 0.4, 0.05])
            labels = (torch.rand(n, generator=generator) < base).long()
            labels[:4] = torch.tensor([0, 1, 0, 1])  # so that every rate has pictures to be taken of
            said = torch.rand(n, generator=generator) < torch.where(labels == 1, hit, alarm)
            said[:2] = True  # … and every precision
            parts.append((said.long(), labels, torch.full((n,), group)))
        predicted, labels, groups = (torch.cat(column) for column in zip(*parts, strict=True))
        mixed = torch.randperm(len(labels), generator=generator)
        arguments = {"predicted": predicted[mixed], "labels": labels[mixed], "groups": groups[mixed]}
        cases.append(Case(name, arguments))
    return cases


_SHARES = Property(
    lambda value, arguments: bool((value >= 0).all() and (value <= 1).all()), "Shares lie between 0 and 1."
)

GROUP_RATES = Exercise(
    name="group_rates",
    points=2,
    minutes=10,
    reference=_rates,
    cases=_decisions,
    mistakes=(
        Mistake(
            "shares of the predictions instead of the labels (precision)",
            _given_prediction,
            "The rate of true positives is a share of those that *have* it, labels == 1; that of false "
            "positives one of those that do not.",
        ),
        Mistake(
            "shares of the whole group",
            _of_group,
            "Divide by those of the group with the label in question, not by the whole group.",
        ),
        Mistake(
            "shares of all pictures with that label, whatever their group",
            _of_all,
            "Divide by those of the *group* with that label: else a small group cannot have a high rate.",
        ),
        Mistake(
            "the rate of true negatives instead of false positives",
            _right_by_label,
            "The second column is P(says 1 | label 0): the false alarms.",
        ),
        Mistake("the two columns swapped", _swapped, "True positives first, then false positives."),
    ),
    properties=(_SHARES,),
    hidden=ANSWERS,
)


def _spread(rates: Tensor) -> Tensor:
    return rates.amax(0) - rates.amin(0)


def _gaps(predicted: Tensor, labels: Tensor, groups: Tensor) -> Tensor:
    return _spread(_rates(predicted, labels, groups))


def _accuracy_gap(predicted: Tensor, labels: Tensor, groups: Tensor) -> Tensor:
    right = torch.stack([(predicted == labels)[here].float().mean() for here in _by_group(groups)])
    return _spread(right).expand(2)


def _parity_gap(predicted: Tensor, labels: Tensor, groups: Tensor) -> Tensor:
    said = torch.stack([(predicted == 1)[here].float().mean() for here in _by_group(groups)])
    return _spread(said).expand(2)


def _precision_gaps(predicted: Tensor, labels: Tensor, groups: Tensor) -> Tensor:
    return _spread(_given_prediction(predicted, labels, groups))


def _to_overall(predicted: Tensor, labels: Tensor, groups: Tensor) -> Tensor:
    overall = _rates(predicted, labels, torch.zeros_like(groups))
    return (_rates(predicted, labels, groups) - overall).abs().amax(0)


def _mean_distance(predicted: Tensor, labels: Tensor, groups: Tensor) -> Tensor:
    return _rates(predicted, labels, groups).std(0)


def _one_number(predicted: Tensor, labels: Tensor, groups: Tensor) -> Tensor:
    return _gaps(predicted, labels, groups).max().expand(2)


ODDS_GAPS = Exercise(
    name="odds_gaps",
    points=1,
    minutes=10,
    reference=_gaps,
    cases=_decisions,
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
    properties=(_SHARES,),
    hidden=ANSWERS,
)

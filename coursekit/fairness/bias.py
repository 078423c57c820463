"""Shape bias, error rates by group, and confidence intervals for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from coursekit.datasets.scenes import Scenes

__all__ = [
    "REGIONS",
    "Interval",
    "OddsGaps",
    "Rates",
    "equalised_odds",
    "mix",
    "normal_interval",
    "rates",
    "shape_share",
    "wilson_interval",
]


REGIONS = {
    "meadow": {"ground": "grass", "hills": "rolling", "weather": "clear", "light": "day"},
    "snowfield": {"ground": "snow", "hills": "mountains", "weather": "snow", "light": "night"},
}
"""Two places that pictures may come from, as factors of their scenes."""
_Z = 1.959963984540054  # deviations within which 95 % of a normal distribution lie


class Interval(NamedTuple):
    """A share with its 95 % interval.

    Attributes:
        share: in [0, 1].
        low: lower end of the interval.
        high: upper end of the interval.
    """

    share: float
    low: float
    high: float


class OddsGaps(NamedTuple):
    """By how much the rates of any two groups differ at most; 0 and 0 are equalised odds.

    Attributes:
        true_positives: the largest difference of true-positive rates, in [0, 1].
        false_positives: the largest difference of false-positive rates, in [0, 1].
    """

    true_positives: float
    false_positives: float


@dataclass(frozen=True)
class Rates:
    """How a net does on one group of pictures: each a share with its 95 % interval.

    Attributes:
        n: how many pictures.
        accuracy: of all, those that are classified as labelled.
        true_positives: of those with label 1, those that are classified as 1.
        false_positives: of those with label 0, those that are classified as 1.
    """

    n: int
    accuracy: Interval
    true_positives: Interval
    false_positives: Interval


def wilson_interval(hits: float | Tensor, n: int | Tensor) -> Interval:
    """Return the share of ``hits`` among ``n`` with the ends of its 95 % interval, by Wilson's score test.

    (p̂ + z²/2n ± z √(p̂ (1 − p̂)/n + z²/4n²)) / (1 + z²/n), with p̂ = hits / n and z = 1.96.

    Args:
        hits: how many trials succeeded, 0 to n; one that did in part, such as a tie, counts in part.
        n: how many trials there were, at least 1.

    Returns:
        The share with the ends of its interval.

    Raises:
        ValueError: ``n`` is 0, or there are fewer hits than 0 or more than ``n``.

    Reference: Wilson 1927 (doi:10.1080/01621459.1927.10502953).
    """
    if not 0 <= hits <= n or n < 1:
        raise ValueError(
            f"interval: wanted at least one trial, and no more hits than trials, got {hits} of {n}"
        )
    n, share = int(n), float(hits) / int(n)
    middle, spread = share + _Z**2 / (2 * n), _Z * (share * (1 - share) / n + _Z**2 / (4 * n**2)) ** 0.5
    low, high = ((end / (1 + _Z**2 / n)) for end in (middle - spread, middle + spread))
    return Interval(share, max(0.0, min(low, share)), min(1.0, max(high, share)))


def normal_interval(values: Tensor) -> tuple[float, float, float]:
    """Return a mean with the ends of its 95 % interval: m ± 1.96 σ / √N.

    Args:
        values: numbers (N,), with N ≥ 2.

    Returns:
        The mean, and the lower and the upper end of the interval.
    """
    mean, error = values.mean().item(), values.std().item() / len(values) ** 0.5
    return mean, mean - _Z * error, mean + _Z * error


def shape_share(predicted: Tensor, shape: Tensor, texture: Tensor) -> Interval:
    """Return how often shape wins: #shape / (#shape + #texture), with its 95 % interval.

    Decisions for neither cue do not count; report their number too.

    Args:
        predicted: the class that a net gives each picture (N,).
        shape: the class of its outline (N,).
        texture: the class of what fills it (N,), never that of the outline.

    Returns:
        The share of decisions for shape among those for either cue.

    Raises:
        ValueError: shapes that differ, a picture without conflict, or no decision for either cue.

    Reference: Geirhos et al. 2019 (arXiv:1811.12231).
    """
    _check_rows(predicted=predicted, shape=shape, texture=texture)
    if (shape == texture).any():
        raise ValueError("shape and texture are the same class in some picture; leave those out")
    by_shape, by_texture = (predicted == shape).sum(), (predicted == texture).sum()
    if not by_shape + by_texture:
        raise ValueError("no decision is for shape or for texture: there is nothing to take a share of")
    return wilson_interval(by_shape, by_shape + by_texture)


def rates(predicted: Tensor, labels: Tensor, groups: Sequence[str]) -> dict[str, Rates]:
    """Return how a net does on each group of pictures.

    Args:
        predicted: the class that the net gives each picture (N,), 0 or 1.
        labels: the true class (N,), 0 or 1.
        groups: the name of each picture's group (N,).

    Returns:
        Name of the group → rates, in alphabetical order.

    Raises:
        ValueError: lengths that differ, labels besides 0 and 1, or a group without pictures of both labels.

    Reference: Buolamwini & Gebru 2018, Gender Shades.
    """
    _check_rows(predicted=predicted, labels=labels)
    if len(groups) != len(labels) or not labels.unique().tolist() == [0, 1]:
        raise ValueError(
            f"wanted labels 0 and 1, and a group for each; got {len(groups)} groups for "
            f"{len(labels)} labels, {labels.unique().tolist()}"
        )
    found = {}
    for group in sorted(set(groups)):
        here = torch.tensor([name == group for name in groups], device=labels.device)
        yes, no, said = here & (labels == 1), here & (labels == 0), predicted == 1
        if not (yes.any() and no.any()):
            raise ValueError(
                f"group {group!r} has pictures of one label only, so it has no rate for the other"
            )
        right = wilson_interval((here & (predicted == labels)).sum(), here.sum())
        found[group] = Rates(
            int(here.sum()),
            right,
            wilson_interval((yes & said).sum(), yes.sum()),
            wilson_interval((no & said).sum(), no.sum()),
        )
    return found


def equalised_odds(found: Mapping[str, Rates]) -> OddsGaps:
    """Return by how much the true-positive rates, and the false-positive rates, of two groups differ at most.

    Equalised odds asks for both to be 0: max |P(Ŷ = 1 | Y = y, A = a) − P(Ŷ = 1 | Y = y, A = b)|, for
    y = 1 and for y = 0.

    Args:
        found: name of the group → rates, as ``rates`` returns them.

    Returns:
        The two largest differences.

    Raises:
        ValueError: fewer than two groups, which cannot differ.

    Reference: Hardt, Price & Srebro 2016 (arXiv:1610.02413).
    """
    if len(found) < 2:
        raise ValueError(f"found: wanted at least two groups to compare, got {list(found)}")
    hits = [group.true_positives.share for group in found.values()]
    alarms = [group.false_positives.share for group in found.values()]
    return OddsGaps(max(hits) - min(hits), max(alarms) - min(alarms))


def mix(first: Scenes, second: Scenes, n: int, share: float) -> tuple[Tensor, Tensor]:
    """Return images and labels of two sets of scenes, mixed in a given ratio.

    Args:
        first: scenes with images (M, 3, S, S).
        second: scenes of the same size, with the same classes.
        n: how many to return.
        share: of the second scenes among them, in [0, 1]; the first ones of each set are taken.

    Returns:
        Images (n, 3, S, S) and labels (n,).

    Raises:
        ValueError: either has too few scenes.
    """
    of_second = round(n * share)
    if len(first) < n - of_second or len(second) < of_second:
        raise ValueError(
            f"wanted {n - of_second} and {of_second} scenes to mix, got {len(first)} and {len(second)}"
        )
    parts = first[: n - of_second], second[:of_second]
    return torch.cat([part.images for part in parts]), torch.cat([part.labels for part in parts])


def _check_rows(**columns: Tensor) -> None:
    shapes = {name: tuple(column.shape) for name, column in columns.items()}
    if len(set(shapes.values())) > 1 or any(len(shape) != 1 for shape in shapes.values()):
        raise ValueError(f"wanted one number for each picture, (N,), got {shapes}")

"""Exercise: how sure one is of a share."""

import torch
from torch import Tensor

from coursekit.exercises.bias_and_trust.cases import ANSWERS
from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Exercise, Property, mistake

__all__ = ["WILSON_INTERVAL"]


_Z = 1.96


def _wilson(hits: Tensor, n: Tensor, z: float = _Z) -> Tensor:
    share = hits / n
    middle = share + z**2 / (2 * n)
    reach = z * (share * (1 - share) / n + z**2 / (4 * n**2)).sqrt()
    return torch.stack([middle - reach, middle + reach], 1) / (1 + z**2 / n)[:, None]


def _around(middle: Tensor, reach: Tensor) -> Tensor:
    return torch.stack([middle - reach, middle + reach], 1)


@mistake(
    "the share ± 1.96 standard errors (Wald's interval)",
    "Where all were hits that has no width: take Wilson's formula, above.",
)
def _wald(hits: Tensor, n: Tensor) -> Tensor:
    share = hits / n
    return _around(share, _Z * (share * (1 - share) / n).sqrt())


@mistake(
    "the share ± 1.96 standard errors, cut off at 0 and 1",
    "Cutting hides that it leaves [0, 1], and does not mend it: take Wilson's formula, above.",
)
def _wald_cut(hits: Tensor, n: Tensor) -> Tensor:
    return _wald(hits, n).clamp(0, 1)


@mistake("an interval with z = 1.645, of 90 %", "For 95 % on two sides, z = 1.96.")
def _one_sided(hits: Tensor, n: Tensor) -> Tensor:
    return _wilson(hits, n, 1.645)


@mistake("an interval of one deviation, z = 1", "For 95 %, z = 1.96.")
def _one_deviation(hits: Tensor, n: Tensor) -> Tensor:
    return _wilson(hits, n, 1.0)


@mistake("an interval without the division by 1 + z²/n", "Both ends are divided by 1 + z²/n.")
def _undivided(hits: Tensor, n: Tensor) -> Tensor:
    return _wilson(hits, n) * (1 + _Z**2 / n)[:, None]


@mistake(
    "an interval without z²/(4n²) under the root",
    "Without it there is no width where all, or none, were hits: add it under the root.",
)
def _no_correction(hits: Tensor, n: Tensor) -> Tensor:
    share = hits / n
    reach = _Z * (share * (1 - share) / n).sqrt()
    return _around(share + _Z**2 / (2 * n), reach) / (1 + _Z**2 / n)[:, None]


@mistake(
    "an interval around the share itself",
    "Its middle is moved towards one half: p + z²/(2n), divided by 1 + z²/n.",
)
def _not_moved(hits: Tensor, n: Tensor) -> Tensor:
    low, high = _wilson(hits, n).T
    return _around(hits / n, (high - low) / 2)


def _trials(draws: Draws) -> list[Case]:
    """Hits among few and among many; none, and all."""
    cases = []
    for name, (low, high) in {"few": (4, 12), "more": (20, 60)}.items():
        generator = draws(name)
        n = torch.randint(low, high, (4,), generator=generator).float()
        hits = (n * torch.rand(4, generator=generator)).floor().clamp(min=1)
        hits[0], hits[1] = n[0], 0
        hits[2] = 1  # there Wald's interval leaves [0, 1]
        cases.append(Case(name, {"hits": hits, "n": n}))
    n = torch.randint(8, 40, (3,), generator=draws("half")).float()
    cases.append(Case("half", {"hits": (n / 2).floor(), "n": n}))
    return cases


WILSON_INTERVAL = Exercise(
    name="wilson_interval",
    points=2,
    minutes=10,
    reference=_wilson,
    draw=_trials,
    mistakes=(_wald, _wald_cut, _one_sided, _one_deviation, _undivided, _no_correction, _not_moved),
    properties=(
        Property(
            lambda value, arguments: bool((value[:, 0] <= value[:, 1]).all()),
            "The lower end comes first: columns (low, high).",
        ),
        Property(
            lambda value, arguments: bool((value >= -1e-6).all() and (value <= 1 + 1e-6).all()),
            "Some ends lie outside [0, 1].",
        ),
    ),
    hidden=ANSWERS,
)

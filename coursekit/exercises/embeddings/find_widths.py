"""Exercise: the widths that give a wanted perplexity."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from coursekit.embeddings import conditional_affinities
from coursekit.exercises.draws import Draws
from coursekit.exercises.embeddings.cases import ANSWERS, affinities, clusters, perplexity, squared
from coursekit.exercises.exercise import Case, Exercise, mistake

__all__ = ["FIND_WIDTHS"]


_HALVINGS = 60


def _halve(measure: Callable[[Tensor], Tensor], n: int, wanted: float) -> Tensor:
    """The widths (n,) at which a measure that grows with them is as wanted."""
    low, high = torch.full((n,), -20.0, dtype=torch.float64), torch.full((n,), 20.0, dtype=torch.float64)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        above = measure(middle.exp2()) > wanted
        low, high = torch.where(above, low, middle), torch.where(above, middle, high)
    return middle.exp2()


def _search(x: Tensor, wanted: float, measure: Callable[[Tensor], Tensor] = perplexity) -> Tensor:
    return _halve(lambda sigma: measure(affinities(x.double(), sigma)), len(x), wanted).to(x.dtype)


def _widths(x: Tensor, wanted: float) -> Tensor:
    """The widths, read off the package's affinities: ln p_{j|i} is −d²/2σ² and a constant."""
    p = conditional_affinities(x, wanted)
    apart = squared(x.double()).fill_diagonal_(torch.inf)
    near, far = (
        apart.argmin(1, keepdim=True),
        torch.where(p > 1e-30, apart.nan_to_num(0, posinf=0), -1).argmax(1, keepdim=True),
    )
    fall = p.gather(1, near).log() - p.gather(1, far).log()
    return ((apart.gather(1, far) - apart.gather(1, near)) / (2 * fall)).sqrt()[:, 0].to(x.dtype)


@mistake(
    "one width for all points",
    "Each point has a width of its own: compare each row's perplexity, and halve each interval.",
)
def _one_for_all(x: Tensor, wanted: float) -> Tensor:
    return _search(x, wanted, lambda p: perplexity(p).mean().expand(len(p)))


@mistake(
    "widths for which the point counts as its own neighbour",
    "Put p(i|i) to 0 before you take the entropy: exercise 4 does.",
)
def _with_itself(x: Tensor, wanted: float) -> Tensor:
    def measure(sigma: Tensor) -> Tensor:
        return perplexity((-squared(x.double()) / (2 * sigma[:, None] ** 2)).softmax(1))

    return _halve(measure, len(x), wanted).to(x.dtype)


@mistake(
    "the mean distance to as many neighbours",
    "That is a good first guess: now halve the interval until the perplexity is right.",
)
def _by_distance(x: Tensor, wanted: float) -> Tensor:
    """The mean distance to as many neighbours."""
    return torch.cdist(x, x).sort(1).values[:, 1 : round(wanted) + 1].mean(1)


def _width_cases(draws: Draws) -> list[Case]:
    cases = []
    for name, n, dimensions, wanted in (
        ("perplexity 5", 24, 4, 5.0),
        ("perplexity 12", 40, 8, 12.0),
        ("perplexity 3, in the plane", 16, 2, 3.0),
    ):
        generator = draws(name)
        x, _ = clusters(n, dimensions, generator)
        cases.append(Case(name, {"x": x, "wanted": wanted}))
    return cases


FIND_WIDTHS = Exercise(
    name="find_widths",
    points=3,
    minutes=18,
    reference=_widths,
    draw=_width_cases,
    mistakes=(
        mistake("the variance σ² instead of the width σ", "Return σ, as exercise 4 takes it.")(
            lambda x, wanted: _widths(x, wanted) ** 2
        ),
        mistake("β = 1 / 2σ² instead of the width σ", "Return σ = 1 / √(2β).")(
            lambda x, wanted: 1 / (2 * _widths(x, wanted) ** 2)
        ),
        _one_for_all,
        mistake(
            "widths at which the entropy, not the perplexity, is as wanted",
            "Compare like with like: perplexity with perplexity, or the entropy in bits with log2(wanted).",
        )(lambda x, wanted: _search(x, math.log2(wanted))),
        mistake(
            "widths at which the entropy in nats is log2 of the perplexity",
            "Compare like with like: bits with log2(wanted), nats with ln(wanted).",
        )(lambda x, wanted: _search(x, math.exp(math.log2(wanted)))),
        mistake(
            "widths at which the entropy in bits is ln of the perplexity",
            "Compare like with like: bits with log2(wanted), nats with ln(wanted).",
        )(lambda x, wanted: _search(x, 2 ** math.log(wanted))),
        _with_itself,
        _by_distance,
    ),
    hidden=ANSWERS,
)

"""Exercise: the relevance of one class against another."""

from functools import partial

from torch import Tensor, nn

from coursekit.exercises.exercise import Exercise, mistake
from coursekit.exercises.lrp.cases import ANSWERS, all_classes, epsilon_lrp, net_cases, only, way_back

__all__ = ["CONTRAST"]


def _contrast(model: nn.Sequential, x: Tensor, this: Tensor, that: Tensor, eps: float) -> Tensor:
    return epsilon_lrp(model, x, this, eps) - epsilon_lrp(model, x, that, eps)


@mistake(
    "the sum of the two", "What both classes share says nothing about why one and not the other: subtract it."
)
def _sum(model: nn.Sequential, x: Tensor, this: Tensor, that: Tensor, eps: float) -> Tensor:
    return epsilon_lrp(model, x, this, eps) + epsilon_lrp(model, x, that, eps)


def _unit(relevance: Tensor) -> Tensor:
    return relevance / relevance.abs().amax((1, 2, 3), keepdim=True)


@mistake(
    "two maps, each scaled by itself before they are subtracted",
    "Subtract them as they are: only then do they sum nearly to the difference of the scores.",
)
def _each_scaled(model: nn.Sequential, x: Tensor, this: Tensor, that: Tensor, eps: float) -> Tensor:
    return _unit(epsilon_lrp(model, x, this, eps)) - _unit(epsilon_lrp(model, x, that, eps))


@mistake(
    "the difference of the scores, sent back from this class alone",
    "The other class has weights of its own: its score must go back through them.",
)
def _margin(model: nn.Sequential, x: Tensor, this: Tensor, that: Tensor, eps: float) -> Tensor:
    def start(scores: Tensor) -> Tensor:
        return only(scores - scores.gather(1, that[:, None]), this)

    return way_back(model, x, start, eps)[0]


@mistake("this class against all the others", "Subtract the relevance of that one class only.")
def _against_rest(model: nn.Sequential, x: Tensor, this: Tensor, that: Tensor, eps: float) -> Tensor:
    return 2 * epsilon_lrp(model, x, this, eps) - all_classes(model, x, this, eps)


CONTRAST = Exercise(
    name="contrast",
    points=1,
    minutes=5,
    reference=_contrast,
    draw=partial(net_cases, classes=("this", "that")),
    mistakes=(
        mistake(
            "the two classes exchanged",
            "What speaks for this class is positive: the relevance of this minus that of that.",
        )(lambda model, x, this, that, eps: _contrast(model, x, that, this, eps)),
        _sum,
        mistake(
            "the size of the difference without its sign",
            "Leave the absolute value out: the sign says which of the two classes a pixel speaks for.",
        )(lambda *arguments: _contrast(*arguments).abs()),
        mistake("this class alone", "Subtract the relevance of the other class.")(
            lambda model, x, this, that, eps: epsilon_lrp(model, x, this, eps)
        ),
        _each_scaled,
        _margin,
        _against_rest,
    ),
    hidden=ANSWERS,
)

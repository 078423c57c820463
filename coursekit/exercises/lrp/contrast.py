"""Exercise: the relevance of one class against another."""

from functools import partial

from torch import Tensor, nn

from coursekit.exercises.exercise import Exercise, Mistake
from coursekit.exercises.lrp.cases import ANSWERS, all_classes, epsilon_lrp, net_cases, only, way_back

__all__ = ["CONTRAST"]


def _contrast(model: nn.Sequential, x: Tensor, this: Tensor, that: Tensor, eps: float) -> Tensor:
    return epsilon_lrp(model, x, this, eps) - epsilon_lrp(model, x, that, eps)


def _sum(model: nn.Sequential, x: Tensor, this: Tensor, that: Tensor, eps: float) -> Tensor:
    return epsilon_lrp(model, x, this, eps) + epsilon_lrp(model, x, that, eps)


def _unit(relevance: Tensor) -> Tensor:
    return relevance / relevance.abs().amax((1, 2, 3), keepdim=True)


def _each_scaled(model: nn.Sequential, x: Tensor, this: Tensor, that: Tensor, eps: float) -> Tensor:
    return _unit(epsilon_lrp(model, x, this, eps)) - _unit(epsilon_lrp(model, x, that, eps))


def _margin(model: nn.Sequential, x: Tensor, this: Tensor, that: Tensor, eps: float) -> Tensor:
    def start(scores: Tensor) -> Tensor:
        return only(scores - scores.gather(1, that[:, None]), this)

    return way_back(model, x, start, eps)[0]


def _against_rest(model: nn.Sequential, x: Tensor, this: Tensor, that: Tensor, eps: float) -> Tensor:
    return 2 * epsilon_lrp(model, x, this, eps) - all_classes(model, x, this, eps)


CONTRAST = Exercise(
    name="contrast",
    points=1,
    minutes=5,
    reference=_contrast,
    cases=partial(net_cases, classes=("this", "that")),
    mistakes=(
        Mistake(
            "the two classes exchanged",
            lambda model, x, this, that, eps: _contrast(model, x, that, this, eps),
            "What speaks for this class is positive: the relevance of this minus that of that.",
        ),
        Mistake(
            "the sum of the two",
            _sum,
            "What both classes share says nothing about why one and not the other: subtract it.",
        ),
        Mistake(
            "the size of the difference without its sign",
            lambda *arguments: _contrast(*arguments).abs(),
            "Leave the absolute value out: the sign says which of the two classes a pixel speaks for.",
        ),
        Mistake(
            "this class alone",
            lambda model, x, this, that, eps: epsilon_lrp(model, x, this, eps),
            "Subtract the relevance of the other class.",
        ),
        Mistake(
            "two maps, each scaled by itself before they are subtracted",
            _each_scaled,
            "Subtract them as they are: only then do they sum nearly to the difference of the scores.",
        ),
        Mistake(
            "the difference of the scores, sent back from this class alone",
            _margin,
            "The other class has weights of its own: its score must go back through them.",
        ),
        Mistake(
            "this class against all the others",
            _against_rest,
            "Subtract the relevance of that one class only.",
        ),
    ),
    hidden=ANSWERS,
)

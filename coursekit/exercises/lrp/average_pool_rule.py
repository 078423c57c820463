"""Exercise: relevance through a mean, in proportion."""

from functools import partial

from torch import Tensor

from coursekit.exercises.exercise import Exercise, mistake
from coursekit.exercises.lrp.cases import (
    ANSWERS,
    STAYS_IN_WINDOWS,
    copied,
    in_proportion,
    pool_cases,
    shared_equally,
    to_all,
    to_winner,
)

__all__ = ["AVERAGE_POOL_RULE"]


@mistake("shares of the sum of the whole map", "Each window has its own sum.")
def _proportion_of_map(activation: Tensor, relevance: Tensor, size: int) -> Tensor:
    return activation * to_all(relevance, size) / activation.sum((2, 3), keepdim=True)


@mistake(
    "shares of the window's mean instead of its sum",
    "The shares of a window sum to 1: divide by the sum, avg_pool2d(…) · size².",
)
def _proportion_of_mean(activation: Tensor, relevance: Tensor, size: int) -> Tensor:
    return size**2 * in_proportion(activation, relevance, size)


AVERAGE_POOL_RULE = Exercise(
    name="average_pool_rule",
    points=1,
    minutes=5,
    reference=in_proportion,
    draw=partial(pool_cases, rectified=True),
    mistakes=(
        mistake(
            "relevance shared equally in each window",
            "That is the gradient's way. An input that was 0 brought nothing: share in proportion.",
        )(shared_equally),
        mistake(
            "relevance for the largest input of each window",
            "That is for max pooling. In an average every input has its share.",
        )(to_winner),
        mistake(
            "relevance copied to every input of a window",
            "Multiply by each input's share of the window's sum.",
        )(copied),
        _proportion_of_mean,
        _proportion_of_map,
        mistake(
            "the activations times the relevance: the division is missing", "Divide by the sum of the window."
        )(lambda activation, relevance, size: activation * to_all(relevance, size)),
    ),
    properties=(STAYS_IN_WINDOWS,),
    hidden=ANSWERS,
)

"""Exercise: relevance through a maximum, to the winner."""

from functools import partial

import torch
from torch import Tensor

from coursekit.exercises.exercise import Exercise, mistake
from coursekit.exercises.lrp.cases import (
    ANSWERS,
    STAYS_IN_WINDOWS,
    copied,
    in_proportion,
    pool_cases,
    shared_equally,
    to_winner,
)

__all__ = ["MAX_POOL_RULE"]


@mistake(
    "relevance for the first input of each window",
    "Find out which input won, for instance by max_pool2d(…, return_indices=True).",
)
def _corner(activation: Tensor, relevance: Tensor, size: int) -> Tensor:
    result = torch.zeros_like(activation)
    result[:, :, ::size, ::size] = relevance
    return result


MAX_POOL_RULE = Exercise(
    name="max_pool_rule",
    points=2,
    minutes=10,
    reference=to_winner,
    draw=partial(pool_cases, rectified=False),
    mistakes=(
        mistake(
            "relevance shared equally in each window",
            "Only the largest input of a window made the output: it takes all.",
        )(shared_equally),
        mistake(
            "relevance copied to every input of a window",
            "The largest input takes all, and the others get nothing; copies make more of what there was.",
        )(copied),
        mistake(
            "relevance shared in proportion to the inputs",
            "That is for averages. Here the largest input takes all.",
        )(in_proportion),
        mistake(
            "relevance for the input that is largest without its sign",
            "Max pooling compares the inputs with their signs: leave the absolute value out.",
        )(lambda activation, relevance, size: to_winner(activation.abs(), relevance, size)),
        mistake(
            "relevance for the smallest input of each window",
            "The winner is the largest input, as in the forward pass.",
        )(lambda activation, relevance, size: to_winner(-activation, relevance, size)),
        _corner,
        mistake(
            "the relevance times the winner's activation",
            "The winner takes the relevance as it is: input × gradient is yet to be divided by the output.",
        )(lambda activation, relevance, size: activation * to_winner(activation, relevance, size)),
    ),
    properties=(STAYS_IN_WINDOWS,),
    hidden=ANSWERS,
)

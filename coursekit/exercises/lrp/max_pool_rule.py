"""Exercise: relevance through a maximum, to the winner."""

from functools import partial

import torch
from torch import Tensor

from coursekit.exercises.exercise import Exercise, Mistake
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


def _corner(activation: Tensor, relevance: Tensor, size: int) -> Tensor:
    result = torch.zeros_like(activation)
    result[:, :, ::size, ::size] = relevance
    return result


MAX_POOL_RULE = Exercise(
    name="max_pool_rule",
    points=2,
    minutes=10,
    reference=to_winner,
    cases=partial(pool_cases, rectified=False),
    mistakes=(
        Mistake(
            "relevance shared equally in each window",
            shared_equally,
            "Only the largest input of a window made the output: it takes all.",
        ),
        Mistake(
            "relevance copied to every input of a window",
            copied,
            "The largest input takes all, and the others get nothing; copies make more of what there was.",
        ),
        Mistake(
            "relevance shared in proportion to the inputs",
            in_proportion,
            "That is for averages. Here the largest input takes all.",
        ),
        Mistake(
            "relevance for the input that is largest without its sign",
            lambda activation, relevance, size: to_winner(activation.abs(), relevance, size),
            "Max pooling compares the inputs with their signs: leave the absolute value out.",
        ),
        Mistake(
            "relevance for the smallest input of each window",
            lambda activation, relevance, size: to_winner(-activation, relevance, size),
            "The winner is the largest input, as in the forward pass.",
        ),
        Mistake(
            "relevance for the first input of each window",
            _corner,
            "Find out which input won, for instance by max_pool2d(…, return_indices=True).",
        ),
        Mistake(
            "the relevance times the winner's activation",
            lambda activation, relevance, size: activation * to_winner(activation, relevance, size),
            "The winner takes the relevance as it is: input × gradient is yet to be divided by the output.",
        ),
    ),
    properties=(STAYS_IN_WINDOWS,),
    hidden=ANSWERS,
)

"""Exercises: relevance through pooling, to the winner of a maximum and in proportion through a mean."""

from functools import partial

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate, max_pool2d

from coursekit.exercises.exercise import Arguments, Case, Exercise, Mistake, Property
from coursekit.exercises.lrp.cases import ANSWERS, stabilise

__all__ = ["AVERAGE_POOL_RULE", "MAX_POOL_RULE"]

_TINY = 1e-9


def _winner(activation: Tensor, relevance: Tensor, size: int) -> Tensor:
    activation = activation.detach().requires_grad_()
    return torch.autograd.grad(max_pool2d(activation, size), activation, relevance)[0]


def _in_proportion(activation: Tensor, relevance: Tensor, size: int) -> Tensor:
    total = avg_pool2d(activation, size) * size**2
    return activation * _to_all(relevance / stabilise(total, _TINY), size)


def _to_all(values: Tensor, size: int) -> Tensor:
    """Repeat each window's value at all of its inputs."""
    return interpolate(values, scale_factor=size, mode="nearest")


def _copied(activation: Tensor, relevance: Tensor, size: int) -> Tensor:
    return _to_all(relevance, size)


def _shared(activation: Tensor, relevance: Tensor, size: int) -> Tensor:
    return _to_all(relevance, size) / size**2


def _corner(activation: Tensor, relevance: Tensor, size: int) -> Tensor:
    result = torch.zeros_like(activation)
    result[:, :, ::size, ::size] = relevance
    return result


def _proportion_of_map(activation: Tensor, relevance: Tensor, size: int) -> Tensor:
    return activation * _to_all(relevance, size) / activation.sum((2, 3), keepdim=True)


def _proportion_of_mean(activation: Tensor, relevance: Tensor, size: int) -> Tensor:
    return size**2 * _in_proportion(activation, relevance, size)


def _stays_in_its_window(value: Tensor, arguments: Arguments) -> bool:
    size, relevance = arguments["size"], arguments["relevance"]
    return torch.allclose(avg_pool2d(value, size) * size**2, relevance, rtol=1e-3, atol=1e-3)


_STAYS = Property(
    _stays_in_its_window,
    "The relevance of each window's inputs should sum to that of its output, and does not.",
)


def _cases(seed: int, *, rectified: bool) -> list[Case]:
    """Maps in windows; rectified ones have a window of zeros, which no relevance can have reached."""
    generator = torch.Generator().manual_seed(seed)
    sizes = {
        "windows of two by two": (1, 2, 4, 6, 2),
        "windows of three by three": (1, 1, 6, 9, 3),
        "a batch of two": (2, 3, 6, 4, 2),
    }
    cases = []
    for name, (n, channels, height, width, size) in sizes.items():
        activation = torch.randn(n, channels, height, width, generator=generator)
        relevance = torch.randn(n, channels, height // size, width // size, generator=generator)
        if rectified:
            activation = activation.abs()
            activation[0, 0, :size, :size] = 0
            relevance[0, 0, 0, 0] = 0
        cases.append(Case(name, {"activation": activation, "relevance": relevance, "size": size}))
    return cases


MAX_POOL_RULE = Exercise(
    name="max_pool_rule",
    points=2,
    minutes=10,
    reference=_winner,
    cases=partial(_cases, rectified=False),
    mistakes=(
        Mistake(
            "relevance shared equally in each window",
            _shared,
            "Only the largest input of a window made the output: it takes all.",
        ),
        Mistake(
            "relevance copied to every input of a window",
            _copied,
            "The largest input takes all, and the others get nothing; copies make more of what there was.",
        ),
        Mistake(
            "relevance shared in proportion to the inputs",
            _in_proportion,
            "That is for averages. Here the largest input takes all.",
        ),
        Mistake(
            "relevance for the input that is largest without its sign",
            lambda activation, relevance, size: _winner(activation.abs(), relevance, size),
            "Max pooling compares the inputs with their signs: leave the absolute value out.",
        ),
        Mistake(
            "relevance for the smallest input of each window",
            lambda activation, relevance, size: _winner(-activation, relevance, size),
            "The winner is the largest input, as in the forward pass.",
        ),
        Mistake(
            "relevance for the first input of each window",
            _corner,
            "Find out which input won, for instance by max_pool2d(…, return_indices=True).",
        ),
        Mistake(
            "the relevance times the winner's activation",
            lambda activation, relevance, size: activation * _winner(activation, relevance, size),
            "The winner takes the relevance as it is: input × gradient is yet to be divided by the output.",
        ),
    ),
    properties=(_STAYS,),
    hidden=ANSWERS,
)

AVERAGE_POOL_RULE = Exercise(
    name="average_pool_rule",
    points=1,
    minutes=5,
    reference=_in_proportion,
    cases=partial(_cases, rectified=True),
    mistakes=(
        Mistake(
            "relevance shared equally in each window",
            _shared,
            "That is the gradient's way. An input that was 0 brought nothing: share in proportion.",
        ),
        Mistake(
            "relevance for the largest input of each window",
            _winner,
            "That is for max pooling. In an average every input has its share.",
        ),
        Mistake(
            "relevance copied to every input of a window",
            _copied,
            "Multiply by each input's share of the window's sum.",
        ),
        Mistake(
            "shares of the window's mean instead of its sum",
            _proportion_of_mean,
            "The shares of a window sum to 1: divide by the sum, avg_pool2d(…) · size².",
        ),
        Mistake(
            "shares of the sum of the whole map",
            _proportion_of_map,
            "Each window has its own sum.",
        ),
        Mistake(
            "the activations times the relevance: the division is missing",
            lambda activation, relevance, size: activation * _to_all(relevance, size),
            "Divide by the sum of the window.",
        ),
    ),
    properties=(_STAYS,),
    hidden=ANSWERS,
)

"""Exercise: what Grad-CAM++ weighs the channels with."""

import torch
from torch import Tensor

from coursekit.exercises.exercise import Exercise, mistake
from coursekit.exercises.gradcam.cases import ANSWERS, activation_cases

__all__ = ["GRAD_CAM_PP_WEIGHTS"]


def _summed(activation: Tensor) -> Tensor:
    """S, the sum of each channel's activation, (N, K, 1, 1)."""
    return activation.sum((2, 3), keepdim=True)


def _shares(activation: Tensor, gradient: Tensor) -> Tensor:
    """g² / (2 g² + S g³), divided by g²: of no account where g is 0, and never 0 / 0."""
    return 1 / (2 + _summed(activation) * gradient)


def _plus_plus(activation: Tensor, gradient: Tensor) -> Tensor:
    return (_shares(activation, gradient) * gradient.relu()).sum((2, 3))


@mistake(
    "the weights without the ReLU of the gradients",
    "Only positions where more of the channel raises the score count: multiply by gradient.relu().",
)
def _not_cut(activation: Tensor, gradient: Tensor) -> Tensor:
    return (_shares(activation, gradient) * gradient).sum((2, 3))


@mistake(
    "the size of the gradients instead of their positive part",
    "A negative gradient counts nothing here: take gradient.relu(), not gradient.abs().",
)
def _size(activation: Tensor, gradient: Tensor) -> Tensor:
    return (_shares(activation, gradient) * gradient.abs()).sum((2, 3))


@mistake(
    "the mean over the positions instead of the sum",
    "The shares already divide: add up over the positions with .sum((2, 3)).",
)
def _mean_position(activation: Tensor, gradient: Tensor) -> Tensor:
    return _plus_plus(activation, gradient) / gradient[0, 0].numel()


@mistake(
    "the sum of the positive gradients, without the shares",
    "Multiply each positive gradient by its share before you sum.",
)
def _no_shares(activation: Tensor, gradient: Tensor) -> Tensor:
    return gradient.relu().sum((2, 3))


@mistake(
    "the sum of the shares, without the gradients",
    "The share of a position multiplies its positive gradient: shares * gradient.relu().",
)
def _shares_alone(activation: Tensor, gradient: Tensor) -> Tensor:
    return torch.where(gradient == 0, 0, _shares(activation, gradient)).sum((2, 3))


@mistake(
    "shares without the factor 2 of the denominator", "The denominator is 2 g² + S g³: the 2 is missing."
)
def _not_twice(activation: Tensor, gradient: Tensor) -> Tensor:
    return (gradient.relu() / (1 + _summed(activation) * gradient)).sum((2, 3))


@mistake(
    "shares with each position's own activation instead of the sum over all positions",
    "S is one number for each channel: activation.sum((2, 3), keepdim=True).",
)
def _not_summed(activation: Tensor, gradient: Tensor) -> Tensor:
    return (gradient.relu() / (2 + activation * gradient)).sum((2, 3))


@mistake(
    "shares with the mean activation instead of the sum",
    "S adds the activation up over all positions: .sum((2, 3), keepdim=True).",
)
def _mean_activation(activation: Tensor, gradient: Tensor) -> Tensor:
    return (gradient.relu() / (2 + activation.mean((2, 3), keepdim=True) * gradient)).sum((2, 3))


@mistake(
    "shares whose denominator sums A·g³ over the positions",
    "Sum A alone: S multiplies the g³ of the position whose share it is.",
)
def _all_summed(activation: Tensor, gradient: Tensor) -> Tensor:
    below = 2 * gradient**2 + _summed(activation * gradient**3)
    return (gradient**2 / below * gradient.relu()).sum((2, 3))


@mistake(
    "shares with g² instead of g³ in the denominator",
    "The second term of the denominator has the third power: S * gradient**3.",
)
def _squared(activation: Tensor, gradient: Tensor) -> Tensor:
    return (gradient.relu() / (2 + _summed(activation))).sum((2, 3))


GRAD_CAM_PP_WEIGHTS = Exercise(
    name="grad_cam_pp_weights",
    points=3,
    minutes=15,
    reference=_plus_plus,
    draw=activation_cases,
    mistakes=(
        _not_cut,
        _size,
        _mean_position,
        _no_shares,
        _shares_alone,
        _not_twice,
        _not_summed,
        _mean_activation,
        _all_summed,
        _squared,
    ),
    hidden=ANSWERS,
)

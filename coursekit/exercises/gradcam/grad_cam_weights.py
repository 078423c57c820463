"""Exercise: what Grad-CAM weighs the channels with."""

from torch import Tensor

from coursekit.exercises.exercise import Exercise, mistake
from coursekit.exercises.gradcam.cases import ANSWERS, activation_cases

__all__ = ["GRAD_CAM_WEIGHTS"]


def _mean(activation: Tensor, gradient: Tensor) -> Tensor:
    return gradient.mean((2, 3))


@mistake(
    "the mean of the activation instead of the gradient",
    "That says how strong a channel is, whatever the class. Average the gradient.",
)
def _of_activation(activation: Tensor, gradient: Tensor) -> Tensor:
    return activation.mean((2, 3))


@mistake(
    "the sum over the positions instead of the mean", "Divide by the number of positions: .mean((2, 3))."
)
def _sum(activation: Tensor, gradient: Tensor) -> Tensor:
    return gradient.sum((2, 3))


@mistake(
    "the mean over the channels instead of the positions",
    "The channels are dimension 1, the positions dimensions 2 and 3: average over the last two.",
)
def _over_channels(activation: Tensor, gradient: Tensor) -> Tensor:
    return gradient.mean(1)


@mistake(
    "the mean over the images as well as the positions",
    "Keep the images apart: average over dimensions 2 and 3 alone.",
)
def _over_batch(activation: Tensor, gradient: Tensor) -> Tensor:
    return gradient.mean((0, 2, 3)).expand(gradient.shape[:2])


@mistake(
    "the largest gradient instead of the mean",
    "One position would speak for all: average over them with .mean((2, 3)).",
)
def _largest(activation: Tensor, gradient: Tensor) -> Tensor:
    return gradient.amax((2, 3))


@mistake(
    "the weights without the negative ones: a ReLU of the weights",
    "A channel with a negative weight speaks against the class: let it lower the map. The ReLU comes "
    "at the end.",
)
def _relu_after(activation: Tensor, gradient: Tensor) -> Tensor:
    return gradient.mean((2, 3)).relu()


@mistake(
    "the mean of the positive gradients alone",
    "Average the gradient as it is, with its sign: it is Grad-CAM++ that cuts it.",
)
def _relu_before(activation: Tensor, gradient: Tensor) -> Tensor:
    return gradient.relu().mean((2, 3))


@mistake(
    "the mean of gradient times activation",
    "The activation comes in later, when the weights are used: average the gradient alone.",
)
def _product(activation: Tensor, gradient: Tensor) -> Tensor:
    return (gradient * activation).mean((2, 3))


GRAD_CAM_WEIGHTS = Exercise(
    name="grad_cam_weights",
    points=1,
    minutes=5,
    reference=_mean,
    draw=activation_cases,
    mistakes=(
        _of_activation,
        _sum,
        _over_channels,
        _over_batch,
        _largest,
        _relu_after,
        _relu_before,
        _product,
    ),
    hidden=ANSWERS,
)

"""Exercise: what Grad-CAM weighs the channels with."""

from torch import Tensor

from coursekit.exercises.exercise import Exercise, Mistake
from coursekit.exercises.gradcam.cases import ANSWERS, activation_cases

__all__ = ["GRAD_CAM_WEIGHTS"]


def _mean(activation: Tensor, gradient: Tensor) -> Tensor:
    return gradient.mean((2, 3))


def _of_activation(activation: Tensor, gradient: Tensor) -> Tensor:
    return activation.mean((2, 3))


def _sum(activation: Tensor, gradient: Tensor) -> Tensor:
    return gradient.sum((2, 3))


def _over_channels(activation: Tensor, gradient: Tensor) -> Tensor:
    return gradient.mean(1)


def _over_batch(activation: Tensor, gradient: Tensor) -> Tensor:
    return gradient.mean((0, 2, 3)).expand(gradient.shape[:2])


def _largest(activation: Tensor, gradient: Tensor) -> Tensor:
    return gradient.amax((2, 3))


def _relu_after(activation: Tensor, gradient: Tensor) -> Tensor:
    return gradient.mean((2, 3)).relu()


def _relu_before(activation: Tensor, gradient: Tensor) -> Tensor:
    return gradient.relu().mean((2, 3))


def _product(activation: Tensor, gradient: Tensor) -> Tensor:
    return (gradient * activation).mean((2, 3))


GRAD_CAM_WEIGHTS = Exercise(
    name="grad_cam_weights",
    points=1,
    minutes=5,
    reference=_mean,
    cases=activation_cases,
    mistakes=(
        Mistake(
            "the mean of the activation instead of the gradient",
            _of_activation,
            "That says how strong a channel is, whatever the class. Average the gradient.",
        ),
        Mistake(
            "the sum over the positions instead of the mean",
            _sum,
            "Divide by the number of positions: .mean((2, 3)).",
        ),
        Mistake(
            "the mean over the channels instead of the positions",
            _over_channels,
            "The channels are dimension 1, the positions dimensions 2 and 3: average over the last two.",
        ),
        Mistake(
            "the mean over the images as well as the positions",
            _over_batch,
            "Keep the images apart: average over dimensions 2 and 3 alone.",
        ),
        Mistake(
            "the largest gradient instead of the mean",
            _largest,
            "One position would speak for all: average over them with .mean((2, 3)).",
        ),
        Mistake(
            "the weights without the negative ones: a ReLU of the weights",
            _relu_after,
            "A channel with a negative weight speaks against the class: let it lower the map. The ReLU comes "
            "at the end.",
        ),
        Mistake(
            "the mean of the positive gradients alone",
            _relu_before,
            "Average the gradient as it is, with its sign: it is Grad-CAM++ that cuts it.",
        ),
        Mistake(
            "the mean of gradient times activation",
            _product,
            "The activation comes in later, when the weights are used: average the gradient alone.",
        ),
    ),
    hidden=ANSWERS,
)

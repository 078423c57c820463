"""Exercise: the gradient of the score, as a picture."""

from torch import Tensor, nn

from coursekit.attribution import heatmap, saliency
from coursekit.exercises.exercise import Exercise, Property, mistake
from coursekit.exercises.saliency.cases import ANSWERS, gradient, picture_cases, probability

__all__ = ["GRADIENT_SALIENCY"]


def _reference(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return heatmap(saliency(model, x, target))


@mistake(
    "the gradient of the probability instead of the score",
    "Leave the softmax out: it mixes in the other classes, and it is flat where the net is sure.",
)
def _probability(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return heatmap(gradient(lambda x: probability(model, x, target), x))


@mistake(
    "the gradient of the logarithm of the probability, as a loss has it",
    "Cross-entropy and log_softmax mix in the other classes: differentiate the score itself.",
)
def _log_probability(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return heatmap(gradient(lambda x: probability(model, x, target).log(), x))


@mistake(
    "the gradient of the sum over all classes",
    "Take the target's score out of model(x) before you differentiate.",
)
def _all_classes(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return heatmap(gradient(model, x))


@mistake(
    "the saliency of the predicted class, whatever the target",
    "Take the score of the class that target names, not the maximum.",
)
def _predicted(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return _reference(model, x, model(x).argmax(1))


@mistake(
    "the gradient of the mean over the batch: N times too small",
    "Sum the scores over the batch: then each image gets its own gradient, unscaled.",
)
def _batch_mean(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return _reference(model, x, target) / len(x)


@mistake(
    "the mean over the channels instead of the maximum",
    "Take the largest absolute value over the channels: .abs().amax(1).",
)
def _channel_mean(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return saliency(model, x, target).abs().mean(1)


@mistake(
    "the sum over the channels instead of the maximum",
    "Take the largest absolute value over the channels: .abs().amax(1).",
)
def _channel_sum(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return saliency(model, x, target).abs().sum(1)


@mistake(
    "the maximum over the channels without the absolute value",
    "A strongly negative gradient matters as much as a positive one: take .abs() before the maximum.",
)
def _no_abs(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return saliency(model, x, target).amax(1)


@mistake(
    "the absolute value after the maximum",
    "The maximum has already lost the strongly negative channels: take .abs() first, then .amax(1).",
)
def _abs_last(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return saliency(model, x, target).amax(1).abs()


@mistake(
    "a map for each channel: the maximum over the channels is missing",
    "Reduce the channels, dimension 1, with .amax(1).",
)
def _no_max(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return saliency(model, x, target).abs()


@mistake(
    "the gradient itself, with its sign and its channels",
    "Make one picture of it: the absolute value, then the maximum over the channels.",
)
def _bare(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return saliency(model, x, target)


GRADIENT_SALIENCY = Exercise(
    name="gradient_saliency",
    points=2,
    minutes=10,
    reference=_reference,
    draw=picture_cases,
    mistakes=(
        _probability,
        _log_probability,
        _all_classes,
        _predicted,
        _batch_mean,
        _channel_mean,
        _channel_sum,
        _no_abs,
        _abs_last,
        _no_max,
        _bare,
    ),
    properties=(
        Property(
            lambda value, arguments: bool((value >= 0).all()),
            "Some values are negative; an absolute value is never.",
        ),
    ),
    hidden=ANSWERS,
)

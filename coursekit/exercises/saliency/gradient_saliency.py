"""Exercise: the gradient of the score, as a picture."""

from torch import Tensor, nn

from coursekit.attribution import heatmap, saliency
from coursekit.exercises.exercise import Exercise, Mistake, Property
from coursekit.exercises.saliency.cases import ANSWERS, gradient, picture_cases, probability

__all__ = ["GRADIENT_SALIENCY"]


def _reference(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return heatmap(saliency(model, x, target))


def _probability(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return heatmap(gradient(lambda x: probability(model, x, target), x))


def _log_probability(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return heatmap(gradient(lambda x: probability(model, x, target).log(), x))


def _all_classes(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return heatmap(gradient(model, x))


def _predicted(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return _reference(model, x, model(x).argmax(1))


def _batch_mean(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return _reference(model, x, target) / len(x)


def _channel_mean(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return saliency(model, x, target).abs().mean(1)


def _channel_sum(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return saliency(model, x, target).abs().sum(1)


def _no_abs(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return saliency(model, x, target).amax(1)


def _abs_last(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return saliency(model, x, target).amax(1).abs()


def _no_max(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return saliency(model, x, target).abs()


def _bare(model: nn.Module, x: Tensor, target: Tensor) -> Tensor:
    return saliency(model, x, target)


_MISTAKES = (
    Mistake(
        "the gradient of the probability instead of the score",
        _probability,
        "Leave the softmax out: it mixes in the other classes, and it is flat where the net is sure.",
    ),
    Mistake(
        "the gradient of the logarithm of the probability, as a loss has it",
        _log_probability,
        "Cross-entropy and log_softmax mix in the other classes: differentiate the score itself.",
    ),
    Mistake(
        "the gradient of the sum over all classes",
        _all_classes,
        "Take the target's score out of model(x) before you differentiate.",
    ),
    Mistake(
        "the saliency of the predicted class, whatever the target",
        _predicted,
        "Take the score of the class that target names, not the maximum.",
    ),
    Mistake(
        "the gradient of the mean over the batch: N times too small",
        _batch_mean,
        "Sum the scores over the batch: then each image gets its own gradient, unscaled.",
    ),
    Mistake(
        "the mean over the channels instead of the maximum",
        _channel_mean,
        "Take the largest absolute value over the channels: .abs().amax(1).",
    ),
    Mistake(
        "the sum over the channels instead of the maximum",
        _channel_sum,
        "Take the largest absolute value over the channels: .abs().amax(1).",
    ),
    Mistake(
        "the maximum over the channels without the absolute value",
        _no_abs,
        "A strongly negative gradient matters as much as a positive one: take .abs() before the maximum.",
    ),
    Mistake(
        "the absolute value after the maximum",
        _abs_last,
        "The maximum has already lost the strongly negative channels: take .abs() first, then .amax(1).",
    ),
    Mistake(
        "a map for each channel: the maximum over the channels is missing",
        _no_max,
        "Reduce the channels, dimension 1, with .amax(1).",
    ),
    Mistake(
        "the gradient itself, with its sign and its channels",
        _bare,
        "Make one picture of it: the absolute value, then the maximum over the channels.",
    ),
)

GRADIENT_SALIENCY = Exercise(
    name="gradient_saliency",
    points=2,
    minutes=10,
    reference=_reference,
    cases=picture_cases,
    mistakes=_MISTAKES,
    properties=(
        Property(
            lambda value, arguments: bool((value >= 0).all()),
            "Some values are negative; an absolute value is never.",
        ),
    ),
    hidden=ANSWERS,
)

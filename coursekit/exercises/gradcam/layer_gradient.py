"""Exercise: the gradient of the score with respect to what a layer puts out."""

from torch import Tensor, nn

from coursekit.exercises.exercise import Exercise, mistake
from coursekit.exercises.gradcam.cases import ANSWERS, flow, layer_cases
from coursekit.exercises.saliency.cases import gradient, probability, score

__all__ = ["LAYER_GRADIENT"]


def _reference(model: nn.Module, x: Tensor, target: Tensor, layer: str) -> Tensor:
    return flow(model, x, target, layer)[1]


@mistake(
    "the gradient of the probability instead of the score",
    "Leave the softmax out: it mixes in the other classes, and it is flat where the net is sure.",
)
def _probability(model: nn.Module, x: Tensor, target: Tensor, layer: str) -> Tensor:
    return flow(model, x, target, layer, probability)[1]


@mistake(
    "the gradient of the logarithm of the probability, as a loss has it",
    "Cross-entropy and log_softmax mix in the other classes: differentiate the score itself.",
)
def _log_probability(model: nn.Module, x: Tensor, target: Tensor, layer: str) -> Tensor:
    return flow(model, x, target, layer, lambda *asked: probability(*asked).log())[1]


@mistake(
    "the gradient of the sum over all classes",
    "Take the target's score out of model(x) before you differentiate.",
)
def _all_classes(model: nn.Module, x: Tensor, target: Tensor, layer: str) -> Tensor:
    return flow(model, x, target, layer, lambda model, x, _: model(x))[1]


@mistake(
    "the gradient for the predicted class, whatever the target",
    "Take the score of the class that target names, not the maximum.",
)
def _predicted(model: nn.Module, x: Tensor, target: Tensor, layer: str) -> Tensor:
    return _reference(model, x, model(x).argmax(1), layer)


@mistake(
    "the gradient of the mean over the batch: N times too small",
    "Sum the scores over the batch: then each image gets its own gradient, unscaled.",
)
def _batch_mean(model: nn.Module, x: Tensor, target: Tensor, layer: str) -> Tensor:
    return _reference(model, x, target, layer) / len(x)


@mistake(
    "what the layer puts out, instead of the gradient",
    "outputs[layer] is A itself: give it to torch.autograd.grad, and return what comes back.",
)
def _activation(model: nn.Module, x: Tensor, target: Tensor, layer: str) -> Tensor:
    return flow(model, x, target, layer)[0]


@mistake("the gradient times what the layer puts out", "Return the gradient alone; the product comes later.")
def _times_activation(model: nn.Module, x: Tensor, target: Tensor, layer: str) -> Tensor:
    activation, gradient = flow(model, x, target, layer)
    return activation * gradient


@mistake(
    "the gradient of the pixels: the saliency of chapter 4",
    "Differentiate with respect to outputs[layer] instead of x.",
)
def _of_pixels(model: nn.Module, x: Tensor, target: Tensor, layer: str) -> Tensor:
    return gradient(lambda x: score(model, x, target), x)


LAYER_GRADIENT = Exercise(
    name="layer_gradient",
    points=2,
    minutes=10,
    reference=_reference,
    draw=layer_cases,
    mistakes=(
        _probability,
        _log_probability,
        _all_classes,
        _predicted,
        _batch_mean,
        _activation,
        _times_activation,
        _of_pixels,
    ),
    hidden=ANSWERS,
)

"""Exercise: the gradient of the score with respect to what a layer puts out."""

from torch import Tensor, nn

from coursekit.exercises.exercise import Exercise, Mistake
from coursekit.exercises.gradcam.cases import ANSWERS, flow, layer_cases
from coursekit.exercises.saliency.cases import gradient, probability, score

__all__ = ["LAYER_GRADIENT"]


def _reference(model: nn.Module, x: Tensor, target: Tensor, layer: str) -> Tensor:
    return flow(model, x, target, layer)[1]


def _probability(model: nn.Module, x: Tensor, target: Tensor, layer: str) -> Tensor:
    return flow(model, x, target, layer, probability)[1]


def _log_probability(model: nn.Module, x: Tensor, target: Tensor, layer: str) -> Tensor:
    return flow(model, x, target, layer, lambda *asked: probability(*asked).log())[1]


def _all_classes(model: nn.Module, x: Tensor, target: Tensor, layer: str) -> Tensor:
    return flow(model, x, target, layer, lambda model, x, _: model(x))[1]


def _predicted(model: nn.Module, x: Tensor, target: Tensor, layer: str) -> Tensor:
    return _reference(model, x, model(x).argmax(1), layer)


def _batch_mean(model: nn.Module, x: Tensor, target: Tensor, layer: str) -> Tensor:
    return _reference(model, x, target, layer) / len(x)


def _activation(model: nn.Module, x: Tensor, target: Tensor, layer: str) -> Tensor:
    return flow(model, x, target, layer)[0]


def _times_activation(model: nn.Module, x: Tensor, target: Tensor, layer: str) -> Tensor:
    activation, gradient = flow(model, x, target, layer)
    return activation * gradient


def _of_pixels(model: nn.Module, x: Tensor, target: Tensor, layer: str) -> Tensor:
    return gradient(lambda x: score(model, x, target), x)


LAYER_GRADIENT = Exercise(
    name="layer_gradient",
    points=2,
    minutes=10,
    reference=_reference,
    cases=layer_cases,
    mistakes=(
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
            "the gradient for the predicted class, whatever the target",
            _predicted,
            "Take the score of the class that target names, not the maximum.",
        ),
        Mistake(
            "the gradient of the mean over the batch: N times too small",
            _batch_mean,
            "Sum the scores over the batch: then each image gets its own gradient, unscaled.",
        ),
        Mistake(
            "what the layer puts out, instead of the gradient",
            _activation,
            "outputs[layer] is A itself: give it to torch.autograd.grad, and return what comes back.",
        ),
        Mistake(
            "the gradient times what the layer puts out",
            _times_activation,
            "Return the gradient alone; the product comes later.",
        ),
        Mistake(
            "the gradient of the pixels: the saliency of chapter 4",
            _of_pixels,
            "Differentiate with respect to outputs[layer] instead of x.",
        ),
    ),
    hidden=ANSWERS,
)

"""Exercise: Grad-CAM from the net to the heatmap."""

from torch import Tensor, nn

from coursekit.attribution import grad_cam
from coursekit.exercises.exercise import Exercise, mistake
from coursekit.exercises.gradcam.cases import ANSWERS, enlarge, flow, layer_cases, min_max, weighted
from coursekit.exercises.saliency.cases import probability

__all__ = ["GRAD_CAM"]


def _reference(model: nn.Module, x: Tensor, target: Tensor, layer: str) -> Tensor:
    return grad_cam(model, x, target, layer=layer)[:, 0]


def _heat(maps: Tensor, x: Tensor) -> Tensor:
    return min_max(enlarge(maps, *x.shape[2:]))


@mistake(
    "Grad-CAM without the ReLU",
    "Put what is below 0 to 0 before you enlarge and stretch: it speaks against the class.",
)
def _no_relu(model: nn.Module, x: Tensor, target: Tensor, layer: str) -> Tensor:
    activation, gradient = flow(model, x, target, layer)
    return _heat(weighted(gradient.mean((2, 3)), activation), x)


@mistake(
    "the absolute value of the sum instead of its ReLU",
    "That shows what speaks against the class like what speaks for it: use .relu().",
)
def _abs(model: nn.Module, x: Tensor, target: Tensor, layer: str) -> Tensor:
    activation, gradient = flow(model, x, target, layer)
    return _heat(weighted(gradient.mean((2, 3)), activation).abs(), x)


@mistake(
    "the ReLU after enlarging",
    "Between a positive and a negative place the interpolation has eaten into the evidence already: "
    "take .relu() of the small map.",
)
def _relu_after(model: nn.Module, x: Tensor, target: Tensor, layer: str) -> Tensor:
    activation, gradient = flow(model, x, target, layer)
    return min_max(enlarge(weighted(gradient.mean((2, 3)), activation), *x.shape[2:]).relu())


@mistake(
    "a sum over the channels with positive weights alone: a ReLU of the weights",
    "A channel with a negative weight speaks against the class: let it lower the map. The ReLU comes "
    "at the end.",
)
def _relu_of_weights(model: nn.Module, x: Tensor, target: Tensor, layer: str) -> Tensor:
    activation, gradient = flow(model, x, target, layer)
    return _heat(weighted(gradient.mean((2, 3)).relu(), activation).relu(), x)


@mistake(
    "a ReLU of each channel before the sum",
    "Sum the channels first, so that those against the class lower the map; then take .relu().",
)
def _relu_of_channels(model: nn.Module, x: Tensor, target: Tensor, layer: str) -> Tensor:
    activation, gradient = flow(model, x, target, layer)
    return _heat((gradient.mean((2, 3), keepdim=True) * activation).relu().sum(1), x)


@mistake(
    "weights from the activation instead of the gradient",
    "Such a map is the same for every class. The weight of a channel is its mean gradient.",
)
def _of_activation(model: nn.Module, x: Tensor, target: Tensor, layer: str) -> Tensor:
    activation, _ = flow(model, x, target, layer)
    return _heat(weighted(activation.mean((2, 3)), activation).relu(), x)


@mistake(
    "a mean of the gradient over the channels instead of the positions",
    "Each channel has one weight: average the gradient over dimensions 2 and 3.",
)
def _over_channels(model: nn.Module, x: Tensor, target: Tensor, layer: str) -> Tensor:
    activation, gradient = flow(model, x, target, layer)
    return _heat((gradient.mean(1) * activation.sum(1)).relu(), x)


@mistake(
    "gradient times activation at each position: the mean over the positions is missing",
    "That is another method, HiResCAM. Average the gradient over the positions before you multiply.",
)
def _not_averaged(model: nn.Module, x: Tensor, target: Tensor, layer: str) -> Tensor:
    return _heat(weighted(*flow(model, x, target, layer)).relu(), x)


@mistake(
    "the sum of the gradients, without the activation",
    "The weights say how much a channel matters; the activation says where it is. Multiply them.",
)
def _gradient_alone(model: nn.Module, x: Tensor, target: Tensor, layer: str) -> Tensor:
    return _heat(flow(model, x, target, layer)[1].sum(1).relu(), x)


@mistake(
    "the gradients of the probability instead of the score",
    "Leave the softmax out: it mixes in the other classes.",
)
def _probability(model: nn.Module, x: Tensor, target: Tensor, layer: str) -> Tensor:
    activation, gradient = flow(model, x, target, layer, probability)
    return _heat(weighted(gradient.mean((2, 3)), activation).relu(), x)


@mistake(
    "the map of the predicted class, whatever the target",
    "Take the score of the class that target names, not the maximum.",
)
def _predicted(model: nn.Module, x: Tensor, target: Tensor, layer: str) -> Tensor:
    return _reference(model, x, model(x).argmax(1), layer)


GRAD_CAM = Exercise(
    name="grad_cam",
    points=2,
    minutes=10,
    reference=_reference,
    draw=layer_cases,
    mistakes=(
        _no_relu,
        _abs,
        _relu_after,
        _relu_of_weights,
        _relu_of_channels,
        _of_activation,
        _over_channels,
        _not_averaged,
        _gradient_alone,
        _probability,
        _predicted,
    ),
    hidden=ANSWERS,
)

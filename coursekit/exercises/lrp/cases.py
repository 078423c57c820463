"""What the exercises of this chapter share: rules of a layer, the way back through a net, and their cases."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate, max_pool2d

from coursekit.attribution import lrp
from coursekit.attribution.lrp.rules import Epsilon
from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Arguments, Case, Property, Value
from coursekit.exercises.nets import CLASSES, Net

__all__ = [
    "ANSWERS",
    "LAYERS",
    "STAYS_IN_WINDOWS",
    "Step",
    "all_classes",
    "backward",
    "contributions",
    "copied",
    "draw_eps",
    "draw_layer",
    "epsilon_lrp",
    "in_proportion",
    "layer_rule",
    "linear_cases",
    "net_cases",
    "only",
    "pool_cases",
    "rule_or_pass",
    "shared_equally",
    "spread",
    "stabilise",
    "to_all",
    "to_winner",
    "way_back",
]

ANSWERS = (
    "coursekit.attribution",
    "coursekit.core.targets",
    "coursekit.core.relus",
    "coursekit.exercises.lrp",
)

# How many inputs, and how many numbers in each.
LAYERS = {"one input": (1, 5), "a batch of three": (3, 4), "a batch of two": (2, 6)}

_TINY = 1e-9


def stabilise(z: Tensor, eps: float) -> Tensor:
    """z, moved away from 0 by eps; 0 itself counts as positive."""
    return torch.where(z >= 0, z + eps, z - eps)


def contributions(activation: Tensor, weight: Tensor) -> Tensor:
    """What each input (N, J) brings to each output of a linear layer, (N, K, J)."""
    return activation[:, None] * weight


def spread(parts: Tensor, total: Tensor, relevance: Tensor) -> Tensor:
    """Divide the relevance of each output (N, K) by its total, and hand it out by the parts (N, K, J)."""
    return torch.einsum("nkj,nk->nj", parts, relevance / total)


def backward(layer: nn.Module, activation: Tensor, message: Tensor) -> Tensor:
    """Bring a message from the layer's output back to its input, through the transposed weights."""
    activation = activation.detach().requires_grad_()
    return torch.autograd.grad(layer(activation), activation, message)[0]


def draw_eps(generator: torch.Generator) -> float:
    """An ε large enough to be seen in the result."""
    return 0.1 + 0.2 * float(torch.rand((), generator=generator))


def layer_rule(layer: nn.Module, activation: Tensor, relevance: Tensor, eps: float) -> Tensor:
    """Return the relevance of the layer's inputs by the ε-rule, shaped like ``activation``."""
    return activation * backward(layer, activation, relevance / stabilise(layer(activation), eps))


Step = Callable[[nn.Module, Tensor, Tensor, float], Tensor]
"""(layer, its input, the relevance of its output, ε) → the relevance of its input."""


def rule_or_pass(layer: nn.Module, activation: Tensor, relevance: Tensor, eps: float) -> Tensor:
    """The ε-rule where a layer has weights; elsewhere relevance passes as it is."""
    if isinstance(layer, nn.Conv2d | nn.Linear):
        return layer_rule(layer, activation, relevance, eps)
    return relevance.reshape(activation.shape)


def way_back(
    model: nn.Sequential, x: Tensor, start: Callable[[Tensor], Tensor], eps: float, step: Step = rule_or_pass
) -> list[Tensor]:
    """Return the relevance of the images, and then of each layer's output, from the first to the scores.

    Args:
        model: the net.
        x: images (N, C, H, W).
        start: scores (N, K) → their relevance (N, K).
        eps: the ε of the rule.
        step: how relevance passes a layer.
    """
    layers, values = list(model), [x]
    for layer in layers:
        values.append(layer(values[-1]))
    found = [start(values.pop())]
    while layers:
        found.append(step(layers.pop(), values.pop(), found[-1], eps))
    return found[::-1]


def only(scores: Tensor, target: Tensor) -> Tensor:
    """Each row's entry for its target class; all others are 0."""
    return scores * torch.nn.functional.one_hot(target, scores.shape[1])


def net_cases(draws: Draws, *, classes: tuple[str, ...]) -> list[Case]:
    """Draw cases with arguments ``model``, ``x``, a class (N,) for each name in ``classes``, and ``eps``."""
    cases = []
    for name, n in (("one image", 1), ("a batch of two", 2), ("a batch of three", 3)):
        generator = draws(name)
        net = Net.drawn("strided", generator)
        x = torch.rand(n, 3, 8, 12, generator=generator)
        first = torch.randint(CLASSES, (n,), generator=generator)
        # Most likely a negative score: only there does the sign of ε matter in a net of ReLUs.
        first[0] = net.build()(x)[0].argmin()
        # Each further class is another one for every image.
        targets: dict[str, Value] = {key: (first + 2 * i) % CLASSES for i, key in enumerate(classes)}
        cases.append(Case(name, {"model": net, "x": x, **targets, "eps": draw_eps(generator)}))
    return cases


def linear_cases(draws: Draws) -> list[Case]:
    """Draw a layer for each size in ``LAYERS``, and an ε."""
    cases = []
    for name, (n, width) in LAYERS.items():
        generator = draws(name)
        arguments = draw_layer(n, width, generator)
        cases.append(Case(name, arguments | {"eps": draw_eps(generator)}))
    return cases


def draw_layer(n: int, width: int, generator: torch.Generator) -> dict[str, Value]:
    """Draw a square layer with inputs of both signs: weights turned round run, and can be named."""
    shapes = {"activation": (n, width), "weight": (width, width), "bias": (width,), "relevance": (n, width)}
    return {key: torch.randn(shape, generator=generator) for key, shape in shapes.items()}


def epsilon_lrp(model: nn.Sequential, x: Tensor, target: Tensor, eps: float) -> Tensor:
    """LRP with the ε-rule at every layer with weights, as the package has it."""
    rule = Epsilon(eps, bias=True)
    return lrp(model, x, target, composite=(("convolution", rule), ("linear", rule)))


def all_classes(model: nn.Sequential, x: Tensor, target: Tensor, eps: float) -> Tensor:
    """The relevance of all classes' scores together."""
    return way_back(model, x, lambda scores: scores, eps)[0]


def to_winner(activation: Tensor, relevance: Tensor, size: int) -> Tensor:
    """The largest input of a window has all of its relevance."""
    activation = activation.detach().requires_grad_()
    return torch.autograd.grad(max_pool2d(activation, size), activation, relevance)[0]


def in_proportion(activation: Tensor, relevance: Tensor, size: int) -> Tensor:
    """Each input of a window has a share of its relevance in proportion to its own value."""
    total = avg_pool2d(activation, size) * size**2
    return activation * to_all(relevance / stabilise(total, _TINY), size)


def to_all(values: Tensor, size: int) -> Tensor:
    """Repeat each window's value at all of its inputs."""
    return interpolate(values, scale_factor=size, mode="nearest")


def copied(activation: Tensor, relevance: Tensor, size: int) -> Tensor:
    """Every input of a window has all of its relevance."""
    return to_all(relevance, size)


def shared_equally(activation: Tensor, relevance: Tensor, size: int) -> Tensor:
    """Every input of a window has the same share of its relevance."""
    return to_all(relevance, size) / size**2


def _stays_in_its_window(value: Tensor, arguments: Arguments) -> bool:
    size, relevance = arguments["size"], arguments["relevance"]
    return torch.allclose(avg_pool2d(value, size) * size**2, relevance, rtol=1e-3, atol=1e-3)


STAYS_IN_WINDOWS = Property(
    _stays_in_its_window,
    "The relevance of each window's inputs should sum to that of its output, and does not.",
)


def pool_cases(draws: Draws, *, rectified: bool) -> list[Case]:
    """Maps in windows; rectified ones have a window of zeros, which no relevance can have reached."""
    sizes = {
        "windows of two by two": (1, 2, 4, 6, 2),
        "windows of three by three": (1, 1, 6, 9, 3),
        "a batch of two": (2, 3, 6, 4, 2),
    }
    cases = []
    for name, (n, channels, height, width, size) in sizes.items():
        generator = draws(name)
        activation = torch.randn(n, channels, height, width, generator=generator)
        relevance = torch.randn(n, channels, height // size, width // size, generator=generator)
        if rectified:
            activation = activation.abs()
            activation[0, 0, :size, :size] = 0
            relevance[0, 0, 0, 0] = 0
        cases.append(Case(name, {"activation": activation, "relevance": relevance, "size": size}))
    return cases

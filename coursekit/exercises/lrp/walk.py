"""The way back through a whole net, layer by layer, which the mistakes leave in different places."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from coursekit.exercises.exercise import Case, Value
from coursekit.exercises.lrp.cases import draw_eps
from coursekit.exercises.lrp.layer_rule import layer_rule
from coursekit.exercises.nets import CLASSES, Net

__all__ = ["Step", "net_cases", "only", "rule_or_pass", "way_back"]

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


def net_cases(seed: int, *, classes: tuple[str, ...]) -> list[Case]:
    """Draw cases with arguments ``model``, ``x``, a class (N,) for each name in ``classes``, and ``eps``."""
    generator = torch.Generator().manual_seed(seed)
    cases = []
    for name, n in (("one image", 1), ("a batch of two", 2), ("a batch of three", 3)):
        net = Net("strided", int(torch.randint(2**31, (), generator=generator)))
        x = torch.rand(n, 3, 8, 12, generator=generator)
        first = torch.randint(CLASSES, (n,), generator=generator)
        # Most likely a negative score: only there does the sign of ε matter in a net of ReLUs.
        first[0] = net.build()(x)[0].argmin()
        # Each further class is another one for every image.
        targets: dict[str, Value] = {key: (first + 2 * i) % CLASSES for i, key in enumerate(classes)}
        cases.append(Case(name, {"model": net, "x": x, **targets, "eps": draw_eps(generator)}))
    return cases

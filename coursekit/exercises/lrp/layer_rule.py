"""Exercise: the ε-rule of any linear layer, as a modified gradient."""

import torch
from torch import Tensor, nn

from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Exercise, Value, mistake
from coursekit.exercises.lrp.cases import ANSWERS, backward, draw_eps, layer_rule, stabilise
from coursekit.exercises.nets import Net

__all__ = ["LAYER_RULE"]


@mistake(
    "denominators without the bias", "z is what the layer puts out, its bias included: z = layer(activation)."
)
def _no_bias(layer: nn.Module, activation: Tensor, relevance: Tensor, eps: float) -> Tensor:
    z = layer(activation) - layer(torch.zeros_like(activation))
    return activation * backward(layer, activation, relevance / stabilise(z, eps))


@mistake(
    "a gradient that goes through the denominators too",
    "The factor R / z is a constant: detach it, or hand it to torch.autograd.grad as grad_outputs.",
)
def _through_denominators(layer: nn.Module, activation: Tensor, relevance: Tensor, eps: float) -> Tensor:
    activation = activation.detach().requires_grad_()
    z = layer(activation)
    product = (z * (relevance / stabilise(z, eps))).sum()
    return activation.detach() * torch.autograd.grad(product, activation)[0]


@mistake("denominators without their sign", "Keep the sign of z: use your stabilise.")
def _spread_by_magnitude(layer: nn.Module, activation: Tensor, relevance: Tensor, eps: float) -> Tensor:
    return activation * backward(layer, activation, relevance / (layer(activation).abs() + eps))


def _cases(draws: Draws) -> list[Case]:
    shapes = {
        "a convolution": ("convolution", (1, 3, 6, 6), (1, 4, 3, 3)),
        "a convolution, a batch of two wide maps": ("convolution", (2, 3, 6, 10), (2, 4, 3, 5)),
        "a linear layer": ("linear", (3, 6), (3, 4)),
    }
    cases = []
    for name, (kind, inputs, outputs) in shapes.items():
        generator = draws(name)
        arguments: dict[str, Value] = {
            "layer": Net(kind, int(torch.randint(2**31, (), generator=generator))),
            "activation": torch.randn(inputs, generator=generator),
            "relevance": torch.randn(outputs, generator=generator),
            "eps": draw_eps(generator),
        }
        cases.append(Case(name, arguments))
    return cases


LAYER_RULE = Exercise(
    name="layer_rule",
    points=2,
    minutes=10,
    reference=layer_rule,
    draw=_cases,
    mistakes=(
        _through_denominators,
        mistake(
            "the gradient without the activations",
            "Multiply what comes back by the activations: the shares are those of a_j · w_jk.",
        )(lambda layer, a, r, eps: backward(layer, a, r / stabilise(layer(a), eps))),
        mistake(
            "gradient × input: the division is missing",
            "Divide the relevance by the stabilised output before it goes back.",
        )(lambda layer, a, r, eps: a * backward(layer, a, r)),
        mistake(
            "ε added to the denominators without their sign",
            "A negative z comes nearer to 0 that way: use your stabilise.",
        )(lambda layer, a, r, eps: a * backward(layer, a, r / (layer(a) + eps))),
        _spread_by_magnitude,
        mistake("LRP-0: ε is missing", "Divide by stabilise(z, eps), not by z.")(
            lambda layer, a, r, eps: a * backward(layer, a, r / layer(a))
        ),
        _no_bias,
    ),
    hidden=ANSWERS,
)

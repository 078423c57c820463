"""Exercise: batch norm folded into the layer before it."""

import torch
from torch import Tensor

from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Exercise, mistake
from coursekit.exercises.lrp.cases import ANSWERS

__all__ = ["FOLD_BATCH_NORM"]


def _joined(weight: Tensor, bias: Tensor) -> Tensor:
    return torch.cat([weight, bias[:, None]], 1)


def _factor(variance: Tensor, scale: Tensor, eps: float) -> Tensor:
    return scale / (variance + eps).sqrt()


def _reference(
    weight: Tensor, bias: Tensor, mean: Tensor, variance: Tensor, scale: Tensor, shift: Tensor, eps: float
) -> Tensor:
    return _folded(weight, bias, mean, _factor(variance, scale, eps), shift)


def _folded(weight: Tensor, bias: Tensor, mean: Tensor, factor: Tensor, shift: Tensor) -> Tensor:
    return _joined(weight * factor[:, None], (bias - mean) * factor + shift)


@mistake(
    "weights folded, and the bias left as it was",
    "The bias goes through the batch norm too: (bias − mean) · factor + shift.",
)
def _bias_kept(
    weight: Tensor, bias: Tensor, mean: Tensor, variance: Tensor, scale: Tensor, shift: Tensor, eps: float
) -> Tensor:
    return _joined(weight * _factor(variance, scale, eps)[:, None], bias)


@mistake(
    "a bias that was not scaled",
    "Batch norm scales all that the layer puts out, bias and all: (bias − mean) · factor + shift.",
)
def _bias_not_scaled(
    weight: Tensor, bias: Tensor, mean: Tensor, variance: Tensor, scale: Tensor, shift: Tensor, eps: float
) -> Tensor:
    factor = _factor(variance, scale, eps)
    return _joined(weight * factor[:, None], bias - mean * factor + shift)


@mistake("a shift that was scaled", "The shift is added after the scaling: (bias − mean) · factor + shift.")
def _shift_scaled(
    weight: Tensor, bias: Tensor, mean: Tensor, variance: Tensor, scale: Tensor, shift: Tensor, eps: float
) -> Tensor:
    factor = _factor(variance, scale, eps)
    return _joined(weight * factor[:, None], (bias - mean + shift) * factor)


@mistake(
    "the inputs scaled instead of the outputs",
    "The factor belongs to the output, which is a row of weight: weight * factor[:, None].",
)
def _inputs_scaled(
    weight: Tensor, bias: Tensor, mean: Tensor, variance: Tensor, scale: Tensor, shift: Tensor, eps: float
) -> Tensor:
    factor = _factor(variance, scale, eps)
    return _joined(weight * factor, (bias - mean) * factor + shift)


def _cases(draws: Draws) -> list[Case]:
    """Square layers: on others the mistake of scaling columns for rows would not run, and not be named."""
    cases = []
    for name, width in (("a small layer", 3), ("a larger layer", 6)):
        generator = draws(name)
        weight = torch.randn(width, width, generator=generator)
        bias, mean, shift = torch.randn(3, width, generator=generator)
        variance, scale = 0.1 + torch.rand(2, width, generator=generator)
        arguments = {
            "weight": weight,
            "bias": bias,
            "mean": mean,
            "variance": variance,
            "scale": scale,
            "shift": shift,
            "eps": 0.05 + 0.1 * float(torch.rand((), generator=generator)),
        }
        cases.append(Case(name, arguments))
    return cases


FOLD_BATCH_NORM = Exercise(
    name="fold_batch_norm",
    points=2,
    minutes=10,
    reference=_reference,
    draw=_cases,
    mistakes=(
        mistake(
            "ε added outside the root", "Add it to the variance, before the root: (variance + eps).sqrt()."
        )(lambda w, b, m, v, g, s, eps: _folded(w, b, m, g / (v.sqrt() + eps), s)),
        mistake(
            "the variance in place of the standard deviation",
            "Batch norm divides by the root of the variance.",
        )(lambda w, b, m, v, g, s, eps: _folded(w, b, m, g / (v + eps), s)),
        mistake("ε left out", "Add it to the variance, before the root: (variance + eps).sqrt().")(
            lambda w, b, m, v, g, s, eps: _folded(w, b, m, g / v.sqrt(), s)
        ),
        _bias_kept,
        _bias_not_scaled,
        mistake(
            "the layer's own bias forgotten", "Start from the layer's bias: (bias − mean) · factor + shift."
        )(lambda w, b, m, v, g, s, eps: _reference(w, torch.zeros_like(b), m, v, g, s, eps)),
        mistake(
            "the running mean forgotten",
            "Batch norm subtracts the mean before it scales: (bias − mean) · factor + shift.",
        )(lambda w, b, m, v, g, s, eps: _reference(w, b, torch.zeros_like(m), v, g, s, eps)),
        mistake("the running mean added", "Batch norm subtracts the mean.")(
            lambda w, b, m, v, g, s, eps: _reference(w, b, -m, v, g, s, eps)
        ),
        mistake(
            "the batch norm's scale forgotten", "The factor of each output is scale / √(variance + eps)."
        )(lambda w, b, m, v, g, s, eps: _reference(w, b, m, v, torch.ones_like(g), s, eps)),
        mistake(
            "the batch norm's shift forgotten", "Add the shift at the end: (bias − mean) · factor + shift."
        )(lambda w, b, m, v, g, s, eps: _reference(w, b, m, v, g, torch.zeros_like(s), eps)),
        _shift_scaled,
        _inputs_scaled,
    ),
    hidden=ANSWERS,
)

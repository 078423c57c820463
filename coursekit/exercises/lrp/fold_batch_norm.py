"""Exercise: batch norm folded into the layer before it."""

import torch
from torch import Tensor

from coursekit.exercises.exercise import Case, Exercise, Mistake
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


def _bias_kept(
    weight: Tensor, bias: Tensor, mean: Tensor, variance: Tensor, scale: Tensor, shift: Tensor, eps: float
) -> Tensor:
    return _joined(weight * _factor(variance, scale, eps)[:, None], bias)


def _bias_not_scaled(
    weight: Tensor, bias: Tensor, mean: Tensor, variance: Tensor, scale: Tensor, shift: Tensor, eps: float
) -> Tensor:
    factor = _factor(variance, scale, eps)
    return _joined(weight * factor[:, None], bias - mean * factor + shift)


def _shift_scaled(
    weight: Tensor, bias: Tensor, mean: Tensor, variance: Tensor, scale: Tensor, shift: Tensor, eps: float
) -> Tensor:
    factor = _factor(variance, scale, eps)
    return _joined(weight * factor[:, None], (bias - mean + shift) * factor)


def _inputs_scaled(
    weight: Tensor, bias: Tensor, mean: Tensor, variance: Tensor, scale: Tensor, shift: Tensor, eps: float
) -> Tensor:
    factor = _factor(variance, scale, eps)
    return _joined(weight * factor, (bias - mean) * factor + shift)


def _cases(seed: int) -> list[Case]:
    """Square layers: on others the mistake of scaling columns for rows would not run, and not be named."""
    generator = torch.Generator().manual_seed(seed)
    cases = []
    for name, width in (("a small layer", 3), ("a larger layer", 6)):
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
    cases=_cases,
    mistakes=(
        Mistake(
            "ε added outside the root",
            lambda w, b, m, v, g, s, eps: _folded(w, b, m, g / (v.sqrt() + eps), s),
            "Add it to the variance, before the root: (variance + eps).sqrt().",
        ),
        Mistake(
            "the variance in place of the standard deviation",
            lambda w, b, m, v, g, s, eps: _folded(w, b, m, g / (v + eps), s),
            "Batch norm divides by the root of the variance.",
        ),
        Mistake(
            "ε left out",
            lambda w, b, m, v, g, s, eps: _folded(w, b, m, g / v.sqrt(), s),
            "Add it to the variance, before the root: (variance + eps).sqrt().",
        ),
        Mistake(
            "weights folded, and the bias left as it was",
            _bias_kept,
            "The bias goes through the batch norm too: (bias − mean) · factor + shift.",
        ),
        Mistake(
            "a bias that was not scaled",
            _bias_not_scaled,
            "Batch norm scales all that the layer puts out, bias and all: (bias − mean) · factor + shift.",
        ),
        Mistake(
            "the layer's own bias forgotten",
            lambda w, b, m, v, g, s, eps: _reference(w, torch.zeros_like(b), m, v, g, s, eps),
            "Start from the layer's bias: (bias − mean) · factor + shift.",
        ),
        Mistake(
            "the running mean forgotten",
            lambda w, b, m, v, g, s, eps: _reference(w, b, torch.zeros_like(m), v, g, s, eps),
            "Batch norm subtracts the mean before it scales: (bias − mean) · factor + shift.",
        ),
        Mistake(
            "the running mean added",
            lambda w, b, m, v, g, s, eps: _reference(w, b, -m, v, g, s, eps),
            "Batch norm subtracts the mean.",
        ),
        Mistake(
            "the batch norm's scale forgotten",
            lambda w, b, m, v, g, s, eps: _reference(w, b, m, v, torch.ones_like(g), s, eps),
            "The factor of each output is scale / √(variance + eps).",
        ),
        Mistake(
            "the batch norm's shift forgotten",
            lambda w, b, m, v, g, s, eps: _reference(w, b, m, v, g, torch.zeros_like(s), eps),
            "Add the shift at the end: (bias − mean) · factor + shift.",
        ),
        Mistake(
            "a shift that was scaled",
            _shift_scaled,
            "The shift is added after the scaling: (bias − mean) · factor + shift.",
        ),
        Mistake(
            "the inputs scaled instead of the outputs",
            _inputs_scaled,
            "The factor belongs to the output, which is a row of weight: weight * factor[:, None].",
        ),
    ),
    hidden=ANSWERS,
)

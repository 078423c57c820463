"""The rules of layer-wise relevance propagation, as data: what each input of a layer gets of its relevance.

A layer puts out y = Σⱼ zⱼ + b for each unit, with contributions zⱼ = xⱼ wⱼ. A rule takes some part cⱼ of each
contribution, and hands the unit's relevance R to the inputs in proportion: Rⱼ = cⱼ / (Σ c + b) · R. z⁺ and z⁻
are the positive and the negative contributions.

**The bias** gets a share like an input that is always 1 (b⁺ beside z⁺, b² beside w², and so on). With
``bias=True`` the share stays with it and is lost. With ``bias=False`` it goes to the inputs too, in
proportion to |cⱼ|, and relevance is conserved. For parts of one sign that is the same as leaving the bias out
of the denominator. For the others it is not: Σ z may be anything beside y, and where y / Σ z multiplies up
through a net, the relevances outgrow the score a billion times and rounding is all that is left.

**Lost as well** are what ε takes, and the relevance of a unit that has none of its rule's parts: no positive
contribution (z⁺), or only inputs of 0. Under αβ a unit hands on −β R if no contribution is positive, and
(1 + β) R if none is negative.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass

import torch
from torch import Tensor

from coursekit.attribution.lrp.contributions import Layer, Pixels, above, below

__all__ = ["AlphaBeta", "Epsilon", "Gamma", "Proportional", "Rule", "WSquare", "ZBox", "ZPlus", "Zero"]

TINY = 1e-20  # keeps a division by 0 finite; far below any sum of contributions

Share = tuple[Tensor, Tensor]
"""Σ c for each unit, and the factor for the gradient on its way to it, y / (Σ c + b), a tensor of its own."""


class Rule(ABC):
    """How the relevance of a layer's output goes to its inputs."""

    kinds: tuple[str, ...] = ("first", "convolution", "linear", "batch norm")
    """The kinds of layers that it is for."""

    def __str__(self) -> str:
        """Return the rule with those of its settings that are not the default."""
        assert is_dataclass(self)
        own = [f.name for f in fields(self) if getattr(self, f.name) != f.default]
        return f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)}' for name in own)})"

    @abstractmethod
    def shares(self, layer: Layer) -> list[Share]:
        """Return sums of contributions, each with the factor by which its gradient is multiplied."""


def _over(y: Tensor, whole: Tensor, eps: float = TINY) -> Tensor:
    """Return y / whole, with the denominator ε further away from 0."""
    whole = whole.detach()
    # In place, since on large maps a new tensor costs more than what is calculated.
    denominator = torch.copysign(whole.new_tensor(eps), whole).add_(whole)
    return torch.div(y.detach(), denominator, out=denominator)


def _of_one_sign(y: Tensor, part: Tensor, bias: Tensor | None, keep: bool) -> Share:
    """Distribute R in proportion to parts of one sign; ``keep`` says that the bias keeps its share."""
    return part, _over(y, part + bias if keep and bias is not None else part)


def _of_both_signs(
    y: Tensor, part: Tensor, size: Callable[[], Tensor], bias: Tensor | None, keep: bool, eps: float = TINY
) -> list[Share]:
    """Distribute R in proportion to parts of both signs, and the bias's share by their ``size`` Σ |c|."""
    if bias is None:
        return [(part, _over(y, part, eps))]
    factor = _over(y, part + bias, eps)
    if keep:
        return [(part, factor)]
    sizes = size()
    return [(part, factor), (sizes, _over(bias * factor, sizes))]


@dataclass(frozen=True)
class Epsilon(Rule):
    """LRP-ε: cⱼ = zⱼ, with the denominator ε further away from 0.

    Args:
        eps: ε ≥ 0, in units of the layer's output. Weak units lose relevance to it.
        bias: whether the bias keeps its share.

    Raises:
        ValueError: ε is negative or not finite.

    Reference: Bach et al. 2015, equation 58 (PLoS ONE 10:e0130140).
    """

    eps: float = 1e-6
    bias: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.eps < math.inf:
            raise ValueError(f"Epsilon: wanted a finite ε ≥ 0, got {self.eps}")

    def shares(self, layer: Layer) -> list[Share]:
        """See ``Rule``."""

        total = layer.total()
        eps = self.eps or TINY
        return _of_both_signs(
            layer.y, total, lambda: 2 * layer.positive() - total, layer.bias, self.bias, eps
        )


@dataclass(frozen=True)
class Zero(Rule):
    """LRP-0: cⱼ = zⱼ. With ``bias=True`` in every layer of a ReLU net it is input times gradient.

    Args:
        bias: whether the bias keeps its share.

    Reference: Bach et al. 2015, equation 56 (PLoS ONE 10:e0130140).
    """

    bias: bool = False

    def shares(self, layer: Layer) -> list[Share]:
        """See ``Rule``."""
        return Epsilon(0, self.bias).shares(layer)


@dataclass(frozen=True)
class Gamma(Rule):
    """LRP-γ: cⱼ = zⱼ + γ zⱼ⁺ where y > 0, and cⱼ = zⱼ + γ zⱼ⁻ where y < 0.

    Args:
        gamma: γ ≥ 0; from 0, which is LRP-0, to cⱼ = zⱼ⁺ where y > 0 (the z⁺ rule) and cⱼ = zⱼ⁻ where
            y < 0 (unlike the z⁺ rule) as γ → ∞.
        bias: whether the bias keeps its share.

    Raises:
        ValueError: γ is negative or not finite.

    Reference: Montavon et al. 2019 (Explainable AI, LNCS 11700, chapter 10); for y < 0: Andéol et al. 2021
    (arXiv:2106.04923).
    """

    gamma: float = 0.25
    bias: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.gamma < math.inf:
            raise ValueError(f"Gamma: wanted a finite γ ≥ 0, got {self.gamma}")

    def shares(self, layer: Layer) -> list[Share]:
        """See ``Rule``."""
        y, total, plus = layer.y.detach(), layer.total(), layer.positive()
        return [
            *self._half(above(y), total, plus, layer.bias, sign=1),
            *self._half(below(y), total, total - plus, layer.bias, sign=-1),
        ]

    def _half(self, y: Tensor, total: Tensor, same: Tensor, bias: Tensor | None, sign: int) -> list[Share]:
        """Distribute units of one sign; ``same`` sums up the contributions of that sign.

        The size's own sign does not matter, since only shares of it are handed out.
        """
        part = total + self.gamma * same
        if bias is not None:
            bias = bias + self.gamma * sign * above(sign * bias)
        return _of_both_signs(y, part, lambda: (2 + self.gamma) * same - total, bias, self.bias)


@dataclass(frozen=True)
class AlphaBeta(Rule):
    """LRP-αβ: cⱼ = zⱼ⁺ for α R, and cⱼ = zⱼ⁻ for −β R.

    Args:
        alpha: weight α of the contributions that speak for the output.
        beta: weight β ≥ 0 of those that speak against it; α − β must be 1.
        bias: whether the bias keeps its share.

    Raises:
        ValueError: α − β is not 1, or β < 0, or they are not finite.

    Reference: Bach et al. 2015, equation 60 (PLoS ONE 10:e0130140).
    """

    alpha: float = 2.0
    beta: float = 1.0
    bias: bool = False

    def __post_init__(self) -> None:
        if not (abs(self.alpha - self.beta - 1) <= 1e-9 and self.beta >= 0):
            raise ValueError(f"AlphaBeta: wanted α − β = 1 and β ≥ 0, got α = {self.alpha}, β = {self.beta}")

    def shares(self, layer: Layer) -> list[Share]:
        """See ``Rule``."""
        y, bias = layer.y, layer.bias
        up = None if bias is None else above(bias)
        part, factor = _of_one_sign(y, layer.positive(), up, self.bias)
        shares = [(part, factor.mul_(self.alpha))]
        if self.beta:
            down = None if bias is None else below(bias)
            part, factor = _of_one_sign(y, layer.negative(), down, self.bias)
            shares.append((part, factor.mul_(-self.beta)))
        return shares


@dataclass(frozen=True)
class ZPlus(Rule):
    """The z⁺ rule: cⱼ = zⱼ⁺, which is LRP-α1β0.

    Args:
        bias: whether the bias keeps its share.

    Reference: Montavon et al. 2017 (arXiv:1512.02479).
    """

    bias: bool = False

    def shares(self, layer: Layer) -> list[Share]:
        """See ``Rule``."""
        return AlphaBeta(1, 0, self.bias).shares(layer)


@dataclass(frozen=True)
class ZBox(Rule):
    """The z^B rule, for layers that see pixels: cⱼ = zⱼ − l wⱼ⁺ − h wⱼ⁻. The bias has no part in it.

    Args:
        low: least value l of a pixel, in the units of the net's input.
        high: greatest value h.

    Raises:
        ValueError: low is not below high, or they are not finite; in use, a pixel outside.

    Reference: Montavon et al. 2017 (arXiv:1512.02479).
    """

    low: float = 0.0
    high: float = 1.0

    kinds = ("first",)

    def __post_init__(self) -> None:
        if not -math.inf < self.low < self.high < math.inf:
            raise ValueError(f"ZBox: wanted finite numbers low < high, got {self.low} and {self.high}")

    def shares(self, layer: Layer) -> list[Share]:
        """See ``Rule``."""
        pixels = _pixels(layer)
        ends = [torch.lerp(pixels.black, pixels.white, end) for end in (self.low, self.high)]
        low, high = torch.minimum(*ends), torch.maximum(*ends)
        slack = 1e-5 * (high - low)
        if ((layer.x < low - slack) | (layer.x > high + slack)).any():
            raise ValueError(f"ZBox: there are inputs outside {self.low} … {self.high}; give ZBox(low, high)")
        bottom = layer.apply(pixels.stand_in(low), above(layer.weight))
        top = layer.apply(pixels.stand_in(high), below(layer.weight))
        return [_of_one_sign(layer.y, layer.total() - bottom - top, None, keep=False)]


@dataclass(frozen=True)
class WSquare(Rule):
    """The w² rule, for layers that see inputs without bounds: cⱼ = wⱼ², whatever the input.

    Args:
        bias: whether the bias keeps its share.

    Reference: Montavon et al. 2017 (arXiv:1512.02479).
    """

    bias: bool = False

    kinds = ("first",)

    def shares(self, layer: Layer) -> list[Share]:
        """See ``Rule``."""
        squares = layer.apply(_pixels(layer).stand_in(torch.ones_like(layer.x)), layer.weight.square())
        bias = None if layer.bias is None else layer.bias.square()
        return [_of_one_sign(layer.y, squares, bias, self.bias)]


@dataclass(frozen=True)
class Proportional(Rule):
    """Max pooling in proportion: cⱼ = |xⱼ|, in place of winner takes all.

    Reference: Montavon, Samek & Müller 2018 (arXiv:1706.07979).
    """

    kinds = ("max pooling",)

    def shares(self, layer: Layer) -> list[Share]:
        """See ``Rule``."""
        return [_of_one_sign(layer.y, layer.apply(layer.x.abs(), layer.weight), None, keep=False)]


def _pixels(layer: Layer) -> Pixels:
    assert layer.pixels is not None, "a composite gives such a rule only to layers that see pixels"
    return layer.pixels

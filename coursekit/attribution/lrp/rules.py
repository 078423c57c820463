"""The rules of layer-wise relevance propagation, as data: what each input of a layer gets of its relevance.

What a rule is, and what becomes of a layer's bias, is told in ``rule``. z⁺ and z⁻ are zⱼ = xⱼ wⱼ by sign.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from coursekit.attribution.lrp.contributions import Layer, above, below
from coursekit.attribution.lrp.rule import TINY, Rule, Share, of_both_signs, of_one_sign, pixels_of

__all__ = ["AlphaBeta", "Epsilon", "Gamma", "Proportional", "WSquare", "ZBox", "ZPlus", "Zero"]


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
        """Share out by z: Σ z, with the factor y / (Σ z + b ± ε).

        Args:
            layer: the call of a layer whose relevance is shared out.

        Returns:
            The pair (Σ z, factor); a second one for the bias, if it gives its share to the inputs.
        """
        eps = self.eps or TINY
        return of_both_signs(layer.y, layer.total(), layer.size, layer.bias, self.bias, eps)


@dataclass(frozen=True)
class Zero(Rule):
    """LRP-0: cⱼ = zⱼ. With ``bias=True`` in every layer of a ReLU net it is input times gradient.

    Args:
        bias: whether the bias keeps its share.

    Reference: Bach et al. 2015, equation 56 (PLoS ONE 10:e0130140).
    """

    bias: bool = False

    def shares(self, layer: Layer) -> list[Share]:
        """Share out by z: Σ z, with the factor y / (Σ z + b).

        Args:
            layer: the call of a layer whose relevance is shared out.

        Returns:
            The pair (Σ z, factor); a second one for the bias, if it gives its share to the inputs.
        """
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
        """Share out by z + γ z⁺ where y > 0, and by z + γ z⁻ where y < 0.

        Args:
            layer: the call of a layer whose relevance is shared out.

        Returns:
            A pair (Σ c, factor) for each of the two; one more each for a bias that gives its share away. Of
            units of one sign that no relevance arrives at, as behind a ReLU, there is none.
        """
        y = layer.y.detach()
        halves = {1: above(y), -1: below(y)}
        reached = [sign for sign, half in halves.items() if layer.reaches(half)] or [1]
        if len(reached) == 1 and (self.bias or layer.bias is None):
            return self._alone(halves[reached[0]], layer, *reached)
        total, plus = layer.total(), layer.positive()
        same = {1: plus, -1: total - plus}
        pairs = [self._half(halves[sign], total, same[sign], layer.bias, sign) for sign in reached]
        return [share for pair in pairs for share in pair]

    def _alone(self, y: Tensor, layer: Layer, sign: int) -> list[Share]:
        """Distribute units of one sign as ``_half`` does, in one convolution less: x > 0 by w + γ w⁺."""

        def more(part: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
            return lambda weight: part(weight).mul_(self.gamma).add_(weight)

        parts = (more(above), more(below))[::sign]
        return [of_one_sign(y, layer.by_sign(*parts), self._emphasised(layer.bias, sign), keep=True)]

    def _half(self, y: Tensor, total: Tensor, same: Tensor, bias: Tensor | None, sign: int) -> list[Share]:
        """Distribute units of one sign; ``same`` sums up the contributions of that sign.

        The size's own sign does not matter, since only shares of it are handed out.
        """
        part, bias = total + self.gamma * same, self._emphasised(bias, sign)
        return of_both_signs(y, part, lambda: (2 + self.gamma) * same - total, bias, self.bias)

    def _emphasised(self, bias: Tensor | None, sign: int) -> Tensor | None:
        return None if bias is None else bias + self.gamma * sign * above(sign * bias)


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
        """Share out α R by z⁺, and −β R by z⁻.

        Args:
            layer: the call of a layer whose relevance is shared out.

        Returns:
            The pair (Σ z⁺, α · factor), and (Σ z⁻, −β · factor) unless β is 0.
        """
        y, bias = layer.y, layer.bias
        up = None if bias is None else above(bias)
        part, factor = of_one_sign(y, layer.positive(), up, self.bias)
        shares = [(part, factor.mul_(self.alpha))]
        if self.beta:
            down = None if bias is None else below(bias)
            part, factor = of_one_sign(y, layer.negative(), down, self.bias)
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
        """Share out by z⁺.

        Args:
            layer: the call of a layer whose relevance is shared out.

        Returns:
            The pair (Σ z⁺, factor).
        """
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
        """Share out by z − l w⁺ − h w⁻.

        Args:
            layer: the call of a layer whose relevance is shared out.

        Returns:
            The pair (Σ c, factor).

        Raises:
            ValueError: an input lies outside of low … high.
        """
        pixels = pixels_of(layer)
        ends = [torch.lerp(pixels.black, pixels.white, end) for end in (self.low, self.high)]
        low, high = torch.minimum(*ends), torch.maximum(*ends)
        slack = 1e-5 * (high - low)
        if ((layer.x < low - slack) | (layer.x > high + slack)).any():
            raise ValueError(f"ZBox: there are inputs outside {self.low} … {self.high}; give ZBox(low, high)")
        bottom = layer.apply(pixels.stand_in(low), above(layer.weight))
        top = layer.apply(pixels.stand_in(high), below(layer.weight))
        return [of_one_sign(layer.y, layer.total() - bottom - top, None, keep=False)]


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
        """Share out by w².

        Args:
            layer: the call of a layer whose relevance is shared out.

        Returns:
            The pair (Σ w², factor).
        """
        squares = layer.apply(pixels_of(layer).stand_in(torch.ones_like(layer.x)), layer.weight.square())
        bias = None if layer.bias is None else layer.bias.square()
        return [of_one_sign(layer.y, squares, bias, self.bias)]


@dataclass(frozen=True)
class Proportional(Rule):
    """Max pooling in proportion: cⱼ = |xⱼ|, in place of winner takes all.

    Reference: Montavon, Samek & Müller 2018 (arXiv:1706.07979).
    """

    kinds = ("max pooling",)

    def shares(self, layer: Layer) -> list[Share]:
        """Share out by |x|.

        Args:
            layer: the call of a layer whose relevance is shared out.

        Returns:
            The pair (Σ |x|, factor).
        """
        return [of_one_sign(layer.y, layer.apply(layer.x.abs(), layer.weight), None, keep=False)]

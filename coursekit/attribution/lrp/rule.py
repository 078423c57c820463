"""What a rule of layer-wise relevance propagation is: it shares out the relevance of a layer's output.

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

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import fields, is_dataclass

import torch
from torch import Tensor

from coursekit.attribution.lrp.contributions import Layer, Pixels

__all__ = ["TINY", "Rule", "Share", "of_both_signs", "of_one_sign", "pixels_of"]

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
        """Return sums of contributions, each with the factor by which its gradient is multiplied.

        Args:
            layer: the call of a layer whose relevance is shared out.

        Returns:
            Pairs (Σ c, factor), both shaped like the output. The gradient R / y that arrives is multiplied by
            the factor and goes back through Σ c. The sum over the pairs, times x, is what the inputs get.
        """


def _over(y: Tensor, whole: Tensor, eps: float = TINY) -> Tensor:
    """Return y / whole, with the denominator ε further away from 0."""
    whole = whole.detach()
    # In place, since on large maps a new tensor costs more than what is calculated.
    denominator = torch.copysign(whole.new_tensor(eps), whole).add_(whole)
    return torch.div(y.detach(), denominator, out=denominator)


def of_one_sign(y: Tensor, part: Tensor, bias: Tensor | None, keep: bool) -> Share:
    """Distribute R in proportion to parts of one sign.

    Args:
        y: the layer's output.
        part: Σ c for each unit, shaped like the output.
        bias: the part of the bias that has the same sign, broadcast over the output; None if there is none.
        keep: whether the bias keeps its share.

    Returns:
        The pair (Σ c, factor), with the factor y / (Σ c + b), or y / Σ c if the bias does not keep its share.
    """
    return part, _over(y, part + bias if keep and bias is not None else part)


def of_both_signs(
    y: Tensor, part: Tensor, size: Callable[[], Tensor], bias: Tensor | None, keep: bool, eps: float = TINY
) -> list[Share]:
    """Distribute R in proportion to parts of both signs, and the bias's share in proportion to their sizes.

    Args:
        y: the layer's output.
        part: Σ c for each unit, shaped like the output.
        size: returns Σ |c| for each unit; called only if it is needed.
        bias: the part of the bias, broadcast over the output; None if there is none.
        keep: whether the bias keeps its share.
        eps: ε > 0, by which the denominator is moved away from 0.

    Returns:
        The pair (Σ c, y / (Σ c + b ± ε)), and unless the bias keeps its share (Σ |c|, its share / Σ |c|).
    """
    if bias is None:
        return [(part, _over(y, part, eps))]
    factor = _over(y, part + bias, eps)
    if keep:
        return [(part, factor)]
    sizes = size()
    return [(part, factor), (sizes, _over(bias * factor, sizes))]


def pixels_of(layer: Layer) -> Pixels:
    """Return what a layer that sees pixels knows of them.

    Args:
        layer: the call of such a layer.

    Returns:
        The pixels' ends, and what takes their place.

    Raises:
        AssertionError: the layer sees no pixels.
    """
    assert layer.pixels is not None, "a composite gives such a rule only to layers that see pixels"
    return layer.pixels

"""What a layer's output is made of: contributions z = x w, and their sums for each unit."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from torch import Tensor

from coursekit.attribution.lrp.blocks import Blockwise

__all__ = ["Layer", "Pixels", "above", "below"]


def above(x: Tensor) -> Tensor:
    """Return the positive part: max(x, 0).

    Args:
        x: of any shape.

    Returns:
        A tensor shaped like ``x``.
    """
    return x.clamp(min=0)


def below(x: Tensor) -> Tensor:
    """Return the negative part: min(x, 0).

    Args:
        x: of any shape.

    Returns:
        A tensor shaped like ``x``.
    """
    return x.clamp(max=0)


@dataclass(frozen=True)
class Pixels:
    """What a layer that sees pixels knows of them, in the units of its input.

    Attributes:
        black: what 0 has become on the way to the layer.
        white: what 1 has become.
        stand_in: makes a tensor take the pixels' place, and hands them the relevance that it gets.
    """

    black: Tensor
    white: Tensor
    stand_in: Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Layer:
    """One call of a layer whose relevance a rule distributes.

    Attributes:
        x: the input.
        y: the output, as the net itself calculates it to the last bit, lest another unit wins a pooling;
            differentiable with respect to what gets the relevance.
        weight: w; for max pooling an empty tensor.
        bias: b, shaped to broadcast over the output, or None.
        apply: (x, w) → Σ x w, whatever the layer does with them.
        pixels: for a layer that sees pixels; None behind the first.
        linear: whether it is a linear layer, whose weight may be too large to copy.
        arriving: the gradient R / y that arrives at the output; None until then.
    """

    x: Tensor
    y: Tensor
    weight: Tensor
    bias: Tensor | None
    apply: Callable[[Tensor, Tensor], Tensor]
    pixels: Pixels | None = None
    linear: bool = False
    arriving: Tensor | None = None

    def reaches(self, units: Tensor) -> bool:
        """Whether relevance arrives at any of some units, so far as is known.

        Args:
            units: shaped like the output, and 0 for the units that are not meant.

        Returns:
            False if none does.
        """
        return self.arriving is None or bool((self.arriving * units).any())

    def total(self) -> Tensor:
        """Sum up all contributions: Σ z.

        Returns:
            The sum for each unit, shaped like the output.
        """
        return self.y if self.bias is None else self.y - self.bias

    def positive(self) -> Tensor:
        """Sum up the positive contributions: Σ z⁺.

        Returns:
            The sum for each unit, shaped like the output.
        """
        return self.by_sign(above, below)

    def negative(self) -> Tensor:
        """Sum up the negative contributions: Σ z⁻.

        It is not calculated as Σ z − Σ z⁺, in which nothing but rounding errors may be left.

        Returns:
            The sum for each unit, shaped like the output.
        """
        return self.by_sign(below, above)

    def size(self) -> Tensor:
        """Sum up the sizes of all contributions: Σ |z|.

        Returns:
            The sum for each unit, shaped like the output.
        """
        return self._through(self.x if self._is_positive else self.x.abs(), Tensor.abs)

    def by_sign(self, same: Callable[[Tensor], Tensor], other: Callable[[Tensor], Tensor]) -> Tensor:
        """Sum up what positive inputs do by one part of the weight, and negative inputs by another.

        Args:
            same: makes the part for positive inputs of the weight, or of some rows of a linear layer's.
            other: the same for negative inputs.

        Returns:
            The sum for each unit, shaped like the output.
        """
        if self._is_positive:
            return self._through(self.x, same)
        return self._through(above(self.x), same) + self._through(below(self.x), other)

    @cached_property
    def _is_positive(self) -> bool:
        return bool(self.x.amin() >= 0)

    def _through(self, x: Tensor, part: Callable[[Tensor], Tensor]) -> Tensor:
        return Blockwise.apply(x, self.weight, part) if self.linear else self.apply(x, part(self.weight))

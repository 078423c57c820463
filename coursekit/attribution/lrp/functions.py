"""What is changed on the way back through a net, so that gradients carry relevance."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from coursekit.attribution.lrp.contributions import Layer
from coursekit.attribution.lrp.rule import Rule

__all__ = ["Call", "Pixelwise", "Ruled", "StandIn", "Unchanged"]


@dataclass
class Call:
    """One call of a layer, with its rule.

    Attributes:
        name: of the layer.
        rule: how its relevance is distributed.
        leaf: its input, cut off from what comes before.
        layer: what it does with it.
        version: of the leaf, when the layer ran.
        record: whether to keep the relevances.
        relevances: Σ R over the outputs and over the inputs, for each of the batch, once they are known.
    """

    name: str
    rule: Rule
    leaf: Tensor
    layer: Layer
    version: int
    record: bool
    relevances: tuple[Tensor, Tensor] | None = None

    def backward(self, gradient: Tensor) -> Tensor:
        """Return the gradient for the input, or, for pixels, their relevance.

        Args:
            gradient: what arrives at the output; times the output it is the relevance.

        Returns:
            A tensor shaped like the input.

        Raises:
            ValueError: the net has written to the input since the layer ran.
        """
        if self.leaf._version != self.version:
            raise ValueError(
                f"the net writes to the input of layer {self.name!r} after that has run; wanted a copy there:"
                " x = x + …, not x += …"
            )
        with torch.enable_grad():
            parts, factors = zip(*self.rule.shares(replace(self.layer, arriving=gradient)), strict=True)
        shares = [factor.mul_(gradient) for factor in factors]
        # Retained, since a layer shares some of its graph with itself after a batch norm was folded in.
        (passed,) = torch.autograd.grad(parts, self.leaf, shares, retain_graph=True)
        if self.record:
            relevance = passed if self.layer.pixels else passed * self.leaf.detach()
            arrived = self.layer.y.detach() * gradient
            self.relevances = arrived.flatten(1).sum(1), relevance.flatten(1).sum(1)
        return passed


class Ruled(torch.autograd.Function):
    """Puts out what the layer does, and goes back as the rule says.

    Args:
        x: the layer's input, of which only the graph counts.
        call: the layer's call, with its rule.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, call: Call) -> Tensor:
        """Return the layer's output, linked to its input."""
        ctx.call = call
        return call.layer.y.detach().clone()  # what follows may write to it

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        """Return what the rule makes of the gradient, and None for the call."""
        return ctx.call.backward(gradients[0]), None


class StandIn(torch.autograd.Function):
    """Takes the pixels' place with their values or with others, and hands them the relevance of these.

    Args:
        pixels: the pixels, of any shape.
        values: what stands in for them, of the same shape.
    """

    @staticmethod
    def forward(ctx: Any, pixels: Tensor, values: Tensor) -> Tensor:
        """Return the values."""
        ctx.save_for_backward(values)
        return values.detach().clone()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        """Turn a gradient into relevance: R = v · g."""
        (values,) = ctx.saved_tensors
        return values * gradients[0], None


class Pixelwise(torch.autograd.Function):
    """Changes each pixel by itself, and leaves its relevance alone.

    Args:
        pixels: the pixels, of any shape.
        change: makes the changed pixels of them, possibly in place.
    """

    @staticmethod
    def forward(ctx: Any, pixels: Tensor, change: Callable[[Tensor], Tensor]) -> Tensor:
        """Return the changed pixels, which are the same tensor if they were changed in place."""
        changed = change(pixels)
        if changed is pixels:
            ctx.mark_dirty(pixels)
        return changed

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        """Pass relevance on."""
        return gradients[0], None


class Unchanged(torch.autograd.Function):
    """Applies an activation to each unit, and leaves its relevance alone: x · (g y / x) = y · g.

    Args:
        x: the units, of any shape.
        activation: makes the activations y ≥ 0 of them, with y = 0 where x ≤ 0, possibly in place.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, activation: Callable[[Tensor], Tensor]) -> Tensor:
        """Return the activations, which are the same tensor if they were made in place."""
        before = x.clone()
        activated = activation(x)
        if activated is x:
            ctx.mark_dirty(x)
        # Where x ≤ 0, y / tiny = 0. In place, since where() takes longer here than most convolutions.
        share = torch.div(activated, before.clamp_(min=torch.finfo(x.dtype).tiny), out=before)
        ctx.save_for_backward(share)
        return activated

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        """Pass relevance on."""
        (share,) = ctx.saved_tensors
        return gradients[0] * share, None

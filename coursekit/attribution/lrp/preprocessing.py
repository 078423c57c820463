"""What a net does to pixels before the first of its layers.

Up to there gradients are relevances instead. A pixel keeps its relevance when it is moved, shifted or scaled,
as by a layer that normalises. One that is a mean of others, as when the picture is made smaller, hands its
relevance on to them by their weights in the mean.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves, tree_map_only
from torch.utils.weak import WeakTensorKeyDictionary

from coursekit.attribution.lrp.functions import Pixelwise, StandIn
from coursekit.attribution.lrp.nodes import Steps

__all__ = ["Preprocessing"]

_EITHER_SIDE = {"add", "sub", "subtract", "mul", "multiply"}  # pixels may come second
_PIXELWISE = {"rsub", "div", "divide", "true_divide", "neg", "negative", "batch_norm", *_EITHER_SIDE}
_MOVING = {
    *("flatten", "reshape", "view", "unflatten", "unsqueeze", "squeeze", "permute", "transpose", "swapaxes"),
    *("swapdims", "movedim", "moveaxis", "flip", "pad", "cat", "concat", "stack", "split", "chunk", "unbind"),
    *("__getitem__", "select", "narrow", "expand", "expand_as", "broadcast_to", "repeat", "tile"),
    *("contiguous", "clone", "to", "type", "type_as", "float", "double", "half", "bfloat16"),
}
_RESAMPLING = {"interpolate", "avg_pool2d", "adaptive_avg_pool2d"}


class Preprocessing:
    """The tensors that are still pixels.

    Args:
        x: the net's input.
        steps: the steps that are made from it.

    Attributes:
        ends: what black and white have become, for each of the tensors.
    """

    def __init__(self, x: Tensor, steps: Steps) -> None:
        self.ends = WeakTensorKeyDictionary({x: (torch.zeros_like(x), torch.ones_like(x))})
        self.steps = steps

    def run(self, func: Any, name: str, args: Any, kwargs: Any, made: list[Tensor]) -> Any:
        """Run a function after which pixels are still pixels.

        Args:
            func: the function.
            name: its name.
            args: its arguments.
            kwargs: its arguments with a name.
            made: those of them that are made from the input.

        Returns:
            What the function returns; ``NotImplemented``, without running it, for any other function.

        Raises:
            ValueError: relevance cannot pass through the function.
        """
        if _is_pixelwise(name, args, kwargs, made):
            return self._change(func, args, kwargs, made[0])
        if all(tensor in self.ends for tensor in made) and _is_moving(func, name, args, kwargs):
            return self._move(func, name, args, kwargs)
        return NotImplemented

    def _change(self, func: Any, args: Any, kwargs: Any, pixels: Tensor) -> Tensor:
        def change(values: Tensor) -> Tensor:
            return func(*(values if value is pixels else value for value in args), **kwargs)

        black, white = self.ends[pixels]
        changed = Pixelwise.apply(pixels, change)
        self.steps.admit(changed.grad_fn)
        self.ends[changed] = change(black), change(white)
        return changed

    def _move(self, func: Any, name: str, args: Any, kwargs: Any) -> Any:
        def move(end: int) -> Any:
            return _on(func, args, kwargs, lambda tensor: self.ends.get(tensor, (tensor, tensor))[end])

        moved = self.steps.run(func, name, args, kwargs)
        leaves = (tree_leaves(part) for part in (moved, move(0), move(1)))
        for tensor, black, white in zip(*leaves, strict=True):
            self.ends[tensor] = black, white
        return moved

    def leave(self, name: str, tensor: Tensor) -> Tensor:
        """Go over from relevances to gradients.

        Args:
            name: of the function that comes next.
            tensor: one of its arguments.

        Returns:
            What stands in for pixels; a tensor that holds no pixels itself.

        Raises:
            ValueError: the function would write to pixels.
        """
        if tensor not in self.ends:
            return tensor
        if name == "__setitem__" or (name.endswith("_") and not name.endswith("__")):
            raise ValueError(f"{self.steps.where()} writes to the input by {name!r}; let it work on a copy")
        values = StandIn.apply(tensor, tensor.detach())
        self.steps.admit(values.grad_fn)
        return values


def _is_pixelwise(name: str, args: Any, kwargs: Any, made: list[Tensor]) -> bool:
    """Whether a function shifts or scales pixels, and by what is not made from the input."""
    pixels, *others = made
    if others or name.strip("_") not in _PIXELWISE or not any(value is pixels for value in args):
        return False
    if args[0] is not pixels and name not in _EITHER_SIDE:
        return False
    shapes = (value.shape for value in args if isinstance(value, Tensor))
    return name == "batch_norm" or (not kwargs and torch.broadcast_shapes(*shapes) == pixels.shape)


def _is_moving(func: Any, name: str, args: Any, kwargs: Any) -> bool:
    """Whether what a function returns are pixels in other places, or means of them."""
    if "dropout" in name:
        options = dict(zip(("input", "p", "training"), args, strict=False)) | kwargs
        return not options.get("training", True)
    if name in _RESAMPLING:  # weights add up to 1, but where it pads with zeros
        whole = _on(func, args, kwargs, torch.ones_like)
        return torch.allclose(whole, torch.ones_like(whole), atol=1e-4)
    return name in _MOVING


def _on(func: Any, args: Any, kwargs: Any, replace: Callable[[Tensor], Tensor]) -> Any:
    """Call a function with other tensors in place of its own."""
    others = tree_map_only(Tensor, replace, (args, kwargs))
    return func(*others[0], **others[1])

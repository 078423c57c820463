"""Which steps of a graph are made from the net's input, and whether relevance passes through them."""

from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor
from torch.utils._pytree import tree_leaves

__all__ = ["Steps"]

# Those f for which f(λ x) = λ f(x), and so Σ x · ∂f/∂x = f(x). By the graph's own names, since one of them
# covers every spelling.
_HOMOGENEOUS = {
    *("Add", "Sub", "Neg", "Sum", "Cumsum", "Mean", "Mul", "Div", "NativeDropout"),
    *("Relu", "LeakyRelu", "PreluKernel", "RreluWithNoise"),
    *(
        "View",
        "ReshapeAlias",
        "UnsafeView",
        "AsStrided",
        "Permute",
        "Transpose",
        "T",
        "Mt",
        "Squeeze",
        "Unsqueeze",
    ),
    *(
        "Expand",
        "Select",
        "Slice",
        "Split",
        "SplitWithSizes",
        "Unbind",
        "Index",
        "IndexSelect",
        "Gather",
        "Cat",
    ),
    *("Stack", "Flip", "Roll", "Rot90", "Repeat", "Unfold", "Im2Col", "Col2Im", "Clone", "ToCopy", "Alias"),
    *("PixelShuffle", "PixelUnshuffle", "ChannelShuffle", "NativeChannelShuffle"),
    *(f"UpsampleNearest{exact}{d}D" for exact in ("", "Exact") for d in (1, 2, 3)),
    *("UpsampleLinear1D", "UpsampleTrilinear3D"),
    *(f"Upsample{kind}2D{antialiased}" for kind in ("Bilinear", "Bicubic") for antialiased in ("", "Aa")),
    *("ConstantPadNd", *(f"{kind}Pad{d}D" for kind in ("Reflection", "Replication") for d in (1, 2, 3))),
    *("AvgPool2D", "AvgPool3D", "AdaptiveAvgPool2D", "AdaptiveAvgPool3D", "Amax", "Max"),
    *("AdaptiveMaxPool2D", "AdaptiveMaxPool3D", "MaxPool2D", "MaxPool2DWithIndices", "MaxPool3DWithIndices"),
}
_SCALES = {"Mul", "Div", "PreluKernel"}  # by something that is not made from the input


class Steps:
    """The steps of a graph that are made from the net's input.

    Args:
        first: the step that all the others come from.
        where: says which layer is running.
    """

    def __init__(self, first: Any, where: Callable[[], str]) -> None:
        self.known, self.where = {first}, where

    def admit(self, step: Any) -> None:
        """Count a step among those that are made from the input and let relevance pass.

        Args:
            step: what ``Tensor.grad_fn`` gives.
        """
        self.known.add(step)

    def run(self, func: Any, name: str, args: Any, kwargs: Any) -> Any:
        """Run a function and let no step pass that relevance may not pass.

        Args:
            func: the function.
            name: its name.
            args: its arguments.
            kwargs: its arguments with a name.

        Returns:
            What the function returns.

        Raises:
            ValueError: there is such a step.
        """
        if name in {"pad", "constant_pad_nd"} and _pads_with_more(*args, **kwargs):
            raise ValueError(f"{self.where()} pads with something else than 0, which would take relevance")
        result = func(*args, **kwargs)
        if name == "add" and any(isinstance(number, int) and number == 0 for number in args):
            self.admit(result.grad_fn)  # sum([a, b]) starts from 0
        if name == "pad":
            self.admit(result.grad_fn)  # which copies into an empty tensor to pad round the border
        for tensor in tree_leaves(result):
            if isinstance(tensor, Tensor):
                self.are_behind(tensor.grad_fn, name)
        return result

    def are_behind(self, step: Any, function: str | None = None) -> bool:
        """Return whether a step is made from the input.

        Args:
            step: what ``Tensor.grad_fn`` gives; None for no step.
            function: what has just been called, for the message; None if nothing that would be known of.

        Returns:
            True if it is.

        Raises:
            ValueError: it is, and relevance is not known to pass through it.
        """
        if step is None or step in self.known:
            return step is not None
        sources = [self.are_behind(source, function) for source, _ in step.next_functions]
        if any(sources):
            trouble = _trouble(step.name().partition("Backward")[0], sources)
            if trouble:
                raise ValueError(f"{self._who(function)} ({step.name()}), {trouble}")
            self.known.add(step)
        return any(sources)

    def _who(self, function: str | None) -> str:
        if function is not None:
            return f"{self.where()} applies {function!r}"
        # Nobody saw it run, so the layer that is running now only gets what it made.
        return f"{self.where()} gets what code out of reach made (checkpointed, scripted, autograd.Function)"


def _pads_with_more(input: Tensor, pad: Any, *rest: Any, **options: Any) -> bool:
    """Whether a padding has a value, wherever that stands among the arguments, and another than 0."""
    return any(isinstance(value, int | float) and value != 0 for value in (*rest, *options.values()))


def _trouble(step: str, from_input: Sequence[bool]) -> str:
    """Return why relevance does not pass through a step, or nothing; ``from_input``: which operands are."""
    if step not in _HOMOGENEOUS:
        return (
            "through which relevance is not known to pass: only where f(λ x) = λ f(x) do the shares x · ∂f/∂x"
            " of its inputs add up to f; use integrated_gradients"
        )
    if step in _SCALES:
        if all(from_input) and len(from_input) > 1:
            return "a product or quotient of two activations: nobody knows whose the relevance is"
        return "" if from_input[0] or step == "Mul" else "which divides by an activation"
    return (
        "" if all(from_input) else "with something that is not made from the input and would take relevance"
    )

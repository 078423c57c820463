"""Which steps of a graph are made from the net's input, and whether relevance passes through them."""

from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor
from torch.utils._pytree import tree_leaves

__all__ = ["Steps"]

# Those f for which f(λ x) = λ f(x), and so Σ x · ∂f/∂x = f(x). By the graph's own names, since one of them
# covers every spelling.
_HOMOGENEOUS = {
    *("Add", "Sub", "Neg", "Sum", "Mean", "Mul", "Div", "NativeDropout", "Relu", "LeakyRelu", "PreluKernel"),
    *("View", "ReshapeAlias", "UnsafeView", "Permute", "Transpose", "T", "Squeeze", "Unsqueeze", "Expand"),
    *("AsStrided", "Select", "Slice", "Split", "SplitWithSizes", "Unbind", "Index", "Cat", "Stack", "Flip", "Repeat"),
    *("Clone", "ToCopy", "Alias", "PixelShuffle", "UpsampleNearest2D", "UpsampleBilinear2D"),
    *("ConstantPadNd", "ReflectionPad1D", "ReflectionPad2D", "ReplicationPad1D", "ReplicationPad2D"),
    *("AvgPool2D", "AvgPool3D", "AdaptiveAvgPool2D", "AdaptiveAvgPool3D", "AdaptiveMaxPool2D", "Amax", "Max"),
    *("MaxPool2D", "MaxPool2DWithIndices", "MaxPool3DWithIndices"),
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
        """Take a step for granted."""
        self.known.add(step)

    def run(self, func: Any, name: str, args: Any, kwargs: Any) -> Any:
        """Run a function and let no step pass that relevance may not pass.

        Raises:
            ValueError: there is one.
        """
        if name == "pad" and _padding_value(*args, **kwargs):
            raise ValueError(f"{self.where()} pads with something else than 0, which would take relevance")
        result = func(*args, **kwargs)
        if name == "add" and any(isinstance(number, int) and number == 0 for number in args):
            self.admit(result.grad_fn)  # sum([a, b]) starts from 0
        for tensor in tree_leaves(result):
            if isinstance(tensor, Tensor):
                self.are_behind(tensor.grad_fn, name)
        return result

    def are_behind(self, step: Any, function: str | None = None) -> bool:
        """Return whether a step (None for no step) is made from the input.

        Args:
            step: as ``Tensor.grad_fn`` gives it.
            function: what has just been called, for the message; None if nothing that would be known of.

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


def _padding_value(input: Tensor, pad: Any, mode: str = "constant", value: float | None = None) -> float:
    return value or 0.0


def _trouble(step: str, from_input: Sequence[bool]) -> str:
    """Return why relevance does not pass through a step, or nothing; ``from_input``: which operands are."""
    if step not in _HOMOGENEOUS:
        return "through which relevance is not known to pass"
    if step in _SCALES:
        if all(from_input) and len(from_input) > 1:
            return "a product or quotient of two activations: nobody knows whose the relevance is"
        return "" if from_input[0] or step == "Mul" else "which divides by an activation"
    return (
        "" if all(from_input) else "with something that is not made from the input and would take relevance"
    )

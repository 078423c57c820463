"""Which steps of a graph are made from the net's input, and whether relevance passes through them."""

from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["Steps"]

# Those f for which f(λ x) = λ f(x), and so Σ x · ∂f/∂x = f(x). By the graph's own names, since one of them
# covers every spelling.
_HOMOGENEOUS = {
    *("Add", "Sub", "Neg", "Sum", "Mean", "Mul", "Div", "NativeDropout", "Relu", "LeakyRelu", "PreluKernel"),
    *("View", "ReshapeAlias", "UnsafeView", "Permute", "Transpose", "T", "Squeeze", "Unsqueeze", "Expand"),
    *("Select", "Slice", "Split", "SplitWithSizes", "Unbind", "Index", "Cat", "Stack", "Flip", "Repeat"),
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

    def are_behind(self, step: Any, function: str) -> bool:
        """Return whether a step (None for no step) is made from the input.

        Args:
            step: as ``Tensor.grad_fn`` gives it.
            function: what has been called, for the message.

        Raises:
            ValueError: it is, and relevance is not known to pass through it.
        """
        if step is None or step in self.known:
            return step is not None
        sources = [self.are_behind(source, function) for source, _ in step.next_functions]
        if any(sources):
            trouble = _trouble(step.name().partition("Backward")[0], sources)
            if trouble:
                raise ValueError(f"{self.where()} applies {function} ({step.name()}), {trouble}")
            self.known.add(step)
        return any(sources)


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

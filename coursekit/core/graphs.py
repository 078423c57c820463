"""The graph that leads from a net's input to its scores: gone back along, and an error where it is cut."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

__all__ = ["check_leads_back", "derivative", "step_of"]

# Steps whose slope is 0 wherever they have one. Behind a comparison, an argmax or a whole number is no step.
_FLAT = {"Round", "Floor", "Ceil", "Trunc", "Sign", "Sgn", "Bernoulli"}
_REMEDY = (
    "a part of the net is cut off by no_grad(), inference_mode(), detach(), quantised or rounding steps; give"
    " a net without them, or use a method that needs no gradient, such as occlusion"
)


def derivative(
    value: Tensor, source: Tensor, *, what: str = "the input", retain_graph: bool = False
) -> Tensor:
    """Return ∂ value / ∂ source, and touch no other gradient.

    It is 0 where the slope is, as behind ReLUs that are all off, and never because nothing leads back.

    Args:
        value: one number, with its graph.
        source: what it was made from, of any shape.
        what: the name of ``source`` in the error message.
        retain_graph: whether the graph is needed again.

    Returns:
        The gradient, shaped like ``source``.

    Raises:
        ValueError: each path from the value back to the source is cut, or has a step without a slope.
    """
    gradient = _gradient(value, source, retain_graph) if value.requires_grad else None
    if gradient is None or (not gradient.any() and not _leads_back(value, step_of(source))):
        raise ValueError(
            f"the score does not depend on {what} in a way that can be differentiated: {_REMEDY}"
        )
    return gradient


def _gradient(value: Tensor, source: Tensor, retain_graph: bool) -> Tensor | None:
    try:
        return torch.autograd.grad(value, source, retain_graph=retain_graph, allow_unused=True)[0]
    except RuntimeError as error:
        if "is not implemented" not in str(error):
            raise
        raise ValueError(f"the score cannot be differentiated ({error}): {_REMEDY}") from error


def check_leads_back(outputs: Mapping[str, Tensor], step: Any) -> None:
    """Raise unless each output can be differentiated back to a step of the graph.

    Args:
        outputs: tensors by name.
        step: a step of the graph, which ``step_of`` returns.

    Raises:
        ValueError: an output cannot; the message has its name.
    """
    for name, output in outputs.items():
        if not _leads_back(output, step):
            raise ValueError(
                f"{name} does not depend on the picture in a way that can be differentiated: {_REMEDY}"
            )


def step_of(x: Tensor) -> Any:
    """Return the step of the graph that made ``x``, or that takes its gradient where it is a leaf.

    Args:
        x: a tensor that requires a gradient.

    Returns:
        The step, a node of torch's autograd graph.
    """
    return torch.autograd.graph.get_gradient_edge(x).node


def _leads_back(output: Tensor, step: Any) -> bool:
    """Whether a path leads from an output back to a step, and has a slope all along."""
    todo, seen = [output.grad_fn], set()
    while todo:
        node = todo.pop()
        if node is step:
            return True
        if node is not None and node not in seen and not _is_flat(node):
            seen.add(node)
            todo += [source for source, _ in node.next_functions]
    return False


def _is_flat(node: Any) -> bool:
    name = node.name().partition("Backward")[0]
    return name in _FLAT or "NotImplemented" in name or bool(getattr(node, "_saved_rounding_mode", None))

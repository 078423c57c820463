"""In which order the layers of a net use what they have learned."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves

from coursekit.core.hooks import evaluating, passing

__all__ = ["has_statistics", "in_order", "weights_of"]


def in_order(model: nn.Module, x: Tensor) -> list[str]:
    """Return the names of the layers that learned something themselves, in the order in which they have run.

    A layer that never runs, since another one's function takes its weights, or that gives no one tensor, as
    an attention does, counts from where a function first takes its weights, if the scores depend on them.

    Args:
        model: the net; after the call, its weights may ask for a gradient.
        x: images (N, C, H, W), of which the first is put through.

    Returns:
        Names, in the spelling of ``model.named_modules()``.

    Raises:
        ValueError: a layer that runs twice, or weights that count and are the net's own, which has no name.
    """
    order = _Order(model)
    with evaluating(model), torch.no_grad(), passing(model, order.see, *order.names), order:
        model(_first(x))
    left = _left(model, x, set(order.ran))
    if lost := [weight for weight in left if _owner(weight) not in order.used]:
        raise ValueError(
            f"{', '.join(map(repr, lost))} would be left as they are, as they belong to no layer with a name:"
            " give coursekit.wrap(net), in which the net itself is one"
        )
    places = order.ran | {_owner(weight): order.used[_owner(weight)] for weight in left}
    return sorted(places, key=places.__getitem__)


def weights_of(layer: nn.Module) -> list[nn.Parameter]:
    """Return a layer's own weights, without those of its parts.

    Args:
        layer: any layer.

    Returns:
        The weights and biases; an empty list if it has none.
    """
    return list(layer.parameters(recurse=False))


def has_statistics(layer: nn.Module) -> bool:
    """Whether a layer is a batch norm, which may have learned nothing but its statistics.

    Args:
        layer: any layer.

    Returns:
        True if it keeps a running mean.
    """
    return getattr(layer, "running_mean", None) is not None


class _Order(TorchFunctionMode):
    """Watches a forward pass: when layers have run, and when functions first take their weights."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        layers = {name: layer for name, layer in model.named_modules() if name}
        self.names = [name for name, layer in layers.items() if weights_of(layer) or has_statistics(layer)]
        self.owners = {weight: name for name in self.names for weight in weights_of(layers[name])}
        self.seen: set[str] = set()
        self.ran: dict[str, int] = {}
        self.used: dict[str, int] = {}

    def see(self, name: str, output: Any) -> None:
        """Note that a layer has run."""
        if name not in self.names:  # as where no layer has weights, and so all are shown
            return
        if name in self.seen:
            raise ValueError(
                f"layer {name!r} runs more than once in a forward pass, so it has no one place in the order:"
                " give a net with a layer of its own for each run"
            )
        self.seen.add(name)
        if isinstance(output, Tensor):
            self._note(name, self.ran)

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        if any(isinstance(value, Tensor) for value in tree_leaves(result)):  # and not the type of a weight
            for weight in tree_leaves((args, kwargs)):
                if isinstance(weight, nn.Parameter) and weight in self.owners:
                    self._note(self.owners[weight], self.used)
        return result

    def _note(self, name: str, times: dict[str, int]) -> None:
        times.setdefault(name, len(self.ran) + len(self.used))


def _left(model: nn.Module, x: Tensor, layers: set[str]) -> list[str]:
    """Name the weights of other layers that the scores depend on; they ask for a gradient from then on."""
    floats = ((name, weight) for name, weight in model.named_parameters() if weight.is_floating_point())
    others = {name: weight.requires_grad_() for name, weight in floats if _owner(name) not in layers}
    if not others:
        return []
    with evaluating(model), torch.inference_mode(False), torch.enable_grad():
        scores = model(_first(x)).sum()
        used = torch.autograd.grad(scores, list(others.values()), allow_unused=True)
    return [name for name, gradient in zip(others, used, strict=True) if gradient is not None]


def _owner(weight: str) -> str:
    return weight.rpartition(".")[0]


def _first(x: Tensor) -> Tensor:
    """Return a copy of the first image, since a net may write to its input."""
    return x[:1].detach().clone(memory_format=torch.contiguous_format)

"""Side effects of a call: an input that it changed, a hook left on the net, random numbers drawn."""

import random
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

__all__ = ["SIDE_EFFECTS", "side_effects", "snapshot"]

SIDE_EFFECTS = {
    "input": "it changed a tensor that it was given: work on a copy, such as x.clone()",
    "input-requires-grad": "it left requires_grad on a tensor it was given: use x.detach().requires_grad_()",
    "net-weights": "it changed the net's weights",
    "net-layers": "it exchanged layers of the net: change how they behave by a hook, and remove that",
    "net-mode": "it left the net in another mode (train or eval)",
    "net-hooks": "it left hooks on the net, which act in every later cell: remove them in a finally block",
    "net-gradients": "it left gradients or requires_grad on the weights: use torch.autograd.grad on x alone",
    "random": "it drew random numbers: everything it needs is among its arguments",
}
"""Each kind of side effect, and what the student is told about it."""

_HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


def snapshot(arguments: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Record the state of a call's arguments and of the CPU's random generators.

    Args:
        arguments: by parameter; tensors and nets among them are looked at.

    Returns:
        For each kind in ``SIDE_EFFECTS``, what changes if that side effect happens.
    """
    inputs = [value for value in arguments.values() if isinstance(value, Tensor)]
    nets = [value for value in arguments.values() if isinstance(value, nn.Module)]
    layers = [layer for net in nets for layer in net.modules()]
    weights = [value for net in nets for value in (*net.parameters(), *net.buffers())]
    return {
        "input": [value.detach().clone() for value in inputs],
        "input-requires-grad": [value.requires_grad for value in inputs],
        "net-weights": [value.detach().clone() for value in weights],
        # The layers themselves, not their names: another ReLU under the old name is another net.
        "net-layers": layers,
        "net-mode": [layer.training for layer in layers],
        "net-hooks": [len(getattr(layer, kind)) for layer in layers for kind in _HOOKS],
        "net-gradients": [(value.requires_grad, value.grad is None) for value in weights],
        "random": [torch.get_rng_state(), *_numpy_state(), random.getstate()],
    }


def _numpy_state() -> list[Any]:
    state = np.random.get_state()  # noqa: NPY002 - the student's code may use it
    return [part.tobytes() if isinstance(part, np.ndarray) else part for part in state]


def side_effects(before: Mapping[str, list[Any]], after: Mapping[str, list[Any]]) -> tuple[str, ...]:
    """Compare two snapshots.

    Args:
        before: the snapshot from before the call.
        after: the one from after it.

    Returns:
        The kinds in ``SIDE_EFFECTS`` that happened.
    """
    return tuple(kind for kind in SIDE_EFFECTS if not _same(before[kind], after[kind]))


def _same(one: list[Any], other: list[Any]) -> bool:
    return len(one) == len(other) and all(
        torch.equal(a, b) if isinstance(a, Tensor) else a == b for a, b in zip(one, other, strict=True)
    )

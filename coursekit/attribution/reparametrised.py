"""A copy of a net whose weights are plain parameters, though the net makes them from others at each pass."""

from copy import deepcopy

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize
from torch.nn.utils.prune import BasePruningMethod
from torch.nn.utils.spectral_norm import SpectralNorm
from torch.nn.utils.weight_norm import WeightNorm

__all__ = ["plain_copy"]


@torch.no_grad()
def plain_copy(model: nn.Module) -> nn.Module:
    """Return a copy of a net that computes the same in evaluation mode, with no weight made from others.

    Weight norm, spectral norm, orthogonal maps, pruning and any other parametrisation leave the weight that
    they make; weights that several layers share become each layer's own.

    Args:
        model: the net, which stays as it is.

    Returns:
        The copy, each of its layers in the mode of the original.
    """
    # Old weight and spectral norm, and pruning, keep the weight they make as a tensor with a graph.
    made = [
        value
        for layer in model.modules()
        for value in vars(layer).values()
        if isinstance(value, Tensor) and not value.is_leaf
    ]
    copy = deepcopy(model, {id(value): value.detach().clone() for value in made})
    modes = {layer: layer.training for layer in copy.modules()}
    copy.eval()  # or spectral norm would take another step
    seen: set[Tensor] = set()
    for layer in list(copy.modules()):
        if parametrize.is_parametrized(layer):
            _settle_parametrised(layer)
        _settle_hooked(layer)
    for layer in list(copy.modules()):
        _untie(layer, seen)
    for layer, training in modes.items():
        layer.training = training
    return copy


def _settle_parametrised(layer: nn.Module) -> None:
    made = [name for name, _ in layer.get_submodule("parametrizations").named_children()]
    values = {name: getattr(layer, name) for name in made}
    # Not remove_parametrizations, which changes the class that the layer has in common with its copy.
    layer.__class__ = type(layer).__bases__[0]
    del layer._modules["parametrizations"]
    for name, value in values.items():
        layer.register_parameter(name, nn.Parameter(value.detach().clone()))


def _settle_hooked(layer: nn.Module) -> None:
    """Let hooks that make a weight before each pass make it once more, and take them away."""
    for key, hook in list(layer._forward_pre_hooks.items()):
        if not isinstance(hook, WeightNorm | SpectralNorm | BasePruningMethod):
            continue
        name = hook._tensor_name if isinstance(hook, BasePruningMethod) else hook.name
        hook(layer, ())
        value = vars(layer).pop(name)
        del layer._forward_pre_hooks[key]
        for kept in (layer._parameters, layer._buffers):
            for part in {f"{name}_{part}" for part in ("g", "u", "v", "orig", "mask")} & {*kept}:
                del kept[part]
        layer.register_parameter(name, nn.Parameter(value.detach().clone()))


def _untie(layer: nn.Module, seen: set[Tensor]) -> None:
    for name, weight in layer.named_parameters(recurse=False):
        if weight in seen:
            layer.register_parameter(name, nn.Parameter(weight.detach().clone(), weight.requires_grad))
        seen.add(layer.get_parameter(name))

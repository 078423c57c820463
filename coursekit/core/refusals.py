"""Nets that are refused, with a word on what to give instead."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn
from torch.nn.parameter import is_lazy

__all__ = ["check_net", "naming_inference_mode", "refuse_compiled"]


def check_net(model: object) -> None:
    """Raise unless ``model`` is a net that can be asked.

    Args:
        model: what was given as the net.

    Raises:
        TypeError: it is no ``nn.Module``.
        ValueError: it has lazy layers, whose weights are made, at random, by the first batch.
    """
    if isinstance(model, torch.export.ExportedProgram):
        raise TypeError(
            "model: wanted an nn.Module, got an ExportedProgram: give the eager net, or program.module()"
        )
    if not isinstance(model, nn.Module):
        kind = f"the class {model.__name__}" if isinstance(model, type) else f"a {type(model).__name__}"
        raise TypeError(
            f"model: wanted an nn.Module, got {kind}: give the net itself, or an nn.Module that calls it"
        )
    for name, layer in model.named_modules():
        if _is_lazy(layer):
            which = name or "the net itself"
            raise ValueError(f"layer {which!r} is lazy and has no weights yet: run a batch first, model(x)")


def _is_lazy(layer: nn.Module) -> bool:
    # Scripted code, which is never lazy, keeps its weights in C++.
    own = (vars(layer).get(kind, {}).values() for kind in ("_parameters", "_buffers"))
    return any(is_lazy(weight) for weights in own for weight in weights)


def refuse_compiled(model: nn.Module, *names: str) -> None:
    """Raise ``ValueError``, with the name of the layer, for compiled, traced or scripted code.

    Such code runs without asking its layers, so that what is hooked to them is passed over in silence.

    Args:
        model: the net.
        names: of the layers that are to be hooked; without any, all of them are.
    """
    check_net(model)
    for name, layer in model.named_modules():
        within = not names or not name or any(f"{wanted}.".startswith(f"{name}.") for wanted in names)
        if within and _is_compiled(layer):
            kind = type(layer).__name__
            raise ValueError(f"layer {name or 'the net itself'!r} is compiled ({kind}): give the eager net")


def _is_compiled(layer: nn.Module) -> bool:
    if isinstance(layer, torch.jit.ScriptModule) or hasattr(layer, "_orig_mod"):
        return True
    return getattr(layer, "_compiled_call_impl", None) is not None  # by layer.compile()


@contextmanager
def naming_inference_mode() -> Iterator[None]:
    """Turn torch's error about tensors of inference mode into one that says what to do.

    In inference mode, nothing can be differentiated. A net's weights or outputs may be of it.

    Yields:
        None.

    Raises:
        ValueError: such an error came up in the block.
    """
    try:
        yield
    except RuntimeError as error:
        if "nference tensor" not in str(error):
            raise
        raise ValueError(
            "the net, or a part of it, was made or runs in inference mode, where nothing can be"
            " differentiated: make or load it outside of torch.inference_mode(), and run no layer in it"
        ) from error

"""Context managers that record or change what layers put out, and put the net back as it was."""

import difflib
import inspect
from collections.abc import Callable, Iterator
from typing import Any

from torch import Tensor, nn

from coursekit.core.locks import exclusive, here
from coursekit.core.refusals import refuse_compiled

__all__ = [
    "entering",
    "evaluating",
    "find_layer",
    "passing",
    "record",
    "rerouted",
    "restoring",
    "running",
    "running_layer",
]


def find_layer(model: nn.Module, name: str) -> nn.Module:
    """Return the layer of a name.

    Args:
        model: the net.
        name: the layer's, in the spelling of ``model.named_modules()`` ("conv5", "layer4.1.conv2").

    Returns:
        The layer itself.

    Raises:
        ValueError: there is no such layer; the message lists the nearest names.
    """
    layers = dict(model.named_modules(remove_duplicate=False))
    if name in layers and name:
        return layers[name]
    names = [known for known in layers if known]
    near = difflib.get_close_matches(str(name), names, n=3, cutoff=0.4) or names[:3]
    raise ValueError(
        f"no layer is called {name!r}; the nearest of {len(names)} are {', '.join(map(repr, near)) or 'none'}"
        " (print(model) lists them all)"
    )


@exclusive
def evaluating(model: nn.Module) -> Iterator[nn.Module]:
    """Put ``model`` in evaluation mode for the block, then every layer back in the mode that it was in.

    Args:
        model: the net.

    Yields:
        The same net.

    Raises:
        TypeError: ``model`` is no ``nn.Module``.
        ValueError: it has lazy layers.
    """
    modes = [(layer, layer.training) for layer in model.modules()]
    try:
        yield model.eval()
    finally:
        for layer, training in modes:
            layer.training = training


@exclusive
def restoring(model: nn.Module) -> Iterator[None]:
    """After the block, let each name in the net's layers stand for what it stood for before.

    For nets that fit themselves to a picture's size for good, as some with windows do, or remember things.
    What was changed in place stays changed, such as the numbers in a weight or the entries of a list.

    Args:
        model: the net.

    Yields:
        None.

    Raises:
        TypeError: ``model`` is no ``nn.Module``.
        ValueError: it has lazy layers.
    """
    kept = [(names, dict(names)) for layer in model.modules() for names in _names(layer)]
    try:
        yield
    finally:
        for names, before in kept:
            if list(names) != list(
                before
            ):  # a name that is set again comes last, and order is that of layers
                names.clear()
            names.update(before)


def _names(layer: nn.Module) -> list[dict[str, Any]]:
    """Return what a layer keeps by name: attributes, weights, buffers and parts."""
    every = (vars(layer), layer._parameters, layer._buffers, layer._modules)
    return [names for names in every if isinstance(names, dict)]  # scripted code keeps them in C++


@exclusive
def record(model: nn.Module, *names: str, inputs: bool = False) -> Iterator[dict[str, Tensor]]:
    """Record what the named layers put out, or what they are given.

    The whole net has to be called, ``model(x)``: a part of it alone begins no new record.

    The tensors keep their graph, so ``torch.autograd.grad(score, outputs["conv5"])`` works. What follows a
    layer works on a copy, so that an in-place ReLU behind it leaves the record alone.

    Args:
        model: the net.
        *names: the layers, in the spelling of ``model.named_modules()``.
        inputs: record the first input of each layer instead of its output.

    Yields:
        A dict from name to tensor. It is empty at first, and each forward pass fills it anew.

    Raises:
        TypeError: ``model`` is no ``nn.Module``.
        ValueError: a name that does not exist, or of a compiled layer; in a forward pass, a layer that runs
            twice or gives no tensor.
    """
    if names:
        refuse_compiled(model, *names)
    outputs: dict[str, Tensor] = {}
    handles = []
    try:
        for name in names:
            layer = find_layer(model, name)
            hook = here(_recorder(name, outputs, inputs))
            handles.append(layer.register_forward_hook(hook, with_kwargs=True))
        if names:  # a scripted net, which can be asked for its scores, takes no hook
            handles.append(model.register_forward_pre_hook(here(lambda *_: outputs.clear())))
        yield outputs
    finally:
        for handle in handles:
            handle.remove()


def _recorder(name: str, outputs: dict[str, Tensor], of_input: bool) -> Callable[..., Tensor]:
    def hook(layer: nn.Module, inputs: Any, keywords: dict[str, Any], output: Any) -> Tensor:
        if name in outputs:
            raise ValueError(f"layer {name!r} runs more than once in a forward pass: which output is meant?")
        if not isinstance(output, Tensor):
            raise ValueError(f"layer {name!r} puts out a {type(output).__name__}, not one tensor")
        outputs[name] = next(iter((*inputs, *keywords.values()))) if of_input else output
        return output.clone()

    return hook


@exclusive
def passing(model: nn.Module, through: Callable[[str, Any], Any], *names: str) -> Iterator[None]:
    """Let the outputs of layers go through a function.

    Args:
        model: the net.
        through: called as ``through(name, output)``. What it returns replaces the output; None leaves
            the output as it is.
        *names: the layers; without any, all layers but the net itself.

    Yields:
        None.

    Raises:
        TypeError: ``model`` is no ``nn.Module``.
        ValueError: a name that does not exist, or of a compiled layer.
    """
    refuse_compiled(model, *names)
    layers = {n: find_layer(model, n) for n in names} if names else dict(list(model.named_modules())[1:])
    handles = []
    try:
        for name, layer in layers.items():
            handles.append(layer.register_forward_hook(here(lambda _l, _i, out, n=name: through(n, out))))
        yield
    finally:
        for handle in handles:
            handle.remove()


@exclusive
def entering(model: nn.Module, told: Callable[[str], object], *names: str) -> Iterator[None]:
    """Tell a function of each layer that begins to run.

    Args:
        model: the net.
        told: called with the layer's name; what it returns does not matter.
        *names: the layers; without any, none.

    Yields:
        None.

    Raises:
        TypeError: ``model`` is no ``nn.Module``.
        ValueError: a name that does not exist, or of a compiled layer.
    """
    if names:
        refuse_compiled(model, *names)
    handles = []
    try:
        for name in names:
            layer = find_layer(model, name)
            handles.append(layer.register_forward_pre_hook(here(lambda *_, n=name: told(n))))
        yield
    finally:
        for handle in handles:
            handle.remove()


@exclusive
def rerouted(model: nn.Module, route: Callable[[nn.Module, Callable[[], Any]], Any]) -> Iterator[None]:
    """Put a function in place of the work of every layer, but not of the net's own.

    Unlike a hook, it can keep a layer from running.

    Args:
        model: the net.
        route: called as ``route(layer, run)``, where ``run()`` does the layer's work. What it returns is
            taken for the layer's output.

    Yields:
        None.

    Raises:
        TypeError: ``model`` is no ``nn.Module``.
        ValueError: a layer is compiled.
    """
    refuse_compiled(model)
    own = {layer: vars(layer).get("forward") for layer in model.modules() if layer is not model}
    way = here(route, lambda _layer, run: run())

    def detour(layer: nn.Module, forward: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *args, **kwargs: way(layer, lambda: forward(*args, **kwargs))

    try:
        for layer in own:
            vars(layer)["forward"] = detour(layer, layer.forward)
        yield
    finally:
        for layer, forward in own.items():
            if forward is None:
                vars(layer).pop("forward", None)
            else:
                vars(layer)["forward"] = forward


def running(names: dict[nn.Module, str]) -> str:
    """Return, for a message, the innermost layer that is running, with its type.

    Args:
        names: the name of each layer of the net.

    Returns:
        A phrase such as "layer 'conv1' (Conv2d)", or "the net's own forward".
    """
    name, kind = running_layer(names)
    return f"layer {name!r} ({kind})" if name else "the net's own forward"


def running_layer(names: dict[nn.Module, str]) -> tuple[str, str]:
    """Return name and type of the innermost layer that is running.

    Args:
        names: the name of each layer of the net.

    Returns:
        Both, such as ("conv1", "Conv2d"); "" and "" for the net itself.
    """
    frame = inspect.currentframe()
    while frame is not None:
        layer = frame.f_locals.get("self")
        if isinstance(layer, nn.Module) and names.get(layer):
            return names[layer], type(layer).__name__
        frame = frame.f_back
    return "", ""

"""What a diagram of a net is made of: layers in the order in which they run, and blocks with branches."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn

from coursekit.core.hooks import evaluating

__all__ = ["Unit", "units"]

_MOST = 14  # units; a deeper net has its repeated blocks folded
_CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
_NORMS = (nn.modules.batchnorm._NormBase, nn.LayerNorm, nn.GroupNorm)


@dataclass(frozen=True)
class Unit:
    """One box of the diagram.

    Attributes:
        kind: "convolution", "linear", "pooling", "block" or "other".
        title: what it does, in a few words.
        names: of its layers, as ``layer=`` takes them; of a folded block the first and the last.
        shape: of its output for one picture, such as (C, H, W).
        weights: how many numbers are learned.
        count: how many blocks it stands for.
        joined: how the branches of a block come together: "sum", "stack", or "" where there are none.
    """

    kind: str
    title: str
    names: tuple[str, ...]
    shape: tuple[int, ...]
    weights: int
    count: int = 1
    joined: str = ""


# A tensor, and how often it had been changed in place: a sum may be written over one of its terms.
_Seen = tuple[Tensor, int] | None


@dataclass
class _Call:
    """A module's run: what it was given, what it put out, and the runs within it."""

    name: str
    module: nn.Module
    given: _Seen = None
    put_out: _Seen = None
    within: list["_Call"] = field(default_factory=list)


def units(model: nn.Module, images: Tensor) -> list[Unit]:
    """Return what a diagram shows of a net, by running it once.

    A convolution or linear layer is one unit with the normalisation and the activation after it. A module
    whose parts do not simply follow each other, such as a residual block, is one unit; so are all of its class.

    Args:
        model: the net.
        images: (N, C, H, W), on the net's device.

    Raises:
        ValueError: no layer of it puts out a tensor.
    """
    root = _traced(model, images)
    branching = {type(call.module) for call in _every(root) if call is not root and _branches(call)}
    found = _grouped(list(_flat(root, branching, top=True)))
    if not found:
        raise ValueError(f"{type(model).__name__}: no layer of it puts out a tensor; there is nothing to draw")
    return _folded(found) if len(found) > _MOST else found


def _traced(model: nn.Module, images: Tensor) -> _Call:
    """Run the net, and return which module called which."""
    root, open_calls = _Call("", model), []
    open_calls.append(root)

    def enter(call: _Call, inputs: tuple[Any, ...]) -> None:
        call.given = _seen(inputs)
        open_calls[-1].within.append(call)
        open_calls.append(call)

    def leave(output: Any) -> None:
        open_calls.pop().put_out = _seen(output)

    with ExitStack() as stack:
        for name, module in model.named_modules():
            if module is model:
                continue
            before = module.register_forward_pre_hook(
                lambda layer, inputs, name=name: enter(_Call(name, layer), inputs)
            )
            after = module.register_forward_hook(lambda _layer, _inputs, output: leave(output))
            stack.callback(before.remove)
            stack.callback(after.remove)
        with evaluating(model), torch.no_grad():
            root.given = _seen(images)
            root.put_out = _seen(model(images))
    return root


def _seen(value: Any) -> _Seen:
    while isinstance(value, tuple | list) and value:
        value = value[0]
    return (value, value._version) if isinstance(value, Tensor) else None


def _every(call: _Call) -> Iterator[_Call]:
    yield call
    for inner in call.within:
        yield from _every(inner)


def _branches(call: _Call) -> bool:
    """Whether a module does more than run its parts one after the other."""
    if not call.within or isinstance(call.module, nn.Sequential):
        return False
    outputs = [call.given, *(inner.put_out for inner in call.within)]
    inputs = [*(inner.given for inner in call.within), call.put_out]
    return not all(map(_same, outputs, inputs))


def _same(before: _Seen, after: _Seen) -> bool:
    """Whether one is the other, or another view of it, and nothing was added to it in between."""
    if before is None or after is None:
        return before is after
    (x, changes), (y, changes_then) = before, after
    return changes == changes_then and x.data_ptr() == y.data_ptr() and x.numel() == y.numel()


def _flat(call: _Call, branching: set[type], *, top: bool = False) -> Iterator[_Call]:
    """Yield the layers and blocks of a net in the order in which they run."""
    is_block = type(call.module) in branching and not top
    if not call.within or is_block:
        yield call
        return
    for inner in call.within:
        yield from _flat(inner, branching)


def _grouped(calls: list[_Call]) -> list[Unit]:
    """Put what follows a layer and only changes its numbers to it."""
    found: list[Unit] = []
    for call in calls:
        if call.put_out is None or isinstance(call.module, nn.Identity | nn.Dropout | nn.Flatten):
            continue
        if found and found[-1].kind in ("convolution", "linear") and _follows(call.module):
            last = found[-1]
            found[-1] = replace(
                last,
                title=f"{last.title}, {_activation(call.module)}".removesuffix(", "),
                names=(*last.names, call.name),
                weights=last.weights + _weights(call.module),
            )
        else:
            found.append(_unit(call))
    return found


def _follows(module: nn.Module) -> bool:
    return isinstance(module, _NORMS) or module.__class__.__module__ == nn.ReLU.__module__


def _activation(module: nn.Module) -> str:
    return "" if isinstance(module, _NORMS) else type(module).__name__


def _unit(call: _Call) -> Unit:
    shape = tuple(call.put_out[0].shape[1:])  # type: ignore[index]
    kind, title = _kind(call)
    joined = _joined(call) if kind == "block" else ""
    return Unit(kind, title, (call.name,), shape, _weights(call.module), joined=joined)


def _kind(call: _Call) -> tuple[str, str]:
    module, name = call.module, type(call.module).__name__
    if call.within:
        return "block", _in_words(name)
    if isinstance(module, _CONVOLUTIONS):
        size = "×".join(map(str, module.kernel_size))
        return "convolution", f"{'depthwise' if module.groups > 1 else 'conv'} {size}"
    if isinstance(module, nn.Linear):
        return "linear", "linear"
    if "Pool" in name:
        mean = "Avg" in name
        size = getattr(module, "kernel_size", None)
        side = size if isinstance(size, int) else size[0] if size else None
        return "pooling", f"{'mean' if mean else 'max'}{f' of {side}×{side}' if side else ' of all'}"
    return "other", name if type(module).__module__.startswith("torch.nn") else _in_words(name)


def _in_words(name: str) -> str:
    """Return "basic block" for "BasicBlock"."""
    letters = [f" {c.lower()}" if c.isupper() and i and name[i - 1].islower() else c for i, c in enumerate(name)]
    return "".join(letters).strip(" _").lower()


def _joined(call: _Call) -> str:
    """Return how a block's branches come together, as far as sizes tell."""
    if call.given is None or call.put_out is None or not _branches(call):
        return ""
    ends = [inner.put_out[0] for inner in call.within if inner.put_out is not None]
    whole = call.put_out[0]
    stacked = whole.ndim == 4 and whole.shape[1] > max(end.shape[1] for end in ends if end.ndim == 4)
    return "stack" if stacked else "sum"


def _weights(module: nn.Module) -> int:
    return sum(weight.numel() for weight in module.parameters())


def _folded(found: list[Unit]) -> list[Unit]:
    """Make one unit of blocks that follow each other, are of one kind, and put out the same size."""
    result: list[Unit] = []
    for unit in found:
        last = result[-1] if result else None
        alike = last is not None and unit.kind == "block" == last.kind
        if last is not None and alike and (last.title, last.shape) == (unit.title, unit.shape):
            result[-1] = replace(
                last,
                names=(last.names[0], unit.names[-1]),
                weights=last.weights + unit.weights,
                count=last.count + 1,
                joined=last.joined or unit.joined,
            )
        else:
            result.append(unit)
    return result

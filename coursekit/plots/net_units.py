"""What a diagram of a net is made of: layers in the order in which they run, and blocks with branches."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from math import isclose, prod
from typing import Any

import torch
from torch import Tensor, nn

from coursekit.core.hooks import evaluating

__all__ = ["Unit", "folded", "units"]

_CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
_SILENT = (nn.Identity, nn.Dropout, nn.Flatten, nn.ZeroPad2d)
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


@dataclass(frozen=True)
class _Seen:
    """A tensor as it was when a module was given it, or put it out; it may be written over afterwards."""

    shape: tuple[int, ...]
    weight: float  # the sum of what is above zero: views and a ReLU keep it, sums and stacks do not


@dataclass
class _Call:
    """A module's run: what it was given, what it put out, and the runs within it."""

    name: str
    module: nn.Module
    given: _Seen | None = None
    put_out: _Seen | None = None
    within: list["_Call"] = field(default_factory=list)


def units(model: nn.Module, images: Tensor) -> list[Unit]:
    """Return what a diagram shows of a net, by running it once.

    A convolution or linear layer is one unit with the normalisation and the activation after it. A module
    whose parts do not simply follow each other, such as a residual block, is one unit; so are all of its
    class.

    Args:
        model: the net.
        images: (N, C, H, W), on the net's device; no two branches of a block should give the same for them.

    Returns:
        The units, in the order in which they run.

    Raises:
        ValueError: no layer of it puts out a tensor.
    """
    root = _traced(model, images)
    branching = {type(call.module) for call in _every(root) if call is not root and _branches(call)}
    found = _grouped(list(_flat(root, branching, top=True)))
    if not found:
        raise ValueError(
            f"{type(model).__name__}: no layer of it puts out a tensor; there is nothing to draw"
        )
    return found


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


def _seen(value: Any) -> _Seen | None:
    while isinstance(value, tuple | list) and value:
        value = value[0]
    if not isinstance(value, Tensor):
        return None
    return _Seen(tuple(value.shape), value.detach().double().clamp(min=0).sum().item())


def _every(call: _Call) -> Iterator[_Call]:
    yield call
    for inner in call.within:
        yield from _every(inner)


def _branches(call: _Call) -> bool:
    """Whether a module does more than run its parts one after the other."""
    # One whose class changes what is done with the parts, as of an inverted residual block, may branch.
    if not call.within or type(call.module).forward is nn.Sequential.forward:
        return False
    outputs = [call.given, *(inner.put_out for inner in call.within)]
    inputs = [*(inner.given for inner in call.within), call.put_out]
    return not all(map(_same, outputs, inputs))


def _same(before: _Seen | None, after: _Seen | None) -> bool:
    """Whether one is the other, or a view or the ReLU of it."""
    if before is None or after is None:
        return before is after
    return prod(before.shape) == prod(after.shape) and isclose(before.weight, after.weight, rel_tol=1e-6)


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
        if call.put_out is None or isinstance(call.module, _SILENT):
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
    shape = call.put_out.shape[1:]  # type: ignore[union-attr]
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
        window = getattr(module, "kernel_size", None)
        side = window if isinstance(window, int) else window[0] if window else None
        return "pooling", f"{'mean' if mean else 'max'}{f' of {side}×{side}' if side else ' of all'}"
    return "other", name if type(module).__module__.startswith("torch.nn") else _in_words(name)


def _in_words(name: str) -> str:
    """Return "basic block" for "BasicBlock"."""
    letters = [
        f" {c.lower()}" if c.isupper() and i and name[i - 1].islower() else c for i, c in enumerate(name)
    ]
    return "".join(letters).strip(" _").lower()


def _joined(call: _Call) -> str:
    """Return how a block's branches come together, as far as sizes tell."""
    if call.given is None or call.put_out is None or not _branches(call):
        return ""
    ends = [inner.put_out.shape for inner in call.within if inner.put_out is not None]
    whole = call.put_out.shape
    stacked = len(whole) == 4 and whole[1] > max(shape[1] for shape in ends if len(shape) == 4)
    return "stack" if stacked else "sum"


def _weights(module: nn.Module) -> int:
    return sum(weight.numel() for weight in module.parameters())


def folded(found: list[Unit]) -> list[Unit]:
    """Return units in which blocks that follow each other, of one kind and output size, are one.

    Args:
        found: what ``units`` returns.

    Returns:
        As many units, or fewer.
    """
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

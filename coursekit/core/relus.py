"""ReLUs by all their names, and what only looks like one."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from coursekit.core.hooks import running
from coursekit.core.locks import exclusive, here
from coursekit.core.refusals import refuse_compiled

__all__ = ["is_relu6", "relu_rule"]

ReluRule = Callable[[Tensor, Tensor], Tensor]
"""How a ReLU passes a gradient back: (gradient that arrives, the ReLU's output) → gradient that leaves."""

_CEILING = 6.0  # of a ReLU6


def is_relu6(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Return whether a call is min(max(x, 0), 6): ``F.relu6(x)``, ``F.hardtanh(x, 0, 6)``, ``x.clamp(0, 6)``.

    Args:
        name: of the function, with or without the ``_`` of one that works in place.
        args: its arguments, x among them.
        kwargs: its arguments with a name.

    Returns:
        True if it is.
    """
    name = name.strip("_")
    if name not in {"hardtanh", "clamp", "clip"}:
        return name == "relu6"
    bounds = dict(zip(("min", "max"), args[1:3], strict=False))
    bounds |= {key.removesuffix("_val"): value for key, value in kwargs.items()}
    low, high = bounds.get("min"), bounds.get("max")
    return isinstance(low, int | float) and isinstance(high, int | float) and (low, high) == (0, _CEILING)


@exclusive
def relu_rule(model: nn.Module, rule: ReluRule) -> Iterator[None]:
    """Let every ReLU of ``model`` pass gradients back by ``rule``, for forward passes made in the block.

    It acts on the function and not on the layer, so ``nn.ReLU``, ``F.relu``, ``torch.relu`` and ``x.relu_()``
    are all the same to it, in place or not, used once or often. A ReLU6, also as ``F.hardtanh(x, 0, 6)`` or
    ``x.clamp(0, 6)``, passes what the rule says where it is open, 0 < input < 6, and nothing elsewhere.

    Args:
        model: the net.
        rule: (gradient that arrives, the ReLU's output) → gradient that leaves, all of one shape.

    Yields:
        None.

    Raises:
        ValueError: for a net that the rule would silently get wrong: one without any ReLU, with another
            rectifier (GELU, leaky ReLU, clamp at 0, x · sigmoid(x), …), or with compiled or scripted code.
    """
    refuse_compiled(model)
    names = {layer: name for name, layer in model.named_modules()}
    mode = _ReluMode(rule, partial(running, names))
    start, finish = here(lambda *_: mode.start()), here(lambda _model, _inputs, output: mode.finish(output))
    handles = [model.register_forward_pre_hook(start), model.register_forward_hook(finish)]
    try:
        with mode:
            yield
    finally:
        for handle in handles:
            handle.remove()


class _Relu(torch.autograd.Function):
    """A ReLU, or with a ceiling a ReLU6, whose backward pass is given."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, rule: ReluRule, rectify: Callable[[Tensor], Tensor], ceiling: float | None
    ) -> Tensor:
        output = rectify(x)
        if output is x:
            ctx.mark_dirty(x)
        ctx.rule, ctx.ceiling = rule, ceiling
        ctx.save_for_backward(output)
        return output

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None, None]:
        (output,) = ctx.saved_tensors
        passed = ctx.rule(gradients[0], output)
        if ctx.ceiling is not None:
            passed = passed * ((output > 0) & (output < ctx.ceiling))
        return passed, None, None, None


class _ReluMode(TorchFunctionMode):
    """Puts ``_Relu`` in place of every ReLU and ReLU6 that is called, and refuses what only resembles one.

    Args:
        rule: how they pass gradients back.
        where: says which layer is running.
    """

    def __init__(self, rule: ReluRule, where: Callable[[], str]) -> None:
        super().__init__()
        self.rule, self.where = rule, where
        self.relus = 0

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "").partition(".")[0]
        if name in {"relu", "relu_"}:
            return self._rectify(func, args, kwargs, None)
        if is_relu6(name, args, kwargs):
            return self._rectify(func, args, kwargs, _CEILING)
        result = func(*args, **kwargs)
        if _steps_at_zero(name, (*args, *kwargs.values())):
            raise ValueError(f"{self.where()} rectifies by {name!r}; {_BY_HAND}")
        if why := _why_no_relu(getattr(result, "grad_fn", None)):
            raise ValueError(f"{self.where()} rectifies by {name!r}; {why}")
        _note_shift(result, (*args, *kwargs.values()))
        return result

    def _rectify(self, func: Any, args: Any, kwargs: Any, ceiling: float | None) -> Tensor:
        self.relus += 1
        x, *rest = args or (kwargs[key] for key in ("input", "self") if key in kwargs)
        options = {key: value for key, value in kwargs.items() if key not in {"input", "self"}}
        if ceiling and _SHIFTED in getattr(x.grad_fn, "metadata", ()):
            raise ValueError(
                f"{self.where()} shifts by a constant what a ReLU6 gets, which makes it a hard sigmoid or"
                " part of a Hardswish; this method's rule is for ReLU and ReLU6 alone"
            )
        return _Relu.apply(x, self.rule, lambda x: func(x, *rest, **options), ceiling)

    def start(self) -> None:
        """Begin a forward pass."""
        self.relus = 0

    def finish(self, output: Any) -> None:
        """Check a finished forward pass: at least one ReLU was met, and none was missed."""
        if not self.relus:
            raise ValueError("the net has no ReLU, so this method is its plain gradient: use saliency")
        missed = sorted({node.name() for node in _graph(output) if _why_no_relu(node) or _is_opaque(node)})
        if missed:
            raise ValueError(
                f"the net has steps that the ReLU rule cannot reach ({', '.join(missed)}): compiled, scripted"
                " or checkpointed code, or another rectifier than ReLU"
            )


_SHIFTED = "coursekit: shifted by a constant"


def _note_shift(result: Any, args: tuple[Any, ...]) -> None:
    """Leave a note at a step that adds a number, since the graph does not say that it does."""
    step: Any = getattr(result, "grad_fn", None)
    shifts = step is not None and step.name().startswith(("Add", "Sub", "Rsub"))
    if shifts and any(isinstance(value, int | float) and value != 0 for value in args):
        step.metadata[_SHIFTED] = True


_BENT = (
    "it lets a part of a value through where a ReLU is either open or shut, so that this method's rule, which"
    " is for ReLU and ReLU6 alone, would say nothing of it; use saliency or integrated_gradients"
)
_BY_HAND = "this method's rule is for ReLUs alone: if it is one, write F.relu(x) or F.relu6(x)"
# The graph's own names, since one of them covers every spelling: nn.GELU, F.gelu, torch.ops.aten.gelu.
_BENDING = (
    *("LeakyRelu", "Rrelu", "PreluKernel", "Elu", "Celu", "Selu"),
    *("Gelu", "Silu", "Mish", "Softplus", "Hardswish", "Glu", "LogSigmoid"),
)
_BOUNDS = ("_saved_min", "_saved_min_val", "_saved_max", "_saved_max_val")
_NEVER_NEGATIVE = ("LinalgVectorNorm", "Norm", "Abs", "Exp", "Sqrt", "Sigmoid", "Softmax", "Var", "Std")
_OPAQUE = ("DifferentiableGraph", "CompiledFunction", "CheckpointFunction")
_ELEMENTWISE = (
    *("Add", "Sub", "Rsub", "Mul", "Div", "Neg", "Pow", "Exp", "Expm1", "Log", "Reciprocal"),
    *("Sqrt", "Rsqrt", "Clone", "ToCopy"),
)
_GATES = ("Sigmoid", "Hardsigmoid", "Tanh", "Erf", "Clamp", "Hardtanh", "_Relu", "Sign", "Sgn", "Atan")


def _why_no_relu(node: Any) -> str:
    """Return why a step of the graph is a rectifier that no rule is for; nothing for other steps."""
    if node is None:
        return ""
    name = node.name()
    if name.startswith(_BENDING) or (name.startswith("Mul") and _gates_itself(node, _GATES)):
        return _BENT
    by_hand = (
        name.startswith(("Relu", "Threshold"))
        or (name.startswith(("Clamp", "Hardtanh")) and _cuts_at_zero(node))
        or (name.startswith(("Add", "Sub")) and _gates_itself(node, ("Abs",)))
        or (name.startswith(("Maximum", "Minimum", "Fmax", "Fmin")) and _is_against_constant(node))
    )
    return _BY_HAND if by_hand else ""


def _is_against_constant(node: Any) -> bool:
    return any(source is None for source, _ in node.next_functions)


def _gates_itself(node: Any, gates: tuple[str, ...]) -> bool:
    """Whether a step joins x with a gate made, unit by unit, of the same x, as in x · sigmoid(x)."""
    if len(node.next_functions) != 2:
        return False
    one, other = node.next_functions
    return _is_gate_of(one, other, gates) or _is_gate_of(other, one, gates)


def _is_gate_of(x: tuple[Any, int], gate: tuple[Any, int], gates: tuple[str, ...]) -> bool:
    """Whether ``gate`` is made unit by unit from ``x``, by one of the functions ``gates`` among others.

    Factors that do not change which of them are open, such as x · 0.5, may stand on either side.
    """
    x = _unscaled(x)
    todo, seen = [(gate, False)], set()
    while todo:
        place, gated = todo.pop()
        step = place[0]
        if step is None or x[0] is None or (place, gated) in seen:
            continue
        seen.add((place, gated))
        if place == x and gated:
            return True
        gated = gated or step.name().startswith(gates)
        if step.name().startswith((*_ELEMENTWISE, *gates)):
            todo += [(source, gated) for source in step.next_functions]
    return False


def _unscaled(place: tuple[Any, int]) -> tuple[Any, int]:
    """Go back over products with what needs no gradient."""
    while place[0] is not None and place[0].name().startswith(("Mul", "Div", "Neg")):
        sources = [source for source in place[0].next_functions if source[0] is not None]
        if len(sources) != 1:
            break
        (place,) = sources
    return place


def _cuts_at_zero(node: Any) -> bool:
    """Whether a clamp has a bound at or next to 0, and may meet numbers on both sides of it."""
    bounds = [getattr(node, bound, None) for bound in _BOUNDS]
    if any(isinstance(bound, Tensor) or bound == 0 for bound in bounds):
        return True
    # A tiny bound is also how a division by a norm is kept from 0/0, as in F.normalize: that is no rectifier.
    source = node.next_functions[0][0]
    guard = source is not None and source.name().startswith(_NEVER_NEGATIVE)
    return not guard and any(bound is not None and abs(bound) < 1e-3 for bound in bounds)


def _is_opaque(node: Any) -> bool:
    return any(word in node.name() for word in _OPAQUE)


_COMPARISONS = {"gt", "ge", "lt", "le", "greater", "greater_equal", "less", "less_equal"}
_STEPS = {"heaviside", "sign", "sgn", "signbit"}


def _steps_at_zero(name: str, args: tuple[Any, ...]) -> bool:
    """Whether this is ``x > 0`` for each unit, the start of a ReLU written by hand: x * (x > 0)."""
    if name not in _COMPARISONS:
        return name.strip("_") in _STEPS and _are_units(args[0])
    left, right = args[:2]
    return (_are_units(left) and _is_zero(right)) or (_are_units(right) and _is_zero(left))


def _are_units(value: Any) -> bool:
    # A single number, such as x.min() < 0, is a check and switches no units.
    return isinstance(value, Tensor) and value.is_floating_point() and value.ndim > 0


def _is_zero(value: Any) -> bool:
    return not value.any() if isinstance(value, Tensor) else bool(value == 0)


def _graph(output: Any) -> Iterator[Any]:
    """Yield every step of the graph behind a tensor, or behind the tensors of a dict or sequence."""
    if isinstance(output, Tensor):
        output = [output]
    tensors = output.values() if isinstance(output, dict) else output
    todo = [tensor.grad_fn for tensor in tensors if isinstance(tensor, Tensor)]
    seen = set()
    while todo:
        node = todo.pop()
        if node is not None and node not in seen:
            seen.add(node)
            todo += [source for source, _ in node.next_functions]
            yield node

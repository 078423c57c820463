"""The context managers that record or change what flows through a net. No other module places a hook."""

import difflib
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

__all__ = ["ReluRule", "evaluating", "find_layer", "passing", "record", "relu_rule", "rerouted"]

ReluRule = Callable[[Tensor, Tensor], Tensor]
"""How a ReLU passes a gradient back: (gradient that arrives, the ReLU's output) → gradient that leaves."""


def find_layer(model: nn.Module, name: str) -> nn.Module:
    """Return the layer called ``name``, as ``model.named_modules()`` spells it ("conv5", "layer4.1.conv2").

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


@contextmanager
def evaluating(model: nn.Module) -> Iterator[nn.Module]:
    """Put ``model`` in evaluation mode for the block, then every layer back in the mode that it was in."""
    modes = [(layer, layer.training) for layer in model.modules()]
    try:
        yield model.eval()
    finally:
        for layer, training in modes:
            layer.training = training


@contextmanager
def record(model: nn.Module, *names: str, inputs: bool = False) -> Iterator[dict[str, Tensor]]:
    """Record what the named layers put out: a dict from name to tensor, refilled by each forward pass.

    With ``inputs``, what they are given instead.

    The tensors keep their graph, so ``torch.autograd.grad(score, outputs["conv5"])`` works. What follows a
    layer works on a copy, so that an in-place ReLU behind it leaves the record alone.

    Raises:
        ValueError: a name that does not exist; in a forward pass, a layer that runs twice or gives no tensor.
    """
    outputs: dict[str, Tensor] = {}
    handles = []
    try:
        for name in names:
            layer = find_layer(model, name)
            handles.append(layer.register_forward_hook(_recorder(name, outputs, inputs)))
        handles.append(model.register_forward_pre_hook(lambda *_: outputs.clear()))
        yield outputs
    finally:
        for handle in handles:
            handle.remove()


def _recorder(name: str, outputs: dict[str, Tensor], of_input: bool) -> Callable[..., Tensor]:
    def hook(layer: nn.Module, inputs: Any, output: Any) -> Tensor:
        if name in outputs:
            raise ValueError(f"layer {name!r} runs more than once in a forward pass: which output is meant?")
        if not isinstance(output, Tensor):
            raise ValueError(f"layer {name!r} puts out a {type(output).__name__}, not one tensor")
        outputs[name] = inputs[0] if of_input else output
        return output.clone()

    return hook


@contextmanager
def passing(model: nn.Module, through: Callable[[str, Any], Any], *names: str) -> Iterator[None]:
    """Let what the named layers put out, or without names all layers, go ``through(name, output)``.

    What this returns is what follows the layer gets; None leaves the output as it is.

    Raises:
        ValueError: a name that does not exist.
    """
    layers = {n: find_layer(model, n) for n in names} if names else dict(list(model.named_modules())[1:])
    handles = []
    try:
        for name, layer in layers.items():
            handles.append(layer.register_forward_hook(lambda _l, _i, output, n=name: through(n, output)))
        yield
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def rerouted(model: nn.Module, route: Callable[[nn.Module, Callable[[], Any]], Any]) -> Iterator[None]:
    """Put ``route(layer, run)`` in place of every layer's work, which is ``run()``, but not of the net's own.

    Unlike a hook, a route can keep a layer from running.
    """
    own = {layer: vars(layer).get("forward") for layer in model.modules() if layer is not model}

    def detour(layer: nn.Module, forward: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *args, **kwargs: route(layer, lambda: forward(*args, **kwargs))

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


@contextmanager
def relu_rule(model: nn.Module, rule: ReluRule) -> Iterator[None]:
    """Let every ReLU of ``model`` pass gradients back by ``rule``, for forward passes made in the block.

    It acts on the function and not on the layer, so ``nn.ReLU``, ``F.relu``, ``torch.relu`` and ``x.relu_()``
    are all the same to it, in place or not, used once or often. A rectifier made of plain arithmetic, such as
    (x + |x|) / 2, cannot be told from other arithmetic: it keeps its own gradient and no error is raised.

    Raises:
        ValueError: for a net that the rule would silently get wrong: one without any ReLU, with another
            rectifier (GELU, leaky ReLU, clamp at 0, …), or with compiled or scripted code.
    """
    refuse_compiled(model)
    mode = _ReluMode(model, rule)
    handles = [
        model.register_forward_pre_hook(lambda *_: mode.start()),
        model.register_forward_hook(lambda _model, _inputs, output: mode.finish(output)),
    ]
    try:
        with mode:
            yield
    finally:
        for handle in handles:
            handle.remove()


class _Relu(torch.autograd.Function):
    """A ReLU whose backward pass is given."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, rule: ReluRule, inplace: bool) -> Tensor:
        output = x.relu_() if inplace else x.relu()
        if inplace:
            ctx.mark_dirty(x)
        ctx.rule = rule
        ctx.save_for_backward(output)
        return output

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        (output,) = ctx.saved_tensors
        return ctx.rule(gradients[0], output), None, None


class _ReluMode(TorchFunctionMode):
    """Puts ``_Relu`` in place of every ReLU that is called, and refuses what only resembles one."""

    def __init__(self, model: nn.Module, rule: ReluRule) -> None:
        super().__init__()
        self.names = {layer: name for name, layer in model.named_modules()}
        self.rule = rule
        self.relus = 0

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "").partition(".")[0]
        if name == "relu":
            return self._relu(*args, **kwargs)
        if name == "relu_":
            (x,) = (*args, *kwargs.values())
            return self._relu(x, inplace=True)
        result = func(*args, **kwargs)
        if _steps_at_zero(name, (*args, *kwargs.values())) or _is_rectifier(getattr(result, "grad_fn", None)):
            raise ValueError(f"{self._where()} rectifies by {name!r}; this method's rule is for ReLUs alone")
        return result

    def _relu(self, input: Tensor, inplace: bool = False) -> Tensor:
        self.relus += 1
        return _Relu.apply(input, self.rule, inplace)

    def _where(self) -> str:
        name, kind = running_layer(self.names)
        return f"layer {name!r} ({kind})" if name else "the net's own forward"

    def start(self) -> None:
        self.relus = 0

    def finish(self, output: Any) -> None:
        """Check a finished forward pass: at least one ReLU was met, and none was missed."""
        if not self.relus:
            raise ValueError("the net has no ReLU, so this method is its plain gradient: use saliency")
        missed = sorted({node.name() for node in _graph(output) if _is_rectifier(node) or _is_opaque(node)})
        if missed:
            raise ValueError(
                f"the net has steps that the ReLU rule cannot reach ({', '.join(missed)}): compiled, scripted"
                " or checkpointed code, or another rectifier than ReLU"
            )


# The graph's own names, since one of them covers every spelling: nn.ReLU6, F.relu6, F.hardtanh(x, 0, 6).
_RECTIFIERS = (
    *("Relu", "LeakyRelu", "Rrelu", "PreluKernel", "Elu", "Celu", "Selu", "Threshold"),
    *("Gelu", "Silu", "Mish", "Softplus", "Hardswish", "Glu", "LogSigmoid"),
)
_BOUNDS = ("_saved_min", "_saved_min_val", "_saved_max", "_saved_max_val")
_NEVER_NEGATIVE = ("LinalgVectorNorm", "Norm", "Abs", "Exp", "Sqrt", "Sigmoid", "Softmax", "Var", "Std")
_OPAQUE = ("DifferentiableGraph", "CompiledFunction", "CheckpointFunction")


def _is_rectifier(node: Any) -> bool:
    """Whether a step of the graph is a ReLU by another name, or a cousin of it."""
    if node is None:
        return False
    name = node.name()
    if name.startswith(("Clamp", "Hardtanh")):
        return _cuts_at_zero(node)
    if name.startswith(("Maximum", "Minimum", "Fmax", "Fmin")):
        return any(source is None for source, _ in node.next_functions)
    return name.startswith(_RECTIFIERS)


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


def _steps_at_zero(name: str, args: tuple[Any, ...]) -> bool:
    """Whether this is ``x > 0`` for each unit, the start of a ReLU written by hand: x * (x > 0)."""
    if name not in {"gt", "ge", "lt", "le", "heaviside"} or len(args) < 2:
        return False
    left, right = args[:2]
    if not isinstance(left, Tensor) or not left.is_floating_point() or left.ndim == 0:
        return False  # a single number, such as x.min() < 0, is a check and switches no units
    if name == "heaviside":
        return True
    return not right.any() if isinstance(right, Tensor) else bool(right == 0)


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


def running_layer(names: dict[nn.Module, str]) -> tuple[str, str]:
    """Return name and type of the innermost layer that is running; "" and "" for the net itself."""
    frame = inspect.currentframe()
    while frame is not None:
        layer = frame.f_locals.get("self")
        if isinstance(layer, nn.Module) and names.get(layer):
            return names[layer], type(layer).__name__
        frame = frame.f_back
    return "", ""


def refuse_compiled(model: nn.Module) -> None:
    """Raise ``ValueError``, with the name of the layer, for a net with compiled or scripted code."""
    for name, layer in model.named_modules():
        if isinstance(layer, torch.jit.ScriptModule) or hasattr(layer, "_orig_mod"):
            kind = type(layer).__name__
            raise ValueError(f"layer {name or 'the net itself'!r} is compiled ({kind}): give the eager net")

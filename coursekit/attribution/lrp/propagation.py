"""Relevance as a modified gradient: R = x · g, through functions and not through layers.

The relevance of a tensor is its value times a gradient, and it is the backward pass that is changed. Where
f(λ x) = λ f(x), Σ x · ∂f/∂x = f(x): sums, means, average pooling, reshapes, ReLUs and maxima conserve
relevance with the gradient that they have, wherever and however often they are called. Only where weights or
a bias come in does a rule take the gradient's place. A function not known to be of these is an error.

Between the net's input and the first of its layers gradients are relevances instead: see ``preprocessing``.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves, tree_map_only
from torch.utils.weak import WeakTensorKeyDictionary

from coursekit.attribution.lrp.composites import Composite, check_applied, chosen
from coursekit.attribution.lrp.contributions import Layer, Pixels
from coursekit.attribution.lrp.functions import Call, Ruled, StandIn, Unchanged
from coursekit.attribution.lrp.nodes import Steps
from coursekit.attribution.lrp.preprocessing import Preprocessing
from coursekit.attribution.lrp.rule import Rule
from coursekit.attribution.lrp.rules import Zero
from coursekit.core.hooks import refuse_compiled, running, running_layer
from coursekit.core.relus import is_relu6

__all__ = ["Propagation"]

_CONVOLUTIONS = {f"conv{transposed}{d}d" for transposed in ("", "_transpose") for d in (1, 2, 3)}
_WEIGHTED = {"linear": "linear", **dict.fromkeys(_CONVOLUTIONS, "convolution")}


class Propagation(TorchFunctionMode):
    """A context in which a forward pass is run such that its backward pass propagates relevance.

    Args:
        model: the net.
        x: its input, which is no leaf; the gradient with respect to it will be the relevance.
        composite: which rule for which layer.
        layers: how many convolutions and linear layers run, if the composite asks for shares of depth.
        record: whether the calls of layers keep the relevances that pass through them, in ``ran``.

    Raises:
        ValueError: in the forward pass, for a function that relevance is not known to pass through, a layer
            without a rule, or compiled code; after it, for a pair of the composite that never applied.
    """

    def __init__(
        self, model: nn.Module, x: Tensor, composite: Composite, *, layers: int = 1, record: bool = False
    ) -> None:
        super().__init__()
        refuse_compiled(model)
        self.names = {layer: name for name, layer in model.named_modules()}
        self.composite, self.layers, self.record = composite, layers, record
        self.met = 0  # convolutions and linear layers so far
        self.ran: list[Call] = []
        self.steps = Steps(x.grad_fn, self._where)
        self.pixels = Preprocessing(x, self.steps)
        # By what layers put out: their input, the call, and the version of the output.
        self.calls = WeakTensorKeyDictionary()
        self.left = "none runs"  # or what made something else of pixels
        self.asked: set[tuple[tuple[str, ...], str]] = set()

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        """Raise for a rule that went nowhere, which is easily mistaken for one that did."""
        super().__exit__(kind, error, trace)
        if kind is None:
            check_applied(self.composite, self.asked, self.left)

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs, name = kwargs or {}, getattr(func, "__name__", "")
        tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
        made = [tensor for tensor in tensors if self._is_live(tensor)]
        if not made:
            return func(*args, **kwargs)
        if name in _WEIGHTED:
            return self._weighted(func, name, *args, **kwargs)
        if name == "batch_norm" and kwargs.get("training", args[5:6] == (True,)):
            raise ValueError(f"{self._where()} normalises by the batch; wanted running statistics")
        if any(tensor in self.pixels.ends for tensor in made):
            result = self.pixels.run(func, name, args, kwargs, made)
            if result is not NotImplemented:
                return result
            left = tree_map_only(Tensor, partial(self.pixels.leave, name), (args, kwargs))
            result = self._unweighted(func, name, *left)
            # Else it is a size, or the like.
            if any(isinstance(leaf, Tensor) for leaf in tree_leaves(result)):
                self.left = f"{self._where()} applies {name!r} to them"
            return result
        return self._unweighted(func, name, args, kwargs)

    def _unweighted(self, func: Any, name: str, args: Any, kwargs: Any) -> Any:
        if func is F.batch_norm:  # and not torch.batch_norm, whose arguments are in another order
            return self._batch_norm(*args, **kwargs)
        if "max_pool" in name:
            return self._max_pooling(func, name, args, kwargs)
        if is_relu6(name, args, kwargs):
            return self._relu6(func, *args, **kwargs)
        return self.steps.run(func, name, args, kwargs)

    def _is_live(self, tensor: Tensor) -> bool:
        """Whether a tensor is made from the input."""
        return tensor in self.pixels.ends or self.steps.are_behind(tensor.grad_fn)

    def _where(self) -> str:
        return running(self.names)

    # Layers

    def _weighted(
        self,
        func: Any,
        name: str,
        input: Tensor,
        weight: Tensor,
        bias: Tensor | None = None,
        *rest: Any,
        **options: Any,
    ) -> Tensor:
        if self._is_live(weight) or (bias is not None and self._is_live(bias)):
            raise ValueError(f"{self._where()} has weights that are made from the input")

        w, b = weight.detach(), None if bias is None else bias.detach()

        def apply(x: Tensor, part: Tensor) -> Tensor:
            return func(x, part, None, *rest, **options)

        def forward(x: Tensor) -> Tensor:
            return func(x, w, b, *rest, **options)

        kind = _WEIGHTED[name]
        rule = self._rule((kind, "first") if input in self.pixels.ends else (kind,), self.met / self.layers)
        self.met += 1
        if rule is None:
            raise ValueError(f"composite: no pair fits {self._where()}; add one for {kind!r}")
        shift = None if b is None else b.view(-1, *[1] * (w.ndim - 2))
        linear = kind == "linear" and w.ndim == 2
        output = self._ruled(input, rule, w, shift, apply, forward, linear=linear)
        if "transpose" in name:
            del self.calls[output]  # its weights are laid out otherwise: a batch norm is not folded into it
        return output

    def _batch_norm(
        self,
        input: Tensor,
        mean: Tensor,
        var: Tensor,
        weight: Tensor | None = None,
        bias: Tensor | None = None,
        training: bool = False,
        momentum: float = 0.1,
        eps: float = 1e-5,
    ) -> Tensor:
        """Fold scale and shift into the layer just before, or else make them a layer of their own."""
        w, b = (None if values is None else values.detach() for values in (weight, bias))

        def forward(x: Tensor) -> Tensor:
            return F.batch_norm(x, mean, var, w, b, False, momentum, eps)

        scale = (var + eps).rsqrt() * (1 if w is None else w)
        shift = (0 if b is None else b) - mean * scale
        scale, shift = (values.view(-1, *[1] * (input.ndim - 2)) for values in (scale, shift))
        source, call, version = self.calls.get(input, (None, None, None))
        if call is None or version != input._version or input.ndim != call.layer.weight.ndim:
            rule = self._rule(("batch norm",)) or Zero()
            return self._ruled(input, rule, scale, shift, torch.mul, forward)
        before = call.layer
        with torch.enable_grad():
            y = forward(before.y)
        shift = shift if before.bias is None else shift + scale * before.bias
        layer = replace(before, y=y, weight=before.weight * scale[..., None], bias=shift)
        name = f"{call.name} + {running_layer(self.names)[0]}"
        return self._put_out(source, replace(call, name=name, layer=layer))

    def _max_pooling(self, func: Any, name: str, args: Any, kwargs: Any) -> Any:
        """Let the winner take all, which is the gradient, or ask the rule."""
        rule = self._rule(("max pooling",))
        if rule is None:
            return self.steps.run(func, name, args, kwargs)
        x, windows = _windows(*args, **kwargs)
        if name != "max_pool2d" or windows is None:
            raise ValueError(f"{self._where()}: {rule!r} is for plain max pooling in 2-D, not for {name!r}")

        def add_up(values: Tensor, _: Tensor) -> Tensor:
            kernel, stride, padding, ceil = windows
            return F.avg_pool2d(values, kernel, stride, padding, ceil, divisor_override=1)

        def pool(values: Tensor) -> Tensor:
            kernel, stride, padding, ceil = windows
            return F.max_pool2d(values, kernel, stride, padding, ceil_mode=ceil)

        return self._ruled(x, rule, x.new_empty(0), None, add_up, pool)

    def _relu6(self, func: Any, input: Tensor, *bounds: Any, **options: Any) -> Tensor:
        """Leave relevance alone, also that of a unit at the ceiling, which has no slope."""
        output = Unchanged.apply(input, lambda x: func(x, *bounds, **options))
        self.steps.admit(output.grad_fn)
        return output

    def _rule(self, kinds: tuple[str, ...], depth: float = 1) -> Rule | None:
        name = running_layer(self.names)[0]
        self.asked.add((kinds, name))
        return chosen(self.composite, kinds, name, depth)

    def _ruled(
        self,
        source: Tensor,
        rule: Rule,
        weight: Tensor,
        bias: Tensor | None,
        apply: Callable[[Tensor, Tensor], Tensor],
        forward: Callable[[Tensor], Tensor],
        *,
        linear: bool = False,
    ) -> Tensor:
        """Run a layer's ``forward`` under a rule; for the other arguments see ``Layer``."""
        x = leaf = source.detach().requires_grad_()
        pixels = None
        with torch.enable_grad():
            if source in self.pixels.ends:
                black, white = self.pixels.ends[source]
                pixels = Pixels(black, white, partial(StandIn.apply, leaf))
                x = pixels.stand_in(leaf.detach())
            y = forward(x)
        layer = Layer(x, y, weight, bias, apply, pixels, linear)
        name = running_layer(self.names)[0]
        return self._put_out(source, Call(name, rule, leaf, layer, leaf._version, self.record))

    def _put_out(self, source: Tensor, call: Call) -> Tensor:
        output = Ruled.apply(source, call)
        self.steps.admit(output.grad_fn)
        self.calls[output] = source, call, output._version
        if self.record:
            self.ran.append(call)
        return output


def _windows(
    input: Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> tuple[Tensor, Any]:
    """Return what is pooled, and the windows as ``avg_pool2d`` wants them; None where it has none such."""
    plain = dilation in (1, (1, 1)) and not return_indices
    return input, (kernel_size, stride, padding, ceil_mode) if plain else None

"""LRP as the papers write it, layer by layer, for the net for photographs: slow, and apart from our code.

Beside the relevance of the pixels it says what each layer loses, and to what: as shares of biases, of ε and
of units that have none of a rule's parts, each summed up unit by unit and not taken as a difference.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from coursekit.attribution.lrp.rule import Rule
from coursekit.attribution.lrp.rules import AlphaBeta, Epsilon, Gamma, ZBox, Zero, ZPlus
from coursekit.models.efficientnet import InvertedResidual
from coursekit.models.networks import Normalise

Backward = Callable[[Tensor], Tensor]
TINY = 1e-300


@dataclass(frozen=True)
class Part:
    """Contributions of one kind: Rⱼ = weight · Σₖ cⱼₖ / (Σ c + bias ± ε) · Rₖ, c of inputs times kernels.

    Attributes:
        pairs: (inputs, kernels) whose products sum up to c.
        bias: what of the bias stands beside them.
        where: the units that the part is for, as zeros and ones.
        weight: of the part.
        eps: ε.
    """

    pairs: list[tuple[Tensor, Tensor]]
    bias: Tensor
    where: Tensor
    weight: float = 1.0
    eps: float = 0.0


@dataclass
class SlowLRP:
    """Relevance through a net.

    Attributes:
        rules: the rule of a layer's name and kind.
        losses: what each layer lost, by its name.
    """

    rules: Callable[[str, str], Rule]
    losses: dict[str, Tensor] = field(default_factory=dict)

    def run(self, model: nn.Module, x: Tensor, target: int) -> Tensor:
        """Return the relevance of each pixel, shaped like ``x``."""
        self.ends = (torch.zeros_like(x), torch.ones_like(x))
        scores, back = self.walk("", model, x)
        relevance = torch.zeros_like(scores)
        relevance[:, target] = scores[:, target]
        return back(relevance)

    def walk(self, name: str, layer: nn.Module, a: Tensor) -> tuple[Tensor, Backward]:
        """Return what the layer puts out, and how relevance goes back through it."""
        if isinstance(layer, nn.Sequential):
            return self.through(name, layer, a)
        if isinstance(layer, nn.Conv2d | nn.Linear):
            return self.share_out(name, layer, a)
        out = layer(a)
        if isinstance(layer, Normalise | nn.ZeroPad2d) and self.ends is not None:
            self.ends = (layer(self.ends[0]), layer(self.ends[1]))
        if isinstance(layer, nn.ZeroPad2d):
            left, right, top, bottom = layer.padding
            return out, lambda r: r[:, :, top : r.shape[2] - bottom, left : r.shape[3] - right]
        if isinstance(layer, nn.AdaptiveAvgPool2d):
            return out, lambda r: a / (a.sum((2, 3), keepdim=True) + TINY) * r
        assert isinstance(layer, Normalise | nn.ReLU6 | nn.Flatten), layer
        return out, lambda r: r.reshape(a.shape)

    def through(self, name: str, block: nn.Sequential, a: Tensor) -> tuple[Tensor, Backward]:
        out, backs = a, []
        for child, layer in block.named_children():
            out, back = self.walk(f"{name}.{child}".lstrip("."), layer, out)
            backs.append(back)

        def chain(r: Tensor) -> Tensor:
            for back in reversed(backs):
                r = back(r)
            return r

        if not (isinstance(block, InvertedResidual) and block.adds):
            return out, chain
        whole = a + out
        return whole, lambda r: a / (whole + TINY) * r + chain(out / (whole + TINY) * r)

    def share_out(self, name: str, layer: nn.Conv2d | nn.Linear, a: Tensor) -> tuple[Tensor, Backward]:
        kind = "linear" if isinstance(layer, nn.Linear) else "first" if self.ends else "convolution"
        rule, ends = self.rules(name, kind), self.ends
        self.ends = None
        y = layer(a)

        def back(r: Tensor) -> Tensor:
            shares = [self.share(name, layer, part, r) for part in parts(rule, layer, a, y, ends)]
            # A unit that no part is for loses all that it has; the weights of the parts sum up to 1.
            whole = sum(part.where * part.weight for part in parts(rule, layer, a, y, ends))
            self.losses[name] = self.losses.get(name, 0) + ((1 - whole) * r).sum()
            return sum(shares)

        return y, back

    def share(self, name: str, layer: nn.Module, part: Part, r: Tensor) -> Tensor:
        """Return what the inputs get by one part, and note what they do not get."""
        c = sum(apply(layer, x, w) for x, w in part.pairs)
        bare = c + part.bias
        eps = torch.where(bare < 0, -part.eps, part.eps)
        whole, r = bare + eps, part.weight * part.where * r
        found = whole != 0
        s = torch.where(found, r / torch.where(found, whole, 1), 0)
        lost = (s * (part.bias + eps)).sum() + r[~found].sum()
        self.losses[name] = self.losses.get(name, 0) + lost
        return sum(x * backwards(layer, x, w, s) for x, w in part.pairs)


def apply(layer: nn.Module, x: Tensor, w: Tensor) -> Tensor:
    if isinstance(layer, nn.Linear):
        return F.linear(x, w)
    return F.conv2d(x, w, None, layer.stride, layer.padding, layer.dilation, layer.groups)


def backwards(layer: nn.Module, x: Tensor, w: Tensor, s: Tensor) -> Tensor:
    """Return Σₖ wⱼₖ sₖ for each input."""
    with torch.enable_grad():
        x = x.detach().requires_grad_()
        return torch.autograd.grad(apply(layer, x, w), x, s)[0]


def parts(rule: Rule, layer: nn.Module, a: Tensor, y: Tensor, ends) -> list[Part]:
    """The parts of a rule with ``bias=True``: each share of the bias stays with it."""
    w, everywhere = layer.weight, torch.ones_like(y)
    b = torch.zeros(y.shape[1], dtype=y.dtype) if layer.bias is None else layer.bias
    b = b.view(1, -1, 1, 1) if y.ndim == 4 else b
    plus, minus = (a.clamp(min=0), a.clamp(max=0)), (w.clamp(min=0), w.clamp(max=0))
    positive = [(plus[0], minus[0]), (plus[1], minus[1])]
    negative = [(plus[0], minus[1]), (plus[1], minus[0])]
    if isinstance(rule, Epsilon | Zero):
        return [Part([(a, w)], b, everywhere, eps=getattr(rule, "eps", 0.0))]
    if isinstance(rule, ZPlus):
        return [Part(positive, b.clamp(min=0), everywhere)]
    if isinstance(rule, AlphaBeta):
        return [
            Part(positive, b.clamp(min=0), everywhere, rule.alpha),
            Part(negative, b.clamp(max=0), everywhere, -rule.beta),
        ]
    if isinstance(rule, ZBox):
        low, high = ends
        return [Part([(a, w), (-low, minus[0]), (-high, minus[1])], torch.zeros_like(b), everywhere)]
    assert isinstance(rule, Gamma), rule
    more = [(a, w), *((rule.gamma * x, v) for x, v in positive)]
    less = [(a, w), *((rule.gamma * x, v) for x, v in negative)]
    return [
        Part(more, b + rule.gamma * b.clamp(min=0), (y > 0).to(y)),
        Part(less, b + rule.gamma * b.clamp(max=0), (y < 0).to(y)),
    ]

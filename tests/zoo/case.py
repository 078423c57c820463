"""A net of random weights that answers as a trained one does, pictures for it, and what its graph holds."""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import torch
import torch.nn.functional as F
from torch import Tensor, nn

import coursekit as ck
from tests.zoo.nets import Entry

__all__ = ["Case", "make", "pictures", "steps_behind"]

MEAN, STD = (0.5, 0.4375, 0.375), (0.25, 0.3125, 0.375)  # exact in single precision too


class Plain(nn.Module):
    """Normalise, ask, take the logits: what a wrapped net has to be equal to."""

    def __init__(self, inner: nn.Module, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
        super().__init__()
        self.inner = inner
        self.mean, self.std = (torch.tensor(v, dtype=torch.float64).view(-1, 1, 1) for v in (mean, std))

    def forward(self, x: Tensor) -> Tensor:
        outputs = self.inner((x - self.mean) / self.std)
        return outputs if isinstance(outputs, Tensor) else outputs.logits


@dataclass(frozen=True)
class Case:
    """A net and its pictures, in double precision.

    Attributes:
        entry: its row.
        inner: the net as its library made it.
        model: what our methods are given.
        peer: what oracles are given.
        x: two pictures (2, 3, H, W), each from 0 to 1.
        target: a class for each (2,).
    """

    entry: Entry
    inner: nn.Module
    model: nn.Module
    peer: nn.Module
    x: Tensor
    target: Tensor

    @property
    def one(self) -> Tensor:
        """The first picture alone."""
        return self.x[:1]

    @property
    def last(self) -> str:
        """The name that the last map's layer has in the model."""
        return self.name_of(self.inner.get_submodule(self.entry.last))

    def name_of(self, layer: nn.Module) -> str:
        """The name that a layer has in the model."""
        return next(name for name, known in self.model.named_modules() if known is layer)

    @cached_property
    def scores(self) -> Tensor:
        with torch.no_grad():
            return self.peer(self.x.clone())

    def is_as_it_was(self) -> bool:
        """Whether the net still gives the scores that it gave: some nets adapt to a picture's size."""
        known = self.scores
        try:
            with torch.no_grad():
                return torch.equal(self.peer(self.x.clone()), known)
        except RuntimeError:
            return False

    @cached_property
    def maps(self) -> dict[str, Tensor]:
        """What each layer that has no parts puts out, in the order of their last run, if it is a 4-D map."""
        maps, runs, handles = {}, Counter(), []
        for name, layer in self.model.named_modules():
            if name and not any(True for _ in layer.children()):

                def see(_layer: nn.Module, _inputs: object, output: object, name: str = name) -> None:
                    runs[name] += 1
                    if not isinstance(output, Tensor) or output.ndim < 4:
                        return
                    if len(output) == 1 and output.ndim == 4 and output[0, 0].numel() > 1:
                        maps[name] = output.clone()

                handles.append(layer.register_forward_hook(see))
        with torch.no_grad():
            self.model(self.one.clone())
        for handle in handles:
            handle.remove()
        return {name: output for name, output in maps.items() if runs[name] == 1}

    @property
    def convolved(self) -> dict[str, int]:
        """The convolutions that put out maps, with the number of their channels."""
        layers = dict(self.model.named_modules())
        return {name: maps.shape[1] for name, maps in self.maps.items() if type(layers[name]) is nn.Conv2d}

    @cached_property
    def steps(self) -> frozenset[str]:
        """The names of the graph's steps from picture to scores; "Product" for one of two activations."""
        leaf = self.one.clone().requires_grad_()
        weights = [weight.requires_grad for weight in self.peer.parameters()]
        self.peer.requires_grad_(False)
        found = steps_behind(self.peer(leaf))
        for weight, flag in zip(self.peer.parameters(), weights, strict=True):
            weight.requires_grad_(flag)
        return frozenset(found)


def steps_behind(output: Tensor) -> set[str]:
    """Return the names of the steps of the graph behind a tensor."""
    todo, seen, found = [output.grad_fn], set(), set()
    while todo:
        step = todo.pop()
        sources = [source for source, _ in step.next_functions if source is not None]
        name = step.name().rstrip("0123456789").removesuffix("Backward")
        found.add("Product" if name in {"Mul", "Bmm", "Div"} and len(sources) > 1 else name)
        new = [source for source in sources if source not in seen]
        seen.update(new)
        todo += new
    return found


def make(entry: Entry) -> Case:
    """Build the net of a row, always the same one."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        inner = entry.build().double().eval()
        _draw(inner)
        x = pictures(entry.size)
        peer = Plain(inner, MEAN, STD) if entry.wrapped else inner
        _settle(inner, peer, entry.size)
    model = ck.wrap(inner, mean=MEAN, std=STD) if entry.wrapped else inner
    case = Case(entry, inner, model.double().eval(), peer.eval(), x, torch.tensor([3, 7]))
    spread = case.scores.std(0).mean() / case.scores.std()
    assert spread > 0.01, f"{entry.name}: its scores hardly depend on the picture ({spread:.2g})"
    return case


def pictures(size: int, n: int = 2, seed: int = 1) -> Tensor:
    """Blobs of colour with some noise (n, 3, size, size), each from 0 to 1, of full range."""
    generator = torch.Generator().manual_seed(seed)
    blobs = torch.rand(n, 3, 5, 5, generator=generator, dtype=torch.float64)
    x = F.interpolate(blobs, (size, size), mode="bicubic")
    x = x + 0.1 * torch.rand(n, 3, size, size, generator=generator, dtype=torch.float64)
    low, high = x.amin((1, 2, 3), keepdim=True), x.amax((1, 2, 3), keepdim=True)
    return (x - low) / (high - low)


def _draw(model: nn.Module) -> None:
    """Give every weight a value that does something: many libraries start some of them at 0 or 1."""
    for name, weight in model.named_parameters():
        owner, _, own = name.rpartition(".")
        kind = type(model.get_submodule(owner)).__name__
        if own == "weight" and weight.ndim == 1:  # of a norm
            nn.init.uniform_(weight, 0.5, 1.5)
        elif own.endswith("weight") and weight.ndim > 1 and "Embedding" not in kind:
            nn.init.normal_(weight, 0, (2 / weight[0].numel()) ** 0.5)
        elif own.endswith("bias"):
            nn.init.normal_(weight, 0, 0.1)
        elif any(word in own for word in ("scale", "gamma", "lambda", "alpha")):
            nn.init.uniform_(weight, 0.3, 1)
        else:
            nn.init.normal_(weight, 0, 0.3)


def _settle(model: nn.Module, peer: nn.Module, size: int) -> None:
    """Fit batch norms to pictures, then move them some way off; and let scores differ by 2 or so."""
    norms = [layer for layer in model.modules() if isinstance(layer, nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
        norm.train()
    x = pictures(size, 4, seed=2)
    with torch.no_grad():
        peer(x.clone())
        for norm in norms:
            norm.eval()
            norm.momentum = 0.1
            norm.running_mean += 0.2 * norm.running_var.sqrt() * torch.randn_like(norm.running_mean)
            norm.running_var *= torch.empty_like(norm.running_var).uniform_(0.5, 2)
        heads, handles = [], []
        for layer in model.modules():
            if isinstance(layer, nn.Linear | nn.Conv2d):
                handles.append(
                    layer.register_forward_hook(lambda layer, _inputs, _output: heads.append(layer))
                )
        scores = peer(x.clone())
        for handle in handles:
            handle.remove()
        spread = scores.std()
        heads[-1].weight *= 2 / spread
        if heads[-1].bias is not None:
            heads[-1].bias *= 2 / spread
        if scores.min() >= 0:  # SqueezeNet's last step is a ReLU, which shuts whole classes off
            heads[-1].bias += 4

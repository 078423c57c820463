"""What the methods cost on the net for photographs, beside its bare passes as published and its peers.

Run as ``python -m benchmarks.photographs``. The bare passes are those of the net as it was published, with
its batch norms: as many forward and backward passes as the method needs. For Grad-CAM there is a second row,
whose backward pass goes back to the last map alone. Ours and the peers have the net as ``load_model`` gives
it. Timed as in ``benchmarks.attribution``.
"""

import contextlib
import copy
import io
import statistics
import sys
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import captum.attr as captum
import foolbox
import pytorch_grad_cam
import torch
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import Tensor, nn
from zennit import rules as zennit
from zennit.attribution import Gradient
from zennit.composites import LayerMapComposite
from zennit.layer import Sum
from zennit.types import Activation, AvgPool, Convolution, Linear

from benchmarks.attribution import bare_passes, seconds
from coursekit import attribution
from coursekit.attacks import pgd
from coursekit.attribution.lrp.rules import Epsilon, Gamma
from coursekit.core.hooks import passing
from coursekit.datasets.photographs import photograph
from coursekit.models.checkpoints import load_model
from tests.attribution.lrp.test_lrp_imagenet import Sums

TURNS, SIZE, PASSES, CHUNK, STEPS, EPS, LAYER = 5, 224, 32, 16, 20, 4 / 255, "top"
OVER_BARE = {1: 0.90, 8: 0.70}
"""Images → the share of the bare passes' time that a method may take."""
GAMMA = ("convolution", Gamma(bias=True)), ("linear", Epsilon(bias=True))

Work = Callable[[], object]


@dataclass
class Case:
    """A method, its bare passes, the peer, and what the goal is over, if any."""

    name: str
    ours: Work
    bare: Work
    theirs: Work
    goal: Literal["bare passes", "peer", ""] = "bare passes"


def back_to_the_map(model: nn.Module, x: Tensor) -> None:
    """One forward pass, with a graph from the last map on, and the gradient of that map."""
    maps: list[Tensor] = []

    def start(_: str, output: Tensor) -> None:
        torch.set_grad_enabled(True)
        maps.append(output.requires_grad_())

    with passing(model, start, LAYER), torch.no_grad():
        scores = model(x)
        torch.autograd.grad(scores[:, 0].sum(), maps)


def one_by_one(model: nn.Module, x: Tensor, times: int) -> None:
    """As many passes, each of which needs what came out of the one before."""
    for _ in range(times):
        bare_passes(model, x, backward=True)


def by_zennit(model: nn.Module, x: Tensor, target: int, rule: zennit.BasicHook) -> Work:
    """Relevance by zennit, behind what normalises pixels, with the blocks' sums as layers."""
    pairs = [(Activation, zennit.Pass()), (Sum, zennit.Norm()), (AvgPool, zennit.Norm())]
    pairs += [(Convolution, rule), (Linear, zennit.Epsilon())]
    normalise, *others = model.named_children()
    behind, wanted = nn.Sequential(OrderedDict(others)), torch.eye(1000)[[target] * len(x)]

    def work() -> None:
        composite = LayerMapComposite(pairs, canonizers=[Sums()])
        with Gradient(model=behind, composite=composite) as attributor:
            attributor(normalise[1](x).requires_grad_(), wanted)

    return work


def by_grad_cam(model: nn.Module, x: Tensor, target: int) -> Work:
    theirs = copy.deepcopy(model).requires_grad_()  # without gradients of weights it finds none
    explain = pytorch_grad_cam.GradCAM(theirs, [theirs.get_submodule(LAYER)])
    return lambda: explain(x, [ClassifierOutputTarget(target)] * len(x))


def by_foolbox(model: nn.Module, x: Tensor, y: Tensor) -> Work:
    theirs = foolbox.PyTorchModel(model, bounds=(0, 1), device="cpu")
    attack = foolbox.attacks.LinfPGD(steps=STEPS)
    return lambda: attack(theirs, x, y, epsilons=EPS)


def cases(model: nn.Module, published: nn.Module, x: Tensor, target: int) -> list[Case]:
    """List what is timed on some images."""
    y = torch.full((len(x),), target)

    def passes() -> None:
        bare_passes(published, x, backward=True)

    to_the_map = partial(back_to_the_map, published, x)
    by_ours = partial(attribution.grad_cam, model, x, target)

    def in_chunks() -> None:
        for chunk in x.repeat(PASSES, 1, 1, 1).split(CHUNK):
            bare_passes(published, chunk, backward=True)

    def relevance(composite: object) -> Work:
        return lambda: attribution.lrp(model, x, target, composite=composite)

    return [
        Case(
            "saliency",
            lambda: attribution.saliency(model, x, target),
            passes,
            lambda: captum.Saliency(model).attribute(x.clone(), target=target, abs=False),
        ),
        Case("Grad-CAM", by_ours, passes, by_grad_cam(model, x, target)),
        Case("Grad-CAM, to the map", by_ours, to_the_map, by_grad_cam(model, x, target), ""),
        Case(
            f"IG-{PASSES}",
            lambda: attribution.integrated_gradients(model, x, target, steps=PASSES),
            in_chunks,
            lambda: captum.IntegratedGradients(model).attribute(x.clone(), target=target, n_steps=PASSES),
        ),
        Case(
            f"PGD-{STEPS}",
            lambda: pgd(model, x, y, eps=EPS, steps=STEPS),
            lambda: one_by_one(published, x, STEPS),
            by_foolbox(model, x, y),
        ),
        Case(
            "LRP epsilon-plus",
            relevance("epsilon-plus"),
            passes,
            by_zennit(model, x, target, zennit.ZPlus(zero_params="bias")),
            "peer",
        ),
        Case("LRP γ, ε", relevance(GAMMA), passes, by_zennit(model, x, target, zennit.Gamma()), "peer"),
    ]


def measure(case: Case) -> tuple[float, float, float]:
    """Return medians: seconds, their ratio to the bare passes, and the peer's to ours."""
    works = (case.ours, case.bare, case.theirs)
    for work in works:
        work()
    turns = [[seconds(work) for work in works] for _ in range(TURNS)]
    ratios = [(ours, ours / bare, theirs / ours) for ours, bare, theirs in turns]
    ours, over_bare, over_peer = map(statistics.median, zip(*ratios, strict=True))
    return ours, over_bare, over_peer


def row(case: Case, images: int) -> str:
    with contextlib.redirect_stderr(io.StringIO()):  # the peers' progress bars and warnings
        ours, over_bare, over_peer = measure(case)
    missed = {"bare passes": over_bare > OVER_BARE[images], "peer": over_peer < 1, "": False}[case.goal]
    start = f"{case.name:<22}{images:>7}{ours / images:>11.3f}{over_bare:>9.2f}{over_peer:>9.2f}"
    return start + "  misses the goal" * missed


def main(names: list[str] | None = None) -> None:
    """Print a table, and what misses its goal; ``names`` are beginnings of the methods' names."""
    torch.set_num_threads(1)
    model, published = (load_model("imagenet", fold=fold, device="cpu") for fold in (True, False))
    one = photograph("cat", size=SIZE)[None]
    target = int(model(one).argmax())
    print(
        f"EfficientNet-Lite0, {SIZE} × {SIZE} pixels, one thread, median of {TURNS}; goals: at most", end=" "
    )
    print(", ".join(f"{goal} × the bare passes for {n}" for n, goal in OVER_BARE.items()), end="")
    print("; for LRP, ahead of the peer")
    print(f"{'method':<22}{'images':>7}{'s / image':>11}{'÷ bare':>9}{'× peer':>9}")
    for images in OVER_BARE:
        for case in cases(model, published, one.repeat(images, 1, 1, 1), target):
            if not names or case.name.startswith(tuple(names)):
                print(row(case, images), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])

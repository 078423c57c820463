"""What layer-wise relevance propagation costs on VGG16, beside zennit and captum, with the same rules.

Run as ``python -m benchmarks.relevance``. Timed as in ``benchmarks.attribution``. In all rows but
the last, which is our default, the bias keeps its share in our rules too. Memory is the process's growth.
"""

import statistics
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torchvision
from captum.attr import LRP
from captum.attr._utils import lrp_rules as captum
from torch import Tensor, nn
from zennit import rules as zennit
from zennit.attribution import Gradient
from zennit.composites import LayerMapComposite
from zennit.types import Activation, AvgPool, Convolution, Linear

from benchmarks.attribution import seconds
from benchmarks.memory import peak_megabytes
from coursekit.attribution import lrp
from coursekit.attribution.lrp.composites import Composite
from coursekit.attribution.lrp.rules import AlphaBeta, Epsilon, Gamma, ZPlus

TURNS, SIZE, TARGET = 3, 224, 0
KEEP = {"bias": True}


@dataclass
class Case:
    """Our composite, the peers' rules for convolutions, and how many times faster than each it has to be."""

    name: str
    ours: str | Composite
    zennit: zennit.BasicHook
    captum: type[captum.PropagationRule] | None
    over_zennit: float
    over_captum: float = 0.0


def _with_epsilon(convolution: Epsilon | ZPlus | AlphaBeta | Gamma) -> Composite:
    return ("convolution", convolution), ("linear", Epsilon(**KEEP))


CASES = [
    Case("ε", _with_epsilon(Epsilon(**KEEP)), zennit.Epsilon(), captum.EpsilonRule, 1.5, 1),
    Case("z⁺, ε", _with_epsilon(ZPlus(**KEEP)), zennit.ZPlus(), captum.Alpha1_Beta0_Rule, 1.5, 1),
    Case("α2β1, ε", _with_epsilon(AlphaBeta(**KEEP)), zennit.AlphaBeta(), None, 2),
    Case("γ, ε", _with_epsilon(Gamma(**KEEP)), zennit.Gamma(), captum.GammaRule, 2),
    Case("epsilon-plus", "epsilon-plus", zennit.ZPlus(), captum.Alpha1_Beta0_Rule, 0),
]


def by_zennit(model: nn.Module, x: Tensor, rule: zennit.BasicHook) -> Callable[[], object]:
    pairs = [
        (Activation, zennit.Pass()),
        (AvgPool, zennit.Norm()),
        (Convolution, rule),
        (Linear, zennit.Epsilon()),
    ]

    def work() -> None:
        with Gradient(model=model, composite=LayerMapComposite(pairs)) as attributor:
            attributor(x.clone().requires_grad_(), torch.eye(1000)[[TARGET]])

    return work


def by_captum(model: nn.Module, x: Tensor, rule: type[captum.PropagationRule] | None) -> Callable[[], object]:
    def work() -> None:
        for layer in model.modules():
            if isinstance(layer, nn.Conv2d):
                layer.rule = rule()
            elif isinstance(layer, nn.Linear):
                layer.rule = captum.EpsilonRule(1e-6)
        LRP(model).attribute(x.clone(), target=TARGET)

    return work if rule else lambda: None


def measure(case: Case, model: nn.Module, x: Tensor) -> list[tuple[float, float]]:
    """Return seconds and peak memory in MB of ours, zennit's and captum's."""
    works = [
        lambda: lrp(model, x, TARGET, composite=case.ours),
        by_zennit(model, x, case.zennit),
        by_captum(model, x, case.captum),
    ]
    peaks = [peak_megabytes(work) for work in works]
    turns = [[seconds(work) for work in works] for _ in range(TURNS)]
    return list(zip(map(statistics.median, zip(*turns, strict=True)), peaks, strict=True))


def main() -> None:
    """Print a table, and what misses its goal."""
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore", message="Setting")
    model = torchvision.models.vgg16().eval().requires_grad_(False)
    for layer in model.modules():
        if isinstance(layer, nn.ReLU):
            layer.inplace = False  # which captum cannot handle
        elif getattr(layer, "bias", None) is not None:
            nn.init.normal_(layer.bias, 0, 0.05)
    x = torch.rand(1, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(0))
    print(f"VGG16 with random weights, one image of {SIZE} × {SIZE} pixels, one thread, median of {TURNS}")
    print(f"{'rules':<14}{'seconds':>9}{'× zennit':>10}{'× captum':>10}{'MB':>7}{'their MB':>11}")
    for case in CASES:
        (ours, memory), *peers = measure(case, model, x)
        ratios = [theirs / ours for theirs, _ in peers]
        missed = ratios[0] < case.over_zennit or ratios[1] < case.over_captum
        row = f"{case.name:<14}{ours:>9.2f}{ratios[0]:>10.2f}{ratios[1]:>10.2f}{memory:>7.0f}"
        print(row + "".join(f"{peak:>11.0f}" for _, peak in peers) + "  misses the goal" * missed)


if __name__ == "__main__":
    main()

"""LRP on the net for photographs: against zennit, and what it loses, layer by layer.

In float64, on the collage of a cat and a cup of espresso, for either.
"""

from collections import OrderedDict
from dataclasses import fields, replace

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from zennit import rules as zennit
from zennit.attribution import Gradient
from zennit.canonizers import AttributeCanonizer
from zennit.composites import SpecialFirstLayerMapComposite
from zennit.layer import Sum
from zennit.types import Activation, AvgPool, Convolution, Linear

from coursekit.attribution import conservation, input_x_gradient, lrp
from coursekit.attribution.lrp.composites import COMPOSITES, Composite
from coursekit.attribution.lrp.rule import Rule
from coursekit.attribution.lrp.rules import Epsilon, Gamma, ZBox, ZPlus
from coursekit.core.hooks import record
from coursekit.datasets.photographs import collage
from coursekit.models.checkpoints import load_model
from coursekit.models.efficientnet import InvertedResidual
from tests.attribution.lrp.slow import SlowLRP

CLASSES = ("Egyptian cat", "espresso")
TINY = 1e-12
SIZE = 64  # pixels; the same holds at 224, in ten times the time


@pytest.fixture(scope="module")
def model() -> nn.Module:
    return load_model("imagenet", device="cpu").double()


@pytest.fixture(scope="module")
def x() -> Tensor:
    return collage("cat", "coffee", size=SIZE).image[None].double()


def keeping_bias(composite: Composite) -> Composite:
    return tuple(
        (which, replace(rule, bias=True) if "bias" in {f.name for f in fields(rule)} else rule)
        for which, rule in composite
    )


def rules_of(composite: Composite):
    def rule(name: str, kind: str) -> Rule:
        kinds = {kind, "convolution"} if kind == "first" else {kind}
        return next(rule for which, rule in composite if which in kinds)

    return rule


@pytest.mark.parametrize("name", COMPOSITES)
def test_what_each_layer_loses_is_the_share_of_biases_and_of_units_without_a_part(name, model, x):
    composite = keeping_bias(COMPOSITES[name])
    target = model.classes.index("espresso")
    slow = SlowLRP(rules_of(composite))
    with torch.no_grad():
        expected, score = slow.run(model, x, target), model(x)[0, target]
    ours = lrp(model, x, target, composite=composite)
    assert (ours - expected).abs().max() <= 1e-5 * expected.abs().max()
    rows = conservation(model, x, target, composite=composite)
    assert [row.layer for row in rows] == list(reversed(slow.losses))
    for row in rows:
        assert row.leak.item() == pytest.approx(slow.losses[row.layer].item(), abs=1e-3)
    assert sum(slow.losses.values()).item() == pytest.approx((score - expected.sum()).item(), abs=1e-3)
    print(f"{name}: score {score:.3f} = pixels {expected.sum():.3f} + lost {sum(slow.losses.values()):.3f}")


@pytest.mark.parametrize("name", CLASSES)
def test_what_input_times_gradient_loses_at_saturated_units(name, model, x):
    """s = Σ x ∂s/∂x + Σ biases ∂s/∂z + 6 Σ ∂s/∂a over saturated units: it is linear between kinks."""
    target = model.classes.index(name)
    layers = dict(model.named_modules())
    sixes = [name for name, layer in layers.items() if isinstance(layer, nn.ReLU6)]
    linear = [name for name, layer in layers.items() if isinstance(layer, nn.Conv2d | nn.Linear)]
    inputs = x.clone().requires_grad_()
    with record(model, *sixes, *linear) as made, record(model, *sixes, inputs=True) as given:
        score = model(inputs)[0, target]
    slopes = torch.autograd.grad(score, [inputs, *made.values()])
    of_pixels, gradients = slopes[0], dict(zip(made, slopes[1:], strict=True))
    saturated = sum(6 * gradients[name][given[name] > 6].sum() for name in sixes)
    bias = sum(gradients[name].transpose(0, 1).flatten(1).sum(1) @ layers[name].bias for name in linear)
    pixels = input_x_gradient(model, x, target).sum()
    mean = (of_pixels * -model.normalise.mean).sum()
    assert (pixels + mean + bias + saturated - score).abs() <= 1e-8 * score.abs()
    assert saturated.abs() > 1e-3 * score
    parts = {"pixels": pixels, "their mean": mean, "biases": bias, "saturated units": saturated}
    print(
        f"{name}: score {score:.3f} =", " + ".join(f"{value:.3f} ({part})" for part, value in parts.items())
    )


class Sums(AttributeCanonizer):
    """Makes the sum of a block a layer, as zennit wants it."""

    def __init__(self) -> None:
        super().__init__(lambda _, layer: self.changes(layer))

    @staticmethod
    def changes(layer: nn.Module):
        if not (isinstance(layer, InvertedResidual) and layer.adds):
            return None

        parts = list(layer.children())  # before the sum becomes one of them

        def forward(a: Tensor) -> Tensor:
            changed = a
            for part in parts:
                changed = part(changed)
            return layer.canonizer_sum(torch.stack([a, changed], dim=-1))

        return {"forward": forward, "canonizer_sum": Sum()}

    def copy(self) -> "Sums":
        return Sums()


def end(value: float) -> Tensor:
    """Black or white as the stem gets it: the padding beside the pixels is 0 whatever they are."""
    return F.pad(torch.full((1, 3, SIZE, SIZE), value, dtype=torch.float64), (0, 1, 0, 1))


# Ours, and zennit's for the first layer, the convolutions and the linear layer.
PAIRS = {
    "epsilon": (
        (("convolution", Epsilon(bias=True)), ("linear", Epsilon(bias=True))),
        (zennit.Epsilon(1e-6), zennit.Epsilon(1e-6), zennit.Epsilon(1e-6)),
    ),
    "epsilon-plus": (
        (("convolution", ZPlus()), ("linear", Epsilon(bias=True))),
        (
            zennit.ZPlus(TINY, zero_params="bias"),
            zennit.ZPlus(TINY, zero_params="bias"),
            zennit.Epsilon(1e-6),
        ),
    ),
    "epsilon-gamma-box": (
        (("first", ZBox()), ("convolution", Gamma(bias=True)), ("linear", Epsilon(bias=True))),
        (zennit.ZBox(end(-127 / 128), end(1.0), TINY), zennit.Gamma(stabilizer=TINY), zennit.Epsilon(1e-6)),
    ),
}


@pytest.mark.parametrize("classes", CLASSES)
@pytest.mark.parametrize("name", PAIRS)
def test_it_is_zennits(name, classes, model, x):
    composite, (first, convolution, linear) = PAIRS[name]
    target = model.classes.index(classes)
    mean = zennit.Norm(TINY)
    pairs = [(Activation, zennit.Pass()), (Sum, mean), (AvgPool, mean)]
    pairs += [(Convolution, convolution), (Linear, linear)]
    peer = SpecialFirstLayerMapComposite(pairs, [(Convolution, first)], canonizers=[Sums()])
    # What normalises pixels is no layer for zennit, which would scale their relevance by it.
    behind = nn.Sequential(OrderedDict(list(model.named_children())[1:]))
    with Gradient(model=behind, composite=peer) as attributor:
        scores, share = attributor(
            model.normalise(x).requires_grad_(), torch.eye(1000, dtype=x.dtype)[[target]]
        )
    theirs = share * scores[0, target].detach()
    ours = lrp(model, x, target, composite=composite)
    assert theirs.abs().max() > 0
    assert (ours - theirs).abs().max() <= 1e-5 * theirs.abs().max()

"""The rules of LRP against their papers' formulas, unit by unit, and against zennit."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from zennit import rules as zennit
from zennit.attribution import Gradient
from zennit.composites import SpecialFirstLayerMapComposite
from zennit.layer import Sum
from zennit.torchvision import ResNetCanonizer
from zennit.types import Activation, AvgPool, Convolution, Linear

from coursekit.attribution import lrp
from coursekit.attribution.lrp.rule import Rule
from coursekit.attribution.lrp.rules import (
    AlphaBeta,
    Epsilon,
    Gamma,
    Proportional,
    WSquare,
    ZBox,
    Zero,
    ZPlus,
)
from tests.attribution import nets
from tests.attribution.lrp.test_lrp import TARGET, foreign, scores_of


def small() -> nn.Sequential:
    """Build a net with a convolution that sees both signs, batch norms of both signs, and pooling."""
    layers = [
        nn.Conv2d(3, 4, 3, stride=2, padding=1),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(4, 6, 3, padding="same", groups=2, bias=False),
        nn.BatchNorm2d(6),
        nn.Identity(),
        nn.Conv2d(6, 5, 3, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(45, 10),
        nn.ReLU(),
        nn.Linear(10, 9),
    ]
    for layer in layers:
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.weight)
            nn.init.normal_(layer.bias)
    return nn.Sequential(*layers)


def distribute(rule: Rule, x: Tensor, w: Tensor, b: Tensor, relevance: Tensor) -> Tensor:
    """Return what the inputs of one unit get, by the formula of the rule's paper."""
    z = x * w
    y = z.sum() + b
    if isinstance(rule, ZBox):
        c = z - rule.low * w.clamp(min=0) - rule.high * w.clamp(max=0)
        return c / c.sum() * relevance
    keeps = float(rule.bias)
    if isinstance(rule, WSquare):
        return w**2 / ((w**2).sum() + keeps * b**2) * relevance
    if isinstance(rule, AlphaBeta | ZPlus):
        alpha, beta = (rule.alpha, rule.beta) if isinstance(rule, AlphaBeta) else (1, 0)
        up, down = z.clamp(min=0), z.clamp(max=0)
        positive = up / (up.sum() + keeps * b.clamp(min=0)) if up.any() else up
        negative = down / (down.sum() + keeps * b.clamp(max=0)) if down.any() else down
        return (alpha * positive - beta * negative) * relevance
    c, bias, whole = z, b, y
    if isinstance(rule, Gamma):
        same = (lambda t: t.clamp(min=0)) if y > 0 else (lambda t: t.clamp(max=0))
        c, bias = z + rule.gamma * same(z), b + rule.gamma * same(b)
        whole = c.sum() + bias
    if isinstance(rule, Epsilon):
        whole = y + rule.eps * y.sign()
    spread = 0 if rule.bias or not c.any() else c.abs() / c.abs().sum() * bias
    return (c + spread) / whole * relevance if whole else torch.zeros_like(x)


def slowly(model: nn.Sequential, x: Tensor, target: int, first: Rule, rule: Rule, pool: bool) -> Tensor:
    """Propagate the relevance of one input, layer by layer, each layer written as a matrix."""
    stages, layers = [], list(model)
    while layers:
        stage = [layers.pop(0)]
        while isinstance(stage[0], nn.Conv2d) and layers and isinstance(layers[0], nn.BatchNorm2d):
            stage.append(layers.pop(0))
        stages.append((nn.Sequential(*stage), x))
        x = stages[-1][0](x)
    relevance = torch.zeros_like(x).index_fill_(1, torch.tensor(target), 1) * x
    for stage, inputs in reversed(stages):
        kind = stage[0]
        if isinstance(kind, nn.ReLU | nn.Identity | nn.Flatten):
            relevance = relevance.reshape(inputs.shape)
        elif isinstance(kind, nn.MaxPool2d):
            relevance = _pool(inputs, relevance, pool)
        else:
            chosen = first if inputs is stages[0][1] else rule
            matrix = torch.autograd.functional.jacobian(lambda t, s=stage: s(t).flatten(), inputs)
            bias = stage(torch.zeros_like(inputs)).flatten()
            rows = zip(matrix.flatten(1), bias, relevance.flatten(), strict=True)
            shares = [distribute(chosen, inputs.flatten(), w, b, r) for w, b, r in rows]
            relevance = torch.stack(shares).sum(0).reshape(inputs.shape)
    return relevance


def _pool(x: Tensor, relevance: Tensor, proportional: bool) -> Tensor:
    passed = torch.zeros_like(x)
    for channel in range(x.shape[1]):
        for row in range(relevance.shape[2]):
            for column in range(relevance.shape[3]):
                place = (0, channel, slice(2 * row, 2 * row + 2), slice(2 * column, 2 * column + 2))
                window = x[place]
                winner = F.one_hot(window.flatten().argmax(), 4).view(2, 2).to(x)
                weight = window.abs() / window.abs().sum().clamp(min=1e-30) if proportional else winner
                passed[place] += weight * relevance[0, channel, row, column]
    return passed


RULES = [
    *(Epsilon(eps, bias) for eps in (1e-6, 0.1) for bias in (False, True)),
    *(kind(bias=bias) for kind in (Zero, ZPlus, AlphaBeta, Gamma) for bias in (False, True)),
    *(Gamma(2, True), Gamma(0.1), AlphaBeta(1, 0), AlphaBeta(3, 2, True)),
]


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_the_papers_formula_unit_by_unit(rule):
    _assert_as_slowly(rule, rule)


def test_gamma_tends_to_the_parts_of_the_outputs_sign():
    w, x = torch.tensor([[1.0, -2, 3], [-1, 2, -4]]).double(), torch.ones(1, 3).double()
    model = nn.Linear(3, 2, bias=False)
    model.weight.data = w
    for unit, part, y in ((0, [1, 0, 3], 2), (1, [-1, 0, -4], -3)):
        shares = lrp(model, x, unit, composite=(("linear", Gamma(1e6)),))[0]
        torch.testing.assert_close(shares, torch.tensor(part).double() / sum(part) * y, rtol=0, atol=1e-4)


@pytest.mark.parametrize("first", [ZBox(), ZBox(-0.5, 2), WSquare(), WSquare(True)], ids=str)
def test_the_formulas_for_the_first_layer(first):
    _assert_as_slowly(first, Epsilon(0.1))


def test_pooling_in_proportion():
    _assert_as_slowly(ZPlus(), Gamma(), pool=True)


def _assert_as_slowly(first: Rule, rule: Rule, pool: bool = False) -> None:
    model = nets.seeded(small, dtype=torch.float64)
    x = nets.images(2, size=12, dtype=torch.float64)
    composite = (("first", first), (1.0, rule), *([("max pooling", Proportional())] if pool else []))
    ours = lrp(model, x, TARGET, composite=composite)
    for one, image, target in zip(ours, x, TARGET, strict=True):
        with torch.no_grad():
            expected = slowly(model, image[None], int(target), first, rule, pool)[0]
        assert expected.abs().max() > 0
        assert (one - expected).abs().max() <= 1e-9 * expected.abs().max()


# Zennit's stabilizer, which takes relevance too, is made as small as ours.
TINY = 1e-12
PEERS = {
    "epsilon": (Epsilon(1e-3, True), zennit.Epsilon(1e-3)),
    "z+": (ZPlus(True), zennit.ZPlus(TINY)),
    "z+ without bias": (ZPlus(), zennit.ZPlus(TINY, zero_params="bias")),
    "alpha2-beta1": (AlphaBeta(bias=True), zennit.AlphaBeta(stabilizer=TINY)),
    "alpha2-beta1 without bias": (AlphaBeta(), zennit.AlphaBeta(stabilizer=TINY, zero_params="bias")),
    "gamma": (Gamma(bias=True), zennit.Gamma(stabilizer=TINY)),
}
FIRST = {
    "box": (ZBox(), zennit.ZBox(0.0, 1.0, TINY)),
    "w2": (WSquare(True), zennit.WSquare(TINY)),
    "w2 without bias": (WSquare(), zennit.WSquare(TINY, zero_params="bias")),
}


@pytest.fixture(scope="module", params=["vgg16", "resnet18"])
def case(request: pytest.FixtureRequest) -> tuple[nn.Module, Tensor]:
    model = foreign(request.param).requires_grad_(False)
    return model, nets.images(2, size=32, dtype=torch.float64)


@pytest.mark.parametrize("peer", PEERS)
def test_against_zennit(case, peer):
    ours, theirs = PEERS[peer]
    _assert_as_zennit(*case, ((1.0, ours),), theirs)


@pytest.mark.parametrize("first", FIRST)
def test_the_first_layer_against_zennit(case, first):
    ours, theirs = FIRST[first]
    _assert_as_zennit(*case, (("first", ours), (1.0, ZPlus(True))), zennit.ZPlus(TINY), (Convolution, theirs))


def _assert_as_zennit(model, x, composite, rule, *first) -> None:
    mean = zennit.Norm(TINY)
    pairs = [(Activation, zennit.Pass()), (Sum, mean), (AvgPool, mean), (Linear, rule)]
    canonizers = [] if hasattr(model, "features") else [ResNetCanonizer()]
    peer = SpecialFirstLayerMapComposite(pairs, list(first), canonizers=canonizers)
    with Gradient(model=nets.folded(model), composite=peer) as attributor:
        _, share = attributor(x.clone().requires_grad_(), torch.eye(10, dtype=x.dtype)[TARGET])
    theirs = share * scores_of(model, x).view(-1, 1, 1, 1)
    ours = lrp(model, x, TARGET, composite=composite)
    assert theirs.abs().max() > 0
    assert (ours - theirs).abs().max() <= 1e-6 * theirs.abs().max()

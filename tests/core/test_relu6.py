"""ReLU6 by all its names, in guided backprop, the deconvnet and LRP; and MobileNetV2 against zennit."""

import pytest
import torch
import torch.nn.functional as F
import torchvision
from torch import Tensor, nn
from zennit import rules as zennit
from zennit.attribution import Gradient
from zennit.canonizers import AttributeCanonizer
from zennit.composites import LayerMapComposite, SpecialFirstLayerMapComposite
from zennit.layer import Sum
from zennit.types import Activation, AvgPool, Convolution, Linear

from coursekit.attribution import deconvnet, guided_backprop, lrp
from coursekit.attribution.lrp.rules import AlphaBeta, Epsilon, Gamma, WSquare, ZBox, Zero, ZPlus
from tests.attribution import nets
from tests.attribution.lrp.test_lrp import TARGET, scores_of, with_biases
from tests.core.backwards import backwards


class Capped(nets.Modular):
    """``Modular`` with ReLU6s, whose units are shut at both ends now and then."""

    def __init__(self, rectifier=nn.ReLU6) -> None:
        super().__init__()
        self.relu1, self.relu2, self.relu3 = rectifier(), rectifier(), rectifier()
        for layer in (self.conv1, self.conv2, self.conv3):
            nn.init.normal_(layer.weight, 0.1, 0.4)


class Function(nn.Module):
    def __init__(self, function) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x)


def capped(rectifier=nn.ReLU6) -> nn.Module:
    return nets.seeded(lambda: Capped(rectifier), dtype=torch.float64)


X = nets.images(dtype=torch.float64)
SPELLINGS = {
    "in place": lambda: nn.ReLU6(inplace=True),
    "a hardtanh": lambda: nn.Hardtanh(0, 6),
    "a hardtanh in place": lambda: nn.Hardtanh(0.0, 6.0, inplace=True),
    "F.relu6": lambda: Function(F.relu6),
    "F.relu6 in place": lambda: Function(lambda x: F.relu6(x, inplace=True)),
    "F.relu6 by keyword": lambda: Function(lambda x: F.relu6(input=x)),
    "F.hardtanh": lambda: Function(lambda x: F.hardtanh(x, 0.0, 6.0)),
    "F.hardtanh by keyword": lambda: Function(lambda x: F.hardtanh(x, min_val=0, max_val=6, inplace=True)),
    "F.hardtanh_": lambda: Function(lambda x: F.hardtanh_(x, 0, 6)),
    "clamp": lambda: Function(lambda x: x.clamp(0, 6)),
    "clamp by keyword": lambda: Function(lambda x: torch.clamp(x, min=0, max=6)),
    "clamp in place": lambda: Function(lambda x: x.clamp_(0, 6)),
    "clip": lambda: Function(lambda x: torch.clip(x, 0, max=6)),
    "aten": lambda: Function(torch.ops.aten.relu6),
}


def open_between(gradient: Tensor, before: Tensor) -> Tensor:
    """The rule: positive gradients pass where a ReLU6 is open; some inputs have to lie below and above."""
    assert before.min() < 0
    assert before.max() > 6
    return torch.where((before > 0) & (before < 6) & (gradient > 0), gradient, 0)


def assert_close(ours: Tensor, theirs: Tensor, tolerance: float = 1e-9) -> None:
    assert theirs.abs().max() > 0
    assert (ours - theirs).abs().max() <= tolerance * theirs.abs().max()


@pytest.mark.parametrize("method", [guided_backprop, deconvnet])
def test_it_is_open_between_0_and_6(method):
    model = capped()
    assert_close(method(model, X, 2), backwards(model, X, 2, F.relu6, open_between))


def test_below_its_ceiling_it_is_a_relu():
    model, x = nets.seeded(nets.Modular, dtype=torch.float64), X
    expected = guided_backprop(model, x), lrp(model, x)
    model.relu1, model.relu2, model.relu3 = nn.ReLU6(), nn.ReLU6(), nn.ReLU6()
    assert torch.equal(guided_backprop(model, x), expected[0])
    torch.testing.assert_close(lrp(model, x), expected[1])


@pytest.mark.parametrize("method", [guided_backprop, deconvnet, lrp])
@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_every_way_to_write_it_gives_the_same(spelling, method):
    torch.testing.assert_close(method(capped(spelling), X, 2), method(capped(), X, 2))


@pytest.mark.parametrize("method", [guided_backprop, deconvnet, lrp])
def test_one_layer_may_be_used_often(method):
    model, expected = capped(), method(capped(), X, 2)
    model.relu3 = model.relu2 = model.relu1
    assert torch.equal(method(model, X, 2), expected)


HARD = {
    "a hard sigmoid": lambda x: x * F.adaptive_avg_pool2d(F.relu6(x + 3), 1) / 6,
    "a Hardswish": lambda x: x * F.relu6(x + 3, inplace=True) / 6,
    "shifted the other way": lambda x: x - x * F.relu6(3 - x) / 6,
}


@pytest.mark.parametrize("function", HARD.values(), ids=HARD)
def test_what_is_built_of_a_shifted_one_is_another_function(function):
    model = nets.seeded(lambda: nets.Disguised(function))
    with pytest.raises(ValueError, match=r"the net's own forward shifts by a constant .* hard sigmoid"):
        guided_backprop(model, nets.images())
    with pytest.raises(ValueError, match=r"the net's own forward applies '.*' .*relevance"):
        lrp(model, nets.images())


# MobileNetV2 against zennit


class Added(nn.Module):
    """An inverted residual block whose sum is a layer, so that zennit can have a rule for it."""

    @staticmethod
    def attributes(_name: str, block: nn.Module) -> dict | None:
        if (
            not isinstance(block, torchvision.models.mobilenetv2.InvertedResidual)
            or not block.use_res_connect
        ):
            return None
        return {"canonizer_sum": Sum(), "forward": Added.forward.__get__(block)}

    def forward(self, x: Tensor) -> Tensor:
        return self.canonizer_sum(torch.stack([x, self.conv(x)], -1))


@pytest.fixture(scope="module")
def mobile() -> nn.Sequential:
    """A narrow MobileNetV2 with pooling and flattening as layers; some of its units meet the ceiling."""

    def build() -> nn.Sequential:
        net = torchvision.models.mobilenet_v2(num_classes=10, width_mult=0.1, round_nearest=4)
        with_biases(lambda: net)()
        for layer in net.modules():
            if isinstance(layer, nn.ReLU6):
                layer.inplace = False  # which zennit's hooks cannot take
            elif isinstance(layer, nn.BatchNorm2d):
                layer.weight.data.mul_(3)
        return nn.Sequential(net.features, nn.AdaptiveAvgPool2d(1), nn.Flatten(), net.classifier)

    return nets.seeded(build, dtype=torch.float64).requires_grad_(False)


@pytest.fixture(scope="module")
def pictures() -> Tensor:
    return nets.images(2, size=32, dtype=torch.float64)


def by_zennit(model: nn.Module, x: Tensor, composite) -> Tensor:
    with Gradient(model=model, composite=composite) as attributor:
        return attributor(x.clone().requires_grad_(), torch.eye(10, dtype=x.dtype)[TARGET])[1]


def test_its_units_meet_both_ends(mobile, pictures):
    met = []
    handles = [
        layer.register_forward_pre_hook(lambda _, inputs: met.append(inputs[0]))
        for layer in mobile.modules()
        if isinstance(layer, nn.ReLU6)
    ]
    mobile(pictures)
    for handle in handles:
        handle.remove()
    assert sum(((values > 6).any() and (values < 0).any()).item() for values in met) > 10


def test_guided_backprop_of_a_mobile_net_against_zennit(mobile, pictures):
    theirs = by_zennit(mobile, pictures, LayerMapComposite([(nn.ReLU6, zennit.ReLUGuidedBackprop())]))
    assert_close(guided_backprop(mobile, pictures, TARGET), theirs)


TINY = 1e-12  # zennit's stabilizer takes relevance; it is made as small as ours
PEERS = {
    "epsilon": (((1.0, Epsilon(1e-2, True)),), zennit.Epsilon(1e-2)),
    "z+": (((1.0, ZPlus(True)),), zennit.ZPlus(TINY)),
    "z+ without bias": (((1.0, ZPlus()),), zennit.ZPlus(TINY, zero_params="bias")),
    "alpha2-beta1": (((1.0, AlphaBeta(bias=True)),), zennit.AlphaBeta(stabilizer=TINY)),
    "gamma": (((1.0, Gamma(bias=True)),), zennit.Gamma(stabilizer=TINY)),
    "zero": (((1.0, Zero(True)),), zennit.Epsilon(TINY)),
    "box": ((("first", ZBox()), (1.0, ZPlus(True))), zennit.ZPlus(TINY), zennit.ZBox(0.0, 1.0, TINY)),
    "w2": (
        (("first", WSquare(True)), (1.0, Gamma(bias=True))),
        zennit.Gamma(stabilizer=TINY),
        zennit.WSquare(TINY),
    ),
}


@pytest.mark.parametrize("peer", PEERS)
def test_relevance_of_a_mobile_net_against_zennit(peer, mobile, pictures):
    composite, rule, *first = PEERS[peer]
    mean = zennit.Norm(TINY)
    pairs = [(Activation, zennit.Pass()), (Sum, mean), (AvgPool, mean), (Linear, rule)]
    theirs = by_zennit(
        nets.folded(mobile),
        pictures,
        SpecialFirstLayerMapComposite(
            pairs,
            [(Convolution, only) for only in first],
            canonizers=[AttributeCanonizer(Added.attributes)],
        ),
    )
    theirs = theirs * scores_of(mobile, pictures).view(-1, 1, 1, 1)
    assert_close(lrp(mobile, pictures, TARGET, composite=composite), theirs, 1e-7)

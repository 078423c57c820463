"""What LRP refuses, and that the message names the layer."""

from math import inf, nan

import pytest
import torch
import torch.nn.functional as F
import torchvision
from torch import Tensor, nn

from coursekit.attribution import conservation, lrp
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

REFUSED = [nn.GELU(), nn.SiLU(), nn.ELU(), nn.Sigmoid(), nn.Tanh(), nn.Mish(), nn.Softmax(1), nn.Hardswish()]
REFUSED += [nn.LayerNorm([8, 12, 12]), nn.GroupNorm(2, 8), nn.InstanceNorm2d(8), nn.ConstantPad2d(1, 0.5)]


@pytest.mark.parametrize("layer", REFUSED, ids=lambda layer: type(layer).__name__)
def test_a_layer_that_relevance_may_not_pass_is_named(layer):
    model = nets.seeded(nets.Modular)
    model.relu2 = layer
    with pytest.raises(ValueError, match=rf"layer 'relu2' \({type(layer).__name__}\)"):
        lrp(model, nets.images())


STEPS = {
    "a constant": (lambda x: x + 1, "would take relevance"),
    "a constant before": (lambda x: torch.ones(()) - x, "would take relevance"),
    "a detached copy": (lambda x: x + x.detach(), "would take relevance"),
    "a parameter": (lambda x: x + nn.Parameter(torch.ones(())), "would take relevance"),
    "a gate": (lambda x: x * x.mean((2, 3), keepdim=True), "product or quotient of two activations"),
    "a norm": (lambda x: x / x.amax(1, keepdim=True), "product or quotient of two activations"),
    "padding by a value": (
        lambda x: torch.constant_pad_nd(x, (1, 1), 0.5),
        "pads with something else than 0",
    ),
    "a reciprocal": (lambda x: 1 / x, "not known to pass"),
    "a constant over it": (lambda x: torch.ones(()) / x, "divides by an activation"),
    "a square": (lambda x: x**2, "not known to pass"),
    "a matrix product": (lambda x: x @ torch.ones(12, 12), "not known to pass"),
    "weights of its own": (
        lambda x: F.conv2d(x, x[:1, :, :3, :3].expand(8, 8, 3, 3)),
        "weights that are made",
    ),
    "the batch": (lambda x: F.batch_norm(x, None, None, training=True), "normalises by the batch"),
    "checkpointed code": (
        lambda x: torch.utils.checkpoint.checkpoint(torch.sigmoid, x, use_reentrant=True),
        r"layer 'pool' \(MaxPool2d\) gets what code out of reach made .* \(CheckpointFunctionBackward\)",
    ),
}


@pytest.mark.parametrize(("step", "message"), STEPS.values(), ids=STEPS)
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_a_step_that_relevance_may_not_pass(step, message):
    with pytest.raises(ValueError, match=message):
        lrp(nets.seeded(lambda: nets.Disguised(step)), nets.images())


class _Hidden(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x: Tensor) -> Tensor:
        return x.sigmoid()

    @staticmethod
    def backward(ctx, gradient: Tensor) -> Tensor:
        return gradient


def test_code_that_is_out_of_reach_is_not_laid_to_the_layer_behind_it():
    with pytest.raises(
        ValueError, match=r"layer 'pool' \(MaxPool2d\) gets what code out of reach made.*_Hidden"
    ):
        lrp(nets.seeded(lambda: nets.Disguised(_Hidden.apply)), nets.images())


@pytest.mark.parametrize("name", ["vit_b_16", "convnext_tiny", "mobilenet_v3_small", "efficientnet_b0"])
def test_nets_of_other_kinds_are_refused(name):
    model = nets.seeded(lambda: torchvision.models.get_model(name, num_classes=3))
    with pytest.raises(ValueError, match=r"(layer '.*' \(\w+\)|the net's own forward) applies"):
        lrp(model, nets.images(1, size=224 if name == "vit_b_16" else 64), composite="epsilon")


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("compiled", [torch.jit.script, torch.compile])
def test_compiled_layers_are_named(compiled):
    model = nn.Sequential(nn.Conv2d(3, 4, 3), compiled(nn.ReLU()), nn.Flatten())
    with pytest.raises(ValueError, match="layer '1' is compiled"):
        lrp(model, nets.images())


@pytest.mark.parametrize(
    ("composite", "message"),
    [
        ("epsilon-minus", r"no composite 'epsilon-minus'; there are zero, .*epsilon-plus"),
        ((("conv9", ZPlus()),), "no layer is called 'conv9'.*'conv"),
        ((("linear", Epsilon()),), r"no pair fits layer 'conv1' \(Conv2d\); add one for 'convolution'"),
        ((("convolution", ZBox()),), "ZBox.* is for first, not for 'convolution'"),
        ((("conv2", WSquare()), (1.0, ZPlus())), "WSquare.* is for first; layer 'conv2' is convolution"),
        ((("max pooling", ZPlus()),), "ZPlus.* is for .*, not for 'max pooling'"),
        (
            (("relu1", ZPlus()), (1.0, ZPlus())),
            r"nothing in layer 'relu1' took ZPlus\(\), which is for first",
        ),
        ((("pool", ZPlus()), (1.0, ZPlus())), r"nothing in layer 'pool' took ZPlus"),
        ((("norm", Zero()), (1.0, ZPlus())), r"nothing in layer 'norm' took Zero\(\).*folded into a layer"),
        ((("relu1", Proportional()), (1.0, ZPlus())), r"nothing in layer 'relu1' took Proportional"),
        (((0, ZPlus()),), "share of depth lies between 0 and 1, got 0"),
        ((ZPlus(),), r"wanted pairs such as \('linear', Epsilon\(\)\), got ZPlus"),
        ((("first", ZBox(0, 0.5)), (1.0, ZPlus())), "inputs outside 0 … 0.5"),
    ],
)
def test_bad_composites(composite, message):
    with pytest.raises(ValueError, match=message):
        lrp(nets.seeded(nets.Modular), nets.images(), composite=composite)


def test_a_net_that_writes_to_what_a_layer_has_seen():
    class Overwrites(nets.Modular):
        def forward(self, x: Tensor) -> Tensor:
            x = self.pool(self.conv1(x)).relu()
            x += self.conv2(x)
            return self.head(self.conv3(x).mean((2, 3)))

    with pytest.raises(ValueError, match="writes to the input of layer 'conv2' after that has run"):
        lrp(nets.seeded(Overwrites), nets.images())


@pytest.mark.parametrize(
    ("rule", "settings", "message"),
    [
        *((AlphaBeta, settings, "α − β = 1") for settings in ((2, 2), (0.5, -0.5), (2, nan), (inf, inf))),
        *((ZBox, settings, "finite numbers low < high") for settings in ((1, 1), (nan, 1), (0, inf))),
        *((Epsilon, (eps,), f"Epsilon: wanted a finite ε ≥ 0, got {eps}") for eps in (-1e-6, nan, inf)),
        *((Gamma, (gamma,), f"Gamma: wanted a finite γ ≥ 0, got {gamma}") for gamma in (-0.25, nan, inf)),
    ],
)
def test_bad_rules(rule, settings, message):
    with pytest.raises(ValueError, match=message):
        rule(*settings)


def test_pooling_that_has_no_proportional_rule():
    model = nets.seeded(nets.Modular)
    model.pool = nn.MaxPool2d(2, dilation=2)
    with pytest.raises(ValueError, match=r"layer 'pool' \(MaxPool2d\): Proportional\(\) is for plain"):
        lrp(model, nets.images(), composite=(("max pooling", Proportional()), (1.0, ZPlus())))


def test_a_net_that_writes_to_its_input():
    class Writes(nets.Modular):
        def forward(self, x: Tensor) -> Tensor:
            x[:, 0] = 0
            return super().forward(x)

    with pytest.raises(ValueError, match="writes to the input by '__setitem__'"):
        lrp(nets.seeded(Writes), nets.images())


class TimesFirst(nn.Module):
    """Takes (N, T, C, H, W), and puts the frames into the batch, by clips or by times."""

    def __init__(self, by_times: bool) -> None:
        super().__init__()
        self.by_times, self.conv, self.head = by_times, nn.Conv2d(3, 6, 3), nn.Linear(6, 4)

    def forward(self, x: Tensor) -> Tensor:
        frames = x.transpose(0, 1) if self.by_times else x
        features = self.conv(frames.flatten(0, 1)).relu().mean((2, 3)).unflatten(0, frames.shape[:2])
        return self.head(features.mean(0 if self.by_times else 1))


@pytest.mark.parametrize("times", [2, 3])
def test_relevance_of_clips_is_not_mixed(times):
    clips = torch.rand(2, times, 3, 8, 8, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    by_clips, by_times = (
        nets.seeded(lambda by=by: TimesFirst(by), dtype=torch.float64) for by in (False, True)
    )
    torch.testing.assert_close(lrp(by_times, clips, 1), lrp(by_clips, clips, 1))
    expected = conservation(by_clips, clips, 1)
    for one, other in zip(conservation(by_times, clips, 1, batch_size=1), expected, strict=True):
        torch.testing.assert_close(one.relevance_in, other.relevance_in)
    with pytest.raises(ValueError, match=r"layer 'conv' does not get the images .* use batch_size=1"):
        conservation(by_times, clips, 1)

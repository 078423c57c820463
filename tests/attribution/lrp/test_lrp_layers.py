"""LRP through layers of many kinds, against the rule on the matrix of each: right, or refused by name."""

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from coursekit.attribution import lrp
from coursekit.attribution.lrp.rules import AlphaBeta, Epsilon, Gamma, Zero, ZPlus
from tests.attribution import nets
from tests.attribution.lrp.test_lrp_rules import slowly


class Step(nn.Module):
    """A layer that does what ``function`` does."""

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x)


def net_with(build: Callable[[], nn.Module]) -> nn.Sequential:
    """Build a net whose fourth layer, which gets (N, 4, 6, 6), is the one in question."""

    def built() -> nn.Sequential:
        layers = [
            nn.Conv2d(3, 4, 3, padding=1),
            nn.BatchNorm2d(4),
            nn.ReLU(),
            build(),
            nn.ReLU(),
            nn.Flatten(),
        ]
        nn.init.normal_(layers[0].weight, 0.1, 0.5)
        with torch.no_grad():
            features = nn.Sequential(*layers).eval()(torch.rand(1, 3, 6, 6)).shape[1]
        return nn.Sequential(*layers, nn.Linear(features, 9))

    return nets.seeded(built, dtype=torch.float64)


def assert_as_slowly(model: nn.Sequential, rule, x: Tensor | None = None) -> None:
    x = nets.images(1, size=6, dtype=torch.float64) if x is None else x
    ours = lrp(model, x, 5, composite=((1.0, rule), ("batch norm", rule)))
    with torch.no_grad():
        expected = slowly(model, x, 5, rule, rule, pool=False)
    assert expected.abs().max() > 0
    assert (ours - expected).abs().max() <= 1e-8 * expected.abs().max()


WEIGHTED = {
    "strided": lambda: nn.Conv2d(4, 5, 3, stride=(2, 1)),
    "dilated": lambda: nn.Conv2d(4, 5, 2, dilation=(2, 3)),
    "grouped": lambda: nn.Conv2d(4, 6, 3, groups=2),
    "depthwise": lambda: nn.Conv2d(4, 8, 3, padding=(1, 0), groups=4),
    # An even kernel, which is padded by more on one side.
    "same": lambda: nn.Conv2d(4, 5, (2, 4), padding="same"),
    "transposed": lambda: nn.ConvTranspose2d(4, 6, 3, stride=2, padding=1, output_padding=1, groups=2),
    "transposed, without bias": lambda: nn.ConvTranspose2d(4, 3, 2, dilation=2, bias=False),
    "1-D": lambda: nn.Sequential(nn.Flatten(2), nn.Conv1d(4, 5, 5, stride=3)),
    "1-D, transposed": lambda: nn.Sequential(nn.Flatten(2), nn.ConvTranspose1d(4, 2, 3, stride=2)),
    "3-D": lambda: nn.Sequential(nn.Unflatten(1, (2, 2)), nn.Conv3d(2, 3, (1, 3, 3))),
    "linear on the last axis": lambda: nn.Linear(6, 5),
    "batch norm alone": lambda: nn.Sequential(nn.Identity(), nn.BatchNorm2d(4, affine=False)),
}


@pytest.mark.parametrize(
    "rule", [Zero(), Epsilon(0.1, bias=True), Gamma(), ZPlus(bias=True), AlphaBeta()], ids=str
)
@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize("build", WEIGHTED.values(), ids=WEIGHTED)
def test_layers_with_weights(build, rule):
    assert_as_slowly(net_with(build), rule)


PADDING = {"circular": nn.CircularPad2d, "reflect": nn.ReflectionPad2d, "replicate": nn.ReplicationPad2d}


@pytest.mark.parametrize(
    "rule", [Zero(), Epsilon(0.1, bias=True), Gamma(), ZPlus(bias=True), AlphaBeta()], ids=str
)
@pytest.mark.parametrize("mode", PADDING)
def test_padding_by_the_convolution_is_padding_before_it(mode, rule):
    def relevance(build: Callable[[], nn.Module]) -> Tensor:
        x = nets.images(1, size=6, dtype=torch.float64)
        return lrp(net_with(build), x, 5, composite=((1.0, rule),))

    padded = relevance(lambda: nn.Conv2d(4, 5, 3, padding=(2, 1), padding_mode=mode))
    before = relevance(lambda: nn.Sequential(PADDING[mode]((1, 1, 2, 2)), nn.Conv2d(4, 5, 3)))
    assert before.abs().max() > 0
    torch.testing.assert_close(padded, before)


def folded_and_unfolded(x: Tensor) -> Tensor:
    return F.fold(F.unfold(x, 3, padding=1), 6, 3, padding=1)


def rearranged(x: Tensor) -> Tensor:
    """What einops calls "b c (h p) (w q) -> b (h w) (p q c)"."""
    return x.view(len(x), 4, 3, 2, 3, 2).permute(0, 2, 4, 3, 5, 1).reshape(len(x), 9, 16)


WITHOUT = {
    "average pooling": lambda: nn.AvgPool2d(3, 2, 1),
    "average pooling without the border": lambda: nn.AvgPool2d(
        3, 2, 1, count_include_pad=False, ceil_mode=True
    ),
    "pooling to a size": lambda: nn.AdaptiveAvgPool2d((4, 3)),
    "1-D pooling": lambda: nn.Sequential(nn.Flatten(2), nn.AvgPool1d(5, 2)),
    "1-D pooling to a size": lambda: nn.Sequential(nn.Flatten(2), nn.AdaptiveAvgPool1d(7)),
    "nearest": lambda: nn.Upsample(scale_factor=2),
    "nearest-exact": lambda: nn.Upsample(size=(9, 7), mode="nearest-exact"),
    "bilinear": lambda: nn.Upsample(scale_factor=1.5, mode="bilinear"),
    "bilinear, aligned": lambda: nn.UpsamplingBilinear2d(size=9),
    "antialiased": lambda: Step(lambda x: F.interpolate(x, 4, mode="bilinear", antialias=True)),
    "bicubic": lambda: nn.Upsample(size=(9, 7), mode="bicubic"),
    "linear": lambda: nn.Sequential(nn.Flatten(2), nn.Upsample(size=50, mode="linear")),
    "trilinear": lambda: nn.Sequential(
        nn.Unflatten(1, (2, 2)), nn.Upsample(scale_factor=2, mode="trilinear")
    ),
    "pixel shuffle": lambda: nn.PixelShuffle(2),
    "pixel unshuffle": lambda: nn.PixelUnshuffle(3),
    "channel shuffle": lambda: nn.ChannelShuffle(2),
    "zeros around": lambda: nn.ZeroPad2d((1, 0, 2, 3)),
    "round the border": lambda: nn.CircularPad2d((1, 2, 0, 3)),
    "mirrored": lambda: nn.ReflectionPad2d(2),
    "replicated": lambda: nn.ReplicationPad2d((0, 1, 2, 0)),
    "dropout": lambda: nn.Dropout(0.9),
    "dropout of channels": lambda: nn.Dropout2d(0.9),
    "alpha dropout": lambda: nn.AlphaDropout(0.9),
    "alpha dropout of channels": lambda: nn.FeatureAlphaDropout(0.9),
    "folded and unfolded": lambda: Step(folded_and_unfolded),
    "rearranged": lambda: Step(rearranged),
    "rolled": lambda: Step(lambda x: x.roll((1, 2), (2, 3))),
    "turned": lambda: Step(lambda x: torch.rot90(x, 1, (2, 3)) + x.mT),
    "channels last": lambda: Step(lambda x: x.contiguous(memory_format=torch.channels_last)),
    "channels last, pooled": lambda: Step(
        lambda x: F.adaptive_avg_pool2d(x.contiguous(memory_format=torch.channels_last), 1)
    ),
    "a view with strides": lambda: Step(lambda x: x.as_strided((len(x), 4, 6, 3), (144, 36, 6, 2), 0)),
    "an einsum of itself": lambda: Step(lambda x: torch.einsum("nchw->nwc", x)),
    "a sum of parts": lambda: Step(lambda x: torch.stack(x.unbind(1)).sum(0) + x.narrow(1, 2, 1).squeeze(1)),
    "a running sum": lambda: Step(lambda x: x.cumsum(2)),
}


@pytest.mark.parametrize("build", WITHOUT.values(), ids=WITHOUT)
def test_steps_without_weights(build):
    assert_as_slowly(net_with(build), Zero())


SWITCHING = {
    "1-D": lambda: nn.Sequential(nn.Flatten(2), nn.MaxPool1d(5, 2)),
    "1-D to a size": lambda: nn.Sequential(nn.Flatten(2), nn.AdaptiveMaxPool1d(7)),
    "2-D, dilated": lambda: nn.MaxPool2d(2, 2, dilation=2, ceil_mode=True),
    "2-D to a size": lambda: nn.AdaptiveMaxPool2d((4, 3)),
    "3-D": lambda: nn.Sequential(nn.Unflatten(1, (2, 2)), nn.MaxPool3d(2)),
    "3-D to a size": lambda: nn.Sequential(nn.Unflatten(1, (2, 2)), nn.AdaptiveMaxPool3d(2)),
    "over the map": lambda: Step(lambda x: x.amax((2, 3)) + x.flatten(2).max(2).values),
    "PReLU": lambda: nn.PReLU(4),
    "leaky ReLU": lambda: nn.LeakyReLU(0.2, inplace=True),
    "RReLU": lambda: nn.RReLU(),
    "ReLU by hand": lambda: Step(lambda x: x * (x > 0.3)),
}


@pytest.mark.parametrize("build", SWITCHING.values(), ids=SWITCHING)
def test_what_picks_and_switches_conserves(build):
    model = net_with(lambda: nn.Sequential(nn.Conv2d(4, 4, 1), build()))
    x = nets.images(2, size=6, dtype=torch.float64)
    relevance = lrp(model, x, 5, composite="epsilon")
    torch.testing.assert_close(relevance.sum((1, 2, 3)), model(x)[:, 5].detach(), rtol=1e-4, atol=0)


REFUSED = {
    "group norm": lambda: nn.GroupNorm(2, 4),
    "instance norm": lambda: nn.InstanceNorm2d(4),
    "layer norm": lambda: nn.LayerNorm([4, 6, 6]),
    "RMS norm": lambda: nn.RMSNorm([6]),
    "local response norm": lambda: nn.LocalResponseNorm(2),
    "batch norm without statistics": lambda: nn.BatchNorm2d(4, track_running_stats=False),
    "batch norm by another name": lambda: Step(
        lambda x: torch.batch_norm(x, None, None, x.new_zeros(4), x.new_ones(4), False, 0.1, 1e-5, False)
    ),
    "normalised": lambda: Step(F.normalize),
    "a power": lambda: nn.LPPool2d(2, 2),
    "softmax": lambda: nn.Softmax2d(),
    "a bilinear form": lambda: Step(lambda x: x @ x.mT),
    "CELU": lambda: nn.CELU(),
    "ELU": lambda: nn.ELU(),
    "threshold": lambda: nn.Threshold(0.1, 0),
    "Hardtanh": lambda: nn.Hardtanh(),
    "Hardshrink": lambda: nn.Hardshrink(),
    "Softplus": lambda: nn.Softplus(),
    "GLU": lambda: nn.GLU(1),
    "logarithm": lambda: Step(torch.log1p),
    "where": lambda: Step(lambda x: torch.where(x > 0.3, x, 1)),
    "one-sided": lambda: Step(lambda x: torch.maximum(x, torch.full((), 0.3))),
    "recurrent": lambda: nn.Sequential(nn.Flatten(2), Step(_recurrent())),
    "attention": lambda: nn.Sequential(nn.Flatten(2), Step(_attention())),
}


def _recurrent() -> Callable[[Tensor], Tensor]:
    layer = nn.GRU(36, 5, batch_first=True).double()
    return lambda x: layer(x.double())[0]


def _attention() -> Callable[[Tensor], Tensor]:
    layer = nn.MultiheadAttention(36, 2, batch_first=True).double()
    return lambda x: layer(x.double(), x.double(), x.double())[0]


@pytest.mark.parametrize("build", REFUSED.values(), ids=REFUSED)
def test_what_is_refused_by_name(build):
    model = net_with(build).double()
    with pytest.raises(ValueError, match=r"layer '3(\.\d|\.1.function)?' \(\w+\) (applies|normalises)"):
        lrp(model, nets.images(1, size=6, dtype=torch.float64), 5, composite="epsilon")

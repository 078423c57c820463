"""Where the numbers of a tensor lie on the picture, whatever the shapes: by what the net does to them."""

import pytest
import torch
import torch.nn.functional as F
import torchvision
from torch import Tensor, nn

from coursekit import attribution
from coursekit.core.hooks import passing
from coursekit.core.places import Places, Where
from tests.attribution import nets

N, DOUBLE = 2, torch.float64


def numbered(channels: int, h: int, w: int) -> Tensor:
    """Return a map of distinct numbers (2, channels, h, w)."""
    return torch.arange(N * channels * h * w, dtype=DOUBLE).view(N, channels, h, w)


def windows(x: Tensor) -> Tensor:
    """As in a Swin: roll, cut into windows of 2 × 2 that go to the batch."""
    n, h, w, c = x.shape
    x = x.roll((-1, -1), (1, 2)).view(n, h // 2, 2, w // 2, 2, c)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, 4, c)


def unwindowed(x: Tensor, n: int, h: int, w: int) -> Tensor:
    x = x.view(n, h // 2, w // 2, 2, 2, -1).permute(0, 1, 3, 2, 4, 5)
    return x.reshape(n, h, w, -1).roll((1, 1), (1, 2))


def with_extras(x: Tensor, before: int, after: int = 0) -> Tensor:
    extra = x.new_zeros(len(x), 1, x.shape[2])
    return torch.cat([*[extra] * before, x, *[extra] * after], dim=1)


def tokens(x: Tensor) -> Tensor:
    return x.flatten(2).transpose(1, 2)


def linear(x: Tensor) -> Tensor:
    """Apply four units to the last dimension."""
    return F.linear(x, torch.rand(4, x.shape[-1], dtype=x.dtype))


@pytest.mark.parametrize(
    "shape", [(4, 4, 4), (5, 3, 4), (3, 4, 3), (2, 6, 1), (1, 4, 4), (16, 4, 4), (4, 4, 16)]
)
@pytest.mark.parametrize(
    "move",
    [
        lambda x: x,
        lambda x: x.permute(0, 2, 3, 1),
        lambda x: F.gelu(x.movedim(1, -1)) + 1,
        lambda x: F.layer_norm(x.permute(0, 2, 3, 1), x.shape[1:2]),
        lambda x: linear(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2),
        tokens,
        lambda x: x.flatten(2),
        lambda x: with_extras(tokens(x), 1),
        lambda x: with_extras(tokens(x), 2),
        lambda x: with_extras(tokens(x), 5),
        lambda x: with_extras(tokens(x), 0, 1),
        lambda x: with_extras(tokens(x), 3, 2),
        lambda x: with_extras(tokens(x), 1)[:, 1:],
        lambda x: tokens(x).unflatten(1, x.shape[2:]),
        lambda x: tokens(x).transpose(1, 2).reshape(x.shape),
        lambda x: F.pad(x.permute(0, 2, 3, 1), (0, 0, 0, 3, 0, 1)),
        lambda x: F.pad(x, (1, 0, 2, 0), value=-7.0),
        lambda x: x.flip(3),
        lambda x: x.roll((1, 2), (2, 3)),
        lambda x: torch.cat([x, x.flip(2)], 1),
        lambda x: x.unflatten(1, (1, -1)).transpose(1, 2).reshape(x.shape),
        lambda x: x.relu_().squeeze_(0).contiguous(),
    ],
)
def test_a_map_is_read_and_put_back_however_it_lies(shape, move):
    x = numbered(*shape)
    kept = x.clone()
    with Places(x) as places:
        output = move(x)
        where = places.of(output)
    assert where.grid == shape[1:]
    read = where.read(output)
    assert torch.equal(where.put_back(read, output), output)
    assert torch.equal(where.read(where.put_back(read + 1, output)), read + 1)
    # What was moved, and not changed, is found where it was.
    if torch.equal(output.flatten().sort().values[-kept.numel() :], kept.flatten()):
        assert torch.equal(read, kept)


def test_windows_lead_away_and_back():
    x = numbered(3, 4, 6)
    with Places(x) as places:
        x = x.permute(0, 2, 3, 1)
        cut = windows(x)
        assert places.of(cut) is None  # a batch of windows is no map of the picture
        back = unwindowed(cut, N, 4, 6)
        assert torch.equal(back, x)
        assert places.of(back).read(back).equal(numbered(3, 4, 6))
        attended = (cut @ cut.mT).softmax(-1) @ cut
        assert places.of(unwindowed(attended, N, 4, 6)) == Where(3, (4, 6))
        lost = unwindowed(torch.einsum("bij,bkj,bkl->bil", cut, cut, cut), N, 4, 6)
        assert places.of(lost) is None
        assert places.lost(lost)
        assert not any(
            places.lost(tensor) for tensor in (cut, back, lost + x, back.mean((1, 2)), back[:, :1, :1])
        )
        assert places.lost(back.flatten(1, 2)[:, 1:])
        assert places.of(lost + x) == Where(3, (4, 6)) == places.of(x + lost)
        assert places.of(F.scaled_dot_product_attention(*[x] * 3)) == Where(3, (4, 6))


def test_patches_cut_by_hand_are_where_their_first_pixel_is():
    x = numbered(3, 6, 4)
    with Places(x) as places:
        patches = x.unflatten(3, (2, 2)).unflatten(2, (3, 2)).permute(0, 2, 4, 1, 3, 5).reshape(N, 6, 12)
        assert places.of(patches) is None
        embedded = linear(patches)
        assert places.of(embedded).grid == (3, 2)
        merged = torch.cat([t[:, i::2, j::2] for t in [x.movedim(1, 3)] for i in (0, 1) for j in (0, 1)], -1)
        assert places.of(linear(merged)) == Where(3, (3, 2))


@pytest.mark.parametrize(
    "end",
    [
        lambda x: x.mean((2, 3)),
        lambda x: F.adaptive_avg_pool2d(x, 1),
        lambda x: linear(x.flatten(1)).view(N, 2, 2),
        lambda x: tokens(x)[:, :1],
        lambda x: torch.einsum("nchw,nchv->nhwv", x, x),
        lambda x: tokens(x)[:, [0, 1, 1, 5]],
        lambda x: tokens(x)[:, [0, 1, 5]],
        lambda x: tokens(x)[1:],
        lambda x: x.argmax(1),
    ],
)
def test_what_is_no_map(end):
    x = numbered(4, 3, 4)
    with Places(x) as places:
        assert places.of(end(x)) is None


# Geometries in which the sizes alone tempt one to take a row or a column for the channels.
GEOMETRIES = [
    (1, 32, (1, 4), (32, 32)),
    (1, 32, (4, 1), (32, 32)),
    (3, 8, (1, 4), (32, 32)),
    (3, 16, (2, 1), (32, 32)),
    (1, 64, (1, 2), (64, 64)),
    (3, 64, (1, 8), (64, 64)),
    (3, 16, (2, 2), (32, 32)),
    (1, 33, (1, 3), (33, 47)),
    (3, 47, (3, 1), (47, 33)),
    (1, 3, (2, 2), (32, 8)),
    (3, 7, (4, 1), (28, 7)),
    (3, 12, (1, 3), (12, 36)),
    (1, 5, (5, 1), (25, 25)),
    (3, 31, (1, 2), (31, 33)),
    (1, 64, (3, 2), (40, 24)),
    (4, 9, (1, 9), (9, 81)),
]


@pytest.mark.parametrize(("inputs", "channels", "stride", "size"), GEOMETRIES)
@pytest.mark.parametrize("last", [False, True])
def test_no_geometry_exchanges_axes(inputs, channels, stride, size, last):
    # The same net, with channels first and with channels last.
    middle = [Permute(0, 2, 3, 1), nn.LayerNorm(channels), nn.Linear(channels, channels), Permute(0, 3, 1, 2)]

    def build() -> nn.Module:
        first = [nn.Conv2d(inputs, channels, 3, stride=stride, padding=1), nn.ReLU()]
        head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 4)]
        return nn.Sequential(*first, *(middle if last else []), *head)

    model = nets.seeded(build, dtype=DOUBLE)
    x = torch.rand(2, inputs, *size, dtype=DOUBLE, generator=torch.Generator().manual_seed(0))
    layer, expected = ("4", 5) if last else ("1", 1)
    kept: list[Tensor] = []
    with passing(model, lambda _, output: kept.append(output), str(expected)):
        scores = model(x)
    (gradient,) = torch.autograd.grad(scores[:, 1].sum(), kept[0])
    h, w = (-(-side // step) for side, step in zip(size, stride, strict=True))
    for method, weights in (
        (attribution.layer_cam, gradient.relu()),
        (attribution.grad_cam, gradient.mean((2, 3), keepdim=True)),
    ):
        ours = method(model, x, 1, layer=layer, normalised=False, upsample=False)
        assert ours.shape == (2, 1, h, w)
        torch.testing.assert_close(ours, (weights * kept[0]).sum(1, keepdim=True).detach())
    assert attribution.last_map(model, x) == str(expected)


class Permute(nn.Module):
    def __init__(self, *order: int) -> None:
        super().__init__()
        self.order = order

    def forward(self, x: Tensor) -> Tensor:
        return x.permute(self.order)


@pytest.mark.parametrize("size", [(64, 64), (64, 48), (32, 96)])
def test_a_swin_has_its_channels_last(size):
    model = nets.seeded(
        lambda: torchvision.models.SwinTransformer([4, 4], 8, [2, 2], [2, 4], [2, 2], num_classes=4)
    )
    x = torch.rand(1, 3, *size, generator=torch.Generator().manual_seed(0))
    last = attribution.layer_cam(model, x, 1, layer="permute", normalised=False, upsample=False)
    assert last.shape == (1, 1, size[0] // 8, size[1] // 8)
    torch.testing.assert_close(
        attribution.layer_cam(model, x, 1, layer="norm", normalised=False, upsample=False), last
    )
    for layer in ("features.1.0", "features.1.1.norm2", "features.1.1.attn", "features.1.1.mlp.0"):
        ours = attribution.layer_cam(model, x, 1, layer=layer, normalised=False, upsample=False)
        assert ours.shape == (1, 1, size[0] // 4, size[1] // 4)


def test_a_convnext_turns_its_channels_round_and_back():
    block = torchvision.models.convnext.CNBlockConfig
    model = nets.seeded(lambda: torchvision.models.ConvNeXt([block(8, None, 2)], num_classes=4), dtype=DOUBLE)
    x = torch.rand(
        1, 3, 32, 32, dtype=DOUBLE, generator=torch.Generator().manual_seed(0)
    )  # its map is 8 × 8 × 8
    first, last = (
        attribution.layer_cam(model, x, 1, layer=f"features.1.0.block.{i}", normalised=False) for i in (6, 5)
    )
    torch.testing.assert_close(first, last)
    assert first.any()
    assert (first - first.mT).abs().max() > 1e-3 * first.abs().max()


def test_a_maxvit_has_its_channels_last_in_windows_and_grids_alone():
    model = nets.seeded(
        lambda: torchvision.models.MaxVit(
            (64, 64), 8, 2, [8, 8], [1, 1], 4, stochastic_depth_prob=0.0, num_classes=4
        )
    )
    x = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    assert attribution.last_map(model, x) == "blocks.1"
    grid = "blocks.1.layers.0.layers.grid_attention"
    last = attribution.layer_cam(model, x, 1, layer="blocks.1", normalised=False, upsample=False)
    for layer in (grid, f"{grid}.departition_op"):
        ours = attribution.layer_cam(model, x, 1, layer=layer, normalised=False, upsample=False)
        torch.testing.assert_close(ours, last)
    # Cut into windows, and yet each position is known.
    with passing(model, lambda _, output: kept.append(output), f"{grid}.mlp_layer.0"):
        kept: list[Tensor] = []
        model(x)
    assert kept[0].ndim == 4
    ours = attribution.eigen_cam(model, x, 1, layer=f"{grid}.mlp_layer.0", upsample=False)
    assert ours.shape == last.shape

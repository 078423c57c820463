"""Class activation maps against what their papers say, written slowly and in double precision."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from coursekit import attribution
from coursekit.core.hooks import passing, record
from tests.attribution import methods, nets

LAYER, DOUBLE = "relu3", torch.float64


def case(build=nets.InPlace) -> tuple[nn.Module, Tensor]:
    return nets.seeded(build, dtype=DOUBLE), nets.images(3, dtype=DOUBLE)


def raw(method, model: nn.Module, x: Tensor, target: int | Tensor, **settings) -> Tensor:
    return method(model, x, target, layer=LAYER, normalised=False, upsample=False, **settings)[:, 0]


def seen(model: nn.Module, x: Tensor, target: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return the layer's map, its gradient, and the scores."""
    with record(model, LAYER) as outputs:
        scores = model(x.clone())[:, target]
    (gradient,) = torch.autograd.grad(scores.sum(), outputs[LAYER])
    return outputs[LAYER].detach(), gradient, scores.detach()


def weighted_sum(weights: Tensor, maps: Tensor) -> Tensor:
    return torch.stack(
        [sum(w * a for w, a in zip(*pair, strict=True)) for pair in zip(weights, maps, strict=True)]
    )


def assert_proportional(ours: Tensor, theirs: Tensor) -> None:
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one / one.abs().max(), other / other.abs().max())


def test_cam_is_the_head_applied_at_each_position():
    model, x = case()
    maps, _, scores = seen(model, x, 2)
    ours = raw(attribution.cam, model, x, 2)
    torch.testing.assert_close(ours, weighted_sum(model.head.weight[2].detach().expand(3, -1), maps))
    torch.testing.assert_close(ours.mean((1, 2)), scores - model.head.bias[2].detach())
    assert_proportional(raw(attribution.grad_cam, model, x, 2), ours)


def test_cam_rectifies_where_the_net_does_so_behind_its_last_layer():
    model, x = case(nets.Functional)
    assert attribution.last_map(model, x) == "conv3"
    ours = attribution.cam(model, x, 2, normalised=False, upsample=False)
    torch.testing.assert_close(ours.mean((1, 2, 3)), (model(x) - model.head.bias)[:, 2].detach())


@pytest.mark.parametrize("layer", ["relu1", "conv2"])
def test_cam_refuses_another_head(layer):
    with pytest.raises(ValueError, match=f"not made by one linear layer .* of '{layer}'.* use grad_cam"):
        attribution.cam(*case(), layer=layer)


def test_grad_cam_pp_by_the_derivatives_of_an_exponential_score():
    model, x = case()
    maps, gradient, scores = seen(model, x, 2)
    y = scores.exp().view(-1, 1, 1, 1)
    first, second, third = y * gradient, y * gradient**2, y * gradient**3
    alpha = second / (2 * second + maps.sum((2, 3), keepdim=True) * third)
    weights = (alpha.nan_to_num(0) * first.clamp(min=0)).sum((2, 3))
    assert_proportional(raw(attribution.grad_cam_pp, model, x, 2), weighted_sum(weights, maps))


def test_xgrad_cam_layer_cam_and_eigen_grad_cam():
    model, x = case()
    maps, gradient, _ = seen(model, x, 2)
    share = (maps / maps.sum((2, 3), keepdim=True)).nan_to_num(0)
    expected = weighted_sum((share * gradient).sum((2, 3)), maps)
    torch.testing.assert_close(raw(attribution.xgrad_cam, model, x, 2), expected)
    expected = (gradient.clamp(min=0) * maps).sum(1)
    torch.testing.assert_close(raw(attribution.layer_cam, model, x, 2), expected)
    product = gradient * maps
    values = (product - product.mean((2, 3), keepdim=True)).flatten(2).mT
    expected = torch.linalg.svd(values, full_matrices=False)[0][..., 0].unflatten(1, maps.shape[2:])
    sign = (expected * product.mean(1)).sum((1, 2), keepdim=True).sign()
    assert_proportional(raw(attribution.eigen_grad_cam, model, x, 2), sign * expected)


@pytest.mark.parametrize("target", [0, 1, 2, 3, 4, 5])
def test_ablation_cam_by_whole_passes(target):
    model, x = case()
    maps, _, scores = seen(model, x, target)
    weights = torch.zeros(maps.shape[:2], dtype=DOUBLE)
    for k in range(maps.shape[1]):
        without = maps.clone()
        without[:, k] = 0
        with passing(model, lambda *_, m=without: m, LAYER), torch.no_grad():
            weights[:, k] = (scores - model(x.clone())[:, target]) / scores
    expected = weighted_sum(weights, maps) * scores.sign().view(-1, 1, 1)  # ours divides by |s|
    torch.testing.assert_close(raw(attribution.ablation_cam, model, x, target), expected)


def test_score_cam_image_by_image():
    model, x = case()
    with passing(model, _empty_channel_5, LAYER):
        maps, _, _ = seen(model, x, 2)
        weights = torch.zeros(maps.shape[:2], dtype=DOUBLE)
        for n in range(len(x)):
            for k in range(maps.shape[1]):
                mask = F.interpolate(maps[n, k][None, None], (24, 24), mode="bilinear", align_corners=False)
                mask = mask - mask.min()
                mask = mask / mask.max() if mask.any() else mask
                with torch.no_grad():
                    weights[n, k] = model(x[n : n + 1] * mask)[0, 2]
        ours = raw(attribution.score_cam, model, x, 2)
    torch.testing.assert_close(ours, weighted_sum(weights.softmax(1), maps))


def _empty_channel_5(_: str, output: Tensor) -> None:
    output.data[:, 5] = 0


class Views(nets.Modular):
    """Flattens by view(), which takes images only as they usually lie in memory."""

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu3(self.conv3(self.conv2(self.conv1(x))))
        return self.head(x.view(len(x), -1).view(len(x), 12, -1).mean(2))


@pytest.mark.parametrize("name", methods.CAM)
def test_a_net_that_insists_on_how_images_lie_in_memory(name):
    model, x = case(Views)
    with pytest.raises(RuntimeError, match="view"):
        model(x.contiguous(memory_format=torch.channels_last))
    assert methods.CAM[name](model, x, 2, normalised=False).any()


def test_the_picture_is_rectified_enlarged_and_stretched():
    model, x = case()
    small = raw(attribution.grad_cam, model, x, 2)[:, None]
    large = F.interpolate(small, (24, 24), mode="bilinear", align_corners=False)
    torch.testing.assert_close(attribution.grad_cam(model, x, 2, layer=LAYER, normalised=False), large)
    positive = F.interpolate(small.relu(), (24, 24), mode="bilinear", align_corners=False)
    low, high = positive.amin((2, 3), keepdim=True), positive.amax((2, 3), keepdim=True)
    torch.testing.assert_close(
        attribution.grad_cam(model, x, 2, layer=LAYER), (positive - low) / (high - low)
    )
    ours = attribution.grad_cam(model, x, 2, layer=LAYER, upsample=False)
    low, high = small.relu().amin((2, 3), keepdim=True), small.amax((2, 3), keepdim=True)
    torch.testing.assert_close(ours, (small.relu() - low) / (high - low))


@pytest.mark.parametrize("name", methods.CAM_BY_GRADIENT)
def test_a_score_without_gradient_gives_an_empty_map(name):
    model, x = case()
    model.head.weight.data[4] = 0
    with pytest.warns(UserWarning, match="'relu3'"):
        assert not methods.CAM[name](model, x, 4).any()


@pytest.mark.parametrize("name", methods.CAM)
def test_every_map_fills_its_range(name):
    heat = methods.CAM[name](*case(), [0, 1, 2])
    assert heat.shape == (3, 1, 24, 24)
    lows, highs = heat.amin((1, 2, 3)), heat.amax((1, 2, 3))
    assert (lows == 0).all()
    assert ((highs == 1) | (highs == 0)).all()
    assert highs.any()


@pytest.mark.parametrize(
    "build", [nets.Modular, nets.InPlace, nets.Functional, nets.FunctionalInPlace, nets.Reused]
)
@pytest.mark.parametrize("name", methods.CAM)
@pytest.mark.parametrize("layer", ["conv1", "conv3"])
def test_how_the_relus_are_written_makes_no_difference(build, name, layer):
    if name == "cam" and layer == "conv1":
        pytest.skip("needs the last layer")
    expected = methods.CAM[name](*case(nets.Modular), 2, layer=layer, normalised=False)
    torch.testing.assert_close(methods.CAM[name](*case(build), 2, layer=layer, normalised=False), expected)


def test_only_what_lies_behind_the_layer_is_differentiated():
    model, x = case()
    graph = []
    with passing(model, lambda name, output: graph.append((name, output.requires_grad))):
        attribution.grad_cam(model, x.requires_grad_(), 2, layer="conv2")
    assert graph[:3] == [("conv1", False), ("relu1", False), ("pool", False)]
    assert dict(graph)["head"]
    assert all(weight.grad is None for weight in model.parameters())


class Mirrored(nn.Module):
    """Its score is a picture's sum less that of its mirror image: 0, to the last bit."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        sums = self.layer(torch.cat([x, x.flip(3)], 1)).sum((2, 3))
        return sums[:, :1] - sums[:, 1:]


def test_ablation_cam_of_a_score_of_0_divides_by_1():
    x = torch.arange(16.0).view(1, 1, 4, 4) / 16
    ours = attribution.ablation_cam(Mirrored(), x, 0, layer="layer", normalised=False)
    assert torch.equal(ours, x.sum() * (x - x.flip(3)))


def test_ablation_cam_of_a_negative_score_is_not_turned_round():
    model, x = case()
    model.head.bias.data[2] = 100
    positive = raw(attribution.ablation_cam, model, x, 2)
    model.head.bias.data[2] = -100
    assert_proportional(raw(attribution.ablation_cam, model, x, 2), positive)

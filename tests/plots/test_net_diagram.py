import pytest
import torch
import torch.nn.functional as F
from matplotlib.text import Text
from torch import nn
from torchvision.models import googlenet, mobilenet_v2, resnet18

from coursekit.models.efficientnet import efficientnet_lite
from coursekit.models.networks import digit_net, scene_net
from coursekit.plots import net_diagram
from coursekit.plots.net_units import folded, units
from coursekit.plots.output import render


def seen(model, *size):
    return units(model, torch.rand(1, *size, generator=torch.Generator().manual_seed(0)))


def test_a_convolution_is_one_box_with_what_follows_it():
    net = scene_net(("a", "b"))
    first, second, third = seen(net, 3, 128, 128)[:3]
    assert first.names == ("normalise",)
    assert second.names == ("conv1", "bn1", "relu1")
    assert (second.kind, second.title, second.shape) == ("convolution", "conv 9×9, ReLU", (32, 64, 64))
    assert second.weights == sum(
        weight.numel() for part in (net.conv1, net.bn1) for weight in part.parameters()
    )
    assert (third.kind, third.title, third.shape) == ("pooling", "max of 2×2", (32, 32, 32))


@pytest.mark.parametrize(
    "make",
    [scene_net, lambda _: digit_net(), lambda _: resnet18(weights=None)],
    ids=["scenes", "digits", "resnet"],
)
def test_no_weight_is_left_out_and_each_name_can_be_typed(make):
    net = make(("a", "b"))
    channels = 1 if net.__class__.__name__ == "Classifier" and net.conv1.in_channels == 1 else 3
    found = seen(net, channels, 64, 64)
    assert sum(unit.weights for unit in found) == sum(weight.numel() for weight in net.parameters())
    for unit in found:
        for name in unit.names:
            net.get_submodule(name)


def test_residual_blocks_are_boxes_of_their_own():
    found = [unit for unit in seen(resnet18(weights=None), 3, 64, 64) if unit.kind == "block"]
    assert [unit.names[0] for unit in found] == [f"layer{k}.{i}" for k in (1, 2, 3, 4) for i in (0, 1)]
    assert {unit.joined for unit in found} == {"sum"}


def test_inverted_residuals_are_alike_whether_or_not_anything_is_added():
    found = seen(mobilenet_v2(weights=None), 3, 64, 64)
    blocks = {unit.names[0]: unit.joined for unit in found if unit.kind == "block"}
    assert list(blocks) == [f"features.{k}" for k in range(1, 18)]
    assert [name for name, joined in blocks.items() if not joined] == [
        f"features.{k}" for k in (1, 2, 4, 7, 11, 14, 17)
    ]
    few = folded(found)
    assert len(few) == 10
    assert sum(unit.weights for unit in few) == sum(unit.weights for unit in found)
    assert (few[3].names, few[3].count, few[3].joined) == (("features.4", "features.6"), 3, "sum")


def test_the_net_for_photographs_is_sixteen_blocks_between_stem_and_top():
    net = efficientnet_lite(tuple("abc")).eval()
    found = seen(net, 3, 64, 64)
    assert [unit.names[0] for unit in found if unit.kind == "block"] == [f"block{i}" for i in range(1, 17)]
    assert [unit.names for unit in found if unit.kind == "convolution"] == [
        tuple(f"{name}.{part}" for part in ("conv", "bn", "relu")) for name in ("stem", "top")
    ]
    assert [unit.count for unit in folded(found) if unit.kind == "block"] == [1, 2, 2, 3, 3, 4, 1]


def test_branches_that_are_stacked_are_told_from_sums():
    found = seen(googlenet(weights=None, init_weights=False, aux_logits=False), 3, 64, 64)
    assert {unit.joined for unit in found if unit.kind == "block"} == {"stack"}
    assert found[0].names == ("conv1.conv", "conv1.bn")


class Functional(nn.Module):
    def __init__(self, adds: bool) -> None:
        super().__init__()
        self.conv, self.adds = nn.Conv2d(3, 3, 3, padding=1), adds

    def forward(self, x):
        return F.relu(self.conv(x)) + x if self.adds else F.relu(self.conv(x), inplace=True).flatten(1)


@pytest.mark.parametrize("adds", [False, True])
def test_a_relu_or_a_view_is_no_branch_and_a_sum_is(adds):
    (unit,) = seen(nn.Sequential(Functional(adds)), 3, 8, 8)
    assert (unit.kind, unit.joined) == (("block", "sum") if adds else ("convolution", ""))


def test_the_net_stays_as_it_was():
    net = resnet18(weights=None).train()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    net_diagram(net, 64)
    assert net.training
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in net.modules())
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


@pytest.mark.parametrize("theme", ["light", "projector"])
@pytest.mark.parametrize(
    ("make", "size"),
    [
        (lambda: scene_net(("a", "b")), 128),
        (lambda: digit_net(), (1, 32, 32)),
        (lambda: resnet18(weights=None), 64),
        (lambda: mobilenet_v2(weights=None), torch.rand(1, 3, 64, 64)),
    ],
    ids=["scenes", "digits", "resnet", "mobilenet"],
)
def test_no_text_covers_another(monkeypatch, theme, make, size):
    monkeypatch.setenv("COURSEKIT_THEME", theme)
    figure = net_diagram(make(), size)
    assert render(figure).width >= 960
    boxes = [Text.get_window_extent(text) for text in figure.axes[0].texts if len(text.get_text()) > 1]
    for k, one in enumerate(boxes):
        assert one.x0 > -2
        assert one.x1 < figure.bbox.x1 + 2
        assert not any(_covers(one, other) for other in boxes[k + 1 :])


def _covers(one, other):
    return (
        min(one.x1, other.x1) - max(one.x0, other.x0) > 1
        and min(one.y1, other.y1) - max(one.y0, other.y0) > 4
    )


def test_a_size_that_is_none_is_refused():
    with pytest.raises(ValueError, match=r"wanted \(C, H, W\)"):
        net_diagram(digit_net(), (32, 32))
    with pytest.raises(ValueError, match=r"pictures \(N, C, H, W\), got \(3, 32, 32\)"):
        net_diagram(digit_net(), torch.rand(3, 32, 32))
    with pytest.raises(ValueError, match="no layer of it puts out a tensor"):
        net_diagram(nn.Sequential(nn.Flatten()), 8)

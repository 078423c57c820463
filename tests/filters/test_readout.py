import pytest
import torch
import torchvision
from torch import nn

from coursekit.filters import activation_ranges, map_layers, winning_channels
from coursekit.models.networks import digit_net, scene_net
from tests.attribution.nets import seeded


def test_layers_with_maps_come_in_order_and_once() -> None:
    names = map_layers(seeded(digit_net), torch.rand(1, 1, 32, 32))
    assert names == [
        "normalise",
        *("conv1", "bn1", "relu1", "pool1", "conv2", "bn2", "relu2", "pool2", "conv3", "bn3", "relu3"),
    ]
    resnet = map_layers(seeded(torchvision.models.resnet18), torch.rand(1, 3, 64, 64))
    assert "layer1.0.conv1" in resnet
    assert "layer1.0.relu" not in resnet  # runs twice
    assert "layer1.0" not in resnet  # a block


@pytest.mark.parametrize("build", [lambda: scene_net(("a", "b"), width=4), torchvision.models.resnet18])
def test_readings_are_those_of_hooks_by_hand(build) -> None:
    net = seeded(build, dtype=torch.float64)
    x = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    target = torch.tensor([1, 0])
    readings = activation_ranges(net, x, target)
    seen = {}

    def keep(name, output):
        output.retain_grad()
        seen[name] = output
        return output.clone()  # lest a ReLU in place overwrites it

    for reading in readings:
        layer = net.get_submodule(reading.layer)
        layer.register_forward_hook(lambda _l, _i, output, name=reading.layer: keep(name, output))
    net(x.clone().requires_grad_())[torch.arange(2), target].sum().backward()
    for reading in readings:
        maps, gradient = seen[reading.layer], seen[reading.layer].grad
        assert reading.shape == tuple(maps.shape[1:])
        for n in range(2):
            ours = torch.stack(
                [reading.low[n], reading.high[n], reading.gradient_low[n], reading.gradient_high[n]]
            )
            wanted = torch.stack([maps[n].min(), maps[n].max(), gradient[n].min(), gradient[n].max()])
            torch.testing.assert_close(ours, wanted.detach())


def test_the_net_and_its_gradients_stay_as_they_were() -> None:
    net = scene_net(("a", "b"), width=4).train()
    with torch.no_grad():
        activation_ranges(net, torch.rand(1, 3, 32, 32))
    assert all(layer.training for layer in net.modules())
    assert all(parameter.grad is None and parameter.requires_grad for parameter in net.parameters())
    assert not any(layer._forward_hooks for layer in net.modules())


def test_winners_against_counting() -> None:
    maps = torch.randn(9, 4, 5, 6, generator=torch.Generator().manual_seed(0))
    channel, share = winning_channels(maps)
    for row in range(5):
        for column in range(6):
            best = [max(range(4), key=lambda k: maps[n, k, row, column]) for n in range(9)]
            counts = [best.count(k) for k in range(4)]
            assert channel[row, column] == counts.index(max(counts))
            assert share[row, column].item() == pytest.approx(max(counts) / 9)


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match=r"\(N, K, h, w\)"):
        winning_channels(torch.zeros(3, 4, 4))
    with pytest.raises(ValueError, match="nearest"):
        activation_ranges(scene_net(("a", "b"), width=4), torch.rand(1, 3, 32, 32), layers=["relu9"])


def test_windows_of_a_picture_are_no_maps_of_it() -> None:
    class Windowed(nn.Module):
        """Cuts a picture into four windows, which become a batch, and puts them together again."""

        def __init__(self) -> None:
            super().__init__()
            self.stem, self.within = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 4, 1)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            maps = self.stem(x)
            windows = maps.unfold(2, 8, 8).unfold(3, 8, 8).permute(0, 2, 3, 1, 4, 5).flatten(0, 2)
            return self.within(windows).mean((2, 3)).unflatten(0, (len(x), 4)).mean(1)

    net, x = seeded(Windowed), torch.rand(2, 3, 16, 16)
    assert map_layers(net, x) == ["stem"]
    assert [reading.low.shape for reading in activation_ranges(net, x, 1)] == [(2,)]

"""The deconvnet of a unit against the paper's own steps: unpool by switches, rectify, transposed filters."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from coursekit.attribution import deconvnet
from coursekit.models.networks import digit_net, scene_net
from tests.attribution.nets import seeded


def by_the_paper(net: nn.Module, x: Tensor, unit: tuple[int, int, int], last: str) -> Tensor:
    """Go up layer by layer, keep the switches, and send one unit's signal down again."""
    steps = []
    for name, layer in net.named_children():
        if isinstance(layer, nn.MaxPool2d):
            pooled, switches = F.max_pool2d(x, layer.kernel_size, return_indices=True)
            steps.append(lambda s, w=switches, size=x.shape[2:]: F.max_unpool2d(s, w, 2, output_size=size))
            x = pooled
        else:
            steps.append(lambda s, layer=layer, size=x.shape[2:]: back(layer, s, size))
            x = layer(x)
        if name == last:
            break
    signal = torch.zeros_like(x)
    signal[0][unit] = 1
    for step in reversed(steps):
        signal = step(signal)
    return signal


def back(layer: nn.Module, signal: Tensor, size: torch.Size) -> Tensor:
    if isinstance(layer, nn.Conv2d):
        (stride, _), (padding, _) = layer.stride, layer.padding
        extra = size[0] - ((signal.shape[2] - 1) * stride - 2 * padding + layer.kernel_size[0])
        return F.conv_transpose2d(signal, layer.weight, None, stride, padding, extra)
    if isinstance(layer, nn.BatchNorm2d):
        return signal * (layer.weight / (layer.running_var + layer.eps).sqrt()).view(-1, 1, 1)
    return signal.clamp(min=0) if isinstance(layer, nn.ReLU) else signal / layer.std


@pytest.mark.parametrize(
    ("build", "shape", "layer", "unit"),
    [
        (digit_net, (1, 1, 32, 32), "conv3", (7, 3, 4)),
        (lambda: scene_net(("a", "b"), width=4), (1, 3, 64, 64), "bn5", (3, 1, 2)),
    ],
)
def test_a_unit_is_projected_as_in_the_paper(build, shape, layer: str, unit) -> None:
    net = seeded(build, dtype=torch.float64).requires_grad_(False)
    x = torch.rand(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    wanted = by_the_paper(net, x, unit, layer)
    assert wanted.any()
    torch.testing.assert_close(deconvnet(net, x, unit, layer=layer), wanted)

"""How many convolutions each rule takes: a bare pass has one forward and one backward."""

from collections import Counter
from typing import Any

import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from coursekit.attribution import lrp
from coursekit.attribution.lrp.rule import Rule
from coursekit.attribution.lrp.rules import AlphaBeta, Epsilon, Gamma, ZPlus


class Convolutions(TorchDispatchMode):
    """Counts them, forward and backward."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: Counter[str] = Counter()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.calls[func.overloadpacket.__name__] += 1
        return func(*args, **(kwargs or {}))

    @property
    def both_ways(self) -> tuple[int, int]:
        return self.calls["convolution"], self.calls["convolution_backward"]


def net(*, relu: bool) -> nn.Module:
    """One convolution, whose outputs have both signs before the ReLU."""
    torch.manual_seed(0)
    layer = nn.Conv2d(1, 3, 3).requires_grad_(False)
    layer.weight -= layer.weight.mean((1, 2, 3), keepdim=True)
    layer.bias /= 100
    last = [nn.ReLU()] if relu else []
    return nn.Sequential(layer, *last, nn.AdaptiveAvgPool2d(1), nn.Flatten()).eval()


@pytest.mark.parametrize(
    ("rule", "relu", "expected"),
    [
        (Epsilon(bias=True), True, (1, 1)),
        (Epsilon(), True, (2, 2)),
        (ZPlus(), True, (2, 1)),
        (AlphaBeta(), True, (3, 2)),
        (Gamma(bias=True), True, (2, 1)),  # no relevance comes to where y < 0
        (Gamma(), True, (2, 2)),
        (Gamma(bias=True), False, (2, 2)),
    ],
    ids=str,
)
def test_a_layer_of_positive_inputs(rule: Rule, relu, expected):
    x = torch.rand(2, 1, 6, 6, generator=torch.Generator().manual_seed(0))
    with Convolutions() as counted:
        lrp(net(relu=relu), x, 0, composite=(("convolution", rule),))
    assert counted.both_ways == expected


def test_sizes_of_inputs_of_both_signs_take_one_convolution():
    class Centred(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.behind = net(relu=True)

        def forward(self, x):
            return self.behind(x - 0.5)

    x = torch.rand(2, 1, 6, 6, generator=torch.Generator().manual_seed(0))
    with Convolutions() as counted:
        lrp(Centred(), x, 0, composite=(("convolution", Epsilon()),))
    assert counted.both_ways == (2, 2)

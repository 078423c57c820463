"""Receptive fields behind paddings of their own, and where channels lie last on the way."""

import pytest
import torchvision
from torch import Tensor, nn

from coursekit.filters import receptive_field
from tests.attribution.nets import seeded
from tests.filters.test_receptive import image, inside, support, transparent

PADS = {
    "zeros": nn.ZeroPad2d((1, 2, 3, 0)),
    "constant": nn.ConstantPad2d((2, 0, 1, 1), 0.3),
    "cut": nn.ConstantPad2d((-1, 2, 1, -2), 0.0),
    "columns": nn.ConstantPad1d((2, 1), 0.0),
    "channels": nn.ZeroPad3d((1, 1, 2, 0, 2, 1)),
    "reflected": nn.ReflectionPad2d((2, 1, 1, 2)),
    "repeated": nn.ReplicationPad2d((1, 2, 3, 0)),
}


@pytest.mark.parametrize("name", PADS)
def test_a_padding_of_its_own_moves_the_window(name: str) -> None:
    first, pad = nn.Conv2d(3, 3, 3, stride=2, padding=1, bias=False), PADS[name]
    second = nn.Conv2d(6 if name == "channels" else 3, 2, 5, stride=2, bias=False)
    net = transparent(nn.Sequential(pad if name != "channels" else nn.Identity(), first, pad, second))
    net.append(nn.Flatten())
    x = image(net, 32)
    field = receptive_field(net, x, "3")
    # Beyond the border, zeros show nothing; what is mirrored lies in the window too.
    for row, column in ((0, 0), (2, 2), (3, 5)):
        assert support(net, x, "3", row, column) == inside(field.box(row, column), x)


def test_convolutions_that_mirror_what_is_outside() -> None:
    layers = [nn.Conv2d(3, 3, 3, padding=1, padding_mode=mode) for mode in ("reflect", "replicate")]
    padded = transparent(nn.Sequential(*layers, nn.Flatten()))
    zeros = nn.Sequential(*(nn.Conv2d(3, 3, 3, padding=1) for _ in layers), nn.Flatten())
    x = image(padded, 32)
    field = receptive_field(padded, x, "1")
    assert field == receptive_field(zeros, x.float(), "1")
    assert support(padded, x, "1", 0, 3) == inside(field.box(0, 3), x)


class Last(nn.Module):
    """Does its work with the channels last."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x.permute(0, 2, 3, 1)).movedim(-1, 1)


MIXING = {
    "norm": [nn.LayerNorm(4)],
    "linear": [nn.Linear(4, 4)],
    "without bias": [nn.Linear(4, 4, bias=False)],
    "both": [nn.LayerNorm(4), nn.Linear(4, 7), nn.GELU(), nn.Linear(7, 4)],
}


@pytest.mark.parametrize("name", MIXING)
@pytest.mark.parametrize("first", [1, 2])
def test_channels_may_go_last_and_come_back(name: str, first: int) -> None:
    convolutions = [nn.Conv2d(3, 4, 3, stride=first), nn.Conv2d(4, 2, 3, padding=1)]
    net = seeded(lambda: nn.Sequential(convolutions[0], Last(*MIXING[name]), convolutions[1], nn.Flatten()))
    plain = nn.Sequential(*convolutions, nn.Flatten())
    x = image(net, 32).float()
    field = receptive_field(net, x, "2")
    assert field == receptive_field(plain, x, "1")
    for row, column in ((0, 0), (3, 5), (5, 3)):
        assert support(net, x, "2", row, column) == inside(field.box(row, column), x)
    assert receptive_field(net, x, "1") == receptive_field(net, x, "0")
    with pytest.raises(ValueError, match="where rows and columns are not the last two dimensions"):
        receptive_field(net, x, "1.layers.0")


def test_the_blocks_of_convnext() -> None:
    block = torchvision.models.convnext.CNBlockConfig
    net = seeded(lambda: torchvision.models.ConvNeXt([block(8, 16, 1), block(16, None, 1)], num_classes=4))
    x = image(net, 96).float()
    for layer, size, stride in (("features.0", 4, 4), ("features.1", 28, 4), ("features.3", 80, 8)):
        field = receptive_field(net, x, layer)
        assert (field.size, field.stride) == ((size, size), (stride, stride))
        assert support(net, x, layer, 5, 7) == inside(field.box(5, 7), x)

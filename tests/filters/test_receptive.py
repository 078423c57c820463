"""Receptive fields against where the gradient of a unit reaches, on nets of the course and torchvision's."""

import pytest
import torch
import torchvision
from torch import Tensor, nn

from coursekit.filters import ReceptiveField, draw_box, receptive_field
from coursekit.models.networks import digit_net, scene_net
from tests.attribution.nets import seeded


def features(build) -> nn.Module:
    """The convolutions of a large net, without the time that its linear layers' random weights take."""
    with torch.device("meta"):
        net = nn.Sequential(build().features, nn.AdaptiveAvgPool2d(1), nn.Flatten())
    net = net.to_empty(device="cpu")
    for parameter in net.parameters():
        parameter.data = torch.randn(parameter.shape) / parameter[0].numel() ** 0.5
    return net


NETS = {
    "scene_net": (lambda: scene_net(("a", "b"), width=4), 160, ["conv1", "pool1", "relu3", "bn5", "relu7"]),
    "digit_net": (digit_net, 32, ["conv1", "pool2", "relu3"]),
    "alexnet": (lambda: features(torchvision.models.alexnet), 128, ["0.0", "0.5", "0.12"]),
    "vgg16": (lambda: features(torchvision.models.vgg16), 48, ["0.2", "0.9", "0.16"]),
    "shufflenet": (torchvision.models.shufflenet_v2_x0_5, 64, ["maxpool", "stage2.0", "stage2.3.branch2.0"]),
    "resnet18": (torchvision.models.resnet18, 64, ["maxpool", "layer1", "layer2.0", "layer2.1.conv1"]),
}


def transparent(net: nn.Module) -> nn.Module:
    """Make of a net one in which every path counts: positive weights, mean pooling, double precision."""
    for parent in list(net.modules()):
        for name, layer in parent.named_children():
            if isinstance(layer, nn.MaxPool2d):
                pooled = nn.AvgPool2d(layer.kernel_size, layer.stride, layer.padding, layer.ceil_mode)
                setattr(parent, name, pooled)
            if isinstance(layer, nn.BatchNorm2d):
                setattr(parent, name, nn.Identity())
            if isinstance(layer, nn.Conv2d):
                layer.weight.data = torch.ones_like(layer.weight) / layer.weight[0].numel()
    return net.double()


def image(net: nn.Module, size: int) -> Tensor:
    channels = next(layer for layer in net.modules() if isinstance(layer, nn.Conv2d)).in_channels
    shape = (1, channels, size, size + 32)
    return 0.5 + 0.5 * torch.rand(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


def support(net: nn.Module, x: Tensor, layer: str, row: int, column: int) -> tuple[int, int, int, int]:
    """Return the box of the pixels by which a unit can be differentiated."""
    seen = {}
    handle = net.get_submodule(layer).register_forward_hook(lambda _l, _i, out: seen.update(out=out))
    x = x.clone().requires_grad_()
    net(x)
    handle.remove()
    unit = seen["out"][0, :, row, column]
    # Not the plain sum over the channels, which behind a layer norm is the same for every picture.
    (gradient,) = torch.autograd.grad((unit * torch.linspace(1, 2, len(unit)).to(unit)).sum(), x)
    rows, columns = gradient[0].abs().sum(0).nonzero().unbind(1)
    return rows.min().item(), columns.min().item(), rows.max().item() + 1, columns.max().item() + 1


def inside(box: tuple[int, int, int, int], x: Tensor) -> tuple[int, int, int, int]:
    top, left, bottom, right = box
    return max(top, 0), max(left, 0), min(bottom, x.shape[2]), min(right, x.shape[3])


@pytest.mark.parametrize("name", NETS)
def test_the_field_is_where_the_gradient_reaches(name: str) -> None:
    build, size, layers = NETS[name]
    net = seeded(build)
    x = image(net, size)
    found = {layer: receptive_field(net, x.float(), layer) for layer in layers}
    for layer, field in found.items():
        top, left, bottom, right = inside(field.box(1, 2), x)
        reached = support(net, x.float(), layer, 1, 2)
        assert top <= reached[0] <= reached[2] <= bottom
        assert left <= reached[1] <= reached[3] <= right
    clear = transparent(net)
    for layer, field in found.items():
        assert receptive_field(clear, x, layer) == field
        for row, column in ((0, 0), (1, 2), (2, 1)):
            assert support(clear, x, layer, row, column) == inside(field.box(row, column), x)


def test_known_fields() -> None:
    """The last maps of VGG16, AlexNet and ResNet-18, as published."""
    x = torch.rand(1, 3, 224, 224)
    for build, layer, size in (
        (NETS["vgg16"][0], "0.30", 212),
        (NETS["alexnet"][0], "0.12", 195),
        (torchvision.models.resnet18, "layer4", 435),
    ):
        field = receptive_field(seeded(build), x, layer)
        assert (field.size, field.stride) == ((size, size), (32, 32))


def test_rows_and_columns_dilation_and_windows_of_an_adaptive_pooling() -> None:
    net = nn.Sequential(
        nn.Conv2d(1, 1, (3, 5), stride=(2, 1), padding=(1, 0), dilation=(2, 1), bias=False),
        nn.AdaptiveAvgPool2d((4, 3)),
    )
    for parameter in net.parameters():
        parameter.data.fill_(1.0)
    x = torch.rand(1, 1, 25, 16)
    field = receptive_field(net, x, "1")  # from (12, 12) positions to (4, 3): windows of 3 by 4
    assert field == ReceptiveField((9, 8), (6, 4), (-1, 0))
    net.append(nn.Flatten(2))
    assert field.box(1, 2) == (5, 8, 14, 16)
    assert support(net, x, "1", 1, 2) == field.box(1, 2)


class Branches(nn.Module):
    def __init__(self, second: nn.Module) -> None:
        super().__init__()
        self.one, self.two, self.both = nn.Conv2d(3, 2, 3, padding=1), second, nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.both(self.one(x) + self.two(x)).mean((2, 3))


def test_where_paths_meet_all_is_seen_that_one_sees() -> None:
    x = torch.rand(1, 3, 12, 12)
    field = receptive_field(Branches(nn.Conv2d(3, 2, (1, 7), padding=(0, 3))), x, "both")
    assert field == ReceptiveField((3, 7), (1, 1), (-1, -3))


class Rejoined(Branches):
    def forward(self, x: Tensor) -> Tensor:
        wide = nn.functional.interpolate(self.two(x), x.shape[2:])
        return self.both(self.one(x) + wide).mean((2, 3))


class Turned(nn.Module):
    """Swaps rows and columns between two convolutions."""

    def __init__(self) -> None:
        super().__init__()
        self.before, self.after = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 2, 3)

    def between(self, x: Tensor) -> Tensor:
        return x.transpose(-1, -2)

    def forward(self, x: Tensor) -> Tensor:
        return self.after(self.between(self.before(x))).mean((2, 3))


class Rolled(Turned):
    """Puts the lower half above the upper one, while channels come last."""

    def between(self, x: Tensor) -> Tensor:
        above, below = x.permute(0, 2, 3, 1).chunk(2, 1)
        return torch.cat((below, above), 1).permute(0, 3, 1, 2)


class Stacked(Turned):
    """Puts a map below itself."""

    def between(self, x: Tensor) -> Tensor:
        return torch.cat((x, x), 2)


class Normalised(Turned):
    """Takes means over a row's channels and columns."""

    def between(self, x: Tensor) -> Tensor:
        x = x.permute(0, 2, 3, 1)
        return nn.functional.layer_norm(x, x.shape[2:]).permute(0, 3, 1, 2)


class Stirred(Turned):
    """Mixes columns by a linear layer."""

    def between(self, x: Tensor) -> Tensor:
        return nn.functional.linear(x, torch.ones(x.shape[3], x.shape[3]))


class Swept(Turned):
    """Mixes all positions, which are the rows of a matrix, from the left."""

    def between(self, x: Tensor) -> Tensor:
        matrix = x.permute(0, 2, 3, 1).reshape(-1, x.shape[1])
        mixed = torch.ones(len(matrix), len(matrix)) @ matrix
        return mixed.view(1, *x.shape[2:], x.shape[1]).permute(0, 3, 1, 2)


class Circular(Turned):
    def between(self, x: Tensor) -> Tensor:
        return nn.functional.pad(x, (1, 1, 1, 1), mode="circular")


class PaddedLast(Turned):
    """Pads rows and columns while channels come last."""

    def between(self, x: Tensor) -> Tensor:
        return nn.functional.pad(x.permute(0, 2, 3, 1), (0, 0, 1, 1, 1, 1)).permute(0, 3, 1, 2)


class Folded(Turned):
    """Makes two rows of one, so that a unit's place is another one."""

    def between(self, x: Tensor) -> Tensor:
        return x.view(len(x), x.shape[1], 2 * x.shape[2], x.shape[3] // 2)


@pytest.mark.parametrize(
    ("net", "layer", "complaint"),
    [
        (lambda: scene_net(("a", "b"), width=4), "gap", "Mean"),
        (lambda: scene_net(("a", "b"), width=4), "head", r"\(1, 2\); wanted a map"),
        (lambda: scene_net(("a", "b"), width=4), "conv9", "nearest"),
        (lambda: Rejoined(nn.Conv2d(3, 2, 3, stride=2, padding=1)), "both", "UpsampleNearest2D"),
        (
            lambda: nn.Sequential(nn.Conv2d(3, 2, 3), nn.AdaptiveAvgPool2d(4), nn.Flatten()),
            "1",
            "differ in size",
        ),
        (lambda: nn.Sequential(nn.ConvTranspose2d(3, 2, 3), nn.Flatten()), "0", "Convolution"),
        (
            lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.PixelShuffle(2), nn.Conv2d(1, 2, 1), nn.Flatten()),
            "2",
            "Pixel",
        ),
        (Turned, "after", "Transpose"),
        (Rolled, "after", "Split"),
        (Stacked, "after", "Cat"),
        (Normalised, "after", "NativeLayerNorm"),
        (Stirred, "after", "View"),
        (Swept, "after", "Mm"),
        (Circular, "after", "through which no window of the picture can be followed"),
        (PaddedLast, "after", "ConstantPad"),
        (Folded, "after", "View"),
    ],
)
def test_what_has_no_window_is_refused(net, layer: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        receptive_field(seeded(net), torch.rand(1, 3, 32, 32), layer)


def test_the_outline_lies_on_the_edge_of_the_box_and_stops_at_the_border() -> None:
    drawn = draw_box(torch.zeros(3, 6, 8), (1, -2, 5, 4), (1.0, 1.0, 1.0))
    frame = torch.zeros(6, 8)
    frame[1:5, :4] = 1
    frame[2:4, :3] = 0
    assert torch.equal(drawn, frame.expand(3, -1, -1))

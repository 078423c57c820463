"""A ReLU that is a function in a net's own forward counts as a layer does: the map is taken behind it."""

import pytest
import torch
import torch.nn.functional as F
import torchvision
from torch import Tensor, nn

from coursekit import attribution
from tests.attribution import methods, nets

RAW = {"normalised": False, "upsample": False}
DOUBLE = torch.float64


class Layered(torchvision.models.DenseNet):
    """DenseNet with a layer for its last ReLU."""

    def __init__(self) -> None:
        super().__init__(8, (2, 2), 16, num_classes=6)
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.relu(self.features(x)).mean((2, 3)))


def dense() -> nn.Module:
    return torchvision.models.DenseNet(8, (2, 2), 16, num_classes=6)


@pytest.mark.parametrize("name", methods.CAM)
def test_densenet_against_a_copy_with_a_layer_for_its_relu(name: str) -> None:
    model, x = nets.seeded(dense, dtype=DOUBLE), nets.images(3, size=64, dtype=DOUBLE)
    layered = nets.seeded(Layered, dtype=DOUBLE)
    assert attribution.last_map(model, x) == "features"
    assert attribution.last_map(layered, x) == "relu"
    expected = methods.CAM[name](layered, x, 2, layer="relu", **RAW)
    assert expected.any()
    torch.testing.assert_close(methods.CAM[name](model, x, 2, batch_size=2, **RAW), expected)


def test_a_layer_that_is_named_is_what_it_puts_out() -> None:
    x = nets.images(3, size=64, dtype=DOUBLE)
    named, same, without = (
        attribution.grad_cam(nets.seeded(build, dtype=DOUBLE), x, 2, layer=layer, **RAW)
        for build, layer in ((dense, "features"), (Layered, "features"), (dense, None))
    )
    torch.testing.assert_close(named, same)
    assert not torch.allclose(named, without)


def test_by_hand() -> None:
    model, x = nets.seeded(dense, dtype=DOUBLE), nets.images(3, size=64, dtype=DOUBLE)
    maps = model.features(x).relu().detach().requires_grad_()
    scores = model.classifier(maps.mean((2, 3)))
    torch.testing.assert_close(scores, model(x))
    (slopes,) = torch.autograd.grad(scores[:, 2].sum(), maps)
    expected = (slopes.mean((2, 3), keepdim=True) * maps).sum(1, keepdim=True).detach()
    torch.testing.assert_close(attribution.grad_cam(model, x, 2, **RAW), expected)


class Statement(nets.Modular):
    def rectify(self, x: Tensor, i: int) -> Tensor:
        x.relu_()
        return x


class Capped(nets.Modular):
    def rectify(self, x: Tensor, i: int) -> Tensor:
        return F.relu6(x)


class Hardtanh(nets.Modular):
    def rectify(self, x: Tensor, i: int) -> Tensor:
        return F.hardtanh(x, 0, 6) if i % 2 else x.clamp(0, 6)


class Asked(nets.Modular):
    def rectify(self, x: Tensor, i: int) -> Tensor:
        assert not x.isnan().any()
        return F.relu(x)


class AllCapped(nets.Modular):
    def __init__(self) -> None:
        super().__init__()
        self.relu1, self.relu2, self.relu3 = nn.ReLU6(), nn.ReLU6(), nn.ReLU6()


@pytest.mark.parametrize(
    ("build", "same"),
    [
        (nets.Functional, nets.Modular),
        (nets.FunctionalInPlace, nets.Modular),
        (Statement, nets.Modular),
        (Asked, nets.Modular),
        (Capped, AllCapped),
        (Hardtanh, AllCapped),
    ],
)
@pytest.mark.parametrize("name", methods.CAM)
def test_how_the_last_relu_is_written_makes_no_difference(build, same, name: str) -> None:
    x = nets.images(dtype=DOUBLE)
    expected = methods.CAM[name](nets.seeded(same, dtype=DOUBLE), x, 2, **RAW)
    torch.testing.assert_close(methods.CAM[name](nets.seeded(build, dtype=DOUBLE), x, 2, **RAW), expected)


class ReadBefore(nets.Modular):
    def rectify(self, x: Tensor, i: int) -> Tensor:
        return x.mean((2, 3), keepdim=True) + F.relu(x) if i == 3 else F.relu(x)


class ReadAfter(nets.Modular):
    def rectify(self, x: Tensor, i: int) -> Tensor:
        return F.relu(x) + x if i == 3 else F.relu(x)


class Curved(nets.Modular):
    """GELU of its own map is another one: given it instead of the layer's, the net would apply it twice."""

    def rectify(self, x: Tensor, i: int) -> Tensor:
        return F.gelu(x)


class Own(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x)


class NamedLast(nets.Modular):
    """Its last ReLU is a layer, although not torch's."""

    def __init__(self) -> None:
        super().__init__()
        self.relu3 = Own()


@pytest.mark.parametrize(
    ("build", "layer"),
    [(ReadBefore, "conv3"), (ReadAfter, "conv3"), (Curved, "conv3"), (NamedLast, "relu3")],
)
@pytest.mark.parametrize("name", ["grad_cam", "layer_cam", "ablation_cam"])
def test_elsewhere_the_map_is_what_the_layer_puts_out(build, layer: str, name: str) -> None:
    model, x = nets.seeded(build, dtype=DOUBLE), nets.images(dtype=DOUBLE)
    assert attribution.last_map(model, x) == layer
    expected = methods.CAM[name](model, x, 2, layer=layer, **RAW)
    torch.testing.assert_close(methods.CAM[name](model, x, 2, **RAW), expected)

"""Chapter 05: answers whose exercises start from tensors, held against the package's methods on a net."""

from collections.abc import Callable
from functools import partial

import pytest
import torch
from torch import Tensor, nn

import coursekit as ck
from coursekit.exercises import Net, lookup
from coursekit.exercises.draws import generator
from coursekit.exercises.gradcam.cases import flow, layer_cases

LAYER = "relu3"


@pytest.fixture
def net() -> nn.Module:
    """A net that ends as CAM wants it."""
    net = Net("classifier", 2).build()
    net.pool = nn.AdaptiveAvgPool2d(1)
    net.head = nn.Linear(8, 5, bias=False).requires_grad_(False)
    net.head.weight.data.normal_(generator=torch.Generator().manual_seed(0))
    return net.double()


@pytest.fixture
def x() -> Tensor:
    return torch.rand(3, 3, 12, 16, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


TARGET = torch.tensor([4, 0, 2])


def reference(name: str) -> Callable[..., Tensor]:
    return lookup(name).reference


def seen(net: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    return flow(net, x, TARGET, LAYER)


def raw(method: Callable[..., Tensor], net: nn.Module, x: Tensor) -> Tensor:
    return method(net, x, TARGET, layer=LAYER, normalised=False, upsample=False)[:, 0]


def test_cam(net: nn.Module, x: Tensor) -> None:
    found = reference("cam")(seen(net, x)[0], net.head.weight, TARGET)
    torch.testing.assert_close(found, raw(ck.cam, net, x))


@pytest.mark.parametrize(
    ("name", "method"),
    [("grad_cam_weights", "grad_cam"), ("grad_cam_pp_weights", "grad_cam_pp")],
)
def test_weights(name: str, method: str, x: Tensor) -> None:
    net = Net("classifier", 2).build().double()
    weights = reference(name)(*seen(net, x))
    found = (weights[:, :, None, None] * seen(net, x)[0]).sum(1)
    torch.testing.assert_close(found, raw(getattr(ck, method), net, x))


def test_to_heatmap(net: nn.Module, x: Tensor) -> None:
    found = reference("to_heatmap")(raw(ck.grad_cam, net, x), 12, 16)
    torch.testing.assert_close(found, ck.grad_cam(net, x, TARGET, layer=LAYER)[:, 0])


def test_guided_grad_cam(net: nn.Module, x: Tensor) -> None:
    found = reference("guided_grad_cam")(ck.guided_backprop(net, x, TARGET), raw(ck.grad_cam, net, x))
    torch.testing.assert_close(found, ck.guided_grad_cam(net, x, TARGET, layer=LAYER))


def test_eigen_cam(net: nn.Module, x: Tensor) -> None:
    torch.testing.assert_close(reference("eigen_cam")(seen(net, x)[0]), raw(ck.eigen_cam, net, x))


@pytest.mark.parametrize("key", range(20))  # some of them draw twice
def test_the_maps_of_the_cases_have_both_signs(key: int) -> None:
    """So that a ReLU left out shows, and no right answer is black."""
    for case in layer_cases(partial(generator, key)):
        arguments = case.build()
        layer = arguments.pop("layer")
        maps = ck.grad_cam(*arguments.values(), layer=layer, normalised=False, upsample=False).flatten(1)
        size = maps.abs().amax(1)
        assert (maps.amax(1) > 0.1 * size).all()
        assert (maps.amin(1) < -0.1 * size).all()

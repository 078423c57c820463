"""The nets: their size, their names, their inputs."""

import pytest
import torch
from torch import nn

from coursekit.models.networks import Normalise, digit_net, scene_net

CLASSES = tuple("abcdefghij")


def test_the_scene_net_has_a_million_parameters_and_a_wide_first_kernel() -> None:
    net = scene_net(CLASSES)
    assert sum(p.numel() for p in net.parameters()) == pytest.approx(1e6, rel=0.05)
    assert net.conv1.kernel_size >= (7, 7)
    assert net.classes == CLASSES


@pytest.mark.parametrize("size", [32, 64, 100, 128, 224])
def test_any_size_goes_in(size: int) -> None:
    assert scene_net(CLASSES, width=4).eval()(torch.rand(2, 3, size, size)).shape == (2, 10)


def test_layers_bear_the_names_that_the_course_uses() -> None:
    names = dict(scene_net(CLASSES, width=4).named_children())
    assert {f"{kind}{i}" for i in range(1, 8) for kind in ("conv", "bn", "relu")} < names.keys()
    assert next(iter(names)) == "normalise"
    assert list(names)[-3:] == ["gap", "flatten", "head"]


def test_the_last_map_of_a_scene_is_8_by_8() -> None:
    net = scene_net(CLASSES, width=4)
    assert nn.Sequential(*list(net)[:-3])(torch.rand(1, 3, 128, 128)).shape[-2:] == (8, 8)


def test_digits_go_in() -> None:
    assert digit_net()(torch.rand(2, 1, 32, 32)).shape == (2, 10)


def test_normalisation_is_the_formula_and_not_in_the_checkpoint() -> None:
    layer = Normalise((0.5, 0.25), (0.5, 2.0))
    x = torch.rand(3, 2, 4, 4)
    expected = torch.stack([(x[:, 0] - 0.5) / 0.5, (x[:, 1] - 0.25) / 2], 1)
    assert torch.allclose(layer(x), expected)
    assert not layer.state_dict()

"""However pictures and weights lie in memory, every method gives what it gives for the usual layout."""

import pytest
import torch
import torch.nn.functional as F
import torchvision
from torch import Tensor, nn

from coursekit import synthesis
from coursekit.attribution import lrp
from tests.attribution import nets
from tests.core.test_precision import EVERY

PICTURES = (nets.images(2, size=20, dtype=torch.float64) * 255).round() / 255


class Viewing(nets.Modular):
    """Flattens its map by ``view``, which takes no map with its channels last."""

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Linear(12 * 25, 6)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(self.rectify(self.conv1(x), 1))
        x = self.pool(self.rectify(self.norm(self.conv2(x)), 2))
        return self.head(self.rectify(self.conv3(x), 3).view(len(x), -1))


class Pooling(nets.Modular):
    """Pools to one position, which is a view with strides where channels are last."""

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(self.rectify(self.conv1(x), 1))
        x = self.pool(self.rectify(self.norm(self.conv2(x)), 2))
        return self.head(F.adaptive_avg_pool2d(self.rectify(self.conv3(x), 3), 1).flatten(1))


def as_numpy_gives_it(x: Tensor) -> Tensor:
    """A part of a larger batch (N, H, W, C), seen as (N, C, H, W)."""
    rows = torch.cat([torch.ones_like(x[:1]), x]).permute(0, 2, 3, 1).contiguous()
    return rows.permute(0, 3, 1, 2)[1:]


LAYOUTS = {
    "as NumPy gives it": as_numpy_gives_it,
    "turned": lambda x: x.transpose(2, 3).contiguous().transpose(2, 3),
    "every other column": lambda x: x.repeat_interleave(2, 3)[..., ::2],
    "one picture twice": lambda x: x[:1].expand_as(x),
    "grey": lambda x: x[:, :1].expand_as(x),
}
METHODS = {
    name: method for name, method in EVERY.items() if not name.startswith(("maximize", "invert", "attack by"))
}
METHODS |= {
    "deep_dream": lambda m, x: synthesis.deep_dream(m, x, synthesis.layer("conv2"), octaves=1, steps=2),
    "style_transfer": lambda m, x: synthesis.style_transfer(
        m, x, x[:1], content_layer="relu2", style_layers=["relu1"], steps=2
    ),
    "texture": lambda m, x: synthesis.texture(m, x[:1], style_layers=["relu1"], size=20, steps=2),
}


def assert_same(found: Tensor, expected: Tensor) -> None:
    size = expected.abs().nan_to_num().max().item()
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-9 * size + 1e-12, equal_nan=True)


@pytest.mark.parametrize("name", METHODS)
def test_pictures_may_lie_as_they_like(name):
    # The plain CAM is for nets that end in a mean.
    model = nets.seeded(nets.Modular if name == "cam" else Viewing, dtype=torch.float64)
    for layout in ("as NumPy gives it", "one picture twice"):
        x = LAYOUTS[layout](PICTURES)
        assert not x.is_contiguous()
        assert_same(METHODS[name](model, x), METHODS[name](model, x.contiguous()))


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize(
    "name", ["saliency", "guided_backprop", "grad_cam", "lrp gamma", "occlusion", "attack pgd"]
)
def test_in_any_layout(name, layout):
    model, x = nets.seeded(Pooling, dtype=torch.float64), layout(PICTURES)
    assert_same(METHODS[name](model, x), METHODS[name](model, x.contiguous()))


@pytest.mark.parametrize("name", METHODS)
def test_nets_may_have_their_channels_last(name):
    x = as_numpy_gives_it(PICTURES)
    expected = METHODS[name](nets.seeded(Pooling, dtype=torch.float64), PICTURES)
    model = nets.seeded(Pooling, dtype=torch.float64).to(memory_format=torch.channels_last)
    assert_same(METHODS[name](model, x), expected)


@pytest.mark.parametrize("name", ["resnet18", "squeezenet1_1", "densenet121", "regnet_x_400mf", "googlenet"])
def test_relevance_of_torchvisions_nets_with_channels_last(name):
    settings = {"aux_logits": False, "init_weights": False} if name == "googlenet" else {}

    def build() -> nn.Module:
        return torchvision.models.get_model(name, num_classes=4, **settings)

    model, x = nets.seeded(build, dtype=torch.float64), nets.images(1, size=40, dtype=torch.float64)
    expected = lrp(model, x)
    found = lrp(model.to(memory_format=torch.channels_last), as_numpy_gives_it(x))
    assert expected.abs().max() > 0
    assert_same(found, expected)

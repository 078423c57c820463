import pytest
import torch
from torch import nn

from coursekit.attacks import paste
from coursekit.models.networks import scene_net
from coursekit.plots.pixels import to_pixels
from coursekit.widgets import patch_picture, patch_widget
from tests.widgets.figures import panels, values

CLASSES = ("car", "tank", "house")
PLACE = {"row": 20, "column": 40, "scale": 0.4, "angle": 30.0}


@pytest.fixture
def model():
    torch.manual_seed(0)
    net = nn.Sequential(nn.AvgPool2d(16), nn.Flatten(), nn.Linear(48, 3))  # sees where a patch lies
    net[2].weight.data *= 10
    return net


@pytest.fixture
def images():
    return torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def patch():
    return 0.8 + 0.2 * torch.rand(3, 8, 8, generator=torch.Generator().manual_seed(1))


def lengths(figure):
    """The lengths of the bars, then those of their outlines."""
    bars, outlines = figure.axes[1].containers
    return [[bar.get_width() for bar in kind] for kind in (bars, outlines)]


def test_the_patch_lies_where_it_was_laid(model, images, patch):
    (shown,) = panels(patch_picture(model, images[:1], patch, **PLACE))
    assert (shown == to_pixels(paste(images[:1], patch, **PLACE))[0]).all()


def test_bars_are_with_the_patch_and_outlines_without(model, images, patch):
    now, before = lengths(patch_picture(model, images[:1], patch, **PLACE))
    clean = model(images[:1]).softmax(1)[0]
    order = clean.argsort(descending=True)
    covered = model(paste(images[:1], patch, **PLACE)).softmax(1)[0]
    assert before == pytest.approx(clean[order].tolist(), abs=1e-5)
    assert now == pytest.approx(covered[order].tolist(), abs=1e-5)
    assert (clean - covered).abs().max() > 1e-3  # else the two could be exchanged


def test_every_control_of_the_widget_matters(model, images, patch, explored):
    patch_widget(model, images, patch, ["one", "two"])
    ((draw, rest),) = explored
    start = panels(draw(**values(rest)))[0]
    changes = {"picture": 1, "row": 50, "column": 50, "scale": 0.5, "angle": 45.0}
    assert set(changes) == set(values(rest))
    for name, value in changes.items():
        rest[name].value, before = value, rest[name].value
        assert (panels(draw(**values(rest)))[0] != start).any(), name
        rest[name].value = before


def test_the_net_comes_back_as_it_was(images, patch):
    model = scene_net(CLASSES, width=4).train()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    patch_picture(model, images[:1], patch, **PLACE)
    assert all(layer.training for layer in model.modules())
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())


@pytest.mark.parametrize(
    ("n", "brightness", "complaint"), [(2, 1, r"images\[i : i"), (1, 2, "pixels are between")]
)
def test_a_bad_setting_is_named(model, images, patch, n, brightness, complaint):
    with pytest.raises(ValueError, match=complaint):
        patch_picture(model, images[:n], brightness * patch, **PLACE)

import pytest
import torch

from coursekit.filters import activation_peaks, top_patches
from coursekit.models.networks import scene_net
from coursekit.widgets import microscope as module
from coursekit.widgets import microscope_picture, microscope_widget
from coursekit.widgets.microscope import optimised_picture
from tests.widgets.figures import panels, titles, values

LAYERS = ["bn1", "bn5"]


@pytest.fixture(scope="module")
def model():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return scene_net(("car", "tank"), width=4).eval()


@pytest.fixture(scope="module")
def images():
    return torch.rand(12, 3, 64, 64, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def peaks(model, images):
    return activation_peaks(model, images, LAYERS, quiet=True)


def test_the_page_shows_the_optimised_picture_the_patches_in_order_and_all_peaks(images, peaks) -> None:
    names = [f"n{i}" for i in range(12)]
    optimised = torch.full((1, 3, 64, 64), 0.25)
    figure = microscope_picture(images, peaks["bn1"], 2, optimised, names)
    best = top_patches(images, peaks["bn1"], 2)
    shown = panels(figure)
    assert len(shown) == 10
    assert (shown[0] == 64).all()
    for crop, picture in zip(best.crops, shown[1:], strict=True):
        assert (picture[48, 48] == (crop[:, 4, 4] * 255).round().byte().numpy()).all()
    wanted = [f"{v:.1f} n{i}" for v, i in zip(best.values.tolist(), best.images.tolist(), strict=True)]
    assert titles(figure) == ["optimised", *wanted]
    assert sum(bar.get_height() for bar in figure.axes[1].patches) == len(images)


def test_every_control_matters_and_the_channels_follow_the_layer(model, images, peaks, explored) -> None:
    microscope_widget(model, images, peaks, channel=15)
    ((draw, rest),) = explored
    assert values(rest) == {"layer": "bn5", "channel": 15, "steps": 16}
    start = panels(draw(**values(rest)))
    for name, value in {"channel": 3, "steps": 96, "layer": "bn1"}.items():
        before = rest[name].value
        rest[name].value = value
        assert any((a != b).any() for a, b in zip(start, panels(draw(**values(rest))), strict=True)), name
        rest[name].value = before
    rest["layer"].value = "bn1"
    assert (rest["channel"].max, rest["channel"].value) == (3, 3)


def test_a_picture_is_optimised_once(model, images, peaks, explored, monkeypatch) -> None:
    asked = []

    def optimise(_model, layer, field, channel, steps):
        assert field is peaks[layer].field
        asked.append((layer, channel, steps))
        return torch.zeros(1, 3, 64, 64)

    monkeypatch.setattr(module, "optimised_picture", optimise)
    microscope_widget(model, images, peaks)
    ((draw, rest),) = explored
    for channel in (0, 1, 0):
        draw(**values(rest) | {"channel": channel})
    assert asked == [("bn5", 0, 16), ("bn5", 1, 16)]


def test_the_optimised_picture_is_that_of_the_unit_in_its_middle(model, peaks) -> None:
    field = peaks["bn1"].field
    found = optimised_picture(model, "bn1", field, 2, 8)
    less = optimised_picture(model, "bn1", field, 2, 1)
    changed = (found - less).abs().amax((0, 1)) > 0.3 * (found - less).abs().max()
    rows, columns = changed.nonzero().float().mean(0).tolist()
    assert (rows, columns) == pytest.approx((32, 32), abs=5)


def test_bad_requests_are_named(model, images, peaks) -> None:
    with pytest.raises(ValueError, match="wanted activation_peaks"):
        microscope_widget(model, images, {})
    with pytest.raises(ValueError, match="bn2"):
        microscope_widget(model, images, peaks, layer="bn2")
    with pytest.raises(ValueError, match="'bn1' has 4"):
        microscope_widget(model, images, peaks, layer="bn1", channel=4)
    with pytest.raises(ValueError, match="1 for 12 images"):
        microscope_picture(images, peaks["bn1"], 0, torch.zeros(1, 3, 8, 8), ["one"])
    with pytest.raises(ValueError, match="the layer has 4"):
        microscope_picture(images, peaks["bn1"], 4, torch.zeros(1, 3, 8, 8))

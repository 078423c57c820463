import numpy as np
import pytest
import torch

from coursekit.attribution import saliency
from coursekit.models.networks import scene_net
from coursekit.widgets import method_picture, method_widget, occlusion_picture, occlusion_widget
from coursekit.widgets import saliency as module

CLASSES = ("car", "tank", "house", "tree", "fish", "boat", "face")


class Light(torch.nn.Module):
    """Sees one square of the image, and says class 0 the surer the lighter it is."""

    classes = CLASSES

    def forward(self, x):
        score = 10 * x[..., 8:12, 8:12].mean((1, 2, 3)) - 5
        return torch.stack([score, *[-score] * 6], 1)


@pytest.fixture
def image():
    return torch.ones(1, 3, 32, 32)


@pytest.fixture
def explored(monkeypatch):
    """What ``explore`` was called with: (draw, keywords)."""
    calls = []
    monkeypatch.setattr(module, "explore", lambda draw, **rest: calls.append((draw, rest)))
    return calls


def values(rest):
    return {name: control.value for name, control in rest.items() if name != "alt"}


def panels(figure):
    return [image.get_array() for image in figure.axes[0].images]


def bars(figure):
    axes = figure.axes[1]
    widths = [bar.get_width() for bar in axes.patches]
    names = [label.get_text() for label in axes.get_yticklabels()]
    return dict(zip(names, zip(widths[: len(names)], widths[len(names) :], strict=True), strict=True))


def test_the_score_drops_where_the_patch_covers_what_the_net_sees(image):
    away = bars(occlusion_picture(Light(), image, row=25, column=25, size=6))
    over = bars(occlusion_picture(Light(), image, row=10, column=10, size=6))
    assert away["car"][0] == pytest.approx(away["car"][1]) == pytest.approx(over["car"][1])
    assert over["car"][0] < away["car"][0] - 0.5


def test_a_class_that_takes_over_is_shown_among_the_bars(image):
    class Turncoat(Light):
        def forward(self, x):
            face = 10 - 30 * x[..., 8:12, 8:12].mean((1, 2, 3))
            return torch.stack([*torch.tensor([5.0, 4, 3, 2, 1, 0]).expand(len(x), -1).T, face], 1)

    covered = bars(occlusion_picture(Turncoat(), image, row=10, column=10, size=8, fill="zero"))
    assert "face" in covered
    assert covered["face"][0] > covered["face"][1]


@pytest.mark.parametrize(("row", "column"), [(0, 0), (31, 31), (0, 31)])
def test_the_patch_stays_inside(image, row, column):
    (drawn,) = panels(occlusion_picture(Light(), image, row=row, column=column, size=8))
    assert (drawn == 128).all(axis=2).sum() == 64


def test_each_fill_covers_in_its_way():
    image = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    inside = {
        fill: panels(occlusion_picture(Light(), image, row=16, column=16, size=8, fill=fill))[0][13:19, 13:19]
        for fill in ("grey", "zero", "blur")
    }
    assert (inside["grey"] == 128).all()
    assert (inside["zero"] == 0).all()
    assert 0 < inside["blur"].std() < 25


@pytest.mark.parametrize(
    ("change", "complaint"),
    [({"size": 33}, "does not fit"), ({"fill": "pink"}, "'zero', 'blur'"), ({"n": 2}, "images\\[i : i")],
)
def test_a_bad_patch_is_named(image, change, complaint):
    settings = {"row": 1, "column": 1, "size": 8, "fill": "grey"} | change
    images = image.repeat(settings.pop("n", 1), 1, 1, 1)
    with pytest.raises(ValueError, match=complaint):
        occlusion_picture(Light(), images, **settings)


def test_the_method_is_asked_about_the_chosen_class_and_the_noisy_picture(image):
    asked = []

    def method(model, x, target):
        asked.append((x, target))
        return x

    for target, noise in ((None, 0.0), (3, 0.0), (3, 0.2), (3, 0.2)):
        method_picture(Light(), image * 0.9, method, name="m", target=target, noise=noise)
    assert [target for _, target in asked] == [0, 3, 3, 3]
    assert torch.equal(asked[1][0], image * 0.9)
    assert (asked[2][0] - image * 0.9).std() > 0.05
    assert torch.equal(asked[2][0], asked[3][0])


def test_picture_heatmap_and_overlay_stand_side_by_side(image):
    figure = method_picture(Light(), image * 0.6, saliency, name="saliency")
    picture, heat, _ = panels(figure)
    assert (picture == 153).all()
    lit = np.argwhere(heat.sum(axis=2) > heat.sum(axis=2).min())
    assert lit.min() == 8
    assert lit.max() == 11
    titles = [text.get_text() for text in figure.axes[0].texts]
    assert titles == ["car, 55%", "saliency: car", "both"]


def test_every_control_of_the_occlusion_widget_matters(explored):
    images = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    occlusion_widget(Light(), images, ["one", "two"])
    ((draw, rest),) = explored
    start = panels(draw(**values(rest)))[0]
    for name, value in {"picture": 1, "row": 4, "column": 4, "size": 12, "fill": "zero"}.items():
        rest[name].value, before = value, rest[name].value
        assert (panels(draw(**values(rest)))[0] != start).any(), name
        rest[name].value = before


def test_every_control_of_the_method_widget_matters(explored):
    torch.manual_seed(0)
    images = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    model = scene_net(CLASSES, width=4)
    method_widget(model, images, {"saliency": saliency, "brightness": lambda model, x, target: x})
    ((draw, rest),) = explored
    start = panels(draw(**values(rest)))[1]
    for name, value in {"picture": 1, "method": "brightness", "target": 5, "noise": 0.2}.items():
        rest[name].value, before = value, rest[name].value
        assert (panels(draw(**values(rest)))[1] != start).any(), name
        rest[name].value = before


def test_the_net_comes_back_as_it_was():
    model = scene_net(CLASSES, width=4).train()
    model.conv1.weight.requires_grad_(False)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    image = torch.rand(1, 3, 32, 32)
    state = torch.get_rng_state()
    occlusion_picture(model, image, row=3, column=3, size=8)
    method_picture(model, image, saliency, name="saliency", noise=0.1)
    assert torch.equal(torch.get_rng_state(), state)
    assert all(layer.training for layer in model.modules())
    assert all(parameter.grad is None for parameter in model.parameters())
    assert not model.conv1.weight.requires_grad
    assert not any(layer._forward_hooks or layer._forward_pre_hooks for layer in model.modules())
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())


@pytest.mark.parametrize(
    "widget", [occlusion_widget, lambda m, x, names: method_widget(m, x, {"s": saliency}, names)]
)
def test_a_name_for_each_picture_is_wanted(widget):
    with pytest.raises(ValueError, match="1 for 2 images"):
        widget(Light(), torch.rand(2, 3, 32, 32), ["one"])


def test_a_method_is_wanted():
    with pytest.raises(ValueError, match="there is none"):
        method_widget(Light(), torch.rand(2, 3, 32, 32), {})

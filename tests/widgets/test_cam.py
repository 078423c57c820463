import pytest
import torch

from coursekit.attribution import eigen_cam, grad_cam, layer_cam
from coursekit.models.networks import scene_net
from coursekit.widgets import cam_picture, cam_widget
from tests.widgets.figures import panels, titles, values

CLASSES = ("car", "tank", "house")
LAYERS = ("relu5", "relu7")
METHODS = {"Layer-CAM": layer_cam, "Eigen-CAM": eigen_cam}


@pytest.fixture
def model():
    torch.manual_seed(0)
    net = scene_net(CLASSES, width=4).eval()
    net.head.weight.data += 0.3  # something speaks for every class
    return net


@pytest.fixture
def images():
    return torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))


def asked(answer):
    """A method that notes what it is asked, and always gives the same map."""

    def method(model, x, target, **rest):
        method.calls.append((target, rest))
        return answer

    method.calls = []
    return method


def test_the_method_is_asked_for_the_map_as_it_is(model, images):
    method = asked(torch.ones(1, 1, 4, 4))
    cam_picture(model, images[:1], method, name="m", layer="relu5", target=1)
    assert method.calls == [(1, {"layer": "relu5", "normalised": False, "upsample": False})]


def test_without_a_class_the_predicted_one_is_asked_about(model, images):
    method = asked(torch.ones(1, 1, 4, 4))
    cam_picture(model, images[:1], method, name="m")
    assert method.calls[0][0] == model(images[:1]).argmax(1).item()


def test_the_map_is_shown_with_its_own_positions_and_without_its_negative_part(model, images):
    heat = torch.tensor([[[[-4.0, 0.0], [1.0, 2.0]]]])
    _, shown, _ = panels(cam_picture(model, images[:1], asked(heat), name="m"))
    light = shown.astype(int).sum(2)
    assert light.shape == (2, 2)
    assert light[0, 0] == light[0, 1] < light[1, 0] < light[1, 1]


def test_score_and_peak_stand_above_the_map(model, images):
    heat = torch.tensor([[[[-4.0, 0.0], [1.0, 2.5]]]])
    above = titles(cam_picture(model, images[:1], asked(heat), name="my method", target=1))
    assert above[1] == f"tank: score {model(images[:1])[0, 1]:.1f}, peak 2.5"
    assert above[2] == "my method"


def test_opacity_leads_from_the_picture_to_the_map(model, images):
    heat = asked(torch.rand(1, 1, 64, 64))

    def mixed(opacity):
        return panels(cam_picture(model, images[:1], heat, name="m", opacity=opacity))

    picture, shown, nothing = mixed(0.0)
    assert (nothing == picture).all()
    assert (mixed(1.0)[2] == shown).all()
    half = (picture.astype(float) + shown) / 2
    assert abs(mixed(0.5)[2] - half).max() <= 0.5


def test_every_control_of_the_widget_matters(model, images, explored):
    cam_widget(model, images, METHODS, LAYERS, ["one", "two"])
    ((draw, rest),) = explored
    assert values(rest)["layer"] == "relu7"
    start = panels(draw(**values(rest)))[2]
    changes = {"picture": 1, "target": 1, "layer": "relu5", "method": "Eigen-CAM", "opacity": 0.9}
    assert set(changes) == set(values(rest))
    for name, value in changes.items():
        rest[name].value, before = value, rest[name].value
        assert (panels(draw(**values(rest)))[2] != start).any(), name
        rest[name].value = before


def test_a_map_is_asked_for_once(model, images, explored):
    method = asked(torch.ones(1, 1, 4, 4))
    cam_widget(model, images, {"m": method}, LAYERS)
    ((draw, rest),) = explored
    for change in ({}, {"opacity": 0.9}, {"target": model(images[:1]).argmax(1).item()}):
        draw(**values(rest) | change)
    assert len(method.calls) == 1
    for change in ({"picture": 1}, {"layer": "relu5"}):
        draw(**values(rest) | change)
    assert len(method.calls) == 3


def test_the_net_comes_back_as_it_was(images):
    model = scene_net(CLASSES, width=4).train()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    cam_picture(model, images[:1], grad_cam, name="Grad-CAM")
    assert all(layer.training for layer in model.modules())
    assert all(parameter.grad is None for parameter in model.parameters())
    assert not any(layer._forward_hooks or layer._forward_pre_hooks for layer in model.modules())
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())


@pytest.mark.parametrize(
    ("change", "complaint"),
    [({"opacity": 1.5}, "from 0 to 1"), ({"n": 2}, r"images\[i : i"), ({"layer": "relu99"}, "relu9")],
)
def test_a_bad_setting_is_named(model, images, change, complaint):
    settings = {"name": "Grad-CAM"} | change
    n = settings.pop("n", 1)
    with pytest.raises(ValueError, match=complaint):
        cam_picture(model, images[:n], grad_cam, **settings)


@pytest.mark.parametrize(("methods", "layers"), [({}, LAYERS), (METHODS, ())])
def test_a_method_and_a_layer_are_wanted(model, images, methods, layers):
    with pytest.raises(ValueError, match="at least one of each"):
        cam_widget(model, images, methods, layers)


def test_a_name_for_each_picture_is_wanted(model, images):
    with pytest.raises(ValueError, match="1 for 2 images"):
        cam_widget(model, images, METHODS, LAYERS, ["one"])

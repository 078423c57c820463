import pytest
import torch

from coursekit.attribution.lrp.lrp import lrp
from coursekit.attribution.lrp.rules import AlphaBeta, Epsilon, Gamma, WSquare, ZBox
from coursekit.models.networks import scene_net
from coursekit.widgets import relevance as module
from coursekit.widgets import relevance_picture, relevance_widget
from tests.widgets.figures import panels, titles, values

CLASSES = ("car", "tank", "house")


@pytest.fixture
def model(image):
    """A net whose scores for the image are 3, −5 and 7, far from where a decimal is rounded."""
    torch.manual_seed(0)
    net = scene_net(CLASSES, width=4).eval()
    with torch.no_grad():
        net.head.bias += torch.tensor([3.0, -5.0, 7.0]) - net(image)[0]
    return net


@pytest.fixture
def image():
    return torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def asked(monkeypatch):
    """The composite and the class of each call of ``lrp``."""
    calls = []

    def spy(model, x, target=None, *, composite):
        calls.append((composite, target))
        return lrp(model, x, target, composite=composite)

    monkeypatch.setattr(module, "lrp", spy)
    return calls


def test_each_third_gets_its_rule_and_the_pixels_theirs(model, image, asked):
    relevance_picture(
        model, image, rules=("αβ", "γ", "ε"), first="w²", alpha=1.5, gamma=0.1, epsilon=0.2, target=1
    )
    ((composite, target),) = asked
    assert composite == (
        ("first", WSquare()),
        (1 / 3, AlphaBeta(1.5, 0.5)),
        (2 / 3, Gamma(0.1)),
        (1.0, Epsilon(0.2)),
    )
    assert target == 1


def test_each_control_is_for_its_own_third(model, image, asked, explored):
    relevance_widget(model, image)
    ((draw, rest),) = explored
    rest["lower"].value, rest["middle"].value, rest["upper"].value = "αβ", "γ", "ε"
    draw(**values(rest))
    ((composite, _),) = asked
    assert [type(rule) for _, rule in composite] == [ZBox, AlphaBeta, Gamma, Epsilon]


@pytest.mark.parametrize(("first", "wanted"), [("z^B", ("first", ZBox())), ("as above it", (1 / 3, Gamma()))])
def test_the_pixels_may_have_the_rule_of_the_layers_above(model, image, asked, first, wanted):
    relevance_picture(model, image, first=first)
    ((composite, _),) = asked
    assert composite[0] == wanted


def test_the_title_says_what_arrives_of_the_score(model, image):
    with torch.no_grad():
        scores = model(image)[0]
    for target, name in enumerate(CLASSES):
        whole = titles(relevance_picture(model, image, target=target))[1]
        assert whole == f"{name}: {scores[target]:.1f} of {scores[target]:.1f} arrives"
    composite = ((1.0, Epsilon(1.0)),)
    left = lrp(model, image, 0, composite=composite).sum()
    figure = relevance_picture(model, image, rules=("ε",) * 3, first="as above it", epsilon=1.0, target=0)
    assert titles(figure)[1] == f"car: {left:.1f} of {scores[0]:.1f} arrives"
    assert f"{left:.1f}" != f"{scores[0]:.1f}"


def test_without_a_target_the_predicted_class_is_explained(model, image, asked):
    relevance_picture(model, image)
    assert asked[0][1] == model(image).argmax()


def test_every_control_matters(model, image, explored):
    relevance_widget(model, torch.cat([image, image.flip(3)]), ["one", "two"])
    ((draw, rest),) = explored
    rest["middle"].value, rest["lower"].value, rest["first"].value = "γ", "αβ", "as above it"
    start = panels(draw(**values(rest)))[1]
    changes = {
        "picture": 1,
        "target": (model(image).argmax().item() + 1) % 3,
        "upper": "αβ",
        "middle": "ε",
        "lower": "γ",
        "first": "w²",
        "alpha": 1.0,
        "gamma": 2.0,
        "epsilon": 1.0,
    }
    assert set(changes) == set(values(rest))
    for name, value in changes.items():
        rest[name].value, before = value, rest[name].value
        assert (panels(draw(**values(rest)))[1] != start).any(), name
        rest[name].value = before


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"rules": ("ε", "ε", "δ")}, "got 'δ'"),
        ({"first": "αβ"}, "as above it, z\\^B, w²"),
        ({"n": 2}, "i \\+ 1"),
    ],
)
def test_what_cannot_be_is_named(model, image, change, complaint):
    images = image.repeat(change.pop("n", 1), 1, 1, 1)
    with pytest.raises(ValueError, match=complaint):
        relevance_picture(model, images, **change)


def test_a_name_for_each_picture_is_wanted(model, image):
    with pytest.raises(ValueError, match="2 for 1 images"):
        relevance_widget(model, image, ["one", "two"])


def test_the_net_comes_back_as_it_was(model, image):
    model.train()
    model.conv1.weight.requires_grad_(False)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    relevance_picture(model, image)
    assert all(layer.training for layer in model.modules())
    assert all(parameter.grad is None for parameter in model.parameters())
    assert not model.conv1.weight.requires_grad
    assert not any(layer._forward_hooks or layer._forward_pre_hooks for layer in model.modules())
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())


def test_a_parameter_is_idle_while_no_third_has_its_rule():
    assert module._idle(upper="ε", middle="γ", lower="γ", alpha=2.0) == {"alpha"}
    assert module._idle(upper="αβ", middle="αβ", lower="αβ") == {"gamma", "epsilon"}

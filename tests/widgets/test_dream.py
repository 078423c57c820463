import pytest
import torch

from coursekit.core.hooks import record
from coursekit.models.networks import scene_net
from coursekit.synthesis import deep_dream, layer, score
from coursekit.widgets import dream as module
from coursekit.widgets import dream_picture, dream_widget
from tests.widgets.figures import panels, titles, values

GOALS = {"car": score(0), "all of layer 2": layer("bn2")}
START = {"number": 0, "goal": "car", "octaves": 4, "steps": 8}


@pytest.fixture(scope="module")
def model():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return scene_net(("car", "tank"), width=4).eval()


@pytest.fixture(scope="module")
def images():
    return torch.rand(2, 3, 48, 64, generator=torch.Generator().manual_seed(0))


def as_bytes(x):
    return (x[0].permute(1, 2, 0) * 255).round().byte().numpy()


def test_picture_and_dream_stand_side_by_side_with_their_values(model, images) -> None:
    dream = torch.full((1, 3, 48, 64), 0.25)
    figure = dream_picture(model, images[:1], dream, layer("bn2"))
    for shown, x in zip(panels(figure), (images[:1], dream), strict=True):
        assert (shown == as_bytes(x)).all()
    with record(model, "bn2") as outputs, torch.no_grad():
        model(torch.cat([images[:1], dream]))
    before, after = outputs["bn2"].square().mean((1, 2, 3)).tolist()
    assert titles(figure) == [f"picture: {before:.3g}", f"dream: {after:.3g}"]


def test_the_dream_is_the_one_that_was_asked_for_and_every_control_matters(model, images, explored) -> None:
    dream_widget(model, images, GOALS, ["pagoda", "dahlia"])
    ((draw, rest),) = explored
    assert values(rest) == START
    shown = panels(draw(**START))[1]
    wanted = deep_dream(model, images[:1], score(0), octaves=4, steps=8, step_size=0.01)
    assert (shown == as_bytes(wanted)).all()
    for name, value in {"number": 1, "goal": "all of layer 2", "octaves": 2, "steps": 3}.items():
        rest[name].value = value
        assert (panels(draw(**START | {name: value}))[1] != shown).any(), name


def test_a_picture_is_dreamt_once(model, images, explored, monkeypatch) -> None:
    asked = []

    def dream(_model, x, objective, **settings):
        asked.append((objective.name, settings["octaves"]))
        return x

    monkeypatch.setattr(module, "deep_dream", dream)
    dream_widget(model, images, GOALS)
    ((draw, _),) = explored
    for octaves in (4, 2, 4):
        draw(**START | {"octaves": octaves})
    assert asked == [("score(0)", 4), ("score(0)", 2)]


def test_bad_requests_are_named(model, images) -> None:
    with pytest.raises(ValueError, match="0 objectives"):
        dream_widget(model, images, {})
    with pytest.raises(ValueError, match="1 names"):
        dream_widget(model, images, GOALS, ["one"])
    with pytest.raises(ValueError, match="4 dimensions"):
        dream_widget(model, images[0], GOALS)

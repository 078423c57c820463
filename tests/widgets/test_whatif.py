"""The what-if widget: one factor of a scene, its scores and its map."""

import numpy as np
import pytest
import torch
from torch import nn

from coursekit.attribution import saliency
from coursekit.datasets.scenes import sweep
from coursekit.models.networks import scene_net
from coursekit.plots.output import render
from coursekit.widgets import whatif_picture, whatif_widget


@pytest.fixture(scope="module")
def net() -> nn.Module:
    torch.manual_seed(0)
    return scene_net(("car", "boat", "tree"), width=4).eval().requires_grad_(False)


@pytest.fixture(scope="module")
def turning():
    return sweep(5, seed=1, size=32, label="car", angle=[-40, -20, 0, 20, 40])


@pytest.mark.parametrize("chosen", [0, 1, 2])
def test_the_picture_shows_scores_over_the_factor(net, turning, chosen: int) -> None:
    figure = whatif_picture(net, saliency, chosen, turning, "angle", 3)
    axes = figure.axes[-1]
    scores = net(turning.images)
    target, others, here = axes.lines
    np.testing.assert_allclose(target.get_ydata(), scores[:, chosen], rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(
        others.get_ydata(), scores[:, [k for k in range(3) if k != chosen]].amax(1), rtol=1e-4, atol=1e-6
    )
    np.testing.assert_allclose(target.get_xdata(), [-40, -20, 0, 20, 40])
    assert list(here.get_xdata()) == [20, 20]
    assert axes.get_xlabel() == "angle"
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts == ["angle 20", net.classes[int(scores[3].argmax())]]


def test_another_step_is_another_picture(net, turning) -> None:
    first, again, other = (
        render(whatif_picture(net, saliency, 1, turning, "angle", k)).data for k in (1, 1, 2)
    )
    assert first == again != other


def test_named_values_are_named(net) -> None:
    lights = sweep(3, seed=1, size=32, label="car", light=["day", "dusk", "night"])
    axes = whatif_picture(net, saliency, 0, lights, "light", 2).axes[-1]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["day", "dusk", "night"]
    assert list(axes.lines[-1].get_xdata()) == [2, 2]


def test_the_net_is_as_it_was(net, turning) -> None:
    whatif_picture(net.train(), saliency, 1, turning, "angle", 0)
    assert net.training
    net.eval()
    assert all(weight.grad is None for weight in net.parameters())


def test_bad_requests_are_refused(net, turning) -> None:
    with pytest.raises(ValueError, match="below 5"):
        whatif_picture(net, saliency, 1, turning, "angle", 5)
    with pytest.raises(ValueError, match="'age'"):
        whatif_picture(net, saliency, 1, turning, "age", 0)
    with pytest.raises(ValueError, match="one length"):
        whatif_widget(net, saliency, 1, {})
    with pytest.raises(ValueError, match="one length"):
        whatif_widget(net, saliency, 1, {"angle": turning, "again": turning[:3]})


def test_the_widget_leaves_a_still(net, turning, capsys) -> None:
    whatif_widget(net, saliency, 1, {"angle": turning})
    assert "while angle does" in capsys.readouterr().out

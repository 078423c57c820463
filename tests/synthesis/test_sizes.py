"""Sizes that a net cannot take: the octaves that fit, or a message that says what came and what to do."""

import warnings

import pytest
import torch
from torch import Tensor, nn

from coursekit.attacks import fool_by_evolution, fool_by_gradient
from coursekit.synthesis import (
    deep_dream,
    dream_zoom,
    invert,
    layer,
    maximize,
    neuron,
    score,
    style_transfer,
    texture,
)
from tests.attribution.nets import Modular, images, seeded


class Narrowing(nn.Sequential):
    """Takes pictures from 25 pixels up, as AlexNet takes them from 63."""

    def __init__(self) -> None:
        layers = [nn.Conv2d(3, 6, 5, 2), nn.ReLU(), nn.MaxPool2d(3, 2), nn.Conv2d(6, 8, 5), nn.ReLU()]
        super().__init__(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 4))


class Fixed(Modular):
    """Takes pictures of 64 pixels alone, as a vision transformer takes those that it was trained on."""

    refusal: type[Exception] = AssertionError

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[-1] != 64:
            raise self.refusal(f"Wrong image width! Expected 64 but got {x.shape[-1]}!")
        return super().forward(x)


class FixedByValue(Fixed):
    refusal = ValueError


class Tiled(Modular):
    """Takes pictures whose edges are multiples of 16."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.unflatten(3, (-1, 16)).flatten(3))


class Windowed(Modular):
    """Makes its window as small as its picture, for good, as Hugging Face's Swin does; or for once."""

    for_good = True

    def __init__(self) -> None:
        super().__init__()
        self.window = 4

    def forward(self, x: Tensor) -> Tensor:
        window = min(self.window, x.shape[-1] // 16)
        if self.for_good:
            self.window, self.seen = window, x.shape
            self.pool = nn.MaxPool2d(2)
        return super().forward(nn.functional.avg_pool2d(x, window, 1))


class WindowedForOnce(Windowed):
    for_good = False


HALVES = {"octave_scale": 2**0.5, "steps": 2, "step_size": 0.05}  # octaves of 16, 23, 32, 45 and 64 pixels
PICTURES = images(2, size=64, dtype=torch.float64)


@pytest.mark.parametrize(
    ("kind", "left_out", "same"),
    [
        (Narrowing, [16, 23], {"octaves": 3}),
        (Fixed, [16, 23, 32, 45], {"octaves": 1}),
        (FixedByValue, [16, 23, 32, 45], {"octaves": 1}),
        (Tiled, [23, 45], {"octaves": 3, "octave_scale": 2}),
    ],
)
def test_a_dream_leaves_out_the_octaves_that_do_not_fit_and_says_so(kind, left_out, same):
    net, goals = seeded(kind, dtype=torch.float64), score([2, 1])
    with pytest.warns(UserWarning, match="is left out: ") as warned:
        found = deep_dream(net, PICTURES, goals, octaves=5, **HALVES)
    octaves = [str(warning.message).split(" is left")[0] for warning in warned]
    assert octaves == [f"octave {size} × {size}" for size in left_out]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        expected = deep_dream(net, PICTURES, goals, **HALVES | same)
    assert torch.equal(found, expected)
    assert not torch.equal(found, PICTURES)


def test_an_octave_in_which_the_unit_has_no_place_is_left_out_too():
    net, goal = seeded(Modular, dtype=torch.float64), neuron("conv2", 1, 9, 9)
    with pytest.warns(UserWarning, match="octave 16 × 16 is left out: target 9, but the net has 8 rows"):
        deep_dream(net, PICTURES[:, :, :32, :32], goal, octaves=3, **HALVES)


def test_a_film_of_a_net_of_one_size():
    with pytest.warns(UserWarning, match="octave 45 × 45 is left out"):
        film = dream_zoom(seeded(Fixed), PICTURES[:1].float(), score(1), frames=2, octaves=2, **HALVES)
    assert film.shape == (2, 3, 64, 64)


def test_a_small_octave_leaves_nothing_in_the_net_for_a_larger_one():
    net, once = (seeded(kind, dtype=torch.float64) for kind in (Windowed, WindowedForOnce))
    before = dict(vars(net)), dict(net.named_modules())
    found = deep_dream(net, PICTURES, score([2, 1]), octaves=5, **HALVES)
    assert torch.equal(found, deep_dream(once, PICTURES, score([2, 1]), octaves=5, **HALVES))
    assert (vars(net), dict(net.named_modules())) == before


SHOWN = {
    "maximize": lambda net: maximize(net, 3, size=32, steps=1),
    "invert": lambda net: invert(net, torch.ones(1, 6), size=32, steps=1),
    "texture": lambda net: texture(net, images(1, size=32), style_layers=["conv1"], size=32, steps=1),
    "fool_by_gradient": lambda net: fool_by_gradient(net, 1, size=32, steps=1),
    "fool_by_evolution": lambda net: fool_by_evolution(net, 1, size=32, steps=1, population=8),
}


@pytest.mark.parametrize("show", SHOWN.values(), ids=SHOWN)
def test_a_net_that_fits_itself_to_a_size_comes_back_as_it_was(show):
    net = seeded(Windowed)
    before = dict(vars(net)), dict(net.named_modules())
    show(net)
    assert (vars(net), dict(net.named_modules())) == before


SMALL = images(1, size=20)
ASKING = {
    "deep_dream": lambda net: deep_dream(net, SMALL, layer("0"), octaves=1),
    "dream_zoom": lambda net: dream_zoom(net, SMALL, layer("0"), octaves=1),
    "maximize": lambda net: maximize(net, 3, size=20),
    "invert": lambda net: invert(net, torch.ones(1, 4), size=20),
    "style_transfer": lambda net: style_transfer(net, SMALL, SMALL, content_layer="3", style_layers=["0"]),
    "texture": lambda net: texture(net, images(1, size=30), style_layers=["0"], size=20),
}


@pytest.mark.parametrize("ask", ASKING.values(), ids=ASKING)
def test_a_size_that_no_net_of_this_kind_takes_is_named(ask):
    net = seeded(Narrowing)
    message = r"the net cannot take pictures of 20 × 20 pixels \(.*Kernel size.*\); give a size that it can"
    with pytest.raises(ValueError, match=message):
        ask(net)
    assert not any(module._forward_hooks or module.training for module in net.modules())

import pytest
import torch
import torch.nn.functional as F

from coursekit.synthesis import channel, deep_dream, dream_zoom, layer
from tests.attribution.nets import Modular, images, seeded

ONE = {"octaves": 1, "steps": 1, "jitter": 0}


@pytest.fixture
def net():
    return seeded(Modular, dtype=torch.float64)


@pytest.fixture
def x():
    return 0.2 + 0.6 * images(2, size=32, dtype=torch.float64)


def ascent(net, x, step_size):
    """One step by the formula, picture by picture, for the mean square of conv2."""
    after = []
    for picture in x:
        leaf = picture[None].clone().requires_grad_()
        value = net.conv2(net.pool(net.conv1(leaf).relu())).square().mean()
        (gradient,) = torch.autograd.grad(value, leaf)
        after.append((leaf + step_size * gradient / gradient.abs().mean()).clamp(0, 1).detach())
    return torch.cat(after)


def test_one_step_in_one_octave_is_the_formula(net, x) -> None:
    found = deep_dream(net, x, layer("conv2"), step_size=0.03, **ONE)
    torch.testing.assert_close(found, ascent(net, x, 0.03))


def test_octaves_and_jitter_are_the_slow_loop(net, x) -> None:
    """Each octave starts from the picture and all that was added so far; each step has a shift of its own."""

    def resized(pictures, side):
        return F.interpolate(pictures, (side, side), mode="bilinear", antialias=True)

    detail, generator = torch.zeros_like(x), torch.Generator().manual_seed(5)
    for side in (16, 23, 32):
        dream = (resized(x, side) + resized(detail, side)).clamp(0, 1)
        for _ in range(2):
            rows, columns = torch.randint(-3, 4, (2,), generator=generator).tolist()
            dream = ascent(net, dream.roll((rows, columns), (2, 3)), 0.1).roll((-rows, -columns), (2, 3))
        detail = dream - resized(x, side)
    settings = {"octaves": 3, "octave_scale": 2**0.5, "steps": 2, "jitter": 3, "seed": 5}
    torch.testing.assert_close(deep_dream(net, x, layer("conv2"), step_size=0.1, **settings), dream)


def test_without_a_gradient_the_picture_stays(net, x) -> None:
    assert torch.equal(deep_dream(net, x, 0 * layer("conv2"), **ONE), x)


def test_the_dream_raises_its_objective_stays_in_range_and_repeats_itself(net, x) -> None:
    dream = deep_dream(net, x[:, :, :28], channel("conv2", 1), octaves=2, step_size=0.05)
    assert dream.shape == (2, 3, 28, 32)
    assert 0 <= dream.min() < dream.max() <= 1
    with torch.no_grad():
        before, after = (net.conv2(net.pool(net.conv1(p).relu()))[:, 1].mean((1, 2)) for p in (x, dream))
    assert (after > before + before.abs()).all()
    again = deep_dream(net, x[:, :, :28], channel("conv2", 1), octaves=2, step_size=0.05)
    assert torch.equal(dream, again)


def test_frames_of_a_film_are_dreams_of_the_enlarged_middle(net, x) -> None:
    film = dream_zoom(net, x[:1], layer("conv2"), frames=3, zoom=1.25, **ONE)
    assert film.shape == (3, 3, 32, 32)
    torch.testing.assert_close(film[:1], deep_dream(net, x[:1], layer("conv2"), **ONE))
    middle = F.interpolate(film[1:2, :, 3:29, 3:29], (32, 32), mode="bilinear", antialias=True)
    torch.testing.assert_close(film[2:], deep_dream(net, middle.clamp(0, 1), layer("conv2"), **ONE))


def test_net_pictures_and_random_state_come_back_as_they_were() -> None:
    model, x, state = seeded(Modular).train(), images(1, size=32), torch.get_rng_state()
    before = x.clone()
    for off in (torch.no_grad, torch.inference_mode):
        with off():
            deep_dream(model, x, layer("relu3"), octaves=1, steps=1)
    with pytest.raises(ValueError, match="nearest"):
        deep_dream(model, x, layer("conv9"), octaves=1)
    assert torch.equal(x, before)
    assert torch.equal(torch.get_rng_state(), state)
    assert all(module.training and not module._forward_hooks for module in model.modules())
    assert all(parameter.grad is None and parameter.requires_grad for parameter in model.parameters())


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"octaves": 0}, "octaves"),
        ({"steps": 0}, "steps"),
        ({"jitter": -1}, "jitter from 0 up"),
        ({"step_size": 0}, "step_size above 0"),
        ({"octave_scale": 1}, "octave_scale"),
        ({"octaves": 2}, "23 × 14 pixels"),
    ],
)
def test_bad_settings_are_named(net, x, settings, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        deep_dream(net, x[..., :20], layer("conv2"), **{"octaves": 1} | settings)


@pytest.mark.parametrize(("n", "zoom"), [(2, 1.1), (1, 0.9)])
def test_a_film_is_of_one_picture_and_goes_in(net, x, n: int, zoom: float) -> None:
    with pytest.raises(ValueError, match="one picture"):
        dream_zoom(net, x[:n], layer("conv2"), zoom=zoom)

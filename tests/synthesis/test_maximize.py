import pytest
import torch

from coursekit.models.networks import scene_net
from coursekit.synthesis import (
    blur,
    blur_every,
    channel,
    clip_contribution,
    clip_norm,
    decay,
    diversity,
    jitter,
    maximize,
    neuron,
    score,
    variation,
)
from tests.attribution.nets import Modular, seeded

BARE = {"transforms": (), "regularisers": ()}


@pytest.fixture
def net():
    return seeded(lambda: scene_net(("a", "b", "c"), width=4))


def answer(net, pictures, layer, channel):
    for name, module in net.named_children():
        pictures = module(pictures)
        if name == layer:
            return pictures[:, channel].mean((1, 2))
    return pictures[:, channel]


@pytest.mark.parametrize("image", ["fourier", "pixels"])
@pytest.mark.parametrize("layer", ["bn3", None])
def test_the_picture_has_a_far_larger_score_than_noise(net, image, layer) -> None:
    wanted = score(2) if layer is None else channel(layer, 2)
    found = maximize(
        net, wanted, size=32, steps=24, lr=0.1, image=image, **BARE | {"transforms": (jitter(2),)}
    )
    assert found.shape == (1, 3, 32, 32)
    assert 0 <= found.min() < found.max() <= 1
    noise = torch.rand(64, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert answer(net, found, layer, 2) > answer(net, noise, layer, 2).max()


def test_a_class_is_its_score_and_a_list_gives_a_picture_each(net) -> None:
    both = maximize(net, [1, 2], size=32, steps=3)
    assert torch.equal(both, maximize(net, score([1, 2]), size=32, steps=3))
    channels = maximize(net, channel("bn3", [1, 3]), size=32, steps=16, **BARE)
    with torch.no_grad():
        scores = torch.stack([answer(net, channels, "bn3", k) for k in (1, 3)])
    assert scores[0, 0] > scores[0, 1]
    assert scores[1, 1] > scores[1, 0]


def test_one_step_is_adams_first_up_the_gradient(net) -> None:
    grey = maximize(net, 1, size=32, steps=1, lr=1e-12, image="pixels", **BARE)
    found = maximize(net, 1, size=32, steps=1, lr=1e-3, image="pixels", **BARE)
    leaf = grey.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(net(leaf)[:, 1].sum(), leaf)
    with torch.no_grad():
        assert ((found - grey) * gradient).sum() > 0
        assert net(found)[0, 1] > net(grey)[0, 1]


def test_diverse_pictures_are_less_alike(net) -> None:
    plain, diverse = (
        maximize(net, channel("bn3", 1) + weight * diversity("bn2"), n=3, size=32, steps=30, lr=0.1, **BARE)
        for weight in (0.0, 20.0)
    )
    assert plain.shape == (3, 3, 32, 32)
    assert _alike(net, diverse) < _alike(net, plain) - 0.05


@torch.no_grad()
def _alike(net, pictures):
    maps = torch.nn.Sequential(*list(net)[:6])(pictures).flatten(2)
    styles = torch.nn.functional.normalize((maps @ maps.mT).flatten(1))
    return (styles @ styles.T)[[0, 0, 1], [1, 2, 2]].mean()


def test_a_unit_changes_only_what_it_sees(net) -> None:
    settings = {"size": 32, "image": "pixels"} | BARE
    found = maximize(net, neuron("conv1", 0, 4, 4), steps=5, lr=0.1, **settings)
    start = maximize(net, neuron("conv1", 0, 4, 4), steps=1, lr=1e-9, **settings)
    changed = (found - start).abs().amax(1)[0] > 1e-4
    rows, columns = changed.nonzero().unbind(1)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (4, 12, 4, 12)


def fine(x):
    return (x - torch.nn.functional.avg_pool2d(x, 3, 1, 1)).square().mean()


def pictures(net, objective=None, transforms=(), regularisers=()):
    return maximize(
        net,
        objective or score(1),
        size=32,
        steps=24,
        lr=0.1,
        image="pixels",
        transforms=transforms,
        regularisers=regularisers,
    )


@pytest.mark.parametrize(
    "softer",
    [
        {"transforms": (blur(2.0),)},
        {"regularisers": (blur_every(2, 1.0),)},
        {"regularisers": (decay(0.2),)},
        {"objective": score(1) - 300 * variation()},
    ],
    ids=["seen through a blur", "blurred", "decayed", "total variation"],
)
def test_each_regulariser_by_itself_leaves_fewer_fine_waves(net, softer) -> None:
    assert fine(pictures(net, **softer)) < 0.7 * fine(pictures(net))


@pytest.mark.parametrize("clipping", [clip_norm(0.6), clip_contribution(0.6)])
def test_clipping_leaves_so_many_pixels_grey(net, clipping) -> None:
    grey = (pictures(net, regularisers=(clipping,)) - 0.5).abs().amax(1) < 1e-6
    assert 0.59 <= grey.float().mean() <= 0.62


def test_regularisers_see_the_gradient_and_the_number_of_the_step(net) -> None:
    seen = []

    def spy(x, gradient, step):
        seen.append((x.clone(), gradient, step))
        return x

    maximize(net, 1, size=32, steps=2, lr=1e-4, image="pixels", transforms=(), regularisers=(spy,))
    (first, gradient, one), (second, _, two) = seen
    assert (one, two) == (1, 2)
    # Up: from the first to the second step the picture moves along the gradient of the score.
    assert ((second - first) * gradient).sum() > 0


def test_total_variation_is_that_of_the_picture_and_not_of_what_the_net_sees(net) -> None:
    start, smooth = (
        maximize(
            net, -1 * variation(), size=32, steps=steps, transforms=(lambda x, _: 0 * x,), regularisers=()
        )
        for steps in (1, 30)
    )
    assert fine(smooth) < 0.5 * fine(start)


def test_transforms_draw_anew_at_each_step_from_the_seed(net) -> None:
    drawn = []

    def spy(x, generator):
        drawn.append(torch.rand((), generator=generator).item())
        return x

    for seed in (0, 0, 1):
        maximize(net, 1, size=32, steps=2, transforms=(spy,), seed=seed)
    assert drawn[:2] == drawn[2:4]
    assert len(set(drawn)) == 4


def test_the_same_seed_gives_the_same_picture_and_leaves_the_random_state(net) -> None:
    state = torch.get_rng_state()
    one, again, other = (maximize(net, 0, size=32, steps=3, seed=seed) for seed in (4, 4, 5))
    assert torch.equal(one, again)
    assert not torch.allclose(one, other)
    assert torch.equal(torch.get_rng_state(), state)


def test_the_net_comes_back_as_it_was() -> None:
    model = seeded(Modular).train()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    with torch.no_grad():
        maximize(model, 0, size=32, steps=2)
    with torch.inference_mode():
        maximize(model, 0, size=32, steps=2)
    with pytest.raises(ValueError, match="nearest"):
        maximize(model, channel("conv9", 0), size=32)
    with pytest.raises(ValueError, match="8 channels"):
        maximize(model, channel("conv1", 8), size=32)
    assert all(layer.training and not layer._forward_hooks for layer in model.modules())
    assert all(parameter.grad is None and parameter.requires_grad for parameter in model.parameters())
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"objective": 7}, "3 classes"),
        ({"image": "waves"}, "'fourier', 'pixels'"),
        ({"lr": 0}, "lr"),
        ({"steps": 0}, "steps"),
        ({"size": 0}, "size"),
        ({"n": 3, "objective": [0, 1]}, "about 2 pictures"),
    ],
)
def test_bad_settings_are_named(net, settings, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        maximize(net, **{"objective": 0, "size": 32, "steps": 2} | settings)


def test_a_unit_that_never_fires_is_named_instead_of_a_grey_picture(net) -> None:
    net.bn3.bias.data.fill_(-100)
    with pytest.raises(ValueError, match=r"channel\('relu3', \[1, 2\]\) has no gradient for picture 0, 1"):
        maximize(net, channel("relu3", [1, 2]), size=32, steps=2)

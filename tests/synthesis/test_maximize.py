import pytest
import torch

from coursekit.networks import scene_net
from coursekit.synthesis import FourierImage, PixelImage, maximize
from tests.attribution.nets import Modular, seeded

KINDS = {"fourier": FourierImage, "pixels": PixelImage}


@pytest.fixture
def net():
    return seeded(lambda: scene_net(("a", "b", "c"), width=4))


def answer(net, pictures, layer, channel):
    for name, module in net.named_children():
        pictures = module(pictures)
        if name == layer:
            return pictures[:, channel].sum((1, 2))
    return pictures[:, channel]


@pytest.mark.parametrize("image", KINDS)
@pytest.mark.parametrize("layer", ["bn3", None])
def test_the_picture_has_a_far_larger_score_than_noise(net, image, layer) -> None:
    found = maximize(net, 2, layer=layer, size=32, steps=24, image=image, jitter=2)
    assert found.shape == (1, 3, 32, 32)
    assert 0 <= found.min() < found.max() <= 1
    noise = torch.rand(64, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert answer(net, found, layer, 2) > answer(net, noise, layer, 2).max()


def test_several_targets_give_a_picture_each(net) -> None:
    both = maximize(net, [1, 3], layer="bn3", size=32, steps=16, jitter=0)
    assert both.shape == (2, 3, 32, 32)
    with torch.no_grad():
        scores = torch.stack([answer(net, both, "bn3", k) for k in (1, 3)])
    assert scores[0, 0] > scores[0, 1]
    assert scores[1, 1] > scores[1, 0]


def test_a_unit_changes_only_what_it_sees(net) -> None:
    found = maximize(net, (0, 4, 4), layer="conv1", size=32, steps=5, image="pixels", jitter=0)
    start = maximize(net, (0, 4, 4), layer="conv1", size=32, steps=1, rate=1e-9, image="pixels", jitter=0)
    changed = (found - start).abs().amax(1)[0] > 1e-4
    rows, columns = changed.nonzero().unbind(1)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (4, 12, 4, 12)


def test_a_blurred_view_leaves_fewer_fine_waves(net) -> None:
    sharp, soft = (maximize(net, 1, size=32, steps=24, image="pixels", blur=blur) for blur in (0.0, 2.0))

    def fine(x):
        return (x - torch.nn.functional.avg_pool2d(x, 3, 1, 1)).square().mean()

    assert fine(soft) < 0.5 * fine(sharp)


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
    with pytest.raises(ValueError, match="nearest"):
        maximize(model, 0, layer="conv9", size=32)
    assert all(layer.training and not layer._forward_hooks for layer in model.modules())
    assert all(parameter.grad is None and parameter.requires_grad for parameter in model.parameters())
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())


@pytest.mark.parametrize("kind", KINDS.values())
def test_the_start_is_nearly_grey(kind) -> None:
    with torch.no_grad():
        start = kind((2, 3, 48, 32), torch.Generator().manual_seed(0))()
    assert start.shape == (2, 3, 48, 32)
    assert (start - 0.5).abs().max() < 0.25


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"target": 7}, "3 classes"),
        ({"image": "waves"}, "'fourier', 'pixels'"),
        ({"jitter": -1}, "from 0 up"),
        ({"steps": 0}, "steps"),
        ({"size": 0}, "size"),
        ({"target": None}, "target"),
    ],
)
def test_bad_settings_are_named(net, settings, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        maximize(net, **{"target": 0, "size": 32, "steps": 2} | settings)


def test_a_unit_that_never_fires_is_named_instead_of_a_grey_picture(net) -> None:
    net.bn3.bias.data.fill_(-100)
    with pytest.raises(ValueError, match="target 1, 2 of layer 'relu3' stays at 0"):
        maximize(net, [1, 2], layer="relu3", size=32, steps=2)

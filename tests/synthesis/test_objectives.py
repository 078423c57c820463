import pytest
import torch
import torch.nn.functional as F

from coursekit.core.hooks import record
from coursekit.core.targets import input_gradient
from coursekit.synthesis import channel, direction, diversity, layer, neuron, score, variation
from coursekit.synthesis.objectives import PICTURE, recording_outputs
from tests.attribution.nets import Modular, images, seeded


class Counting(Modular):
    """Counts its forward passes."""

    def __init__(self) -> None:
        super().__init__()
        self.passes = []  # a number would be put back

    def forward(self, x):
        self.passes.append(1)
        return super().forward(x)


@pytest.fixture
def net():
    return seeded(Counting, dtype=torch.float64)


@pytest.fixture
def x():
    return images(3, dtype=torch.float64)


def value(model, objective, x):
    with recording_outputs(model, objective.layers) as outputs:
        return objective.value(outputs(x))


def gradient(model, objective, x):
    return input_gradient(lambda seen: value(model, objective, seen).sum(), x)


def by_hand(net, x, name):
    """What each layer puts out, with a graph, without hooks."""
    first = net.conv1(x)
    second = net.conv2(net.pool(first.relu()))
    third = net.conv3(net.pool(net.norm(second).relu()))
    scores = net.head(third.relu().mean((2, 3)))
    return {"conv1": first, "conv2": second, "conv3": third, None: scores}[name]


EACH = {
    "score": (lambda: score(4), lambda net, x: by_hand(net, x, None)[:, 4]),
    "scores": (lambda: score([4, 0, 2]), lambda net, x: by_hand(net, x, None)[range(3), [4, 0, 2]]),
    "channel": (lambda: channel("conv2", 3), lambda net, x: by_hand(net, x, "conv2")[:, 3].mean((1, 2))),
    "channels": (
        lambda: channel("conv2", [3, 3, 1]),
        lambda net, x: torch.stack([by_hand(net, x, "conv2")[i, c].mean() for i, c in enumerate([3, 3, 1])]),
    ),
    "neuron": (lambda: neuron("conv3", 7, 2, 0), lambda net, x: by_hand(net, x, "conv3")[:, 7, 2, 0]),
    "middle": (lambda: neuron("conv3", 7), lambda net, x: by_hand(net, x, "conv3")[:, 7, 3, 3]),
    "layer": (lambda: layer("conv1"), lambda net, x: by_hand(net, x, "conv1").pow(2).mean((1, 2, 3))),
    "direction": (
        lambda: direction("conv1", torch.arange(8.0)),
        lambda net, x: (
            torch.einsum("nchw,c->n", by_hand(net, x, "conv1"), torch.arange(8.0, dtype=x.dtype)) / (24 * 24)
        ),
    ),
}


@pytest.mark.parametrize("name", EACH)
def test_each_objective_is_its_formula(net, x, name: str) -> None:
    objective, formula = EACH[name]
    wanted = formula(net, x)
    torch.testing.assert_close(value(net, objective(), x), wanted)
    torch.testing.assert_close(
        gradient(net, objective(), x), input_gradient(lambda s: formula(net, s).sum(), x)
    )


def test_a_sum_costs_one_forward_pass_and_has_the_sum_of_the_gradients(net, x) -> None:
    parts = [channel("conv2", 3), neuron("conv3", 7, 2, 2), score(1), layer("conv1"), variation()]
    weights = [1.0, 0.2, -1.0, 3.0, -0.5]
    alone = sum(w * gradient(net, part, x) for w, part in zip(weights, parts, strict=True))
    first, second, third, fourth, fifth = parts
    together = first + 0.2 * second - third + fourth * 3 - 0.5 * fifth
    net.passes.clear()
    torch.testing.assert_close(gradient(net, together, x), alone)
    assert len(net.passes) == 1
    assert together.layers >= {"conv1", "conv2", "conv3"}


def test_diversity_is_minus_the_mean_cosine_to_the_others(net, x) -> None:
    maps = by_hand(net, x, "conv2").flatten(2)
    styles = [(m @ m.T).flatten() for m in maps]
    for i, found in enumerate(value(net, diversity("conv2"), x)):
        alike = [F.cosine_similarity(styles[i], styles[j], 0) for j in range(3) if j != i]
        torch.testing.assert_close(found, -torch.stack(alike).mean())


def test_diversity_of_one_picture_is_nothing(net, x) -> None:
    torch.testing.assert_close(value(net, diversity("conv2"), x[:1]), torch.zeros(1, dtype=x.dtype))


def test_a_count_of_pictures_is_kept_and_must_agree() -> None:
    assert (channel("conv1", 0) + 0.5 * score([1, 2])).pictures == 2
    with pytest.raises(ValueError, match=r"2 pictures, .* about 3"):
        score([1, 2]) + channel("conv1", [1, 2, 3])


def test_a_sum_is_named_as_it_is_written() -> None:
    assert (score(3) - 0.5 * variation()).name == "score(3) + -1 * (0.5 * (variation(2.0)))"


def test_what_is_watched_is_what_a_hook_records_also_where_gradients_are_off(net, x) -> None:
    with record(net, "relu2") as recorded, torch.no_grad():
        net(x)
    for off in (torch.no_grad, torch.inference_mode):
        with off(), recording_outputs(net, frozenset({"relu2"})) as outputs:
            found = outputs(x.clone().requires_grad_())
        assert found["relu2"].requires_grad
        torch.testing.assert_close(found["relu2"].detach(), recorded["relu2"])
        assert torch.equal(found[PICTURE], x)


def test_a_layer_that_does_not_run_is_named(net, x) -> None:
    net.spare = torch.nn.ReLU()
    with pytest.raises(ValueError, match="'spare' does not run"):
        value(net, layer("spare"), x)

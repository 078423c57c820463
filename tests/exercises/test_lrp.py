"""The references of chapter 06 that are no functions of the package, held against it and against loops."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_linear_bn_weights

from coursekit.attribution import conservation, lrp
from coursekit.attribution.lrp.rules import AlphaBeta, Epsilon
from coursekit.exercises import CHAPTERS, Exercise, Net, find, lookup
from tests.exercises.source import arguments

CHAPTER = "06_lrp"
assert CHAPTER in CHAPTERS


def _by_classes(layers: nn.Module, x: Tensor, relevance: Tensor, **options) -> Tensor:
    """``lrp`` with any relevance at the outputs: it is linear in that, and starts from a score."""
    scores = layers(x)
    factors = torch.where(scores == 0, 0, relevance / scores)
    per_class = [lrp(layers, x, k, **options) for k in range(scores.shape[1])]
    return torch.einsum("kn...,nk->n...", torch.stack(per_class), factors)


def _linear(weight: Tensor, bias: Tensor) -> nn.Linear:
    layer = nn.Linear(weight.shape[1], weight.shape[0])
    layer.weight.data, layer.bias.data = weight, bias
    return layer.requires_grad_(False)


def _close(value: Tensor, wanted: Tensor) -> bool:
    return torch.allclose(value, wanted, atol=1e-6 * wanted.abs().max().item(), rtol=1e-6)


@pytest.mark.parametrize("seed", [0, 1])
def test_the_rules_of_a_linear_layer_are_the_packages(seed: int) -> None:
    for case in arguments("epsilon_rule", seed):
        activation, weight, bias, relevance, eps = case.values()
        composite = (("linear", Epsilon(eps, bias=True)),)
        wanted = _by_classes(_linear(weight, bias), activation, relevance, composite=composite)
        assert _close(lookup("epsilon_rule").reference(*case.values()), wanted)
    for case in arguments("alpha_beta_rule", seed):
        activation, weight, bias, relevance, alpha, beta = case.values()
        composite = (("linear", AlphaBeta(alpha, beta, bias=True)),)
        wanted = _by_classes(_linear(weight, bias), activation, relevance, composite=composite)
        assert _close(lookup("alpha_beta_rule").reference(*case.values()), wanted)


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(
    ("name", "pool"), [("max_pool_rule", nn.MaxPool2d), ("average_pool_rule", nn.AvgPool2d)]
)
def test_the_rules_of_pooling_are_the_packages(name: str, pool: type[nn.Module], seed: int) -> None:
    for case in arguments(name, seed):
        activation, relevance, size = case.values()
        x = activation.sigmoid() if name == "max_pool_rule" else activation / activation.max()
        # Before its first layer with weights the package counts in pixels, so there must be one.
        same = nn.Conv2d(x.shape[1], x.shape[1], 1, bias=False).requires_grad_(False)
        same.weight.data = torch.eye(x.shape[1], dtype=x.dtype)[:, :, None, None]
        net = nn.Sequential(same, pool(size), nn.Flatten())
        wanted = _by_classes(net, x, relevance.flatten(1), composite="zero")
        assert _close(lookup(name).reference(x, relevance, size), wanted)


@pytest.mark.parametrize("seed", [0, 1])
def test_batch_norm_is_folded_as_torch_does(seed: int) -> None:
    for case in arguments("fold_batch_norm", seed):
        weight, bias, mean, variance, scale, shift, eps = case.values()
        wanted = fuse_linear_bn_weights(weight, bias, mean, variance, eps, scale, shift)
        value = lookup("fold_batch_norm").reference(*case.values())
        torch.testing.assert_close(value, torch.cat([wanted[0], wanted[1][:, None]], 1))


def test_the_rule_of_a_layer_is_a_sum_over_its_weights() -> None:
    """The rule of a convolution is that of the matrix which the convolution is."""
    layer, activation, relevance, eps = arguments("layer_rule", 0)[0].values()
    positions = torch.eye(activation[0].numel(), dtype=activation.dtype).view(-1, *activation.shape[1:])
    bias = layer(torch.zeros_like(activation))
    weight = (layer(positions) - bias).flatten(1).T
    wanted = lookup("epsilon_rule").reference(
        activation.flatten(1), weight, bias.flatten(), relevance.flatten(1), eps
    )
    value = lookup("layer_rule").reference(layer, activation, relevance, eps)
    assert _close(value.flatten(1), wanted)


@pytest.mark.parametrize("seed", [0, 1])
def test_the_leaks_are_those_that_the_package_finds(seed: int) -> None:
    for case in arguments("leaks", seed):
        model, x, target, eps = case.values()
        rule = Epsilon(eps, bias=True)
        found = conservation(model, x, target, composite=(("convolution", rule), ("linear", rule)))
        wanted = torch.stack([leak.leak for leak in found], 1)
        value = lookup("leaks").reference(*case.values())
        assert _close(value[:, [0, 2, 5]], wanted)
        assert not value[:, [1, 3, 4]].any()


@pytest.mark.parametrize("exercise", find(CHAPTER), ids=lambda exercise: exercise.name)
def test_few_cases_are_right_by_a_wrong_rule(exercise: Exercise) -> None:
    """Cases tell mistakes apart: none is right in more than half of them, whatever the seed."""
    for seed in range(5):
        cases = exercise.cases(seed)
        answers = [exercise.reference(*case.build().values()) for case in cases]
        for mistake in exercise.mistakes:
            right = [
                exercise.agree(mistake.function(*case.build().values()), wanted)
                for case, wanted in zip(cases, answers, strict=True)
            ]
            assert sum(right) <= len(cases) / 2, f"{mistake.name}, seed {seed}"


def test_the_nets_take_what_their_kinds_say() -> None:
    assert Net("strided", 0).build()(torch.rand(2, 3, 8, 12)).shape == (2, 5)
    assert Net("convolution", 0).build()(torch.rand(2, 3, 8, 6)).shape == (2, 4, 4, 3)
    assert Net("linear", 0).build()(torch.rand(2, 6)).shape == (2, 4)

"""The sanity check on nets whose weights are made from others, shared, frozen or none of a layer's own."""

import copy

import pytest
import torch
import torchvision
from torch import Tensor, nn
from torch.nn.utils import parametrizations, parametrize, prune

from coursekit import wrap
from coursekit.attribution import randomisation, saliency
from coursekit.attribution.reparametrised import plain_copy
from tests.attribution import nets

X = nets.images(dtype=torch.float64)


class Doubled(nn.Module):
    def forward(self, weight: Tensor) -> Tensor:
        return 2 * weight


WAYS = {
    "old weight norm": nn.utils.weight_norm,
    "old spectral norm": nn.utils.spectral_norm,
    "weight norm": parametrizations.weight_norm,
    "spectral norm": parametrizations.spectral_norm,
    "orthogonal": parametrizations.orthogonal,
    "pruned": lambda layer: prune.l1_unstructured(layer, "weight", 0.3),
    "pruned twice": lambda layer: prune.ln_structured(
        prune.l1_unstructured(layer, "weight", 0.2), "weight", 0.2, n=2, dim=0
    ),
    "one of one's own": lambda layer: parametrize.register_parametrization(layer, "weight", Doubled()),
    "on the bias too": lambda layer: parametrize.register_parametrization(
        parametrizations.weight_norm(layer), "bias", Doubled()
    ),
}


def reparametrised(way, *, dtype: torch.dtype = torch.float64) -> nn.Module:
    def build() -> nn.Module:
        net = nets.Modular().to(dtype)
        for layer in list(net.modules()):
            if isinstance(layer, nn.Conv2d | nn.Linear):
                way(layer)
        return net

    return nets.seeded(build, dtype=dtype)


def plain(model: nn.Module) -> nn.Module:
    """Build the same net without reparametrisation, from the weights that it has when it runs."""
    net = nets.seeded(nets.Modular, dtype=torch.float64)
    with torch.no_grad():
        model(X)
        for path, weight in net.state_dict().items():
            layer, _, name = path.rpartition(".")
            weight.copy_(getattr(model.get_submodule(layer), name))
    return net


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("target", [None, 2])
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_it_is_the_check_of_the_plain_net(way, target):
    model = reparametrised(way)
    expected = randomisation(plain(model), X, saliency, target)
    found = randomisation(model, X, saliency, target)
    assert list(found) == list(expected) == ["head", "conv3", "norm", "conv2", "conv1"]
    for name, similarity in expected.items():
        torch.testing.assert_close(found[name], similarity, rtol=0, atol=1e-6)
    assert found["head"].max() < 0.999


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_the_net_itself_stays_as_it_was(way):
    model = reparametrised(way)
    before = copy.deepcopy(model.state_dict())
    kinds, scores = [type(layer) for layer in model.modules()], model(X)
    randomisation(model, X, saliency, 1)
    assert [type(layer) for layer in model.modules()] == kinds
    assert list(model.state_dict()) == list(before)
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name]), name
    assert torch.equal(model(X), scores)


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_plain_copy_gives_the_same_scores(way):
    model = reparametrised(way)
    flat = plain_copy(model)
    torch.testing.assert_close(flat(X), model(X), rtol=1e-12, atol=1e-12)
    assert set(dict(flat.named_parameters())) == set(dict(nets.Modular().named_parameters()))


def test_a_hook_of_ones_own_that_makes_a_weight_is_not_left_alone():
    model = nets.seeded(nets.Modular, dtype=torch.float64)
    layer = model.head
    layer.source = nn.Parameter(layer.weight.detach().clone())
    del layer._parameters["weight"]
    layer.weight = layer.source.detach().clone()
    layer.register_forward_pre_hook(lambda layer, _: setattr(layer, "weight", layer.source * 1))
    assert randomisation(model, X, saliency)["head"].max() < 0.999


def test_shared_weights_are_forgotten_layer_by_layer():
    class Shared(nets.Modular):
        def __init__(self) -> None:
            super().__init__()
            self.conv3 = nn.Conv2d(8, 8, 3, padding=1)
            self.head = nn.Linear(8, 6)
            self.conv3.weight = self.conv2.weight

    model = nets.seeded(Shared, dtype=torch.float64)
    apart = copy.deepcopy(model)
    apart.conv3.weight = nn.Parameter(apart.conv3.weight.detach().clone())
    expected = randomisation(apart, X, saliency)
    for name, similarity in randomisation(model, X, saliency).items():
        assert torch.equal(similarity, expected[name])


def test_weights_that_lie_otherwise_in_memory_are_forgotten_alike():
    model = nets.seeded(nets.Modular, dtype=torch.float64)
    expected = randomisation(model, X, saliency)
    for name, similarity in randomisation(model.to(memory_format=torch.channels_last), X, saliency).items():
        torch.testing.assert_close(similarity, expected[name], rtol=0, atol=1e-6)


def test_frozen_weights_are_forgotten_too():
    model = nets.seeded(nets.Modular, dtype=torch.float64)
    expected = randomisation(model, X, saliency)
    for name, similarity in randomisation(model.requires_grad_(False), X, saliency).items():
        assert torch.equal(similarity, expected[name])


class OnlyStatistics(nets.Modular):
    def __init__(self, norm: type[nn.Module]) -> None:
        super().__init__()
        self.norm = norm()


@pytest.mark.parametrize(
    "norm",
    [lambda: nn.BatchNorm2d(8, affine=False), lambda: torchvision.ops.FrozenBatchNorm2d(8)],
    ids=["without weights", "frozen"],
)
def test_what_a_batch_norm_counted_is_forgotten(norm):
    model = nets.seeded(lambda: OnlyStatistics(norm), dtype=torch.float64)
    model.norm.running_mean.normal_(0, 0.2, generator=torch.Generator().manual_seed(0))
    model.norm.running_var.uniform_(0.5, 2, generator=torch.Generator().manual_seed(0))
    seen = []

    def method(net: nn.Module, x: Tensor, target) -> Tensor:
        seen.append(net.norm(torch.ones(1, 8, 1, 1, dtype=x.dtype)).flatten())
        return saliency(net, x, target)

    assert list(randomisation(model, X, method)) == ["head", "conv3", "norm", "conv2", "conv1"]
    as_it_was, *_, forgotten = seen
    assert not torch.allclose(as_it_was, forgotten)
    torch.testing.assert_close(forgotten, torch.ones(8, dtype=X.dtype), rtol=1e-4, atol=0)


class Loose(nets.Modular):
    """Has weights that belong to no layer within it."""

    def __init__(self) -> None:
        super().__init__()
        self.scale, self.spare = nn.Parameter(torch.ones(1)), nn.Linear(2, 2)

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(self.scale * x)


@pytest.mark.parametrize("frozen", [False, True])
def test_weights_of_no_layer_with_a_name_are_named(frozen):
    model = nets.seeded(Loose, dtype=torch.float64).requires_grad_(not frozen)
    with pytest.raises(ValueError, match=r"^'scale' would be left as they are.* give coursekit\.wrap\(net\)"):
        randomisation(model, X, saliency)


def test_a_wrapped_net_is_a_layer_with_a_name():
    model = wrap(nets.seeded(Loose, dtype=torch.float64))
    expected = ["net", "net.head", "net.conv3", "net.norm", "net.conv2", "net.conv1"]
    assert list(randomisation(model, X, saliency)) == expected

import copy

import pytest
import torch
import torch.nn.functional as F
from scipy.stats import spearmanr
from torch import Tensor, nn

from coursekit.attribution import guided_backprop, heatmap, randomisation, rank_correlation, saliency
from tests.attribution import nets
from tests.gpu.pretended import pretending

DOUBLE = torch.float64


def test_the_correlation_is_that_of_scipy():
    generator = torch.Generator().manual_seed(0)
    first = torch.randn(5, 8, 7, generator=generator, dtype=DOUBLE)
    second = first + torch.randn(5, 8, 7, generator=generator, dtype=DOUBLE)
    first, second = first.clamp(min=0), second.round()  # with many ties, of different sizes
    expected = [spearmanr(a.flatten(), b.flatten()).statistic for a, b in zip(first, second, strict=True)]
    assert rank_correlation(first, second).tolist() == pytest.approx(expected, abs=1e-6)


def test_only_the_order_counts():
    maps = torch.rand(2, 6, 6, generator=torch.Generator().manual_seed(0), dtype=DOUBLE)
    torch.testing.assert_close(rank_correlation(maps, maps.exp()), torch.ones(2, dtype=DOUBLE))
    torch.testing.assert_close(rank_correlation(maps, -maps), -torch.ones(2, dtype=DOUBLE))
    assert rank_correlation(maps, torch.full_like(maps, 3)).tolist() == [0, 0]
    with pytest.raises(ValueError, match=r"of one shape, got \(2, 6, 6\) and \(1, 6, 6\)"):
        rank_correlation(maps, maps[:1])
    for pair in ((maps, maps / 0), (maps * torch.nan, maps)):
        with pytest.raises(ValueError, match="NaN or infinite values, which have no rank"):
            rank_correlation(*pair)


def test_layers_are_forgotten_from_the_head_down():
    model, x = nets.seeded(nets.Modular, dtype=DOUBLE), nets.images(dtype=DOUBLE)
    maps = []

    def method(net: nn.Module, x: Tensor, target: Tensor) -> Tensor:
        maps.append(saliency(net, x, target))
        return maps[-1]

    similarity = randomisation(model, x, method)
    assert list(similarity) == ["head", "conv3", "norm", "conv2", "conv1"]
    whole, *after = map(heatmap, maps)
    for found, heat in zip(similarity.values(), after, strict=True):
        torch.testing.assert_close(found, rank_correlation(whole, heat))
    assert similarity["conv1"].abs().max() < 0.6  # about 0.2 ± 0.1, whatever is drawn


def test_each_layer_comes_on_top_of_those_above_it():
    model, x = nets.seeded(nets.Modular, dtype=DOUBLE), nets.images(dtype=DOUBLE)
    forgotten = []

    def method(net: nn.Module, x: Tensor, target: Tensor) -> Tensor:
        now, then = (dict(one.named_parameters()) for one in (net, model))
        forgotten.append({name.split(".")[0] for name in now if not torch.equal(now[name], then[name])})
        return saliency(net, x, target)

    randomisation(model, x, method)
    # The norm's weights of 1 and 0 are as they were, since it has not learned.
    assert forgotten == [
        set(),
        {"head"},
        {"head", "conv3"},
        {"head", "conv3"},
        {"head", "conv3", "conv2"},
        {"head", "conv3", "conv2", "conv1"},
    ]


def test_the_class_stays_the_one_that_the_whole_net_predicts():
    model, x = nets.seeded(nets.Modular, dtype=DOUBLE), nets.images(dtype=DOUBLE)
    asked = []

    def method(net: nn.Module, x: Tensor, target: Tensor) -> Tensor:
        asked.append(target)
        return saliency(net, x, target)

    randomisation(model, x, method)
    assert all(torch.equal(target, model(x).argmax(1)) for target in asked)
    asked.clear()
    randomisation(model, x, method, 2)
    assert set(asked) == {2}


def test_a_seed_repeats_itself():
    model, x = nets.seeded(nets.Modular, dtype=DOUBLE), nets.images(dtype=DOUBLE)
    first, again, other = (randomisation(model, x, saliency, 1, seed=seed)["conv1"] for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_the_sign_may_count():
    model, x = nets.seeded(nets.Modular, dtype=DOUBLE), nets.images(dtype=DOUBLE)

    def turned(net: nn.Module, x: Tensor, target: Tensor) -> Tensor:
        return saliency(model, x, target) * (1 if torch.equal(net.head.weight, model.head.weight) else -1)

    torch.testing.assert_close(randomisation(model, x, turned)["head"], torch.ones(3, dtype=DOUBLE))
    signed = randomisation(model, x, turned, signed=True)["head"]
    torch.testing.assert_close(signed, -torch.ones(3, dtype=DOUBLE))


def test_a_layer_without_a_beginning_of_its_own_forgets_too():
    class Scaled(nets.Modular):
        def __init__(self) -> None:
            super().__init__()
            self.scale = Scale()

        def forward(self, x: Tensor) -> Tensor:
            return super().forward(self.scale(x))

    class Scale(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.factor = nn.Parameter(torch.linspace(0.5, 1, 24))

        def forward(self, x: Tensor) -> Tensor:
            return x * self.factor

    similarity = randomisation(nets.seeded(Scaled, dtype=DOUBLE), nets.images(dtype=DOUBLE), saliency)
    assert list(similarity)[-1] == "scale"
    assert (similarity["scale"] != similarity["conv1"]).all()


class Attending(nn.Module):
    """Has an attention that takes the weights of layers which never run."""

    def __init__(self, attention: nn.Module) -> None:
        super().__init__()
        self.head, self.attn, self.spare = nn.Linear(8, 6), attention, nn.Linear(3, 3)
        self.norm, self.patches = nn.LayerNorm(8), nn.Conv2d(3, 8, 6, 6)

    def forward(self, x: Tensor) -> Tensor:
        x = self.patches(x).flatten(2).mT
        self.spare.weight.square().sum()  # which no score depends on
        return self.head(self.norm(self.attn(x)).mean(1))


class ByFunction(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.proj, self.qkv = nn.Linear(8, 8), nn.Linear(8, 24)
        self.scale = nn.Parameter(torch.ones(8))
        self.first = nn.ParameterList([torch.randn(8)])

    def forward(self, x: Tensor) -> Tensor:
        x = x.to(self.proj.weight.dtype) * self.first[0]  # what type a weight has is no use of it
        q, k, v = F.linear(x, self.qkv.weight, self.qkv.bias).chunk(3, -1)
        x = (q @ k.mT).softmax(-1) @ v * self.scale
        return F.linear(input=x, bias=self.proj.bias, weight=self.proj.weight)


class OfTorch(nn.MultiheadAttention):
    """Gives a tuple, and never calls its last layer."""

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return super().forward(x, x, x)


class First(nn.Sequential):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x)[0]


@pytest.mark.parametrize(
    ("attention", "names"),
    [
        (ByFunction, ["attn", "attn.proj", "attn.qkv", "attn.first"]),
        (lambda: First(OfTorch(8, 2, batch_first=True)), ["attn.0.out_proj", "attn.0"]),
    ],
    ids=["by function", "of torch"],
)
def test_weights_that_a_function_takes_are_forgotten_where_it_takes_them(attention, names):
    model, x = nets.seeded(lambda: Attending(attention()), dtype=DOUBLE), nets.images(dtype=DOUBLE)
    for weight in model.parameters():
        weight.data.add_(0.1 * torch.randn(weight.shape, generator=torch.Generator().manual_seed(0)))
    states = []

    def method(net: nn.Module, x: Tensor, target: Tensor) -> Tensor:
        states.append({name: weight.clone() for name, weight in net.named_parameters()})
        return saliency(net, x, target)

    assert list(randomisation(model, x, method)) == ["head", "norm", *names, "patches"]
    for name, before, after in zip(["head", "norm", *names, "patches"], states, states[1:], strict=False):
        changed = {weight.rpartition(".")[0] for weight in after if not before[weight].equal(after[weight])}
        assert changed == {name}
    left = [name for name, weight in model.named_parameters() if weight.equal(states[-1][name])]
    assert left == ["spare.weight", "spare.bias"]


def test_new_weights_are_drawn_on_the_cpu_and_in_one_go():
    model, x = nets.seeded(nets.Modular), nets.images()
    seen = []

    def method(net: nn.Module, x: Tensor, target: Tensor) -> Tensor:
        seen.append(net.conv1.weight.detach().cpu().clone())
        torch.rand(1)
        return saliency(net, x, target)

    randomisation(model, x, method, 1)
    with pretending():
        randomisation(copy.deepcopy(model).to("cuda"), x.to("cuda"), method, 1)
    assert not seen[5].equal(seen[0])
    assert seen[5].equal(seen[-1])
    alone = nets.Modular()
    torch.manual_seed(0)
    for layer in (alone.head, alone.conv3, alone.conv2, alone.conv1):
        layer.reset_parameters()
    assert seen[5].equal(alone.conv1.weight)


def test_what_a_net_or_a_method_refuses_is_refused():
    class Twice(nets.Modular):
        def forward(self, x: Tensor) -> Tensor:
            return super().forward(x) + super().forward(x.flip(3))

    with pytest.raises(ValueError, match="'conv1' runs more than once"):
        randomisation(nets.seeded(Twice), nets.images(), saliency)
    linear = nn.Sequential(nn.Flatten(), nn.Linear(3 * 24 * 24, 3))
    with pytest.raises(ValueError, match="has no ReLU"):
        randomisation(linear, nets.images(), guided_backprop)

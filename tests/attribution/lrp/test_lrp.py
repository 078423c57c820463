"""Layer-wise relevance propagation: conservation, every way to write a net, and what is refused.

In double precision: where a sum nearly cancels out, the last digit of a float decides which way a ReLU
falls and how a share divides.
"""

from collections import OrderedDict

import pytest
import torch
import torch.nn.functional as F
import torchvision
from torch import Tensor, nn

from coursekit.attribution import conservation, input_x_gradient, lrp
from coursekit.attribution.lrp.composites import COMPOSITES
from coursekit.attribution.lrp.rule import Rule
from coursekit.attribution.lrp.rules import AlphaBeta, Epsilon, Gamma, WSquare, ZBox, Zero, ZPlus
from coursekit.models.checkpoints import load_model
from tests.attribution import nets

TARGET = torch.tensor([3, 7])
DOUBLE = torch.float64


def with_biases(build):
    """Build a net whose biases and batch norms do something."""

    def built() -> nn.Module:
        net = build()
        for layer in net.modules():
            if isinstance(layer, nn.BatchNorm2d):
                nn.init.normal_(layer.weight)  # some are negative
                nn.init.normal_(layer.bias, 0, 0.3)
            elif getattr(layer, "bias", None) is not None:
                nn.init.normal_(layer.bias, 0, 0.05)
        return net

    return built


def foreign(name: str) -> nn.Module:
    """Build a net of torchvision's; VGG's wide layers, which else take most of the time, are narrow."""

    def build() -> nn.Module:
        net = torchvision.models.get_model(name, num_classes=10)
        if name == "vgg16":
            net.classifier = nn.Sequential(
                *(nn.Linear(512 * 7 * 7, 256), nn.ReLU(True), nn.Dropout()),
                *(nn.Linear(256, 256), nn.ReLU(True), nn.Dropout(), nn.Linear(256, 10)),
            )
        return net

    return nets.seeded(with_biases(build), dtype=DOUBLE)


NETS = {
    "scenes": lambda: load_model("scenes", device="cpu").double(),
    "scenes-robust": lambda: load_model("scenes-robust", device="cpu").double(),
    "digits": lambda: load_model("digits", device="cpu").double(),
    **{name: lambda name=name: foreign(name) for name in ("vgg16", "resnet18", "resnet50", "densenet121")},
}


@pytest.fixture(scope="module", params=NETS)
def case(request: pytest.FixtureRequest) -> tuple[str, nn.Module, Tensor]:
    digits = request.param == "digits"
    return (
        request.param,
        NETS[request.param](),
        nets.images(2, channels=1 if digits else 3, size=32, dtype=DOUBLE),
    )


def gap(relevance: Tensor, scores: Tensor) -> float:
    """Return how much of the scores is missing in the relevance."""
    return ((relevance.flatten(1).sum(1) - scores) / scores).abs().max().item()


def scores_of(model: nn.Module, x: Tensor) -> Tensor:
    with torch.no_grad():
        return model(x)[range(len(x)), TARGET[: len(x)]]


def test_relevance_sums_to_the_score(case):
    name, model, x = case
    scores = scores_of(model, x)
    # DenseNet's batch norms, which are not folded, lose some on inputs of 0.
    limit = 0.3 if name == "densenet121" else 1e-3
    for composite in ["epsilon-plus"] if name in {"densenet121", "resnet50"} else COMPOSITES:
        assert gap(lrp(model, x, TARGET, composite=composite), scores) < limit, composite


def test_leaks_add_up_to_what_is_missing(case):
    _, model, x = case
    rows = conservation(model, x, TARGET, composite="epsilon", batch_size=1)
    layers = {layer for layer, kind in model.named_modules() if isinstance(kind, nn.Conv2d | nn.Linear)}
    assert {row.layer.split(" + ")[0] for row in rows} >= layers
    keeping = (("convolution", Epsilon(0.01, bias=True)), ("linear", ZPlus(bias=True)))
    missing = scores_of(model, x) - lrp(model, x, TARGET, composite=keeping).flatten(1).sum(1)
    leaks = torch.stack([row.leak for row in conservation(model, x, TARGET, composite=keeping)])
    assert missing.abs().min() > 1e-3 * scores_of(model, x).abs().max()
    torch.testing.assert_close(leaks.sum(0), missing, rtol=1e-9, atol=1e-9 * leaks.abs().max().item())


def test_the_rows_of_a_shipped_net():
    model, x = NETS["digits"](), nets.images(2, channels=1, size=32, dtype=DOUBLE)
    rows = conservation(model, x, TARGET)
    assert [(row.layer, row.rule) for row in rows] == [
        ("conv1 + bn1", "ZPlus()"),
        ("conv2 + bn2", "ZPlus()"),
        ("conv3 + bn3", "ZPlus()"),
        ("head", "Epsilon()"),
    ]
    torch.testing.assert_close(rows[-1].relevance_out, scores_of(model, x))
    for row in rows:
        torch.testing.assert_close(row.relevance_in, row.relevance_out, rtol=1e-4, atol=0)
    lossy = conservation(model, x, TARGET, composite=(("linear", Epsilon(9, bias=True)), (1.0, ZPlus())))
    assert lossy[-1].rule == "Epsilon(eps=9, bias=True)"
    assert (lossy[-1].leak.abs() > 0.1 * lossy[-1].relevance_out.abs()).all()


@pytest.mark.parametrize("composite", ["zero", "epsilon-plus", "alpha2-beta1", "gamma"])
@pytest.mark.parametrize(
    "kind", [nets.InPlace, nets.Reused, nets.Functional, nets.FunctionalInPlace, nets.Method, nets.ByHand]
)
def test_every_way_to_write_a_relu_gives_the_same(kind, composite):
    x = nets.images(dtype=DOUBLE)
    expected = lrp(nets.seeded(nets.Modular, dtype=DOUBLE), x, composite=composite)
    torch.testing.assert_close(lrp(nets.seeded(kind, dtype=DOUBLE), x, composite=composite), expected)


def test_input_times_gradient_is_lrp_0_with_biases_that_keep_their_share(case):
    name, model, x = case
    if name.startswith(("scenes", "digits")):
        model = nn.Sequential(*list(model)[1:])  # without the layer that normalises
    keep = Zero(bias=True)
    ours = lrp(model, x, TARGET, composite=((1.0, keep), ("batch norm", keep)))
    theirs = input_x_gradient(model, x, TARGET)
    torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-9 * theirs.abs().max().item())


class Residual(nn.Module):
    """Sums, a product with a number, concatenation, several kinds of pooling, and a layer that runs twice."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.norm = nn.Conv2d(3, 6, 3, padding=1), nn.BatchNorm2d(6)
        self.twice = nn.Conv2d(6, 6, 3, padding=1)
        self.up, self.behind = nn.ConvTranspose2d(6, 6, 2, 2), nn.BatchNorm2d(6)
        self.head = nn.Linear(24, 9)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu_(self.norm(self.first(x)))
        z = self.twice(x)
        x = x + F.relu(self.norm(z) + z)  # with the batch norm folded in, and without
        y = 0.5 * self.twice(x)
        y += x
        x = torch.cat([F.avg_pool2d(y, 2), F.max_pool2d(y, 2)], 1).relu()
        left, right = x.chunk(2, 1)
        x = F.interpolate(self.behind(self.up(left)), scale_factor=0.5) - right / 3
        x = torch.cat(
            [F.adaptive_avg_pool2d(x, 2), F.dropout(F.adaptive_max_pool2d(x, 2), 0.5, self.training)]
        )
        return self.head(torch.flatten(sum(x.chunk(2)), 1))


# "zero" and "epsilon" let a batch norm that is not folded keep its shift's share.
CONSERVING = [*sorted({*COMPOSITES} - {"zero", "epsilon"}), ((1.0, Zero()),), ((1.0, Epsilon()),)]


@pytest.mark.parametrize("composite", CONSERVING, ids=str)
def test_functions_conserve_as_layers_do(composite):
    model, x = nets.seeded(with_biases(Residual), dtype=DOUBLE), nets.images(2, dtype=DOUBLE)
    assert gap(lrp(model, x, TARGET, composite=composite), scores_of(model, x)) < 1e-3
    # A transposed convolution lays its weights out otherwise, so that batch norm is not folded into it.
    assert {"first + norm", "up", "behind"} <= {row.layer for row in conservation(model, x)}


def test_batch_norm_is_folded_into_what_comes_just_before_alone():
    class Rectified(nets.Modular):
        def forward(self, x: Tensor) -> Tensor:
            x = self.rectify(self.conv1(x), 1)
            return self.head(self.conv3(self.norm(x)).mean((2, 3)))

    class RectifiedInPlace(Rectified):
        def rectify(self, x: Tensor, i: int) -> Tensor:
            return x.relu_()

    x = nets.images(dtype=DOUBLE)
    both = [nets.seeded(kind, dtype=DOUBLE) for kind in (Rectified, RectifiedInPlace)]
    assert [row.layer for row in conservation(both[1], x)] == ["conv1", "norm", "conv3", "head"]
    torch.testing.assert_close(lrp(both[1], x), lrp(both[0], x))

    def words_net() -> nn.Module:
        layers = nn.Unflatten(1, (4, 3)), nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Flatten()
        return nn.Sequential(*layers, nn.Linear(16, 2))

    words = nets.seeded(words_net, dtype=DOUBLE)
    table = torch.rand(3, 12, generator=torch.Generator().manual_seed(0), dtype=DOUBLE)
    assert [row.layer for row in conservation(words, table)] == ["1", "2", "5"]
    assert gap(lrp(words, table, composite="gamma"), words(table).amax(1).detach()) < 1e-3


def test_relevance_does_not_depend_on_the_batch_and_the_chunks():
    model, x = nets.seeded(nets.Modular, dtype=DOUBLE), nets.images(5, dtype=DOUBLE)
    together = lrp(model, x, [0, 1, 2, 3, 4], batch_size=5)
    torch.testing.assert_close(lrp(model, x, [0, 1, 2, 3, 4], batch_size=2), together)
    torch.testing.assert_close(torch.cat([lrp(model, x[i : i + 1], i) for i in range(5)]), together)


@pytest.mark.parametrize("composite", ["zero", "gamma", (("first", ZBox(-4, 4)), (1.0, Gamma()))])
def test_tables(composite):
    model = nets.seeded(nets.for_tables, dtype=DOUBLE)
    x = torch.randn(5, 7, generator=torch.Generator().manual_seed(0), dtype=DOUBLE).clamp(-3, 3)
    relevance = lrp(model, x, composite=composite)
    assert relevance.shape == x.shape
    torch.testing.assert_close(relevance.sum(1), model(x).amax(1))


def test_clips():
    model = nets.seeded(nets.ForClips, dtype=DOUBLE)
    x = torch.rand(2, 3, 3, 8, 8, generator=torch.Generator().manual_seed(0), dtype=DOUBLE)
    assert gap(lrp(model, x, [0, 1], composite="epsilon"), model(x)[[0, 1], [0, 1]].detach()) < 1e-3


def test_rules_by_depth_name_and_order():
    model, x = nets.seeded(nets.Modular), nets.images()
    pairs = (("conv2", Gamma(1)), (0.5, ZPlus()), (1.0, Epsilon(0.1)))
    rules = [(row.layer, row.rule) for row in conservation(model, x, composite=pairs)]
    expected = ["ZPlus()", "Gamma(gamma=1)", "Epsilon(eps=0.1)", "Epsilon(eps=0.1)"]
    assert rules == list(zip(["conv1", "conv2 + norm", "conv3", "head"], expected, strict=True))
    rows = conservation(nn.Sequential(model), x, composite=(("first", WSquare()), ("0", ZPlus())))
    assert [row.rule for row in rows] == ["WSquare()", *["ZPlus()"] * 3]


def test_a_word_for_a_kind_means_the_kind_and_not_a_layer_called_so():
    model = nn.Sequential(OrderedDict(hidden=nn.Linear(7, 5), relu=nn.ReLU(), linear=nn.Linear(5, 3)))
    model, x = nets.seeded(lambda: model), torch.rand(2, 7, generator=torch.Generator().manual_seed(0))

    def rules(model: nn.Module, which: str) -> list[str]:
        return [row.rule for row in conservation(model, x, composite=((which, ZPlus()), (1.0, Zero())))]

    assert rules(model, "linear") == ["ZPlus()", "ZPlus()"]
    assert rules(nn.Sequential(model), "0.linear") == ["Zero()", "ZPlus()"]


def test_what_is_lost_where_nothing_is_to_be_distributed():
    model = nn.Sequential(nn.Linear(2, 2)).double()
    model[0].weight.data, model[0].bias.data = torch.tensor([[-1.0, -2], [1, 2]]), torch.tensor([9.0, -9])
    model.double()
    x = torch.tensor(
        [[1.0, 2.0]]
    ).double()  # y = 9 − 5 without a positive part, and −9 + 5 without a negative

    def sums(rule: Rule) -> list[float]:
        return [round(lrp(model, x, unit, composite=(("linear", rule),)).sum().item(), 6) for unit in (0, 1)]

    assert sums(ZPlus()) == [0, -4]
    assert sums(AlphaBeta(2, 1)) == [-4, -8]
    assert sums(Zero()) == sums(Gamma()) == [4, -4]

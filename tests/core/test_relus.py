"""Guided backpropagation and the deconvnet on ReLUs of every kind, and on what is no ReLU."""

import pytest
import torch
import torch.nn.functional as F
import torchvision
from torch import Tensor, nn

from coursekit.attribution import deconvnet, guided_backprop, saliency
from coursekit.core.relus import relu_rule
from tests.attribution import nets
from tests.core.backwards import backwards
from tests.core.test_hooks import counted_hooks

METHODS = [guided_backprop, deconvnet]


@pytest.mark.parametrize(
    ("method", "rule"),
    [
        (guided_backprop, lambda g, x: torch.where((x > 0) & (g > 0), g, 0)),  # Springenberg 2015, figure 1
        (deconvnet, lambda g, x: torch.where(g > 0, g, 0)),
        (saliency, lambda g, x: torch.where(x > 0, g, 0)),
    ],
)
def test_the_papers_rule_layer_by_layer(method, rule):
    model, x = nets.seeded(nets.Modular, dtype=torch.float64), nets.images(dtype=torch.float64)
    expected = backwards(model, x, 2, F.relu, rule)
    torch.testing.assert_close(
        method(model, x, 2), expected, rtol=1e-12, atol=1e-12 * expected.abs().max().item()
    )
    assert expected.abs().max() > 0


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "kind", [nets.InPlace, nets.Reused, nets.Functional, nets.FunctionalInPlace, nets.Method]
)
def test_every_way_to_write_a_relu_gives_the_same(kind, method):
    x = nets.images(dtype=torch.float64)
    ours, expected = (method(nets.seeded(one, dtype=torch.float64), x) for one in (kind, nets.Modular))
    torch.testing.assert_close(ours, expected)


@pytest.mark.parametrize("method", METHODS)
def test_resnets_reused_in_place_relus(method):
    model = nets.seeded(lambda: torchvision.models.resnet18(num_classes=5), dtype=torch.float64)
    x = nets.images(size=32, dtype=torch.float64)
    reused = method(model, x, 0)
    for block in model.modules():
        if isinstance(block, torchvision.models.resnet.BasicBlock):
            first, second = nn.ReLU(), nn.ReLU()
            block.relu = _Alternating(first, second)
    torch.testing.assert_close(method(model, x, 0), reused)


class _Alternating(nn.Module):
    """Two separate ReLUs that take turns, in place of one used twice."""

    def __init__(self, first: nn.Module, second: nn.Module) -> None:
        super().__init__()
        self.both, self.calls = nn.ModuleList([first, second]), 0

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        return self.both[self.calls % 2](x)


REFUSED = [
    nn.GELU(), nn.SiLU(), nn.LeakyReLU(), nn.LeakyReLU(inplace=True), nn.ELU(), nn.CELU(), nn.SELU(),
    nn.Hardswish(), nn.Hardtanh(0, 1), nn.Hardtanh(0, 20), nn.PReLU(), nn.RReLU(), nn.Softplus(),
    nn.Threshold(0, 0), nn.Mish(),
]  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("layer", REFUSED, ids=lambda layer: str(layer))
def test_other_rectifiers_are_an_error_that_names_the_layer(layer, method):
    model = nets.seeded(nets.Modular)
    model.relu2 = layer
    with pytest.raises(ValueError, match=rf"layer 'relu2' \({type(layer).__name__}\)"):
        method(model, nets.images())


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("name", "kind"),
    [("mobilenet_v3_small", "Hardswish"), ("efficientnet_b0", "SiLU"), ("convnext_tiny", "GELU")],
)
def test_nets_of_other_rectifiers_are_refused_by_name(name, kind, method):
    model = nets.seeded(lambda: torchvision.models.get_model(name, num_classes=3))
    with pytest.raises(ValueError, match=rf"layer '.*' \({kind}\) rectifies by"):
        method(model, nets.images(1, size=32))


@pytest.mark.parametrize("kind", [nets.ByHand, nets.Maximum, nets.Clamp, nets.ClampMin])
def test_a_relu_in_disguise_is_an_error_that_names_the_block(kind):
    model = nn.Sequential(nets.seeded(kind))
    with pytest.raises(ValueError, match=rf"layer '0' \({kind.__name__}\)"):
        guided_backprop(model, nets.images())


DISGUISES = {
    "fmax": lambda x: torch.fmax(x, torch.zeros(())),
    "fmin": lambda x: -torch.fmin(-x, torch.zeros(())),
    "minimum": lambda x: -torch.minimum(-x, torch.zeros(())),
    "detached gate": lambda x: x * (x.detach() > 0),
    "gate of the data": lambda x: x * (x.data > 0),
    "gate by a tensor": lambda x: x * (x > torch.zeros(())),
    "gate by keyword": lambda x: x * torch.gt(x, other=0),
    "heaviside": lambda x: x * torch.heaviside(x.detach(), torch.ones(())),
    "GLU": lambda x: F.glu(torch.cat([x, x], 1), 1),
    "log-sigmoid": F.logsigmoid,
    "clip next to 0": lambda x: x.clip(min=1e-6),
    "clamp from above": lambda x: -(-x).clamp(max=0),
    "where": lambda x: torch.where(x > 0, x, 0),
    "where the other way": lambda x: torch.where(torch.zeros(()) >= x, 0, x),
    "a masked fill": lambda x: x.masked_fill(x.less(0), 0),
    "an assignment": lambda x: x.index_put((x < 0,), torch.zeros(())),
    "a threshold": lambda x: F.threshold(x, 0, 0),
    "the larger of two": lambda x: torch.max(x, torch.zeros(())),
    "a sign": lambda x: x * (x.detach().sign() + 1) / 2,
    "its size": lambda x: (x + x.abs()) / 2,
    "its size, scaled first": lambda x: 0.5 * x + 0.5 * torch.abs(x),
    "a Swish": lambda x: x * x.sigmoid(),
    "a Swish with a factor": lambda x: torch.sigmoid(1.5 * x) * x,
    "a GELU": lambda x: x * 0.5 * (1 + torch.erf(x / 2**0.5)),
    "a GELU by tanh": lambda x: 0.5 * x * (1 + torch.tanh(0.8 * (x + 0.045 * x**3))),
    "a Hardswish by Hardsigmoid": lambda x: x * F.hardsigmoid(x),
}


@pytest.mark.parametrize("rectifier", DISGUISES.values(), ids=DISGUISES)
def test_every_other_disguise_is_an_error(rectifier):
    with pytest.raises(ValueError, match="the net's own forward rectifies by"):
        guided_backprop(nets.seeded(lambda: nets.Disguised(rectifier)), nets.images())


def test_a_word_on_why():
    for layer in (nn.GELU(), nn.SiLU(), nn.Hardswish(), nn.LeakyReLU()):
        model = nets.seeded(nets.Modular)
        model.relu2 = layer
        with pytest.raises(ValueError, match=r"a part of a value through.* use saliency"):
            guided_backprop(model, nets.images())
    model.relu2 = nn.Hardtanh(0, 1)
    with pytest.raises(ValueError, match=r"write F.relu\(x\) or F.relu6\(x\)"):
        guided_backprop(model, nets.images())


def test_checks_and_other_comparisons_pass():
    def checked(x: Tensor) -> Tensor:
        assert not x.detach().abs().max() <= 0
        return F.relu(x) * (x > 0.001) * (torch.arange(len(x)) >= 0)[:, None, None, None]

    assert guided_backprop(nets.seeded(lambda: nets.Disguised(checked)), nets.images()).abs().max() > 0


def test_the_nets_own_forward_is_named_too():
    with pytest.raises(ValueError, match="the net's own forward rectifies by 'clamp'"):
        guided_backprop(nets.seeded(nets.Clamp), nets.images())


def test_gates_and_numerical_clamps_pass():
    class Gated(nets.Modular):
        def rectify(self, x: Tensor, i: int) -> Tensor:
            gate = F.hardsigmoid(F.relu(x).mean((2, 3), keepdim=True)) * (x.mean(1, keepdim=True) * 2).tanh()
            return F.normalize(F.relu(x)) * x.sigmoid() + F.hardtanh(x) * gate + x * x

    assert guided_backprop(nets.seeded(Gated), nets.images()).abs().max() > 0


def test_a_net_without_relu_is_an_error():
    model = nn.Sequential(nn.Conv2d(3, 4, 24), nn.Tanh(), nn.Flatten(), nn.Linear(4, 2))
    with pytest.raises(ValueError, match="no ReLU"):
        guided_backprop(model, nets.images())


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("compiled", [torch.jit.script, torch.compile])
def test_compiled_layers_are_an_error_that_names_the_layer(compiled):
    model = nn.Sequential(nn.Conv2d(3, 4, 3), compiled(nn.ReLU()), nn.Flatten())
    with pytest.raises(ValueError, match="layer '1' is compiled"):
        guided_backprop(model, nets.images())


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_relus_behind_the_functions_reach_are_an_error():
    class Checkpointed(nets.Modular):
        def rectify(self, x: Tensor, i: int) -> Tensor:
            return torch.utils.checkpoint.checkpoint(F.relu, x, use_reentrant=True) if i == 2 else F.relu(x)

    class Recurrent(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rnn, self.head = nn.RNN(24, 8, nonlinearity="relu"), nn.Linear(8, 2)

        def forward(self, x: Tensor) -> Tensor:
            return self.head(self.rnn(F.relu(x).mean(1))[0][:, -1])

    class Scripted(nets.Modular):
        def rectify(self, x: Tensor, i: int) -> Tensor:
            return torch.jit.script(plain_relu)(x) if i == 2 else F.relu(x)

    for kind in (Checkpointed, Recurrent, Scripted):
        with pytest.raises(ValueError, match="steps that the ReLU rule cannot reach"):
            guided_backprop(nets.seeded(kind), nets.images())


def plain_relu(x: Tensor) -> Tensor:
    return torch.relu(x)


def test_relu_rule_sees_each_relu_once_and_changes_no_output():
    model, x = nets.seeded(nets.Modular), nets.images().requires_grad_()
    seen = []

    def rule(gradient, output):
        seen.append(tuple(output.shape))
        return gradient * (output > 0)

    plain = model(x)
    with relu_rule(model, rule):
        scores = model(x)
    assert torch.equal(scores, plain)
    ruled, normal = (torch.autograd.grad(s.sum(), x)[0] for s in (scores, plain))
    assert seen == [(3, 12, 6, 6), (3, 8, 12, 12), (3, 8, 24, 24)]
    assert torch.equal(ruled, normal)
    assert counted_hooks(model) == 0


def test_relu_rule_ends_with_the_block():
    model, x = nets.seeded(nets.Functional), nets.images()
    with pytest.raises(KeyError), relu_rule(model, lambda gradient, output: gradient):
        raise KeyError
    assert "Relu" in torch.relu(model.conv1(x)).grad_fn.name()
    assert not torch.relu(model.conv1(x)).grad_fn.name().startswith("_")


def test_relu_rule_works_on_a_slice_in_place():
    x = torch.linspace(-1, 1, 6, requires_grad=True)

    class Slice(nn.Module):
        def forward(self, x):
            y = x * 1
            y[:3].relu_()
            return y[None]

    with relu_rule(net := Slice(), lambda gradient, output: gradient * 5):
        net(x).sum().backward()
    assert x.grad.tolist() == [5, 5, 5, 1, 1, 1]

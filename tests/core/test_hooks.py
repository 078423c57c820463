import pytest
import torch
from torch import nn

from coursekit.core.hooks import (
    entering,
    evaluating,
    find_layer,
    passing,
    record,
    rerouted,
    restoring,
)
from tests.attribution import nets


def counted_hooks(model: nn.Module) -> int:
    kinds = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    return sum(len(getattr(layer, kind)) for layer in model.modules() for kind in kinds)


def test_find_layer_finds_nested_layers_and_second_names():
    shared = nn.ReLU()
    model = nn.Sequential(nn.Sequential(nn.Conv2d(3, 3, 1), shared), shared)
    assert find_layer(model, "0.0") is model[0][0]
    assert find_layer(model, "1") is shared


@pytest.mark.parametrize("name", ["conv", "Conv2", "convv2"])
def test_unknown_layer_is_an_error_with_the_nearest_names(name):
    with pytest.raises(ValueError, match="'conv2'"):
        find_layer(nets.Modular(), name)


def test_the_empty_name_is_no_layer():
    with pytest.raises(ValueError, match="no layer is called ''"):
        find_layer(nets.Modular(), "")


def test_evaluating_restores_each_layers_mode_also_on_error():
    model = nets.Modular().train()
    model.norm.eval()
    before = {name: layer.training for name, layer in model.named_modules()}
    with evaluating(model):
        assert not any(layer.training for layer in model.modules())
    assert {name: layer.training for name, layer in model.named_modules()} == before
    with pytest.raises(KeyError), evaluating(model):
        raise KeyError
    assert {name: layer.training for name, layer in model.named_modules()} == before


def test_record_keeps_the_graph_and_is_refilled():
    model, x = nets.seeded(nets.Modular), nets.images()
    with record(model, "conv1", "relu3") as outputs:
        scores = model(x)
        first = outputs["relu3"]
        (gradient,) = torch.autograd.grad(scores.sum(), outputs["relu3"])
        model(x / 2)
    torch.testing.assert_close(gradient, (model.head.weight.sum(0) / 36).view(1, -1, 1, 1).expand_as(first))
    assert not torch.equal(outputs["relu3"], first)
    assert counted_hooks(model) == 0


def test_record_survives_an_in_place_relu_behind_the_layer():
    model, x = nets.seeded(nets.InPlace), nets.images()
    with record(model, "conv1") as outputs:
        scores = model(x)
    torch.testing.assert_close(outputs["conv1"], model.conv1(x))
    assert outputs["conv1"].min() < 0
    torch.testing.assert_close(scores, model(x))


def test_record_refuses_a_layer_that_runs_twice():
    model = nets.seeded(nets.Reused)
    with pytest.raises(ValueError, match="'relu1' runs more than once"), record(model, "relu1"):
        model(nets.images())
    assert counted_hooks(model) == 0


def test_record_refuses_a_layer_without_a_tensor():
    model = nn.Sequential(nn.LSTM(4, 4))
    with pytest.raises(ValueError, match="'0' puts out a tuple"), record(model, "0"):
        model(torch.rand(2, 3, 4))


def test_record_leaves_no_hook_when_a_later_name_is_wrong():
    model = nets.Modular()
    with pytest.raises(ValueError, match="'nothing'"), record(model, "conv1", "nothing"):
        pass
    assert counted_hooks(model) == 0


def test_passing_shows_every_layer_and_may_replace_what_it_puts_out():
    model, x = nets.seeded(nets.Modular), nets.images()
    seen = []
    with passing(model, lambda name, output: seen.append(name)):
        plain = model(x)
    assert " ".join(seen) == "conv1 relu1 pool conv2 norm relu2 pool conv3 relu3 dropout head"
    with passing(model, lambda _, output: output * 0, "relu3"):
        assert torch.equal(model(x), model.head.bias.expand(3, -1))
    assert torch.equal(model(x), plain)
    with pytest.raises(ValueError, match="'nothing'"), passing(model, lambda *_: None, "relu3", "nothing"):
        pass
    assert counted_hooks(model) == 0


def spoil(model: nn.Module) -> None:
    model.size, model.conv1, model.norm.cache = 4, nn.Identity(), torch.ones(1)
    model.norm.fresh = model.norm.bias = None
    del model.conv2.padding
    model.head.bias.data.fill_(7)
    raise KeyError


def test_restoring_puts_names_back_but_not_numbers():
    model = nets.seeded(nets.Modular)
    model.size, before = 3, model.conv1
    model.norm.register_buffer("cache", None)
    with pytest.raises(KeyError), restoring(model):
        spoil(model)
    assert (model.size, model.conv1, model.norm.cache) == (3, before, None)
    assert (model.conv2.padding, model.norm.bias.shape) == ((1, 1), (8,))
    assert "fresh" not in vars(model.norm)
    assert (model.head.bias == 7).all()
    with restoring(torch.jit.script(nn.ReLU())) as nothing:
        assert nothing is None


def test_entering_tells_of_the_named_layers_before_they_run():
    model, x, seen = nets.seeded(nets.Modular), nets.images(), []
    with (
        entering(model, lambda name: seen.append(f"into {name}"), "pool", "head"),
        passing(model, lambda name, _: seen.append(name), "pool", "head"),
    ):
        model(x)
    assert seen == ["into pool", "pool", "into pool", "pool", "into head", "head"]
    with entering(model, seen.append):
        model(x)
    with pytest.raises(ValueError, match="'nothing'"), entering(model, seen.append, "head", "nothing"):
        pass
    assert len(seen) == 6
    assert counted_hooks(model) == 0


def test_a_route_can_keep_a_layer_from_running_and_is_undone():
    model, x = nets.seeded(nets.Modular), nets.images()
    plain, own = model(x), lambda x: x.relu()
    model.relu1.forward = own
    ran = []
    with rerouted(model, lambda layer, run: x if layer is model.conv1 else ran.append(layer) or run()):
        assert torch.equal(model.conv1(1 - x), x)
        model.relu2(x)
        assert ran == [model.relu2]
    with pytest.raises(KeyError), rerouted(model, lambda layer, run: run()):
        raise KeyError
    assert [layer for layer in model.modules() if "forward" in vars(layer)] == [model.relu1]
    assert model.relu1.forward is own
    assert torch.equal(model(x), plain)


def test_record_gives_what_a_layer_is_given() -> None:
    net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(inplace=True), nn.Linear(4, 2))
    x = torch.randn(5, 3, generator=torch.Generator().manual_seed(0))
    with record(net, "0", "2", inputs=True) as given, torch.no_grad():
        net(x)
    assert torch.equal(given["0"], x)
    assert torch.equal(given["2"], net[0](x).relu())


def test_record_gives_what_a_layer_is_given_by_keyword() -> None:
    class Keyword(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(3, 2)

        def forward(self, x):
            return self.layer(input=x)

    net, x = Keyword(), torch.rand(5, 3)
    with record(net, "layer", inputs=True) as given:
        net(x)
    assert torch.equal(given["layer"], x)


def test_restoring_keeps_the_order_of_layers() -> None:
    net = nn.Sequential(nn.Linear(3, 3), nn.ReLU(), nn.Linear(3, 2))
    before, x = list(net), torch.randn(4, 3)
    scores = net(x)
    with restoring(net):
        del net[1]
        net.add_module("3", nn.Tanh())
    assert list(net) == before
    assert torch.equal(net(x), scores)

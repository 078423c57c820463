"""Which layer's map is taken."""

import pytest
import torch
import torchvision
from torch import Tensor, nn

from coursekit import attribution
from coursekit.core.hooks import passing
from coursekit.core.places import Places
from coursekit.models import networks
from tests.attribution import methods, nets

DOUBLE = torch.float64
LAYERS = {
    "resnet18": "layer4",
    "vgg11": "features.19",
    "densenet121": "features",
    "mobilenet_v2": "features",
    "mobilenet_v3_small": "features",
    "efficientnet_b0": "features",
    "convnext_tiny": "features",
    "squeezenet1_1": "classifier.2",
    "googlenet": "inception5b",
    "swin_t": "permute",
}


def torchvision_net(name: str) -> nn.Module:
    settings = {"init_weights": False} if name in {"googlenet", "vgg11"} else {}
    return nets.seeded(lambda: torchvision.models.get_model(name, num_classes=4, **settings), dtype=DOUBLE)


@pytest.mark.parametrize("name", LAYERS)
def test_the_layer_that_is_found(name):
    model, x = torchvision_net(name), nets.images(1, size=64, dtype=DOUBLE)
    assert attribution.last_map(model, x) == LAYERS[name]
    ours = attribution.grad_cam(model, x, 1, normalised=False, upsample=False)
    assert ours.any() or name == "squeezenet1_1"  # whose scores, of random weights, are all cut off at 0
    named = attribution.grad_cam(model, x, 1, layer=LAYERS[name], normalised=False, upsample=False)
    if name == "densenet121":  # its own forward has a ReLU behind that layer, see test_rectified
        assert not torch.allclose(named, ours)
    else:
        torch.testing.assert_close(named, ours)


def vision_transformer() -> nn.Module:
    model = torchvision.models.VisionTransformer(
        image_size=24, patch_size=6, num_layers=2, num_heads=2, hidden_dim=8, mlp_dim=16, num_classes=6
    )
    nn.init.normal_(model.heads.head.weight)
    return model


def test_tokens_become_a_map():
    model, x = nets.seeded(vision_transformer, dtype=DOUBLE), nets.images(dtype=DOUBLE)
    name = "encoder.layers.encoder_layer_1.ln_1"
    assert attribution.last_map(model, x) == name
    ours = attribution.layer_cam(model, x, 2, normalised=False, upsample=False)
    with passing(model, lambda _, output: kept.append(output), *[name]):
        kept: list[Tensor] = []
        scores = model(x)
    (gradient,) = torch.autograd.grad(scores[:, 2].sum(), kept[0])
    expected = (gradient.relu() * kept[0]).sum(2)[:, 1:].view(3, 1, 4, 4)
    torch.testing.assert_close(ours, expected.detach())
    for method in (attribution.ablation_cam, attribution.score_cam):
        assert method(model, x, normalised=False, upsample=False).shape == (3, 1, 4, 4)


class Attention(nn.Module):
    """Drops some of its weights (N, heads, tokens, tokens) out by a layer, as many nets do."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv, self.drop = nn.Linear(8, 24), nn.Dropout(0.1)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.qkv(x).unflatten(2, (3, 2, 4)).permute(2, 0, 3, 1, 4)
        weights = self.drop((q @ k.mT / 2).softmax(-1))
        return x + (weights @ v).transpose(1, 2).flatten(2)


class OwnTransformer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.patches, self.head = nn.Conv2d(3, 8, 6, 6), nn.Linear(8, 6)
        self.blocks = nn.Sequential(nn.LayerNorm(8), Attention(), nn.LayerNorm(8), Attention())

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.blocks(self.patches(x).flatten(2).transpose(1, 2)).mean(1))


class AttentionNet(nets.Modular):
    """Has the word in its own name alone."""


def test_the_weights_of_an_attention_are_no_map():
    assert attribution.last_map(nets.seeded(AttentionNet), nets.images()) == "relu3"
    model, x = nets.seeded(OwnTransformer), nets.images()
    assert attribution.last_map(model, x) == "blocks.2"
    assert attribution.grad_cam(model, x, upsample=False).shape == (3, 1, 4, 4)


def test_tokens_that_do_not_reach_the_score_are_refused():
    with pytest.raises(ValueError, match=r"does not depend on the map of layer 'encoder.ln'"):
        attribution.grad_cam(nets.seeded(vision_transformer), nets.images(), layer="encoder.ln")


class Twice(nn.Module):
    """Runs a layer with weights twice."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.head = nn.Conv2d(3, 3, 3), nn.Linear(3, 6)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.conv(self.conv(x)).mean((2, 3)))


def multilayer_perceptron() -> nn.Module:
    normalise = networks.Normalise((0.5,) * 3, (0.5,) * 3)
    return nn.Sequential(normalise, nn.Flatten(), nn.Linear(3 * 24 * 24, 8), nn.ReLU(), nn.Linear(8, 4))


@pytest.mark.parametrize(
    ("model", "settings", "message"),
    [
        (multilayer_perceptron(), {}, "no layer of the net puts out a map"),
        (nets.Modular(), {"layer": "head"}, r"layer 'head' puts out \(3, 6\); wanted a map \(N, K, h, w\)"),
        (Twice(), {"layer": "conv"}, "layer 'conv' runs more than once"),
        (networks.scene_net(("a", "b")), {"layer": "gap"}, r"layer 'gap' puts out \(3, 224, 1, 1\)"),
        (networks.scene_net(("a", "b")), {"layer": "flatten"}, r"layer 'flatten' puts out \(3, 224\)"),
    ],
)
@pytest.mark.parametrize("method", [attribution.grad_cam, attribution.eigen_cam, attribution.score_cam])
def test_where_there_is_no_map(method, model, settings, message):
    with pytest.raises(ValueError, match=message):
        method(model, nets.images(), **settings)


def test_a_table_has_no_map():
    with pytest.raises(ValueError, match="wanted 4 dimensions"):
        attribution.grad_cam(nets.for_tables(), torch.rand(3, 7))


class Backwards(nn.Module):
    """Its layers are registered last to first; the last block ends in a pooling; a layer may never run."""

    def __init__(self, idle: bool) -> None:
        super().__init__()
        self.head = nn.Linear(8, 6)
        self.last = nn.Sequential(nn.Conv2d(4, 8, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(2))
        self.first = nn.Conv2d(3, 4, 3)
        self.idle = nn.Conv2d(3, 4, 3) if idle else None

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.last(self.first(x)).mean((2, 3)))


@pytest.mark.parametrize("idle", [False, True])
def test_the_last_map_need_not_be_registered_last_and_is_not_a_pooling(idle):
    model, x = nets.seeded(lambda: Backwards(idle), dtype=DOUBLE), nets.images(dtype=DOUBLE)
    assert attribution.last_map(model, x) == "last.1"
    torch.testing.assert_close(attribution.grad_cam(model, x), attribution.grad_cam(model, x, layer="last.1"))
    if idle:
        with pytest.raises(ValueError, match="layer 'idle' does not run"):
            attribution.grad_cam(model, x, layer="idle")


@pytest.mark.parametrize("name", methods.CAM)
def test_of_an_activation_that_runs_often_the_last_run_is_taken(name):
    model, x = nets.seeded(nets.Reused, dtype=torch.float64), nets.images(dtype=torch.float64)
    assert attribution.last_map(model, x) == "relu1"
    once = nets.seeded(nets.Modular, dtype=torch.float64)
    expected = methods.CAM[name](once, x, 2, layer="relu3", normalised=False)
    assert expected.any()
    for settings in ({}, {"layer": "relu1"}):
        torch.testing.assert_close(methods.CAM[name](model, x, 2, normalised=False, **settings), expected)


class Served(nn.Module):
    """One ReLU behind both convolutions and behind the hidden linear layer, or a ReLU for each."""

    def __init__(self, shared: bool) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(3, 6, 3), nn.Conv2d(6, 8, 3, 2)
        self.fc, self.head = nn.Linear(8, 8), nn.Linear(8, 6)
        self.relu = nn.ReLU()
        self.relus = [self.relu] * 3 if shared else nn.ModuleList(nn.ReLU() for _ in range(3))

    def forward(self, x: Tensor) -> Tensor:
        first, last, hidden = self.relus
        x = last(self.conv2(first(self.conv1(x)))).mean((2, 3))
        return self.head(hidden(self.fc(x)))


@pytest.mark.parametrize("batch_size", [2, 16])
@pytest.mark.parametrize("name", [name for name in methods.CAM if name != "cam"])
def test_an_activation_may_also_run_where_there_is_no_map_any_more(name, batch_size):
    shared, apart = (nets.seeded(lambda s=s: Served(s), dtype=DOUBLE) for s in (True, False))
    x = nets.images(3, dtype=DOUBLE)
    assert attribution.last_map(shared, x) == "relu"
    expected = methods.CAM[name](apart, x, 2, layer="relus.1", normalised=False)
    assert expected.any()
    for settings in ({}, {"layer": "relu"}):
        found = methods.CAM[name](shared, x, 2, normalised=False, batch_size=batch_size, **settings)
        torch.testing.assert_close(found, expected)


def test_a_layer_with_weights_that_runs_often_is_passed_over():
    model = nets.seeded(lambda: nn.Sequential(nn.Conv2d(3, 3, 3), nn.ReLU(), Twice()))
    assert attribution.last_map(model, nets.images()) == "1"


class Lite(nn.Module):
    """One ReLU6 for all, as efficientnet-lite-pytorch writes its nets: the last follows a batch norm."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.top = nn.Conv2d(3, 8, 3), nn.Conv2d(8, 12, 1)
        self.bn0, self.bn1, self.relu = nn.BatchNorm2d(8), nn.BatchNorm2d(12), nn.ReLU6(inplace=True)
        self.head = nn.Linear(12, 6)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.bn0(self.stem(x)))
        return self.head(self.relu(self.bn1(self.top(x))).mean((2, 3)))


def test_maps_are_taken_after_the_activation():
    model, x = nets.seeded(Lite, dtype=torch.float64), nets.images(dtype=torch.float64)
    seen = _outputs(model, x, "top")[0].detach()
    model.bn1.running_mean, model.bn1.running_var = seen.mean((0, 2, 3)), seen.var((0, 2, 3))
    model.bn1.bias.data.fill_(-1.5)  # so that few units are on
    assert attribution.last_map(model, x) == "relu"
    maps = _outputs(model, x, "bn1")[0].clamp(0, 6)
    expected = (model.head.weight[2].view(1, -1, 1, 1) * maps).sum(1, keepdim=True).detach()
    torch.testing.assert_close(attribution.cam(model, x, 2, normalised=False, upsample=False), expected)
    assert expected.any()
    assert attribution.score_cam(model, x, 2).amax((1, 2, 3)).tolist() == [1, 1, 1]
    with pytest.warns(UserWarning, match="score_cam: the map is 0 everywhere .* layer 'bn1' is not"):
        assert not attribution.score_cam(model, x, 2, layer="bn1").any()


class Dead(nets.Modular):
    """Its last map is 0 for a black image."""

    def forward(self, x: Tensor) -> Tensor:
        maps = self.relu3(self.conv3(x.repeat(1, 3, 1, 1)[:, :8]))
        return self.head(maps.mean((2, 3)))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", [*methods.CAM, "guided_grad_cam"])
def test_a_dead_map_gives_0_and_sinks_no_batch(name):
    model, x = nets.seeded(Dead, dtype=torch.float64), nets.images(dtype=torch.float64)
    model.conv3.bias.data.zero_()
    expected = methods.CLASSIFIER[name](model, x, 2)
    assert expected[1].any()
    x[0] = 0
    ours = methods.CLASSIFIER[name](model, x, 2)
    assert not ours[0].any()
    torch.testing.assert_close(ours[1:], expected[1:])
    assert not methods.CLASSIFIER[name](model, x[:1], 2).any()


def test_an_empty_map_of_a_layer_that_is_alive_is_worth_a_warning():
    model, x = nets.seeded(nets.Modular), nets.images()
    model.head.weight.data[4] = 0
    with pytest.warns(UserWarning, match="grad_cam: .* for each of 3 images, .* layer 'relu3'") as caught:
        attribution.grad_cam(model, x, 4)
    assert caught[0].filename == __file__


def _outputs(model: nn.Module, x: Tensor, *names: str) -> list[Tensor]:
    found: list[Tensor] = []
    with passing(model, lambda _, output: found.append(output.clone()), *names):
        model(x)
    return found


def test_what_is_looked_at_is_not_followed(monkeypatch):
    """Each function of a net is followed; what a look asks of an output, such as its shape, is not."""
    calls = []

    def count(self, func, types, args=(), kwargs=None):
        calls.append(func)
        return follow(self, func, types, args, kwargs)

    follow = Places.__torch_function__
    monkeypatch.setattr(Places, "__torch_function__", count)
    convolutions = [nn.Conv2d(3 if i == 0 else 4, 4, 3, padding=1) for i in range(40)]
    deep = nn.Sequential(*convolutions, nn.Flatten(), nn.Linear(144, 2)).eval().to(DOUBLE)
    attribution.grad_cam(deep, nets.images(1, size=6, dtype=DOUBLE), 1, normalised=False)
    assert len(calls) < 2 * len(deep)

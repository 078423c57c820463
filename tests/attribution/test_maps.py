"""Which layer's map is taken, in which layout, and how little of the net is run again."""

import pytest
import torch
import torchvision
from torch import Tensor, nn

from coursekit import attribution, networks
from coursekit.attribution import maps
from coursekit.attribution.tail import tail
from tests.attribution import nets

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
    return nets.seeded(lambda: torchvision.models.get_model(name, num_classes=4, **settings))


@pytest.mark.parametrize("name", LAYERS)
def test_the_layer_that_is_found(name):
    model, x = torchvision_net(name), nets.images(1, size=64)
    assert attribution.last_map(model, x) == LAYERS[name]
    ours = attribution.grad_cam(model, x, 1, normalised=False, upsample=False)
    assert ours.any() or name == "squeezenet1_1"  # whose scores, of random weights, are all cut off at 0
    torch.testing.assert_close(
        attribution.grad_cam(model, x, 1, layer=LAYERS[name], normalised=False, upsample=False), ours
    )


def vision_transformer() -> nn.Module:
    model = torchvision.models.VisionTransformer(
        image_size=24, patch_size=6, num_layers=2, num_heads=2, hidden_dim=8, mlp_dim=16, num_classes=6
    )
    nn.init.normal_(model.heads.head.weight)
    return model


def test_tokens_become_a_map():
    model, x = nets.seeded(vision_transformer), nets.images()
    name = "encoder.layers.encoder_layer_1.ln_1"
    assert attribution.last_map(model, x) == name
    ours = attribution.layer_cam(model, x, 2, normalised=False, upsample=False)
    with maps.passing(model, lambda _, output: kept.append(output), *[name]):
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


def test_channels_last_are_told_by_the_shape_of_the_picture():
    model, x = torchvision_net("swin_t"), nets.images(1, size=64)[:, :, :, :48]
    last = attribution.layer_cam(model, x, 1, layer="permute", normalised=False)
    torch.testing.assert_close(attribution.layer_cam(model, x, 1, layer="norm", normalised=False), last)


@pytest.mark.parametrize(
    ("shape", "picture", "expected"),
    [
        ((2, 5, 3, 4), (3, 30, 40), (2, 5, 3, 4)),
        ((2, 3, 4, 50), (3, 30, 40), (2, 50, 3, 4)),
        ((2, 7, 7, 7), (3, 28, 28), (2, 7, 7, 7)),
        ((2, 56, 56, 96), (3, 224, 224), (2, 96, 56, 56)),
        ((2, 96, 56, 56), (3, 224, 224), (2, 96, 56, 56)),
        ((2, 7, 7, 8), (3, 60, 61), (2, 7, 7, 8)),
        ((2, 17, 8), (3, 24, 24), (2, 8, 4, 4)),
        ((2, 16, 8), (3, 24, 24), (2, 8, 4, 4)),
        ((2, 13, 8), (3, 30, 40), (2, 8, 3, 4)),
        ((2, 13, 8), (3, 40, 30), (2, 8, 4, 3)),
    ],
)
def test_a_map_is_read_and_put_back(shape, picture, expected):
    output = torch.rand(shape)
    read = maps._as_map(output, torch.Size(picture))
    assert read.shape == expected
    assert torch.equal(maps.put_back(read, output), output)
    changed = maps.put_back(read + 1, output)
    assert torch.equal(maps._as_map(changed, torch.Size(picture)), read + 1)


@pytest.mark.parametrize("shape", [(2, 8, 1, 1), (2, 18, 8), (2, 2, 8), (2, 8)])
def test_what_is_no_map(shape):
    assert maps._as_map(torch.rand(shape), torch.Size((3, 24, 24))) is None


def multilayer_perceptron() -> nn.Module:
    normalise = networks.Normalise((0.5,) * 3, (0.5,) * 3)
    return nn.Sequential(normalise, nn.Flatten(), nn.Linear(3 * 24 * 24, 8), nn.ReLU(), nn.Linear(8, 4))


@pytest.mark.parametrize(
    ("model", "settings", "message"),
    [
        (multilayer_perceptron(), {}, "no layer of the net puts out a map"),
        (nets.Modular(), {"layer": "head"}, r"layer 'head' puts out \(3, 6\); wanted a map \(N, K, h, w\)"),
        (nets.Reused(), {"layer": "relu1"}, "layer 'relu1' runs more than once"),
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
    model, x = nets.seeded(lambda: Backwards(idle)), nets.images()
    assert attribution.last_map(model, x) == "last.1"
    torch.testing.assert_close(attribution.grad_cam(model, x), attribution.grad_cam(model, x, layer="last.1"))
    if idle:
        with pytest.raises(ValueError, match="layer 'idle' does not run"):
            attribution.grad_cam(model, x, layer="idle")


def test_a_layer_that_runs_often_is_passed_over():
    model, x = nets.seeded(nets.Reused), nets.images()
    assert attribution.last_map(model, x) == "conv3"
    torch.testing.assert_close(attribution.grad_cam(model, x), attribution.grad_cam(model, x, layer="conv3"))


class Branches(nn.Module):
    """A branch goes round the layer; ``writes`` makes the net overwrite what an earlier layer put out."""

    def __init__(self, writes: bool) -> None:
        super().__init__()
        self.writes, self.passes = writes, 0
        self.early, self.layer, self.late = (nn.Conv2d(3, 3, 3, padding=1) for _ in range(3))
        self.early.register_forward_hook(self.count)
        self.head = nn.Linear(3, 6)

    def count(self, _layer: nn.Module, _inputs: tuple[Tensor], output: Tensor) -> Tensor:
        self.passes += 1
        return output

    def forward(self, x: Tensor) -> Tensor:
        x = self.early(x)
        x = x.relu_() if self.writes else x.relu()
        return self.head((x + self.late(self.layer(x)).relu()).mean((2, 3)))


@pytest.mark.parametrize("writes", [False, True])
@pytest.mark.parametrize("n", [1, 4])
def test_a_tail_is_the_whole_net_with_another_map(writes, n):
    model, x = nets.seeded(lambda: Branches(writes)), nets.images(1)
    model.early.weight.data += 0.1
    changed = torch.randn(n, 3, 24, 24, generator=torch.Generator().manual_seed(3))
    with torch.no_grad(), tail(model, "layer", x, model.layer(model.early(x).relu())) as run:
        assert run.skips == (not writes)
        ours = run(changed.clone())
        again = run(changed.clone())
    with maps.passing(model, lambda *_: changed, "layer"), torch.no_grad():
        expected = model(x.repeat(n, 1, 1, 1))
    torch.testing.assert_close(ours, expected)
    torch.testing.assert_close(again, expected)


def test_a_tail_runs_nothing_before_the_layer():
    ran = []
    model, x = nets.seeded(torchvision.models.resnet18), nets.images(1, size=64)
    with torch.no_grad():
        (clean,) = _outputs(model, x, "layer4.0.conv2")
        with tail(model, "layer4.0.conv2", x, clean) as run:
            conv = torch.nn.functional.conv2d
            torch.nn.functional.conv2d = lambda *args: ran.append(args[1].shape) or conv(*args)
            try:
                scores = run(clean.repeat(3, 1, 1, 1))
            finally:
                torch.nn.functional.conv2d = conv
        expected = model(x)
    assert ran == [(512, 256, 1, 1), (512, 512, 3, 3), (512, 512, 3, 3)]
    torch.testing.assert_close(scores, expected.expand(3, -1))


def _outputs(model: nn.Module, x: Tensor, *names: str) -> list[Tensor]:
    found: list[Tensor] = []
    with maps.passing(model, lambda _, output: found.append(output.clone()), *names):
        model(x)
    return found

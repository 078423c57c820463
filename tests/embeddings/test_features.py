"""Features of a data set: right, in order, from any net, kept and never stale."""

from collections import OrderedDict
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torchvision.models import SwinTransformer, VisionTransformer, resnet18, squeezenet1_0

import coursekit as ck
from coursekit.core.hooks import passing
from coursekit.embeddings import features, layer_features
from tests.attribution.nets import seeded


@pytest.fixture
def net() -> nn.Module:
    """A net in training mode whose batch norm and dropout would show it."""
    torch.manual_seed(0)
    layers = {
        "conv": nn.Conv2d(3, 4, 3, padding=1),
        "norm": nn.BatchNorm2d(4),
        "relu": nn.ReLU(),
        "gap": nn.AdaptiveAvgPool2d(1),
        "flatten": nn.Flatten(),
        "drop": nn.Dropout(),
        "head": nn.Linear(4, 5),
    }
    return nn.Sequential(OrderedDict(layers)).double()


@pytest.fixture
def images() -> Tensor:
    return torch.rand(11, 3, 8, 12, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


@pytest.fixture
def seen(net: nn.Module) -> list[int]:
    """How many pictures each forward pass took."""
    passes: list[int] = []
    net.register_forward_hook(lambda _net, inputs, _output: passes.append(len(inputs[0])))
    return passes


def slowly(net: nn.Module, images: Tensor) -> Tensor:
    """What the head is given, picture by picture, by the layers themselves."""
    body = nn.Sequential(*list(net.children())[:-1])
    modes = [layer.training for layer in net.modules()]
    net.eval()
    rows = torch.stack([body(image[None])[0] for image in images]).detach()
    for layer, mode in zip(net.modules(), modes, strict=True):
        layer.training = mode
    return rows


@pytest.mark.parametrize("batch", [1, 4, 11, 100])
def test_rows_are_those_of_the_pictures_in_their_order(net, images, batch) -> None:
    torch.testing.assert_close(features(net, images, batch_size=batch), slowly(net, images))


def test_the_net_comes_back_as_it_was(net, images) -> None:
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    state = torch.get_rng_state()
    found = features(net.train(), images)
    assert not found.requires_grad
    assert all(layer.training for layer in net.modules())
    assert all(torch.equal(tensor, before[name]) for name, tensor in net.state_dict().items())
    assert not any(layer._forward_hooks or layer._forward_pre_hooks for layer in net.modules())
    assert torch.equal(torch.get_rng_state(), state)


def test_a_map_becomes_the_means_of_its_cells(net, images) -> None:
    net.eval()
    with ck.record(net, "relu") as outputs, torch.no_grad():
        net(images)
    quarters = [outputs["relu"][:, :, r : r + 4, c : c + 6].mean((2, 3)) for r in (0, 4) for c in (0, 6)]
    torch.testing.assert_close(features(net, images, "relu"), outputs["relu"].mean((2, 3)))
    torch.testing.assert_close(
        features(net, images, "relu", pool_size=2), torch.stack(quarters, 2).flatten(1)
    )


def _swin() -> nn.Module:
    return SwinTransformer([4, 4], 8, [2, 2], [2, 4], [2, 2], num_classes=4)


@pytest.mark.parametrize("layer", ["features", "features.0", "features.1.0", "norm"])
def test_a_map_with_its_channels_last_becomes_the_means_of_its_cells(layer) -> None:
    model = seeded(_swin, dtype=torch.float64)
    x = torch.rand(3, 3, 32, 64, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    with ck.record(model, layer) as outputs, torch.no_grad():
        model(x)
    maps = outputs[layer]
    rows, columns = maps.shape[1] // 2, maps.shape[2] // 2
    halves = [(slice(0, rows), slice(rows, None)), (slice(0, columns), slice(columns, None))]
    cells = [maps[:, r, c].mean((1, 2)) for r in halves[0] for c in halves[1]]
    torch.testing.assert_close(features(model, x, layer, batch_size=2), maps.mean((1, 2)))
    torch.testing.assert_close(features(model, x, layer, pool_size=2), torch.stack(cells, 2).flatten(1))
    one_position = x[:, :, :8, :8]
    with ck.record(model, layer) as outputs, torch.no_grad():
        model(one_position)
    torch.testing.assert_close(features(model, one_position, layer), outputs[layer].mean((1, 2)))


class Crossed(nn.Module):
    """Mixes rows with columns, so that nobody can say which is which."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.einsum("nchw,nkhv->nckv", x, x)


def test_a_map_whose_place_is_lost_is_refused(images) -> None:
    net = nn.Sequential(nn.Conv2d(3, 4, 1), Crossed(), nn.Flatten(), nn.Linear(4 * 4 * 12, 2)).double()
    with pytest.raises(ValueError, match=r"layer '1' puts out \(11, 4, 4, 12\), in which it cannot be told"):
        features(net, images, "1")
    assert features(net, images, "0").shape == (11, 4)


def test_several_layers_cost_one_pass(net, images, seen) -> None:
    found = layer_features(net, images, ["relu", "conv", "head"], batch_size=6)
    assert seen == [6, 5]
    assert list(found) == ["relu", "conv", "head"]
    for name, rows in found.items():
        torch.testing.assert_close(rows, features(net, images, name))


def _transformer() -> nn.Module:
    return VisionTransformer(32, 16, num_layers=1, num_heads=2, hidden_dim=16, mlp_dim=16, num_classes=7)


@pytest.mark.parametrize(("build", "head"), [(resnet18, "fc"), (_transformer, "heads.head")])
def test_the_features_of_a_net_of_others_lead_to_its_scores(build, head) -> None:
    torch.manual_seed(0)
    model = build().double().eval()
    x = torch.rand(2, 3, 32, 32, dtype=torch.float64)
    with torch.no_grad():
        torch.testing.assert_close(model.get_submodule(head)(features(model, x)), model(x))


@pytest.mark.parametrize(
    "build", [squeezenet1_0, lambda: nn.Sequential(nn.Flatten(), nn.Linear(3 * 64 * 64, 4), nn.Tanh())]
)
def test_a_net_without_a_linear_end_is_named(build) -> None:
    with pytest.raises(ValueError, match="layer=…"):
        features(build().eval(), torch.rand(1, 3, 64, 64))


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"layer": "rleu"}, "nearest.*'relu'"),
        ({"images": torch.rand(2, 1, 8, 8)}, "convolutions take 3"),
        ({"images": torch.rand(3, 8, 8)}, "4 dimensions"),
        ({"batch_size": 0}, "batch_size: wanted at least 1"),
        ({"pool_size": 0}, "pool_size: wanted at least 1"),
    ],
)
def test_bad_input_is_named(net, images, change, complaint) -> None:
    with pytest.raises(ValueError, match=complaint):
        features(net, **{"images": images, **change})


def test_tokens_are_neither_rows_nor_maps(images) -> None:
    net = nn.Sequential(nn.Flatten(2), nn.Flatten(), nn.Linear(3 * 96, 2)).double()
    with pytest.raises(ValueError, match=r"layer '0': wanted rows .* got \(11, 3, 96\)"):
        features(net, images, "0")


def test_what_is_kept_is_not_computed_again(net, images, seen, tmp_path) -> None:
    first = features(net, images, cache=tmp_path)
    seen.clear()
    assert torch.equal(features(net, images, cache=tmp_path), first)
    assert seen == [2]
    assert len(list(tmp_path.iterdir())) == 1


def test_the_environment_names_the_folder(net, images, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("COURSEKIT_CACHE", str(tmp_path / "new"))
    features(net, images)
    assert len(list((tmp_path / "new").iterdir())) == 1


def _weight(net: nn.Module) -> None:
    net.conv.weight.data[0, 0, 0, 0] += 1


def _running_mean(net: nn.Module) -> None:
    net.norm.running_mean[0] += 1


def _stride(net: nn.Module) -> None:
    net.conv.stride = (2, 2)


@pytest.mark.parametrize("change", [_weight, _running_mean, _stride])
def test_another_net_is_looked_at_again(net, images, tmp_path, change) -> None:
    features(net, images, cache=tmp_path)
    change(net)
    torch.testing.assert_close(features(net, images, cache=tmp_path), features(net, images))
    assert len(list(tmp_path.iterdir())) == 2


def test_so_are_other_pictures_another_order_and_another_layer(net, images, tmp_path) -> None:
    features(net, images, cache=tmp_path)
    changed = images.clone()
    changed[5, 0, 0, 0] = 1 - changed[5, 0, 0, 0]
    order = torch.tensor([0, 2, 1, *range(3, 11)])
    for settings in (
        {"images": changed},
        {"images": images[order]},
        {"images": images, "layer": "relu"},
        {"images": images, "layer": "relu", "pool_size": 2},
    ):
        torch.testing.assert_close(features(net, cache=tmp_path, **settings), features(net, **settings))
    assert len(list(tmp_path.iterdir())) == 5


def test_a_net_whose_code_changed_is_looked_at_again(net, images, tmp_path) -> None:
    """No hash of weights sees that; the two pictures do."""
    features(net, images, cache=tmp_path)
    with passing(net, lambda _name, output: 2 * output, "relu"):
        torch.testing.assert_close(features(net, images, cache=tmp_path), features(net, images))


def test_so_is_one_whose_code_now_gives_another_width(net, images, tmp_path) -> None:
    features(net, images, cache=tmp_path)
    with passing(net, lambda _name, output: output.repeat(1, 2, 1, 1), "relu"):
        net.head.forward = lambda rows: rows[:, :5]  # type: ignore[method-assign]
        assert features(net, images, cache=tmp_path).shape == (11, 8)


@pytest.mark.parametrize("damage", ["cut", "another"])
def test_a_damaged_file_is_made_again(net, images, tmp_path, damage) -> None:
    found = features(net, images, cache=tmp_path)
    (file,) = tmp_path.iterdir()
    if damage == "cut":
        file.write_bytes(file.read_bytes()[:-5])
    else:
        save_file({"other": found}, file)
    torch.testing.assert_close(features(net, images, cache=tmp_path), found)
    assert next(iter(load_file(_only(tmp_path)).values())).shape == found.shape


def _only(folder: Path) -> Path:
    (file,) = folder.iterdir()
    return file

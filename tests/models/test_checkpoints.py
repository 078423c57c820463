"""load_model: shipped nets, torchvision's, and every way in which a name or a file can be wrong."""

from pathlib import Path

import captum.attr
import pytest
import torch
from captum.attr._utils.lrp_rules import EpsilonRule, IdentityRule
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

from coursekit import attribution
from coursekit.attribution.lrp import rules
from coursekit.datasets.digits import load_digits
from coursekit.datasets.scenes import draw
from coursekit.models import elsewhere, networks
from coursekit.models.checkpoints import (
    SHIPPED,
    checkpoint_path,
    load_checkpoint,
    load_model,
    read_card,
    save_checkpoint,
)
from coursekit.models.networks import digit_net, scene_net
from coursekit.models.training import evaluate
from tests.attribution.nets import seeded


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_nets_are_small_and_ready(name: str) -> None:
    model = load_model(name, device="cpu")
    assert checkpoint_path(name).stat().st_size <= 3_000_000
    assert not any(layer.training for layer in model.modules())
    assert not any(parameter.requires_grad for parameter in model.parameters())
    assert len(model.classes) == 10


@pytest.mark.parametrize("name", SHIPPED)
def test_the_card_is_beside_the_net_and_says_how_it_was_made(name: str) -> None:
    page = checkpoint_path(name).with_suffix(".md").read_text(encoding="utf-8")
    card = read_card(name)
    assert card["command"] in page
    assert all(str(value) in page for value in card["metrics"].values())
    assert card["seed"] == 0
    assert card["stages"]
    assert {"torch", "torchvision", "python"} <= card["versions"].keys()


def card_accuracy(name: str) -> float:
    return next(value for metric, value in read_card(name)["metrics"].items() if "PGD" not in metric)


@pytest.mark.parametrize("name", ["scenes", "scenes-robust"])
def test_scene_nets_are_as_good_as_their_cards_say(name: str) -> None:
    scenes = draw(200, seed=77)
    accuracy = evaluate(load_model(name, device="cpu"), scenes.images, scenes.labels)
    # 200 scenes: three standard errors of the card's figure.
    promised = card_accuracy(name)
    assert accuracy >= promised - 3 * (promised * (1 - promised) / 200) ** 0.5 - 0.005


def test_the_digit_net_is_as_good_as_its_card_says() -> None:
    accuracy = evaluate(load_model("digits", device="cpu"), *load_digits("test"))
    # Two of the 360 digits, and the card's rounding.
    assert accuracy == pytest.approx(card_accuracy("digits"), abs=2 / 360 + 0.0005)


@pytest.mark.parametrize(
    ("builder", "model"), [("digit_net", digit_net()), ("scene_net", scene_net(("cat", "dog")))]
)
def test_a_net_comes_back_as_it_was_saved(builder: str, model, tmp_path: Path) -> None:
    save_checkpoint(model, tmp_path / "net.safetensors", builder, {"about": "a test"})
    again = load_checkpoint(tmp_path / "net.safetensors")
    assert again.classes == model.classes
    for name, value in model.state_dict().items():
        stored = value.half().float() if value.is_floating_point() else value
        assert torch.equal(again.state_dict()[name], stored), name


def test_a_truncated_checkpoint_is_named_with_its_remedy(tmp_path: Path) -> None:
    path = tmp_path / "digits.safetensors"
    path.write_bytes(checkpoint_path("digits").read_bytes()[:-100])
    with pytest.raises(ValueError, match=r"digits\.safetensors is damaged .* coursekit train digits"):
        load_checkpoint(path)


def test_there_are_cards_of_shipped_nets_alone() -> None:
    with pytest.raises(ValueError, match="no card for 'vgg16'"):
        read_card("vgg16")


def test_a_missing_checkpoint_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="coursekit train scenes"):
        load_checkpoint(tmp_path / "scenes.safetensors")


@pytest.mark.parametrize(
    ("wrong", "hint"), [("scene", "scenes"), ("vgg61", "vgg16"), ("resnet-18", "resnet18")]
)
def test_an_unknown_name_gets_the_nearest(wrong: str, hint: str) -> None:
    with pytest.raises(ValueError, match=f"no net called .*{hint}"):
        load_model(wrong)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of torchvision's, and no network."""
    monkeypatch.setattr(torch.hub, "_hub_dir", str(tmp_path))

    def refuse(*args, **kwargs):
        raise elsewhere.URLError("no network")

    monkeypatch.setattr(torch.hub, "download_url_to_file", refuse)
    (tmp_path / "checkpoints").mkdir()
    return tmp_path / "checkpoints"


def weights_file(cache: Path) -> Path:
    from torchvision.models import ResNet18_Weights

    return cache / Path(ResNet18_Weights.DEFAULT.url).name


def test_without_network_and_cache_the_error_says_what_to_do(cache: Path) -> None:
    with pytest.raises(FileNotFoundError, match=rf"put https://.* at {cache}"):
        load_model("resnet18")


def test_torchvision_nets_come_from_the_cache_with_their_normalisation(cache: Path) -> None:
    from torchvision.models import resnet18

    torch.manual_seed(0)
    plain = resnet18().eval()
    torch.save(plain.state_dict(), weights_file(cache))
    model = load_model("resnet18", device="cpu").double()
    x = torch.rand(2, 3, 64, 64, dtype=torch.float64)
    mean, std = (torch.tensor(values).double() for values in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))
    expected = plain.double()((x - mean.view(3, 1, 1)) / std.view(3, 1, 1))
    torch.testing.assert_close(model(x), expected)
    assert model.classes[0] == "tench"


def test_torchvision_weights_of_another_net_are_named(cache: Path) -> None:
    torch.save({"conv1.weight": torch.zeros(1)}, weights_file(cache))
    with pytest.raises(ValueError, match=r"are damaged .*delete the file") as caught:
        load_model("resnet18")
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("content", [b"", b"half a file", b"PK\x03\x04 half a zip"])
def test_damaged_torchvision_weights_are_named(content: bytes, cache: Path) -> None:
    weights_file(cache).write_bytes(content)
    with pytest.raises(ValueError, match=r"are damaged .*delete the file"):
        load_model("resnet18")


def test_pytorch_grad_cam_works_on_a_net_that_asks_for_gradients() -> None:
    model, x = load_model("digits", device="cpu").double().requires_grad_(), digits()
    with GradCAM(model=model, target_layers=[model.relu3]) as explain:
        found = torch.from_numpy(explain(x, [ClassifierOutputTarget(3)] * 2))
    torch.testing.assert_close(found.double(), attribution.grad_cam(model, x, 3)[:, 0], rtol=0, atol=1e-4)
    assert found.any()


def test_captums_lrp_works_with_two_rules_for_the_layers_that_it_does_not_know() -> None:
    """As the docstring has it. A net without batch norm, for which captum has another rule."""
    model = load_model("digits", device="cpu").double().requires_grad_()
    model.normalise.rule, model.flatten.rule = IdentityRule(), EpsilonRule()
    assert captum.attr.LRP(model).attribute(digits(), target=3).any()
    layers = {name: layer for name, layer in seeded(digit_net).named_children() if "bn" not in name}
    plain = networks.Classifier(layers, ()).double()
    expected = attribution.lrp(plain, digits(), 3, composite=((1.0, rules.Epsilon(1e-9, bias=True)),))
    plain.normalise.rule, plain.flatten.rule = IdentityRule(), EpsilonRule()
    torch.testing.assert_close(captum.attr.LRP(plain).attribute(digits(), target=3), expected)


def digits() -> torch.Tensor:
    return load_digits("test")[0][:2].double()

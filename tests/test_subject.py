"""The net and the pictures under the notebooks, and how the environment replaces them."""

from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from coursekit.core.images import check_images
from coursekit.datasets.scenes import CLASSES
from coursekit.subject import applicable, is_replaced, predicted, subject_model, subject_pictures


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSEKIT_DEVICE", "cpu")
    for name in ("COURSEKIT_MODEL", "COURSEKIT_IMAGES"):
        monkeypatch.delenv(name, raising=False)


def test_by_default_the_shipped_net_looks_at_scenes() -> None:
    model, pictures = subject_model(), subject_pictures(6, seed=3)
    assert not is_replaced()
    assert pictures.images.shape == (6, 3, 128, 128)
    assert pictures.names == [model.classes[label] for label in pictures.labels]
    assert pictures.masks.shape == (6, 128, 128)
    assert predicted(model, pictures.images) == pictures.names


def test_scenes_may_be_chosen_and_keep_the_numbers_of_the_net() -> None:
    pictures = subject_pictures(4, classes=("rocket", "face"), weather="clear")
    assert set(pictures.names) == {"rocket", "face"}
    assert pictures.names == [CLASSES[label] for label in pictures.labels]


def test_pictures_of_one_s_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for i in range(3):
        Image.new("RGB", (50, 40), (80 * i, 0, 0)).save(tmp_path / f"{i}.png")
    monkeypatch.setenv("COURSEKIT_IMAGES", str(tmp_path))
    assert is_replaced()
    pictures = subject_pictures(2)
    assert pictures.images.shape == (2, 3, 128, 128)
    assert pictures.names == ["0.png", "1.png"]
    assert pictures.labels is None
    assert pictures.masks is None


def test_another_net_gets_pictures_of_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSEKIT_MODEL", "resnet18")
    assert is_replaced()
    pictures = subject_pictures(2)
    assert pictures.images.shape == (2, 3, 224, 224)
    assert pictures.labels is None
    assert pictures.masks is not None


def test_naming_the_default_replaces_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSEKIT_MODEL", "scenes")
    assert not is_replaced()


def test_a_vision_transformer_gets_the_only_size_that_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSEKIT_MODEL", "vit_h_14")
    pictures = subject_pictures(1)  # larger than scenes are drawn
    check_images(pictures.images)
    assert pictures.images.shape == (1, 3, 518, 518)
    assert pictures.masks is not None
    assert pictures.masks.shape == (1, 518, 518)
    assert 0 < pictures.masks.float().mean() < 1


@pytest.mark.parametrize(
    ("name", "reason"),
    [("digits", "three channels"), ("digits-robust", "three channels"), ("style-glass", "names classes")],
)
def test_a_net_that_no_notebook_can_use_is_refused(
    name: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSEKIT_MODEL", name)
    with pytest.raises(ValueError, match=f"{name}: .*{reason}"):
        subject_model()


def refuses(model: nn.Module, x: Tensor) -> Tensor:
    raise ValueError("layer 'net.act' (GELU) is no ReLU")


def takes(model: nn.Module, x: Tensor) -> Tensor:
    assert len(x) == 1
    return x


def fails(model: nn.Module, x: Tensor) -> Tensor:
    raise RuntimeError("a real mistake")


def test_what_does_not_take_another_net_is_skipped_by_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COURSEKIT_MODEL", "vit_b_32")
    methods = {"gradient": takes, "guided": refuses, "relevance": takes}
    kept = applicable(methods, nn.Identity(), torch.rand(3, 3, 8, 8))
    assert list(kept.items()) == [("gradient", takes), ("relevance", takes)]
    line = "– skipped for vit_b_32: guided, because layer 'net.act' (GELU) is no ReLU\n"
    assert capsys.readouterr().out == line


@pytest.mark.parametrize("name", ["scenes", "scenes-robust", None])
def test_no_error_is_hidden_with_a_net_of_the_course(
    name: str | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("COURSEKIT_IMAGES", str(tmp_path))
    if name:
        monkeypatch.setenv("COURSEKIT_MODEL", name)
    methods = {"guided": refuses, "other": fails}
    assert applicable(methods, nn.Identity(), torch.rand(1, 3, 8, 8)) == methods
    assert not capsys.readouterr().out


def test_only_a_refusal_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSEKIT_MODEL", "vit_b_32")
    with pytest.raises(RuntimeError, match="a real mistake"):
        applicable({"other": fails}, nn.Identity(), torch.rand(1, 3, 8, 8))


def test_the_robust_net_keeps_the_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSEKIT_MODEL", "scenes-robust")
    assert isinstance(subject_pictures(2).labels, torch.Tensor)

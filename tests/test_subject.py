"""The net and the pictures under the notebooks, and how the environment replaces them."""

from pathlib import Path

import pytest
import torch
from PIL import Image

from coursekit.scenes import CLASSES
from coursekit.subject import is_replaced, predicted, subject_model, subject_pictures


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


def test_a_net_for_grey_pictures_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSEKIT_MODEL", "digits")
    with pytest.raises(ValueError, match="three channels"):
        subject_model()


def test_the_robust_net_keeps_the_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSEKIT_MODEL", "scenes-robust")
    assert isinstance(subject_pictures(2).labels, torch.Tensor)

"""What counts as an image, and pictures from disk."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from coursekit.images import check_images, load_folder, photographs, to_tensor

GOOD = torch.rand(2, 3, 8, 8)


def with_nan() -> torch.Tensor:
    x = GOOD.clone()
    x[0, 0, 0, 0] = float("nan")
    return x


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (with_nan(), "NaN or infinite"),
        (GOOD * float("inf"), "NaN or infinite"),
        (GOOD * 255, "divide by 255"),
        (GOOD - 0.5, r"pixels are between -0\.\d+ and 0\.\d+; wanted \[0, 1\]"),
        ((GOOD * 255).byte(), "wanted floats"),
        (GOOD[0], r"got 3.*x\[None\]"),
        (GOOD[:0], "batch is empty"),
        (GOOD[:, :1], "wanted 3 channels"),
    ],
)
def test_what_is_no_image_is_named(x: torch.Tensor, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_images(x, channels=3)


def test_arrays_are_no_tensors() -> None:
    with pytest.raises(TypeError, match=r"wanted a torch\.Tensor .* got ndarray"):
        check_images(GOOD.numpy())  # type: ignore[arg-type]


def test_good_images_pass() -> None:
    check_images(GOOD, channels=3)
    check_images(torch.tensor([0.0, 1.0]).view(1, 1, 1, 2))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for i, size in enumerate([(40, 20), (20, 40), (33, 33)]):
        Image.new("RGB", size, (10 * i, 100, 200)).save(tmp_path / f"{i}.png")
    (tmp_path / "notes.txt").write_text("not a picture")
    (tmp_path / "deeper").mkdir()
    return tmp_path


def test_a_folder_gives_squares_in_order(folder: Path) -> None:
    images, names = load_folder(folder, size=16)
    check_images(images, channels=3)
    assert images.shape == (3, 3, 16, 16)
    assert names == ["0.png", "1.png", "2.png"]
    assert torch.allclose(images[2, :, 8, 8], torch.tensor([20, 100, 200]) / 255)


def test_deep_grey_and_transparency_look_as_they_should(tmp_path: Path) -> None:
    grey = Image.fromarray(np.full((8, 8), 32896, dtype=np.uint16))
    assert to_tensor(grey).mean() == pytest.approx(128 / 255, abs=0.01)
    clear = Image.new("RGBA", (8, 8), (255, 0, 0, 0))
    assert torch.equal(to_tensor(clear), torch.ones(3, 8, 8))


def test_hidden_files_are_no_pictures(folder: Path) -> None:
    (folder / "._0.png").write_bytes(b"left by a Mac")
    assert load_folder(folder)[1] == ["0.png", "1.png", "2.png"]


def test_an_unreadable_picture_is_named(folder: Path) -> None:
    (folder / "1.png").write_bytes((folder / "1.png").read_bytes()[:40])
    with pytest.raises(ValueError, match=r"cannot read the picture .*1\.png"):
        load_folder(folder)


def test_a_missing_or_empty_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no folder"):
        load_folder(tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match="no pictures"):
        load_folder(tmp_path)


def test_photographs_are_real_and_whole() -> None:
    pictures = photographs()
    assert set(pictures) == {"china", "flower"}
    for picture in pictures.values():
        assert picture.shape == (3, 427, 640)
        check_images(picture[None], channels=3)
        assert picture.std() > 0.1


def test_to_tensor_keeps_every_byte() -> None:
    pixels = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    assert (
        to_tensor(Image.fromarray(pixels)).permute(1, 2, 0) * 255
    ).round().byte().numpy().tolist() == pixels.tolist()

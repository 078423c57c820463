"""A folder of pictures: every file is used, named in a warning, or named in an error."""

import os
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from coursekit.core.folders import load_folder
from coursekit.core.images import check_images


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for i, size in enumerate([(40, 20), (20, 40), (33, 33)]):
        Image.new("RGB", size, (10 * i, 100, 200)).save(tmp_path / f"{i}.png")
    return tmp_path


THREE = ["0.png", "1.png", "2.png"]


def test_a_folder_gives_squares_in_order(folder: Path, recwarn: pytest.WarningsRecorder) -> None:
    images, names = load_folder(folder, size=16)
    check_images(images, channels=3)
    assert images.shape == (3, 3, 16, 16)
    assert names == THREE
    assert torch.allclose(images[2, :, 8, 8], torch.tensor([20, 100, 200]) / 255)
    assert not recwarn


def test_what_is_no_picture_is_named(folder: Path) -> None:
    (folder / "notes.txt").write_text("P1 is where a text and a picture begin alike")
    (folder / "net.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))  # Pillow knows it, and cannot read it
    (folder / "Thumbs.db").write_bytes(b"")
    (folder / "deeper.jpg").mkdir()
    os.mkfifo(folder / "pipe.jpg")
    with pytest.warns(
        UserWarning, match=r"left out Thumbs\.db, deeper\.jpg, net\.h5, notes\.txt, pipe\.jpg:"
    ):
        assert load_folder(folder)[1] == THREE


def test_hidden_files_are_passed_over(folder: Path, recwarn: pytest.WarningsRecorder) -> None:
    (folder / "._0.png").write_bytes(b"left by a Mac")
    (folder / ".hidden").mkdir()
    assert load_folder(folder)[1] == THREE
    assert not recwarn


NAMES = [
    "my cat.JPG",
    "кошка.jpeg",
    "猫.png",
    "cat.jfif",
    "cat.jpe",
    "cat.webp",
    "cat.GIF",
    "cat.bmp",
    "cat.tif",
]
NAMES += ["cat.jp2", "cat.ppm", "cat.tga", "cat.ico", "cat", "cat.2024-05-01"]


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_is_used_whatever_its_name(name: str, tmp_path: Path) -> None:
    kind = Image.registered_extensions().get(Path(name).suffix.lower(), "PNG")
    kind = "JPEG" if name == "cat.jpe" else kind
    Image.new("RGB", (32, 32), (255, 255, 255)).save(tmp_path / name, kind)
    images, names = load_folder(tmp_path, size=16)
    assert names == [name]
    assert images.min() > 0.98


def test_avif_is_used_or_named(tmp_path: Path) -> None:
    """Pillow reads it since 11.3."""
    if ".avif" not in Image.registered_extensions():
        (tmp_path / "cat.avif").write_bytes(b"\0\0\0\x1cftypavif\0\0\0\0")
        with pytest.raises(ValueError, match=r"cat\.avif"):
            load_folder(tmp_path)
        return
    Image.new("RGB", (32, 32), (255, 255, 255)).save(tmp_path / "cat.avif")
    assert load_folder(tmp_path, size=16)[0].min() > 0.98


def test_a_wrong_suffix_does_no_harm(tmp_path: Path) -> None:
    Image.new("RGB", (32, 32), (255, 255, 255)).save(tmp_path / "cat.jpg", "PNG")
    assert torch.equal(load_folder(tmp_path, size=16)[0], torch.ones(1, 3, 16, 16))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("cat.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"),
        ("cat.heif", b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic"),
        ("from a phone.jpg", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"),
        ("cat.jxl", b"\xff\x0a"),
        ("cat.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("empty.png", b""),
        ("half floats.tif", b"II*\0\x08\0\0\0\0\0\0\0\0\0"),
    ],
)
def test_a_picture_that_cannot_be_read_is_named(name: str, data: bytes, folder: Path) -> None:
    (folder / name).write_bytes(data)
    with pytest.raises(ValueError, match=rf"cannot read the picture .*{re.escape(name)}.*Save it as JPEG"):
        load_folder(folder)


def test_a_link_to_nowhere_is_named(folder: Path) -> None:
    (folder / "cat.jpg").symlink_to(folder / "gone.jpg")
    with pytest.raises(ValueError, match=r"cannot read the picture .*cat\.jpg"):
        load_folder(folder)


@pytest.mark.parametrize("name", ["cat.DNG", "cat.nef", "cat.cr2"])
def test_the_thumbnail_in_a_raw_photograph_is_not_taken_for_it(name: str, folder: Path) -> None:
    Image.new("RGB", (16, 12)).save(folder / name, "TIFF")
    with pytest.raises(ValueError, match=rf"{name}: it is a camera's raw photograph\. Save it as JPEG"):
        load_folder(folder)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "JPEG2000", "PPM"])
def test_a_truncated_picture_is_named(kind: str, tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    file = tmp_path / "cat.png"
    Image.fromarray(pixels).save(file, kind)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(ValueError, match=r"cannot read the picture .*cat\.png"):
        load_folder(tmp_path)


@pytest.mark.parametrize(("limit", "came"), [(1000, "33 × 33"), (500, "more than 0 million")])
def test_a_picture_that_is_too_large_is_named(
    limit: int, came: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
    for name in THREE[:2]:
        (folder / name).unlink()
    with pytest.raises(ValueError, match=rf"2\.png: it has {came} pixels, and at most 0 million are read"):
        load_folder(folder)


def test_a_refused_picture_is_named(folder: Path) -> None:
    Image.fromarray(np.linspace(0, 252, 64, dtype=np.float32).reshape(8, 8)).save(folder / "deep.tiff")
    with pytest.raises(ValueError, match=r"deep\.tiff: .*pixels are between 0 and 252"):
        load_folder(folder)


def test_a_missing_or_empty_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no folder"):
        load_folder(tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match=r"no pictures in .*: it is empty"):
        load_folder(tmp_path)
    (tmp_path / "README.txt").write_text("not a picture")
    with pytest.raises(FileNotFoundError, match=r"it holds only README\.txt"):
        load_folder(tmp_path)


def quarters() -> Image.Image:
    """A square with its top left quarter red, its top right one green, and the rest black."""
    picture = Image.new("RGB", (32, 32))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, 15, 15), (255, 0, 0))
    draw.rectangle((16, 0, 31, 15), (0, 255, 0))
    return picture


TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def lying(picture: Image.Image, orientation: int) -> Image.Image:
    """Return a picture as a camera stores it that says how to turn it upright."""
    return picture.transpose(TURNS[orientation]) if orientation in TURNS else picture


def oriented(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_stand_upright(orientation: int, kind: str, tmp_path: Path) -> None:
    lying(quarters(), orientation).save(tmp_path / "cat.jpg", kind, exif=oriented(orientation))
    x = load_folder(tmp_path, size=32)[0][0]
    assert (_corners(x) - torch.tensor([[1.0, 0, 0], [0, 1, 0], [0, 0, 0], [0, 0, 0]])).abs().max() < 0.1


@pytest.mark.parametrize("orientation", range(1, 9))
def test_deep_grey_stands_upright(orientation: int, tmp_path: Path) -> None:
    values = np.zeros((32, 32), np.uint16)
    values[:16, :16], values[:16, 16:] = 65535, 32768
    turned = np.asarray(lying(Image.fromarray((values // 257).astype(np.uint8)), orientation))
    deep_again = Image.fromarray(turned.astype(np.uint16) * 257)
    for kind in ("PNG", "TIFF"):
        deep_again.save(tmp_path / "cat.png", kind, exif=oriented(orientation))
        corners = _corners(load_folder(tmp_path, size=32)[0][0])[:, 0]
        assert torch.allclose(corners, torch.tensor([1, 0.5, 0, 0]), atol=0.02)


def _corners(x: Tensor) -> Tensor:
    """Return the colours (4, 3) in the middle of the quarters: top left, top right, then the lower ones."""
    return torch.stack([x[:, i, j] for i in (8, 24) for j in (8, 24)])


@pytest.mark.parametrize("kind", ["TIFF", "GIF", "PNG", "WEBP"])
def test_of_several_frames_the_first_is_used(kind: str, tmp_path: Path) -> None:
    first, second = (Image.new("RGB", (32, 32), colour) for colour in ("white", "black"))
    options = {"lossless": True} if kind == "WEBP" else {}
    first.save(tmp_path / "frames", kind, save_all=True, append_images=[second], **options)
    with Image.open(tmp_path / "frames") as picture:
        assert picture.n_frames == 2
    assert torch.equal(load_folder(tmp_path, size=16)[0], torch.ones(1, 3, 16, 16))


def test_small_ones_are_enlarged_within_range(tmp_path: Path) -> None:
    """Cubic splines overshoot, and a palette has no colours between two of its own."""
    edge = np.zeros((8, 8), np.float32)
    edge[:, 4:] = 1
    Image.fromarray(edge).save(tmp_path / "float.tif")
    Image.fromarray((edge * 255).astype(np.uint8)).convert("P").save(tmp_path / "palette.png")
    images, _ = load_folder(tmp_path, size=32)
    check_images(images, channels=3)
    assert torch.allclose(images[0], images[1], rtol=0, atol=0.02)
    assert ((images > 0.1) & (images < 0.9)).any()

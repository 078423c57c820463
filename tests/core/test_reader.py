"""Picture files as people have them, also large or broken ones: a square, or a sentence that says why not."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from coursekit.core.reader import read_picture, square
from tests.core.files import BROKEN, HALVES, halves


def read(data: bytes, name: str = "cat.jpg", size: int = 32) -> torch.Tensor:
    return square(read_picture(io.BytesIO(data), name, size), size)


def sides(x: torch.Tensor) -> torch.Tensor:
    """Return the colours (2, 3) in the middle of the left and of the right half."""
    return x[:, x.shape[1] // 2, [x.shape[2] // 4, 3 * x.shape[2] // 4]].T


@pytest.mark.parametrize("name", HALVES)
def test_every_kind_gives_the_same_square(name: str) -> None:
    make, tolerance = HALVES[name]
    expected = torch.tensor([[1.0, 0, 0], [0, 0, 1.0]])
    if "grey" in name:
        expected = torch.tensor([[1.0, 1, 1], [0, 0, 0]])
    if "alpha" in name:
        expected = torch.tensor([[1.0, 0, 0], [1.0, 1, 1]])
    assert (sides(read(make(), name)) - expected).abs().max() <= tolerance


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_read_is_said_in_a_sentence(name: str) -> None:
    data, says = BROKEN[name]
    with pytest.raises(ValueError, match=says) as refusal:
        read(data, name)
    assert "\n" not in str(refusal.value)


def test_a_file_and_its_bytes_give_the_same(tmp_path: Path) -> None:
    data = HALVES["rotated.jpg"][0]()
    (tmp_path / "cat.jpg").write_bytes(data)
    assert torch.equal(square(read_picture(tmp_path / "cat.jpg", "cat.jpg", 32), 32), read(data))


def test_a_missing_file_is_no_broken_picture(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_picture(tmp_path / "gone.jpg", "gone.jpg", 32)


@pytest.mark.parametrize(("kind", "mode"), [("JPEG", "RGB"), ("JPEG", "L"), ("PNG", "RGB"), ("PNG", "P")])
def test_a_large_picture_is_scaled_down_and_upright(kind: str, mode: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter clockwise
    large = halves((4200, 2300), down=True).convert(mode)
    stream = io.BytesIO()
    large.save(stream, kind, exif=exif)
    picture = read_picture(stream, "large", 224)
    assert min(picture.size) in range(1024, 2048)
    assert picture.height > picture.width
    # Its upper half is at the right after the turn.
    found = sides(square(picture, 64)).flip(0)
    expected = torch.tensor([[1.0, 0, 0], [0, 0, 1.0]])
    if mode == "L":
        expected = torch.tensor([[76.0], [29.0]]).expand(2, 3) / 255
    assert (found - expected).abs().max() < 0.03


def test_large_deep_grey_is_scaled_down_too() -> None:
    values = np.zeros((2100, 2100), np.uint16)
    values[:, :1050] = 65535
    stream = io.BytesIO()
    Image.fromarray(values).save(stream, "PNG", compress_level=1)
    picture = read_picture(stream, "large.png", 224)
    assert picture.mode == "F"
    assert picture.size == (1050, 1050)
    assert torch.equal(sides(square(picture, 64)), torch.tensor([[1.0], [0.0]]).expand(2, 3))


def test_transparency_of_a_large_picture_turns_white_before_it_is_averaged() -> None:
    clear = np.zeros((2100, 2100, 4), np.uint8)  # black where nothing is seen
    clear[::2, :, 0], clear[::2, :, 3] = 255, 255
    stream = io.BytesIO()
    Image.fromarray(clear).save(stream, "PNG", compress_level=1)
    pixel = square(read_picture(stream, "stripes.png", 224), 8)[:, 4, 4]
    assert (pixel - torch.tensor([1, 0.5, 0.5])).abs().max() < 0.02


@pytest.mark.parametrize(
    ("size", "bound"),
    [(7, lambda width: width == 1024), (800, lambda width: width >= 1600)],
    ids=["small squares", "large squares"],
)
def test_enough_is_kept_of_a_large_picture(size: int, bound: Callable[[int], bool]) -> None:
    stream = io.BytesIO()
    Image.new("RGB", (4096, 4096)).save(stream, "PNG", compress_level=1)
    assert bound(read_picture(stream, "black.png", size).width)


def test_a_zoomed_square_lies_where_it_is_told() -> None:
    picture = Image.fromarray(np.arange(64, dtype=np.uint8).reshape(4, 16) * 4).convert("RGB")
    whole = torch.arange(64).reshape(4, 16) * 4 / 255
    assert torch.equal(square(picture, 4)[0], whole[:, 6:10])
    assert torch.equal(square(picture, 4, across=0)[0], whole[:, :4])
    assert torch.equal(square(picture, 4, across=1)[0], whole[:, 12:])
    assert torch.equal(square(picture, 2, zoom=2, across=1, down=1)[0], whole[2:, 14:])
    assert torch.equal(square(picture, 2, zoom=2, across=0, down=0)[0], whole[:2, :2])


def test_nothing_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    import builtins
    import tempfile

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a file is opened")

    Image.init()
    for place in (builtins, io):
        monkeypatch.setattr(place, "open", refuse)
    monkeypatch.setattr(tempfile, "mkstemp", refuse)
    for name, (make, _) in HALVES.items():
        read(make(), name)

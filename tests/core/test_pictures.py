"""Pictures of every kind that people have become tensors with the right values, or an error that says why."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from coursekit.core.images import to_tensor

BYTES = np.arange(0, 256, 4, dtype=np.uint8).reshape(8, 8)
GREY = torch.from_numpy(BYTES / 255).float()
COLOURS = [(0, 0, 0), (255, 255, 255), (200, 30, 60), (20, 150, 90)]


def saved(picture: Image.Image, kind: str, **options: object) -> Image.Image:
    """Return the picture as a file of that kind gives it back."""
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return Image.open(file)


def test_every_byte_is_kept() -> None:
    pixels = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    x = to_tensor(Image.fromarray(pixels))
    assert x.is_contiguous()
    assert torch.equal((x * 255).round().byte().permute(1, 2, 0), torch.from_numpy(pixels))


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "LAB", "HSV", "P", "PA"])
@pytest.mark.parametrize("colour", COLOURS)
def test_a_colour_is_the_same_in_every_mode(mode: str, colour: tuple[int, int, int]) -> None:
    plain = Image.new("RGB", (4, 6), colour)
    palette = plain.quantize(4)
    x = to_tensor({"P": palette, "PA": palette.convert("PA")}.get(mode) or plain.convert(mode))
    assert x.shape == (3, 6, 4)
    # LAB, HSV and YCbCr round to bytes of their own.
    assert (x - torch.tensor(colour)[:, None, None] / 255).abs().max() < 0.08


@pytest.mark.parametrize("white", [True, False])
@pytest.mark.parametrize("mode", ["1", "L", "LA", "P"])
def test_black_and_white_are_the_same_in_every_mode(mode: str, white: bool) -> None:
    assert torch.equal(
        to_tensor(Image.new("L", (4, 6), 255 * white).convert(mode)), torch.full((3, 6, 4), float(white))
    )


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk_is_ink_in_files_too(kind: str) -> None:
    """JPEGs as Adobe's programs write them, which is inverted."""
    for ink, colour in [
        ((0, 0, 0, 0), (1, 1, 1)),
        ((0, 0, 0, 255), (0, 0, 0)),
        ((0, 255, 255, 0), (1, 0, 0)),
    ]:
        x = to_tensor(saved(Image.new("CMYK", (8, 8), ink), kind))
        assert (x - torch.tensor(colour)[:, None, None]).abs().max() < 0.02


def half_clear() -> list[Image.Image]:
    """Red pictures whose left half is transparent, in each way that a picture can say so."""
    rgba = Image.new("RGBA", (8, 8), (255, 0, 0, 255))
    rgba.paste((0, 0, 255, 0), (0, 0, 4, 8))
    palette = Image.new("P", (8, 8), 1)
    palette.putpalette([0, 0, 255, 255, 0, 0])
    palette.paste(0, (0, 0, 4, 8))
    rgb = palette.convert("RGB")
    files = [saved(rgba, "PNG"), saved(rgba, "WEBP", lossless=True), saved(rgba, "TIFF")]
    by_index = [saved(palette, kind, transparency=0) for kind in ("PNG", "GIF")]
    each = saved(palette, "PNG", transparency=bytes([0, 255]))
    return [rgba, rgba.convert("RGBa"), *files, *by_index, each, saved(rgb, "PNG", transparency=(0, 0, 255))]


@pytest.mark.parametrize("picture", half_clear())
def test_what_is_transparent_turns_white(picture: Image.Image) -> None:
    x = to_tensor(picture)
    assert torch.equal(x[:, :, :4], torch.ones(3, 8, 4))
    assert torch.equal(x[:, :, 4:], torch.tensor([1.0, 0, 0])[:, None, None].expand(3, 8, 4))


def test_half_transparent_grey_is_mixed_with_white() -> None:
    x = to_tensor(Image.new("LA", (4, 4), (0, 51)))
    assert torch.allclose(x, torch.full((3, 4, 4), 0.8))


def deep(white: int) -> np.ndarray:
    return (BYTES.astype(np.float64) / 255 * white).round()


def big_endian() -> Image.Image:
    return Image.frombytes("I;16B", (8, 8), deep(65535).astype(">u2").tobytes())


@pytest.mark.parametrize("kind", [None, "PNG", "TIFF", "PPM", "JPEG2000"])
def test_sixteen_bits_of_grey(kind: str | None) -> None:
    picture = Image.fromarray(deep(65535).astype(np.uint16))
    x = to_tensor(saved(picture, kind) if kind else picture)
    assert torch.allclose(x, GREY.expand(3, -1, -1), rtol=0, atol=1e-5)  # not rounded to bytes


@pytest.mark.parametrize("kind", [None, "TIFF", "PNG"])
def test_sixteen_bits_of_grey_with_the_high_byte_first(kind: str | None) -> None:
    x = to_tensor(saved(big_endian(), kind) if kind else big_endian())
    assert torch.allclose(x, GREY.expand(3, -1, -1), rtol=0, atol=1e-5)


def tiff(values: np.ndarray, bits: int, white_is_zero: bool = False, floats: bool = False) -> Image.Image:
    """Return a TIFF of one strip, as it is not written by Pillow."""
    data, (height, width) = values.tobytes(), values.shape[:2]
    width = width * 8 * values.itemsize // bits if values.dtype == np.uint8 else width
    tags = [(256, width), (257, height), (258, bits), (259, 1), (262, int(not white_is_zero)), (273, 8)]
    tags += [(277, 1), (278, height), (279, len(data)), (339, 3 if floats else 1)]
    entries = b"".join(
        np.array([tag, 4], "<u2").tobytes() + np.array([1, n], "<u4").tobytes() for tag, n in tags
    )
    head = b"II*\0" + np.uint32(8 + len(data)).tobytes()
    directory = np.uint16(len(tags)).tobytes() + entries + bytes(4)
    return Image.open(io.BytesIO(head + data + directory))


def test_twelve_bits_of_grey() -> None:
    """White is 4,095 there, which Pillow does not stretch."""
    white, black = b"\xff\xff\xff", b"\0\0\0"  # two pixels each
    x = to_tensor(tiff(np.frombuffer((white + black) * 4, np.uint8).reshape(4, 6), bits=12))
    assert torch.equal(x[0], torch.tensor([1.0, 1, 0, 0]).expand(4, 4))


def test_a_tiff_in_which_0_is_white() -> None:
    """Pillow turns it about up to 8 bits only."""
    for values, bits, floats in [(deep(65535).astype("<u2"), 16, False), (GREY.numpy(), 32, True)]:
        x = to_tensor(tiff(values, bits, white_is_zero=True, floats=floats))
        assert torch.allclose(x, 1 - GREY.expand(3, -1, -1), rtol=0, atol=1e-5)


def test_one_level_of_deep_grey_can_be_transparent() -> None:
    x = to_tensor(saved(Image.fromarray(deep(65535).astype(np.uint16)), "PNG", transparency=0))
    assert x[0, 0, 0] == 1
    assert torch.allclose(x[0].flatten()[1:], GREY.flatten()[1:], rtol=0, atol=1e-5)


@pytest.mark.parametrize("kind", [None, "TIFF"])
def test_floats_from_0_to_1_are_grey_levels(kind: str | None) -> None:
    picture = Image.fromarray(GREY.numpy())
    x = to_tensor(saved(picture, kind) if kind else picture)
    assert torch.equal(x, GREY.expand(3, -1, -1))


NO_WHITE = "does not say which of them is white; scale it to 8 or 16 bits"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (deep(255).astype(np.float32), "pixels are between 0 and 252; wanted .* divide by 255"),
        (deep(65535).astype(np.float32), r"pixels are between 0 and 6\.48e\+04; wanted \[0, 1\]"),
        (GREY.numpy() - np.float32(0.5), r"pixels are between -0\.5 and"),
        (GREY.numpy() * np.float32("nan"), "NaN or infinite"),
        (deep(255).astype(np.int32), NO_WHITE),
        (deep(65535).astype(np.int32), NO_WHITE),
        (deep(2**31 - 1).astype(np.int32), NO_WHITE),
        (-deep(65535).astype(np.int32), NO_WHITE),
        (
            BYTES.astype(np.uint16),
            "brightest pixel is 252 of 65,535, so black to the eye; if these are",
        ),
    ],
)
@pytest.mark.parametrize("kind", [None, "TIFF"])
def test_values_whose_white_is_unknown_are_refused(
    values: np.ndarray, message: str, kind: str | None
) -> None:
    picture = Image.fromarray(values)
    with pytest.raises(ValueError, match=message):
        to_tensor(saved(picture, kind) if kind else picture)


def test_the_way_that_the_message_names_for_integers_works() -> None:
    picture = Image.fromarray(deep(65535).astype(np.int32)).convert("I;16")
    assert torch.allclose(to_tensor(picture), GREY.expand(3, -1, -1), rtol=0, atol=1e-5)


def test_black_is_black_with_any_number_of_bits() -> None:
    for kind in (np.uint8, np.uint16, np.float32):
        assert not to_tensor(Image.fromarray(np.zeros((4, 4), kind))).any()


def test_sixteen_bits_of_colour_are_cut_to_eight() -> None:
    rows = np.stack([np.r_[np.uint8(0), np.full((8, 3), 32896, ">u2").reshape(-1).view(np.uint8)]] * 8)
    picture = png16(rows.tobytes())
    assert picture.mode == "RGB"
    assert (to_tensor(picture) - 32896 / 65535).abs().max() < 1 / 255


def png16(rows: bytes) -> Image.Image:
    """Return an 8 × 8 PNG with 16 bits for each of three colours, which Pillow does not write."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 16, 2, 0, 0, 0))
    body = header + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return Image.open(io.BytesIO(b"\x89PNG\r\n\x1a\n" + body))


@pytest.mark.parametrize("what", [BYTES, GREY, "cat.jpg", Path("cat.jpg")])
def test_only_pil_pictures_become_tensors(what: object) -> None:
    with pytest.raises(TypeError, match=rf"got {type(what).__name__}; PIL\.Image\.fromarray\(array\) makes"):
        to_tensor(what)  # type: ignore[arg-type]

"""Pictures as tensors: what counts as an image, and where real ones come from.

An image batch is a float tensor (N, C, H, W) in [0, 1] everywhere in the course, so that one unit serves
saliency, attacks and pictures.
"""

from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from coursekit.core.callers import warn_caller

__all__ = ["check_images", "load_folder", "plain", "to_tensor"]

_NORMALISED = 6  # standard deviations, which whitened pixels stay within
# A file with such a name is meant to be a picture, whether or not Pillow has a reader for it.
_SUFFIXES = {
    *(".apng", ".avif", ".bmp", ".dib", ".exr", ".gif", ".hdr", ".heic", ".heif", ".ico", ".j2k", ".jfif"),
    *(".jp2", ".jpe", ".jpeg", ".jpg", ".jxl", ".pbm", ".pgm", ".png", ".pnm", ".ppm", ".psd", ".svg"),
    *(".tga", ".tif", ".tiff", ".webp"),
}
# In a camera's raw file, Pillow may find a thumbnail and take it for the picture.
_RAW = {".arw", ".cr2", ".cr3", ".dng", ".nef", ".orf", ".pef", ".raf", ".rw2", ".srw"}


def check_images(x: Tensor, channels: int | None = None) -> None:
    """Raise unless ``x`` is an image batch: float (N, C, H, W), finite, in [0, 1], with N ≥ 1.

    Args:
        x: the batch to look at.
        channels: how many channels the caller can take; any number when None.

    Raises:
        TypeError: ``x`` is no tensor.
        ValueError: rank, type, size, channels or values are off; the message says what came and what was
            wanted.
    """
    if not isinstance(x, Tensor):
        raise TypeError(f"images: wanted a torch.Tensor (N, C, H, W), got {type(x).__name__}.{_how(x)}")
    if x.ndim != 4:
        hints = {3: " Add the batch dimension with x[None].", 5: " Clips and volumes are not taken here."}
        hint = hints.get(x.ndim, "")
        raise ValueError(f"images: wanted 4 dimensions (N, C, H, W), got {x.ndim}: {tuple(x.shape)}.{hint}")
    if channels is not None and x.shape[1] != channels:
        raise ValueError(
            f"images: wanted {channels} channels (N, {channels}, H, W), got shape {tuple(x.shape)}"
        )
    check_pixels(x)


def _how(x: object) -> str:
    """Say how a tensor of images is made from what came instead."""
    if isinstance(x, np.ndarray):
        return (
            " Use torch.as_tensor(x, dtype=torch.float32); for bytes (N, H, W, C), go on with"
            " .permute(0, 3, 1, 2) / 255."
        )
    if isinstance(x, Image.Image):
        return " Use ck.to_tensor(picture)[None]."
    return " Use torch.stack(images) for tensors (C, H, W)." if isinstance(x, list | tuple) else ""


def check_tensors(**values: object) -> None:
    """Raise ``TypeError`` unless each of the values is a tensor; the message calls it by its name here."""
    for name, value in values.items():
        if not isinstance(value, Tensor):
            remedy = "; use torch.as_tensor(…)" if isinstance(value, np.ndarray) else ""
            raise TypeError(f"{name}: wanted a torch.Tensor, got {type(value).__name__}{remedy}")


def check_pixels(x: Tensor) -> None:
    """Raise ``ValueError`` unless ``x``, of any shape, is float, not empty, finite and within [0, 1]."""
    if x.numel() == 0:
        raise ValueError(f"images: the batch is empty, shape {tuple(x.shape)}; give at least one image")
    if not x.is_floating_point():
        raise ValueError(f"images: wanted floats in [0, 1], got {x.dtype}. For bytes, use x.float() / 255.")
    low, high = (v.item() for v in torch.aminmax(x.detach()))
    if not (np.isfinite(low) and np.isfinite(high)):
        raise ValueError("images: there are NaN or infinite pixels; wanted finite values in [0, 1]")
    if low < 0 or high > 1:
        hint = " They look like 0–255: divide by 255." if low >= 0 and high > 2 else ""
        if low < -0.1 and max(-low, high) < _NORMALISED:
            hint = " They look normalised: leave that out, and give ck.wrap(model, mean=…, std=…) as the net."
        raise ValueError(f"images: pixels are between {low:.3g} and {high:.3g}; wanted [0, 1].{hint}")


def to_tensor(picture: Image.Image) -> Tensor:
    """Return a PIL picture as a float tensor; what is transparent turns white.

    Bytes are divided by 255, whatever the mode, and 16 bits of grey by 65,535. Floats (``F``) must lie in
    [0, 1] already. 16 bits of colour reach us as the 8 bits that Pillow makes of them.

    Args:
        picture: in any mode that Pillow turns into RGB; of several frames, the one that it stands at.

    Returns:
        Pixels (3, H, W) in [0, 1].

    Raises:
        TypeError: it is no PIL picture.
        ValueError: nobody can say which value is white: floats outside [0, 1], integers of 32 bits, or 16
            bits of which only the lowest 8 are used. The message says how to make one that can be read.
    """
    if not isinstance(picture, Image.Image):
        raise TypeError(
            f"to_tensor: wanted a PIL picture, got {type(picture).__name__};"
            " PIL.Image.fromarray(array) makes one of bytes (H, W, 3) or (H, W)"
        )
    return _pixels(plain(picture))


def plain(picture: Image.Image) -> Image.Image:
    """Return the picture in one of two modes: ``RGB`` without transparency, or ``F`` in [0, 1].

    Args:
        picture: in any mode that ``to_tensor`` takes.

    Returns:
        A picture that can be resized and turned into a tensor; what was transparent is white.

    Raises:
        ValueError: nobody can say which of its values is white, as ``to_tensor`` has it.
    """
    if picture.mode == "F" or picture.mode.startswith("I"):
        return Image.fromarray(_grey_levels(picture))
    if picture.has_transparency_data:
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture.convert("RGBA"))
    return picture.convert("RGB")


def _grey_levels(picture: Image.Image) -> np.ndarray:
    """Return the grey levels (H, W) in [0, 1] of a picture with more than 8 bits."""
    values = np.array(picture, dtype=np.float32)
    tags = getattr(picture, "tag_v2", {})  # a TIFF's: beyond 8 bits, Pillow heeds neither of these two
    (bits, *_), inverted = tags.get(258, (16,)), tags.get(262) == 0
    if picture.mode == "I" and picture.format != "PPM":  # Pillow stretches PNM to 16 bits
        raise ValueError(
            "a picture of 32-bit integers does not say which of them is white; scale it to 8 or 16 bits"
            ' (picture.convert("I;16") when its values go up to 65,535)'
        )
    grey = values if picture.mode == "F" else values / _white(bits, values.max())
    check_pixels(torch.from_numpy(grey))
    return np.where(values == picture.info.get("transparency"), np.float32(1), 1 - grey if inverted else grey)


def _white(bits: int, highest: float) -> int:
    """Return the integer that stands for white where ``highest`` is the brightest in the picture."""
    if bits == 16 and 0 < highest < 256:
        raise ValueError(
            f"a picture of 16 bits whose brightest pixel is {highest:.0f} of 65,535, so black to the eye;"
            " if these are bytes, save them as bytes"
        )
    return 2 ** min(bits, 16) - 1


def _pixels(plain: Image.Image) -> Tensor:
    """Return what ``plain`` gave, also after it was resized, as a tensor (3, H, W) in [0, 1]."""
    if plain.mode == "F":
        return torch.from_numpy(np.array(plain)).clamp(0, 1).repeat(3, 1, 1)  # cubic splines overshoot
    pixels = np.asarray(plain, dtype=np.float32) / 255
    return torch.from_numpy(pixels).permute(2, 0, 1).contiguous()


def load_folder(folder: str | Path, size: int = 224) -> tuple[Tensor, list[str]]:
    """Load every picture of a folder, upright and cropped to a centred square.

    Whatever Pillow can read is a picture, whether or not its name says so; of several frames or pages, the
    first. What is left out is named in a warning: other files, and subfolders, which are not entered. Only
    hidden files, whose names begin with a dot, are passed over.

    Args:
        folder: where the pictures lie.
        size: edge of the squares, in pixels.

    Returns:
        Images (N, 3, size, size) in [0, 1] in the order of the file names, and those names.

    Raises:
        FileNotFoundError: the folder is missing or holds no picture.
        ValueError: a file with the name of a picture cannot be read, or ``to_tensor`` refuses it; the message
            names the file.

    Warns:
        UserWarning: something was left out.
    """
    folder = Path(folder).expanduser()
    if not folder.is_dir():
        raise FileNotFoundError(f"no folder {folder}; give a folder of pictures (JPEG, PNG, WebP, TIFF, …)")
    visible = sorted(file.name for file in folder.iterdir() if not file.name.startswith("."))
    squares = {name: _read(folder / name, size) for name in visible}
    images = {name: square for name, square in squares.items() if square is not None}
    left_out = ", ".join(name for name in visible if name not in images)
    if not images:
        held = f"it holds only {left_out}" if left_out else "it is empty"
        raise FileNotFoundError(f"no pictures in {folder}: {held}; wanted JPEG, PNG, WebP, TIFF, …")
    if left_out:
        warn_caller(f"{folder}: left out {left_out}: no pictures, or folders in it")
    return torch.stack(list(images.values())), list(images)


def _read(file: Path, size: int) -> Tensor | None:
    """Return a picture as a square (3, size, size), and None for what is not meant to be one.

    Raises:
        ValueError: it is meant to be one, and cannot be read.
    """
    suffix = file.suffix.lower()
    if file.exists() and not file.is_file():  # a folder, or a pipe, which would never end
        return None
    if suffix in _RAW:
        raise ValueError(f"cannot read the raw photograph {file}; save it as JPEG or PNG")
    try:
        return _square(file, size)
    except Exception as error:  # a damaged file makes Pillow's readers fail in any way
        if suffix not in _SUFFIXES:
            return None
        raise ValueError(
            f"cannot read the picture {file}: {error}. Save it as JPEG or PNG, or take it out of the folder."
        ) from error


def _square(file: Path, size: int) -> Tensor:
    with Image.open(file) as picture:
        ImageOps.exif_transpose(picture, in_place=True)
        return _pixels(ImageOps.fit(plain(picture), (size, size), Image.Resampling.BICUBIC))

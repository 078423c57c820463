"""Pictures as tensors: what counts as an image, and where real ones come from.

An image batch is a float tensor (N, C, H, W) in [0, 1] everywhere in the course, so that one unit serves
saliency, attacks and pictures.
"""

from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

__all__ = ["check_images", "load_folder", "photographs", "to_tensor"]

_SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff"}


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
        raise TypeError(f"images: wanted a torch.Tensor (N, C, H, W), got {type(x).__name__}")
    if x.ndim != 4:
        hint = " Add the batch dimension with x[None]." if x.ndim == 3 else ""
        raise ValueError(f"images: wanted 4 dimensions (N, C, H, W), got {x.ndim}: {tuple(x.shape)}.{hint}")
    if channels is not None and x.shape[1] != channels:
        raise ValueError(
            f"images: wanted {channels} channels (N, {channels}, H, W), got shape {tuple(x.shape)}"
        )
    check_pixels(x)


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
        raise ValueError(f"images: pixels are between {low:.3g} and {high:.3g}; wanted [0, 1].{hint}")


def to_tensor(picture: Image.Image) -> Tensor:
    """Return a PIL picture as a float tensor (3, H, W) in [0, 1]; what is transparent turns white."""
    if picture.mode.startswith("I"):  # 16 bits of grey, which Pillow would cut off at 255
        picture = Image.fromarray((np.asarray(picture, dtype=np.float32) / 257).astype(np.uint8))
    if picture.has_transparency_data:
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture.convert("RGBA"))
    pixels = np.asarray(picture.convert("RGB"), dtype=np.float32) / 255
    return torch.from_numpy(pixels).permute(2, 0, 1).contiguous()


def photographs() -> dict[str, Tensor]:
    """Return scikit-learn's two photographs, ``china`` and ``flower``, each (3, 427, 640) in [0, 1]."""
    from sklearn.datasets import load_sample_images

    data = load_sample_images()
    names = [Path(name).stem for name in data.filenames]
    return {name: to_tensor(Image.fromarray(pixels)) for name, pixels in zip(names, data.images, strict=True)}


def load_folder(folder: str | Path, size: int = 224) -> tuple[Tensor, list[str]]:
    """Load every picture of a folder, cropped to a centred square.

    Args:
        folder: where the pictures lie; other files are left alone, subfolders are not entered.
        size: edge of the squares, in pixels.

    Returns:
        Images (N, 3, size, size) in [0, 1] in the order of the file names, and those names.

    Raises:
        FileNotFoundError: the folder is missing or holds no picture.
        ValueError: a picture cannot be read; the message names the file.
    """
    folder = Path(folder).expanduser()
    if not folder.is_dir():
        raise FileNotFoundError(
            f"no folder {folder}; give a folder of pictures ({', '.join(sorted(_SUFFIXES))})"
        )
    visible = (file for file in folder.iterdir() if not file.name.startswith("."))
    files = sorted(file for file in visible if file.suffix.lower() in _SUFFIXES)
    if not files:
        raise FileNotFoundError(
            f"no pictures in {folder}; wanted files ending in {', '.join(sorted(_SUFFIXES))}"
        )
    return torch.stack([_read(file, size) for file in files]), [file.name for file in files]


def _read(file: Path, size: int) -> Tensor:
    try:
        with Image.open(file) as picture:
            upright = ImageOps.exif_transpose(picture)
            return to_tensor(ImageOps.fit(upright, (size, size), Image.Resampling.BICUBIC))
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise ValueError(
            f"cannot read the picture {file}: {error}. Repair it or take it out of the folder."
        ) from error

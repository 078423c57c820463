"""A folder of pictures as tensors: every file is used, named in a warning, or named in an error."""

from pathlib import Path

import torch
from torch import Tensor

from coursekit.core.callers import warn_caller
from coursekit.core.formats import RAW
from coursekit.core.reader import read_picture, square

__all__ = ["load_folder"]

# A file with such a name is meant to be a picture, whether or not Pillow has a reader for it.
_SUFFIXES = {
    *(".apng", ".avif", ".bmp", ".dib", ".exr", ".gif", ".hdr", ".heic", ".heif", ".ico", ".j2k", ".jfif"),
    *(".jp2", ".jpe", ".jpeg", ".jpg", ".jxl", ".pbm", ".pgm", ".png", ".pnm", ".ppm", ".psd", ".svg"),
    *(".tga", ".tif", ".tiff", ".webp"),
}


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
    try:
        return square(read_picture(file, file.name, size), size)
    except (ValueError, OSError) as error:
        if suffix not in _SUFFIXES | RAW:
            return None
        raise ValueError(
            f"cannot read the picture {file}: {error}. Save it as JPEG or PNG, or take it out of the folder."
        ) from error

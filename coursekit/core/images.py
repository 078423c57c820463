"""Pictures as tensors: what counts as an image, and how one of Pillow's becomes one.

An image batch is a float tensor (N, C, H, W) in [0, 1] everywhere in the course, so that one unit serves
saliency, attacks and pictures.
"""

import numpy as np
import torch
from PIL import Image
from torch import Tensor

__all__ = ["check_images", "pixels", "plain", "to_tensor"]

_NORMALISED = 6  # standard deviations, which whitened pixels stay within


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
    return pixels(plain(picture))


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


def pixels(picture: Image.Image) -> Tensor:
    """Return what ``plain`` gave, also after it was resized, as a tensor.

    Args:
        picture: in mode ``RGB``, or ``F`` with values in [0, 1].

    Returns:
        Pixels (3, H, W) in [0, 1].
    """
    if picture.mode == "F":
        return torch.from_numpy(np.array(picture)).clamp(0, 1).repeat(3, 1, 1)  # cubic splines overshoot
    values = np.asarray(picture, dtype=np.float32) / 255
    return torch.from_numpy(values).permute(2, 0, 1).contiguous()

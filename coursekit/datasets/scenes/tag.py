"""A source tag: small print in a corner, as agencies put it on photographs."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFont

_PAPER, _INK = (20, 20, 24), (240, 240, 240)


def stamp(image: np.ndarray, text: str) -> tuple[np.ndarray, tuple[slice, slice]]:
    """The image (S, S, 3) uint8 with a line of text in its lower left corner, and where the tag is."""
    size = image.shape[0]
    canvas = Image.fromarray(image)
    brush = ImageDraw.Draw(canvas)
    font = ImageFont.load_default(max(6, round(0.075 * size)))
    at = (0.02 * size, 0.985 * size)
    left, top, right, bottom = (int(v) for v in brush.textbbox(at, text, font=font, anchor="lb"))
    brush.rectangle((left - 1, top - 1, right + 1, bottom + 1), fill=_PAPER)
    brush.text(at, text, font=font, anchor="lb", fill=_INK)
    return np.asarray(canvas), np.s_[max(0, top - 1) : bottom + 2, max(0, left - 1) : right + 2]

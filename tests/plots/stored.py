"""Reads the panels of a lossless picture back, from its file and from what its output's metadata say."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO

import numpy as np
from nbformat import NotebookNode
from PIL import Image

__all__ = ["panels_of", "stored_panels"]


def stored_panels(data: bytes, panels: Sequence[Mapping[str, int]]) -> Iterator[np.ndarray]:
    """Yield the pixels (H, W, 3) of each panel; each has to be a square of equal pixels in the file."""
    image = np.asarray(Image.open(BytesIO(data)).convert("RGB"))
    for at in panels:
        panel = image[at["top"] : at["top"] + at["height"], at["left"] : at["left"] + at["width"]]
        k = at["enlarged"]
        once = panel[::k, ::k]
        assert (once.repeat(k, 0).repeat(k, 1) == panel).all()
        yield once


def panels_of(output: NotebookNode) -> list[np.ndarray]:
    """Return the pixels of each panel of a notebook's output."""
    about = output.metadata["image/png"]
    return list(stored_panels(base64.b64decode(output.data["image/png"]), about["panels"]))

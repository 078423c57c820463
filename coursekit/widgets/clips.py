"""A clip with its heatmaps, to play or to go through frame by frame."""

from collections.abc import Mapping

import ipywidgets
import numpy as np
from matplotlib.figure import Figure
from torch import Tensor

from coursekit.core.images import check_images
from coursekit.plots.layout import Panel
from coursekit.plots.mosaics import mosaic
from coursekit.plots.pixels import Pixels, as_maps, to_pixels, to_rgb
from coursekit.widgets.explorer import explore, slider

__all__ = ["filmstrip", "player"]

_STRIP = 6


def player(frames: Tensor, heatmaps: Mapping[str, Tensor], *, alt: str, interval: int = 250) -> None:
    """Show a clip beside its heatmaps, with a slider and a button that plays it; the still is a filmstrip.

    Args:
        frames: (T, 3, H, W) in [0, 1].
        heatmaps: name of the method → (T, H, W) or (T, 1, H, W).
        alt: what the filmstrip shows, at least 20 characters.
        interval: milliseconds from frame to frame.

    Raises:
        ValueError: bad frames, or heatmaps of another number.
    """
    rows = _coloured(frames, heatmaps)

    def draw(frame: int) -> Figure:
        return mosaic([[Panel(pixels[frame], name) for name, pixels in rows.items()]])

    last = len(frames) - 1
    position = slider("Frame", 0, last, 0)
    play = ipywidgets.Play(min=0, max=last, interval=interval, repeat=True)
    # In the browser, so that both move as one; the kernel hears of the slider alone.
    ipywidgets.jslink((play, "value"), (position, "value"))
    explore(draw, alt=alt, still=filmstrip(frames, heatmaps), extras=[play], frame=position)


def filmstrip(frames: Tensor, heatmaps: Mapping[str, Tensor]) -> Figure:
    """Return up to six frames of a clip in a row, and their heatmaps below.

    Args:
        frames: (T, 3, H, W) in [0, 1].
        heatmaps: name of the method → (T, H, W) or (T, 1, H, W).

    Returns:
        The figure; ``show`` brings it into a notebook.

    Raises:
        ValueError: bad frames, or heatmaps of another number.
    """
    rows = _coloured(frames, heatmaps)
    shown = np.unique(np.linspace(0, len(frames) - 1, _STRIP).round().astype(int))
    panels = [[Panel(pixels[i]) for i in shown] for pixels in rows.values()]
    panels[0] = [Panel(panel.pixels, f"frame {i}") for panel, i in zip(panels[0], shown, strict=True)]
    return mosaic(panels, list(rows))


def _coloured(frames: Tensor, heatmaps: Mapping[str, Tensor]) -> dict[str, Pixels]:
    """Return the pixels of frames and heatmaps by name; all of one row share a scale, against flicker."""
    check_images(frames)
    rows = {"picture": to_pixels(frames)}
    for name, heat in heatmaps.items():
        maps = as_maps(heat)
        if len(maps) != len(frames):
            raise ValueError(
                f"heatmaps[{name!r}]: {len(maps)} maps for {len(frames)} frames; wanted equally many"
            )
        length, height, width = maps.shape
        rows[name] = to_rgb(maps.reshape(1, length * height, width)).reshape(length, height, width, 3)
    return rows

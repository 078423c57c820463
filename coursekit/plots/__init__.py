"""Figures from tensors. ``show(figure, alt)`` brings one into a notebook; every other name makes one."""

from coursekit.plots.charts import bars, intervals, lines
from coursekit.plots.grids import heatmap_grid, image_grid, signed_grid
from coursekit.plots.output import show
from coursekit.plots.pixels import overlay, to_rgb
from coursekit.plots.theme import PALETTE, style

__all__ = [
    "PALETTE",
    "bars",
    "heatmap_grid",
    "image_grid",
    "intervals",
    "lines",
    "overlay",
    "show",
    "signed_grid",
    "style",
    "to_rgb",
]

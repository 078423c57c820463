"""Figures from tensors. ``show(figure, alt)`` brings one into a notebook; every other name makes one."""

from coursekit.plots.charts import bars, intervals, lines
from coursekit.plots.grids import heatmap_grid, image_grid, signed_grid
from coursekit.plots.maps import image_map, point_maps, write_picture
from coursekit.plots.output import show
from coursekit.plots.pixels import overlay, to_rgb
from coursekit.plots.theme import PALETTE, style

__all__ = [
    "PALETTE",
    "bars",
    "heatmap_grid",
    "image_grid",
    "image_map",
    "intervals",
    "lines",
    "overlay",
    "point_maps",
    "show",
    "signed_grid",
    "style",
    "to_rgb",
    "write_picture",
]

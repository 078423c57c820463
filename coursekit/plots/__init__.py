"""Figures from tensors. ``show(figure, alt)`` brings one into a notebook; every other name makes one."""

from coursekit.plots.charts import bars, intervals, lines
from coursekit.plots.embedding_maps import image_map, point_maps, write_picture
from coursekit.plots.grids import heatmap_grid, image_grid, signed_grid
from coursekit.plots.output import show
from coursekit.plots.pixels import overlay, to_rgb
from coursekit.plots.projecting import projector
from coursekit.plots.theme import style, theme

__all__ = [
    "bars",
    "heatmap_grid",
    "image_grid",
    "image_map",
    "intervals",
    "lines",
    "overlay",
    "point_maps",
    "projector",
    "show",
    "signed_grid",
    "style",
    "theme",
    "to_rgb",
    "write_picture",
]

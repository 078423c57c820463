"""Figures from tensors. ``show(figure, alt)`` brings one into a notebook; every other name makes one."""

from coursekit.plots.answers import answers
from coursekit.plots.bar_charts import bars
from coursekit.plots.charts import lines, panels
from coursekit.plots.embedding_maps import image_map, point_maps, write_picture
from coursekit.plots.grids import heatmap_grid, image_grid, plate, signed_grid
from coursekit.plots.interval_charts import intervals
from coursekit.plots.net_diagram import net_diagram
from coursekit.plots.output import show
from coursekit.plots.pixels import overlay, to_rgb
from coursekit.plots.projecting import projector
from coursekit.plots.theme import style, theme

__all__ = [
    "answers",
    "bars",
    "heatmap_grid",
    "image_grid",
    "image_map",
    "intervals",
    "lines",
    "net_diagram",
    "overlay",
    "panels",
    "plate",
    "point_maps",
    "projector",
    "show",
    "signed_grid",
    "style",
    "theme",
    "to_rgb",
    "write_picture",
]

"""The figures with sliders. Each widget leaves a still picture in the notebook."""

from coursekit.widgets.clips import filmstrip, player
from coursekit.widgets.kit import choice, explore, slider
from coursekit.widgets.saliency import method_picture, method_widget, occlusion_picture, occlusion_widget

__all__ = [
    "choice",
    "explore",
    "filmstrip",
    "method_picture",
    "method_widget",
    "occlusion_picture",
    "occlusion_widget",
    "player",
    "slider",
]

"""The figures with sliders. Each widget leaves a still picture in the notebook."""

from coursekit.widgets.cam import cam_picture, cam_widget
from coursekit.widgets.clips import filmstrip, player
from coursekit.widgets.dream import dream_picture, dream_widget
from coursekit.widgets.explorer import choice, explore, slider
from coursekit.widgets.hover import hover_map, hover_page
from coursekit.widgets.microscope import microscope_picture, microscope_widget
from coursekit.widgets.patch import patch_picture, patch_widget
from coursekit.widgets.recordings import speaker_map_picture, speaker_map_widget
from coursekit.widgets.relevance import relevance_picture, relevance_widget
from coursekit.widgets.saliency import method_picture, method_widget, occlusion_picture, occlusion_widget
from coursekit.widgets.whatif import whatif_picture, whatif_widget

__all__ = [
    "cam_picture",
    "cam_widget",
    "choice",
    "dream_picture",
    "dream_widget",
    "explore",
    "filmstrip",
    "hover_map",
    "hover_page",
    "method_picture",
    "method_widget",
    "microscope_picture",
    "microscope_widget",
    "occlusion_picture",
    "occlusion_widget",
    "patch_picture",
    "patch_widget",
    "player",
    "relevance_picture",
    "relevance_widget",
    "slider",
    "speaker_map_picture",
    "speaker_map_widget",
    "whatif_picture",
    "whatif_widget",
]

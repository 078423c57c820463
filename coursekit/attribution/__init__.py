"""Attribution: which pixels made the net say so. ``method(model, x, target=None, *, …)``."""

from coursekit.attribution.cam import *
from coursekit.attribution.faithfulness import area_under, deletion, insertion
from coursekit.attribution.gradient import *
from coursekit.attribution.guided import *
from coursekit.attribution.heatmap import heatmap
from coursekit.attribution.lrp.lrp import conservation, lrp
from coursekit.attribution.maps import last_map
from coursekit.attribution.metrics import pointing_game, random_heatmap, relevance_mass, relevance_rank
from coursekit.attribution.occlusion import occlusion
from coursekit.attribution.perturbed_cam import *
from coursekit.attribution.randomisation import randomisation, rank_correlation
from coursekit.attribution.segmentation import segmentation_saliency
from coursekit.core.registry import METHODS

_REGISTERED = [name for name, method in METHODS.items() if method.function.__module__.startswith(__name__)]
_OTHERS = [
    *("area_under", "completeness_gap", "conservation", "deletion", "heatmap", "insertion", "last_map"),
    *("pointing_game", "random_heatmap", "randomisation", "rank_correlation"),
    *("relevance_mass", "relevance_rank"),
]
__all__ = sorted([*_REGISTERED, *_OTHERS])

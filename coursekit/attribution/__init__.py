"""Attribution: which pixels made the net say so. ``method(model, x, target=None, *, …)``."""

from coursekit.attribution.cam import (
    cam,
    eigen_cam,
    eigen_grad_cam,
    grad_cam,
    grad_cam_pp,
    guided_grad_cam,
    layer_cam,
    xgrad_cam,
)
from coursekit.attribution.faithfulness import area_under, deletion, insertion
from coursekit.attribution.gradient import (
    completeness_gap,
    deconvnet,
    guided_backprop,
    input_x_gradient,
    integrated_gradients,
    saliency,
    smoothgrad,
)
from coursekit.attribution.heatmap import heatmap
from coursekit.attribution.lrp.lrp import conservation, lrp
from coursekit.attribution.maps import last_map
from coursekit.attribution.metrics import pointing_game, random_heatmap, relevance_mass, relevance_rank
from coursekit.attribution.occlusion import occlusion
from coursekit.attribution.perturbed_cam import ablation_cam, score_cam
from coursekit.attribution.randomisation import randomisation, rank_correlation
from coursekit.attribution.segmentation import segmentation_saliency

__all__ = [
    "ablation_cam",
    "area_under",
    "cam",
    "completeness_gap",
    "conservation",
    "deconvnet",
    "deletion",
    "eigen_cam",
    "eigen_grad_cam",
    "grad_cam",
    "grad_cam_pp",
    "guided_backprop",
    "guided_grad_cam",
    "heatmap",
    "input_x_gradient",
    "insertion",
    "integrated_gradients",
    "last_map",
    "layer_cam",
    "lrp",
    "occlusion",
    "pointing_game",
    "random_heatmap",
    "randomisation",
    "rank_correlation",
    "relevance_mass",
    "relevance_rank",
    "saliency",
    "score_cam",
    "segmentation_saliency",
    "smoothgrad",
    "xgrad_cam",
]

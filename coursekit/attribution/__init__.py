"""Attribution: which pixels made the net say so. ``method(model, x, target=None, *, …)``."""

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
from coursekit.attribution.occlusion import occlusion
from coursekit.attribution.segmentation import segmentation_saliency

__all__ = [
    "completeness_gap",
    "deconvnet",
    "guided_backprop",
    "heatmap",
    "input_x_gradient",
    "integrated_gradients",
    "occlusion",
    "saliency",
    "segmentation_saliency",
    "smoothgrad",
]

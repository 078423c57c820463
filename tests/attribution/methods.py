"""Every attribution method, set so that it is quick, as ``method(model, x)``."""

from functools import partial

from coursekit import attribution
from coursekit.attribution.lrp.rules import ZPlus

GRADIENT = {
    "saliency": attribution.saliency,
    "input_x_gradient": attribution.input_x_gradient,
    "integrated_gradients": partial(attribution.integrated_gradients, steps=5, batch_size=4),
    "smoothgrad": partial(attribution.smoothgrad, n_samples=5, batch_size=4),
    "guided_backprop": attribution.guided_backprop,
    "deconvnet": attribution.deconvnet,
}
CAM_BY_GRADIENT = {
    "grad_cam": attribution.grad_cam,
    "grad_cam_pp": attribution.grad_cam_pp,
    "xgrad_cam": attribution.xgrad_cam,
    "layer_cam": attribution.layer_cam,
    "eigen_grad_cam": attribution.eigen_grad_cam,
}
CAM = {
    **CAM_BY_GRADIENT,
    "cam": attribution.cam,
    "eigen_cam": attribution.eigen_cam,
    "ablation_cam": attribution.ablation_cam,
    "score_cam": attribution.score_cam,
}
RELEVANCE = {
    "lrp": attribution.lrp,
    "conservation": lambda *args, **settings: (
        attribution.conservation(*args, **settings, composite=((1.0, ZPlus()),))[0].leak
    ),
}
CLASSIFIER = {
    **GRADIENT,
    **CAM,
    **RELEVANCE,
    "guided_grad_cam": attribution.guided_grad_cam,
    "occlusion": partial(attribution.occlusion, size=8, stride=8),
}
ALL = {**CLASSIFIER, "segmentation_saliency": attribution.segmentation_saliency}
METRICS = {
    "deletion": lambda model, x: attribution.deletion(model, x, x.mean(1), steps=3),
    "insertion": lambda model, x: attribution.insertion(model, x, x.mean(1), steps=3),
    "randomisation": lambda model, x: attribution.randomisation(model, x, attribution.saliency)["head"],
}
"""The scores of a map that ask the net, as ``metric(model, x)``."""
ON_MAPS = {
    "area_under",
    "pointing_game",
    "random_heatmap",
    "rank_correlation",
    "relevance_mass",
    "relevance_rank",
}
"""What never asks a net."""

"""Every attribution method, set so that it is quick, as ``method(model, x)``."""

from functools import partial

from coursekit import attribution

GRADIENT = {
    "saliency": attribution.saliency,
    "input_x_gradient": attribution.input_x_gradient,
    "integrated_gradients": partial(attribution.integrated_gradients, steps=5, chunk=4),
    "smoothgrad": partial(attribution.smoothgrad, n=5, chunk=4),
    "guided_backprop": attribution.guided_backprop,
    "deconvnet": attribution.deconvnet,
}
CLASSIFIER = {**GRADIENT, "occlusion": partial(attribution.occlusion, size=8, stride=8)}
ALL = {**CLASSIFIER, "segmentation_saliency": attribution.segmentation_saliency}

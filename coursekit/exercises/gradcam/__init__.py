"""Chapter 05's exercises, in the order of its notebook: from a weighted sum to Grad-CAM and its relatives."""

from coursekit.exercises.gradcam.cam import CAM
from coursekit.exercises.gradcam.eigen_cam import EIGEN_CAM
from coursekit.exercises.gradcam.grad_cam import GRAD_CAM
from coursekit.exercises.gradcam.grad_cam_pp_weights import GRAD_CAM_PP_WEIGHTS
from coursekit.exercises.gradcam.grad_cam_weights import GRAD_CAM_WEIGHTS
from coursekit.exercises.gradcam.guided_grad_cam import GUIDED_GRAD_CAM
from coursekit.exercises.gradcam.layer_gradient import LAYER_GRADIENT
from coursekit.exercises.gradcam.to_heatmap import TO_HEATMAP

__all__ = ["EXERCISES"]

EXERCISES = (
    CAM,
    LAYER_GRADIENT,
    GRAD_CAM_WEIGHTS,
    TO_HEATMAP,
    GRAD_CAM,
    GUIDED_GRAD_CAM,
    GRAD_CAM_PP_WEIGHTS,
    EIGEN_CAM,
)

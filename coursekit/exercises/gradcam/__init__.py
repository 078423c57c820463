"""Chapter 05's exercises, in the order of its notebook: from a weighted sum to Grad-CAM and its relatives."""

from coursekit.exercises.gradcam.eigen import EIGEN_CAM
from coursekit.exercises.gradcam.guided import GUIDED_GRAD_CAM
from coursekit.exercises.gradcam.heat import TO_HEATMAP
from coursekit.exercises.gradcam.layer import LAYER_GRADIENT
from coursekit.exercises.gradcam.plain import CAM
from coursekit.exercises.gradcam.weights import GRAD_CAM_PP_WEIGHTS, GRAD_CAM_WEIGHTS
from coursekit.exercises.gradcam.whole import GRAD_CAM

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

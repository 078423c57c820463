"""Chapter 04's exercises, in the order of its notebook: from the score to guided backpropagation."""

from coursekit.exercises.saliency.completeness_gap import COMPLETENESS_GAP
from coursekit.exercises.saliency.gradient_saliency import GRADIENT_SALIENCY
from coursekit.exercises.saliency.guided_backprop import GUIDED_BACKPROP
from coursekit.exercises.saliency.guided_relu import GUIDED_RELU
from coursekit.exercises.saliency.integrated_gradients import INTEGRATED_GRADIENTS
from coursekit.exercises.saliency.occlusion import OCCLUSION
from coursekit.exercises.saliency.smoothgrad import SMOOTHGRAD
from coursekit.exercises.saliency.target_scores import TARGET_SCORES

__all__ = ["EXERCISES"]

EXERCISES = (
    TARGET_SCORES,
    GRADIENT_SALIENCY,
    OCCLUSION,
    SMOOTHGRAD,
    INTEGRATED_GRADIENTS,
    COMPLETENESS_GAP,
    GUIDED_RELU,
    GUIDED_BACKPROP,
)

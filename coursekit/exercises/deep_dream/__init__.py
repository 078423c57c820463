"""Chapter 08's exercises, in the order of its notebook: from a climb and its rules to dreams and styles."""

from coursekit.exercises.deep_dream.blend_step import BLEND_STEP
from coursekit.exercises.deep_dream.clip_contribution import CLIP_CONTRIBUTION
from coursekit.exercises.deep_dream.guided_dream_step import GUIDED_DREAM_STEP
from coursekit.exercises.deep_dream.masked_gram import MASKED_GRAM
from coursekit.exercises.deep_dream.next_octave import NEXT_OCTAVE
from coursekit.exercises.deep_dream.shifted_gradient import SHIFTED_GRADIENT
from coursekit.exercises.deep_dream.total_variation import TOTAL_VARIATION
from coursekit.exercises.deep_dream.transfer_loss import TRANSFER_LOSS

__all__ = ["EXERCISES"]

EXERCISES = (
    BLEND_STEP,
    CLIP_CONTRIBUTION,
    TOTAL_VARIATION,
    SHIFTED_GRADIENT,
    GUIDED_DREAM_STEP,
    NEXT_OCTAVE,
    MASKED_GRAM,
    TRANSFER_LOSS,
)

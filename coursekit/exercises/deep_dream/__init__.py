"""Chapter 08's exercises, in the order of its notebook: from a climb and its rules to dreams and styles."""

from coursekit.exercises.deep_dream.climb import BLEND_STEP
from coursekit.exercises.deep_dream.clipping import CLIP_CONTRIBUTION
from coursekit.exercises.deep_dream.guided import GUIDED_DREAM_STEP
from coursekit.exercises.deep_dream.manner import MASKED_GRAM
from coursekit.exercises.deep_dream.octaves import NEXT_OCTAVE
from coursekit.exercises.deep_dream.shifts import SHIFTED_GRADIENT
from coursekit.exercises.deep_dream.transfer import TRANSFER_LOSS
from coursekit.exercises.deep_dream.variation import TOTAL_VARIATION

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

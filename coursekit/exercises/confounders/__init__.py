"""Chapter 01's exercises, in the order of its notebook: from where a net fails to what can be done."""

from coursekit.exercises.confounders.body_gradient import BODY_GRADIENT
from coursekit.exercises.confounders.fingerprint import FINGERPRINT
from coursekit.exercises.confounders.group_accuracy import GROUP_ACCURACY
from coursekit.exercises.confounders.independence_weights import INDEPENDENCE_WEIGHTS
from coursekit.exercises.confounders.neighbour_agrees import NEIGHBOUR_AGREES
from coursekit.exercises.confounders.penalised_stress import PENALISED_STRESS
from coursekit.exercises.confounders.remove_channel import REMOVE_CHANNEL
from coursekit.exercises.confounders.stress import STRESS
from coursekit.exercises.confounders.tag_flips import TAG_FLIPS

__all__ = ["EXERCISES"]

EXERCISES = (
    GROUP_ACCURACY,
    REMOVE_CHANNEL,
    NEIGHBOUR_AGREES,
    STRESS,
    PENALISED_STRESS,
    FINGERPRINT,
    TAG_FLIPS,
    INDEPENDENCE_WEIGHTS,
    BODY_GRADIENT,
)

"""Chapter 01's exercises, in the order of its notebook: from where a net fails to what can be done."""

from coursekit.exercises.confounders.body_gradient import BODY_GRADIENT
from coursekit.exercises.confounders.decisions import GROUP_ACCURACY, TAG_FLIPS
from coursekit.exercises.confounders.fingerprint import FINGERPRINT
from coursekit.exercises.confounders.independence_weights import INDEPENDENCE_WEIGHTS
from coursekit.exercises.confounders.microphones import NEIGHBOUR_AGREES, REMOVE_CHANNEL
from coursekit.exercises.confounders.stress import PAIR_STRESS, STRESS

__all__ = ["EXERCISES"]

EXERCISES = (
    GROUP_ACCURACY,
    REMOVE_CHANNEL,
    NEIGHBOUR_AGREES,
    STRESS,
    PAIR_STRESS,
    FINGERPRINT,
    TAG_FLIPS,
    INDEPENDENCE_WEIGHTS,
    BODY_GRADIENT,
)

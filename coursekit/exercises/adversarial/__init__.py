"""Chapter 07's exercises, in the order of its notebook: from one step to a net that withstands it."""

from coursekit.exercises.adversarial.curve import ACCURACY_CURVE
from coursekit.exercises.adversarial.euclidean import L2_STEP
from coursekit.exercises.adversarial.iterated import TARGETED_ATTACK
from coursekit.exercises.adversarial.mixed import MIXED_LOSS
from coursekit.exercises.adversarial.patch import PATCH_GRADIENT
from coursekit.exercises.adversarial.pixel import ONE_PIXEL_OBJECTIVE
from coursekit.exercises.adversarial.restarts import WORST_RESTART
from coursekit.exercises.adversarial.targeted import TARGETED_STEP
from coursekit.exercises.adversarial.transfer import TRANSFER_MATRIX

__all__ = ["EXERCISES"]

EXERCISES = (
    TARGETED_STEP,
    TARGETED_ATTACK,
    L2_STEP,
    WORST_RESTART,
    ACCURACY_CURVE,
    ONE_PIXEL_OBJECTIVE,
    PATCH_GRADIENT,
    TRANSFER_MATRIX,
    MIXED_LOSS,
)

"""Chapter 07's exercises, in the order of its notebook: from one step to a net that withstands it."""

from coursekit.exercises.adversarial.accuracy_curve import ACCURACY_CURVE
from coursekit.exercises.adversarial.l2_step import L2_STEP
from coursekit.exercises.adversarial.mixed_loss import MIXED_LOSS
from coursekit.exercises.adversarial.one_pixel_objective import ONE_PIXEL_OBJECTIVE
from coursekit.exercises.adversarial.patch_gradient import PATCH_GRADIENT
from coursekit.exercises.adversarial.targeted_attack import TARGETED_ATTACK
from coursekit.exercises.adversarial.targeted_step import TARGETED_STEP
from coursekit.exercises.adversarial.transfer_matrix import TRANSFER_MATRIX
from coursekit.exercises.adversarial.worst_restart import WORST_RESTART

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

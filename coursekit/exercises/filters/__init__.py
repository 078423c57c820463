"""Chapter 02's exercises, in the order of its notebook: from kernels to what makes their units fire."""

from coursekit.exercises.filters.kernels import KERNEL_NOISE, KERNEL_PICTURES
from coursekit.exercises.filters.patches import CROP, STRONGEST
from coursekit.exercises.filters.readout import READ_OUT, WINNING_KERNELS
from coursekit.exercises.filters.receptive_field import RECEPTIVE_FIELD
from coursekit.exercises.filters.shift_curve import SHIFT_CURVE

__all__ = ["EXERCISES"]

EXERCISES = (
    KERNEL_PICTURES,
    KERNEL_NOISE,
    READ_OUT,
    RECEPTIVE_FIELD,
    STRONGEST,
    CROP,
    WINNING_KERNELS,
    SHIFT_CURVE,
)

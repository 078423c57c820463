"""Chapter 02's exercises, in the order of its notebook: from kernels to what makes their units fire."""

from coursekit.exercises.filters.crop import CROP
from coursekit.exercises.filters.kernel_noise import KERNEL_NOISE
from coursekit.exercises.filters.kernel_pictures import KERNEL_PICTURES
from coursekit.exercises.filters.read_out import READ_OUT
from coursekit.exercises.filters.receptive_field import RECEPTIVE_FIELD
from coursekit.exercises.filters.shift_curve import SHIFT_CURVE
from coursekit.exercises.filters.strongest import STRONGEST
from coursekit.exercises.filters.winning_kernels import WINNING_KERNELS

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

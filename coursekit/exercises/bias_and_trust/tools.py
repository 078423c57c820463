"""What the exercises of this chapter share."""

__all__ = ["ANSWERS"]

ANSWERS = (
    "coursekit.attribution",
    "coursekit.bias",
    "coursekit.audits",
    "coursekit.trust",
    "coursekit.measurements",
    "coursekit.exercises.bias_and_trust",
    "captum",
    "scipy.stats",
)

"""What the exercises of this chapter share."""

__all__ = ["ANSWERS"]

ANSWERS = (
    "coursekit.attribution",
    "coursekit.fairness",
    "coursekit.exercises.bias_and_trust",
    "captum",
    "scipy.stats",
)

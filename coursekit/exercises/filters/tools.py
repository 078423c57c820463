"""What the exercises of this chapter share."""

__all__ = ["ANSWERS"]

ANSWERS = ("coursekit.filters", "coursekit.attribution", "coursekit.hooks", "coursekit.exercises.filters")

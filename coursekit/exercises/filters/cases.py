"""What the exercises of this chapter share."""

__all__ = ["ANSWERS"]

# Not coursekit.core.hooks: `ck.record` lives there, and exercise 3 tells students to use it.
ANSWERS = ("coursekit.filters", "coursekit.attribution", "coursekit.exercises.filters")

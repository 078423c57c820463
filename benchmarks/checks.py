"""How long a check takes: of the right answer, and of the known mistake that takes longest to name.

Run as ``python -m benchmarks.checks``. The first check also imports the references, timed by itself.
"""

import time
from collections.abc import Callable

from coursekit.exercises import CHAPTERS, Exercise, find
from coursekit.exercises.check import examine

GOAL = 1.0


def seconds(work: Callable[[], object]) -> float:
    """Wall-clock time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _check(exercise: Exercise, function: Callable[..., object]) -> float:
    return seconds(lambda: examine(function, exercise.name))


def main() -> None:
    """Print each exercise's times beside the goal."""
    for chapter in CHAPTERS:
        print(f"{chapter}: references imported in {seconds(lambda: find(chapter)):.2f} s")  # noqa: B023
        for exercise in find(chapter):
            right = _check(exercise, exercise.reference)
            wrong = max(_check(exercise, mistake.function) for mistake in exercise.mistakes)
            print(f"  {exercise.name:22} right {right:5.2f} s   wrong {wrong:5.2f} s   (goal {GOAL:.0f} s)")


if __name__ == "__main__":
    main()

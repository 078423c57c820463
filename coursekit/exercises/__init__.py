"""The exercises of each chapter: what is asked, on which cases, and the mistakes that people make.

Nothing here imports an answer before it is asked for one: a sandbox can load this without the references.
"""

from difflib import get_close_matches
from importlib import import_module

from coursekit.exercises.exercise import Case, Exercise, Mistake, Property, Value
from coursekit.exercises.nets import Net

__all__ = ["CHAPTERS", "Case", "Exercise", "Mistake", "Net", "Property", "Value", "find", "lookup"]

CHAPTERS = (
    "01_confounders",
    "02_filters",
    "03_embeddings",
    "04_saliency",
    "05_gradcam",
    "06_lrp",
    "07_adversarial",
    "08_deep_dream",
    "09_bias_and_trust",
)


def find(chapter: str) -> tuple[Exercise, ...]:
    """Return the exercises of a chapter ("04_saliency"), in the order of its notebook.

    Raises:
        ValueError: the chapter has none.
    """
    if chapter not in CHAPTERS:
        raise ValueError(f"no exercises for {chapter!r}; there are some for {', '.join(CHAPTERS)}")
    noun = chapter.partition("_")[2]
    return import_module(f"coursekit.exercises.{noun}").EXERCISES


def lookup(name: str) -> Exercise:
    """Return the exercise that asks for the function ``name``.

    Raises:
        ValueError: none does; the message lists the nearest.
    """
    known = {exercise.name: exercise for chapter in CHAPTERS for exercise in find(chapter)}
    if name not in known:
        near = get_close_matches(name, known, n=3, cutoff=0.4) or list(known)
        raise ValueError(f"no exercise asks for a function {name!r}; did you mean {' or '.join(near)}?")
    return known[name]

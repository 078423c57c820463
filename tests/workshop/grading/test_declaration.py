"""What makes an exercise another one, so that it is graded anew."""

from dataclasses import replace
from functools import partial

from coursekit.exercises import find, lookup
from coursekit.workshop.grading.declaration import declaration


def test_no_two_exercises_have_the_same_digest() -> None:
    digests = [declaration(exercise) for exercise in find("04_saliency")]
    assert len(set(digests)) == len(digests)


def test_a_change_of_the_exercise_shows() -> None:
    exercise = lookup("smoothgrad")
    mistake = exercise.mistakes[0]
    changed = [
        replace(exercise, points=3),
        replace(exercise, tolerance=0.1),
        replace(exercise, reference=lookup("target_scores").reference),
        replace(exercise, cases=lookup("target_scores").cases),
        replace(exercise, cases=partial(exercise.cases, pixels=(0.3, 0.7))),
        replace(exercise, mistakes=exercise.mistakes[1:]),
        replace(exercise, mistakes=(replace(mistake, advice="Do."), *exercise.mistakes[1:])),
    ]
    digests = {declaration(one) for one in (exercise, *changed)}
    assert len(digests) == 1 + len(changed)
    assert declaration(replace(exercise)) == declaration(exercise)


def test_a_tool_that_is_used_within_a_tool_shows(monkeypatch) -> None:
    from coursekit.exercises.saliency import cases

    exercise, other = lookup("smoothgrad"), lookup("guided_relu")
    before = declaration.__wrapped__(exercise), declaration.__wrapped__(other)
    monkeypatch.setitem(cases._SIZES, "one image", (1, 13, 12))
    assert declaration.__wrapped__(exercise) != before[0]
    assert declaration.__wrapped__(other) == before[1]

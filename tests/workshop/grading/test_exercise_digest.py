"""What makes an exercise another one, so that it is graded anew."""

import ast
import linecache
from dataclasses import replace
from functools import cache, partial
from importlib import import_module

import pytest
import torch

from coursekit.attacks.norms import NORMS
from coursekit.exercises import CHAPTERS, Case, Exercise, Net, find, lookup
from coursekit.workshop.grading.exercise_digest import exercise_digest


def test_no_two_exercises_have_the_same_digest() -> None:
    digests = [exercise_digest(exercise) for exercise in find("04_saliency")]
    assert len(set(digests)) == len(digests)


def test_a_change_of_the_exercise_shows() -> None:
    exercise = lookup("smoothgrad")
    mistake = exercise.mistakes[0]
    changed = [
        replace(exercise, points=3),
        replace(exercise, tolerance=0.1),
        replace(exercise, reference=lookup("target_scores").reference),
        replace(exercise, draw=lookup("target_scores").draw),
        replace(exercise, draw=partial(exercise.draw, pixels=(0.3, 0.7))),
        replace(exercise, mistakes=exercise.mistakes[1:]),
        replace(exercise, mistakes=(replace(mistake, advice="Do."), *exercise.mistakes[1:])),
    ]
    digests = {exercise_digest(one) for one in (exercise, *changed)}
    assert len(digests) == 1 + len(changed)
    assert exercise_digest(replace(exercise)) == exercise_digest(exercise)


def test_a_tool_that_is_used_within_a_tool_shows(monkeypatch) -> None:
    from coursekit.exercises.saliency import cases

    exercise, other = lookup("smoothgrad"), lookup("guided_relu")
    before = exercise_digest.__wrapped__(exercise), exercise_digest.__wrapped__(other)
    monkeypatch.setitem(cases.PICTURES, "one image", (1, 13, 12))
    assert exercise_digest.__wrapped__(exercise) != before[0]
    assert exercise_digest.__wrapped__(other) == before[1]


def test_a_wrong_answer_that_another_builds_on_shows(monkeypatch) -> None:
    module = import_module("coursekit.exercises.saliency.integrated_gradients")
    alone = replace(lookup("integrated_gradients"), mistakes=(module._times_x,))
    before = exercise_digest.__wrapped__(alone)
    monkeypatch.setattr(module, "_no_factor", replace(module._no_factor, function=module._integrated))
    assert exercise_digest.__wrapped__(alone) != before


def test_what_a_wrong_answer_is_made_with_shows() -> None:
    """One that is made by a function names nothing of what that was given."""
    module = import_module("coursekit.exercises.deep_dream.shifted_gradient")
    exercise = lookup("shifted_gradient")
    made = [{}, {"there": module._stay}, {"back": module._stay}, {"there": module._back}]
    changed = [
        replace(exercise, mistakes=(replace(exercise.mistakes[0], function=module._moving(**options)),))
        for options in made
    ]
    assert len({exercise_digest(one) for one in changed}) == len(made)


def test_a_default_shows(monkeypatch) -> None:
    module = import_module("coursekit.exercises.adversarial.accuracy_curve")
    before = exercise_digest.__wrapped__(lookup("accuracy_curve"))
    monkeypatch.setattr(module._curve, "__defaults__", (module.loss_gradient,))
    assert exercise_digest.__wrapped__(lookup("accuracy_curve")) != before


@pytest.mark.parametrize("exercise", find("04_saliency"), ids=lambda exercise: exercise.name)
def test_a_change_of_any_function_in_its_file_shows(exercise: Exercise, monkeypatch) -> None:
    file = import_module(f"coursekit.exercises.saliency.{exercise.name}").__file__
    lines = linecache.getlines(file)
    size, changed, _, name = linecache.cache[file]
    before = exercise_digest.__wrapped__(exercise)
    functions = [
        node for node in ast.walk(ast.parse("".join(lines))) if isinstance(node, ast.FunctionDef | ast.Lambda)
    ]
    for function in functions:
        for number in {function.lineno, function.end_lineno}:
            other = [*lines[: number - 1], f"{lines[number - 1]}# changed\n", *lines[number:]]
            monkeypatch.setitem(linecache.cache, file, (size, changed, other, name))
            assert exercise_digest.__wrapped__(exercise) != before, lines[number - 1]


class Plain:
    pass


def using(value: object) -> str:
    """The digest of an exercise whose cases are drawn with a value."""
    exercise = lookup("smoothgrad")
    return exercise_digest.__wrapped__(replace(exercise, draw=partial(exercise.draw, value)))


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(values, id=name)
        for name, values in {
            "sets": ({1, 2}, {1, 3}, set(), frozenset({3})),
            "nothing": (None, "None", 0),
            "bytes": (b"a", b"b", "a"),
            "tensors": (torch.ones(1), torch.zeros(1), torch.ones(1, 1), torch.ones(1).double()),
            "types of numbers": (torch.float32, torch.float64),
            "nets": (Net("classifier", 0), Net("classifier", 1), Net("linear", 0)),
            "cases": (Case("one", {"x": 1}), Case("two", {"x": 1}), Case("one", {"x": torch.ones(1)})),
            "norms": (*NORMS.values(),),
            "built-in functions": (torch.relu, torch.abs, max),
            "methods": (Net("classifier", 0).build, Net("classifier", 1).build),
            "cached functions": (cache(lookup("smoothgrad").reference), cache(lookup("occlusion").reference)),
        }.items()
    ],
)
def test_values_of_every_kind_show(values: tuple[object, ...]) -> None:
    digests = [using(value) for value in values]
    assert len(set(digests)) == len(values)
    assert [using(value) for value in values] == digests


def test_the_order_of_a_set_does_not_show() -> None:
    assert using({"a", "b", "c"}) == using({"c", "b", "a"})
    functions = [exercise.reference for exercise in find("04_saliency")]
    assert using({*functions}) == using({*reversed(functions)})


def test_a_class_that_is_declared_beside_exercises_shows(monkeypatch) -> None:
    nets = import_module("coursekit.exercises.nets")
    lines = linecache.getlines(nets.__file__)
    size, changed, _, name = linecache.cache[nets.__file__]
    before = using(Net("classifier", 0)), using(Net)
    number = lines.index("class Net:\n")
    other = [*lines[: number + 1], "    # changed\n", *lines[number + 1 :]]
    monkeypatch.setitem(linecache.cache, nets.__file__, (size, changed, other, name))
    assert using(Net("classifier", 0)) != before[0]
    assert using(Net) != before[1]


@pytest.mark.parametrize("value", [Plain(), torch.nn.ReLU(), torch.Generator(), range(3), object()])
def test_what_could_change_unseen_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="the digest of an exercise"):
        using(value)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_exercise_has_a_digest(chapter: str) -> None:
    assert all(exercise_digest(exercise) for exercise in find(chapter))


def test_how_cases_are_drawn_shows(monkeypatch) -> None:
    declaring = import_module("coursekit.exercises.exercise")
    before = exercise_digest.__wrapped__(lookup("smoothgrad"))
    monkeypatch.setattr(declaring, "generator", declaring.standard_settings)
    assert exercise_digest.__wrapped__(lookup("smoothgrad")) != before

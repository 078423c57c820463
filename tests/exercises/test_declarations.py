"""What a chapter declares of its exercises, held against the source of its notebook."""

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from coursekit.exercises import CHAPTERS, Case, Exercise, Net, find, lookup
from coursekit.workshop.building import Chapter
from coursekit.workshop.building.skeleton import skeleton

EXERCISES = [pytest.param(exercise, id=exercise.name) for chapter in CHAPTERS for exercise in find(chapter)]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_has_enough_exercises(chapter: str) -> None:
    assert len(find(chapter)) >= 7


def test_names_are_unique_in_the_course() -> None:
    names = [exercise.name for chapter in CHAPTERS for exercise in find(chapter)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_each_exercise_lives_in_the_file_of_its_name(chapter: str) -> None:
    package = import_module(f"coursekit.exercises.{chapter.partition('_')[2]}")
    for exercise in find(chapter):
        module = import_module(f"{package.__name__}.{exercise.name}")
        assert [value for value in vars(module).values() if isinstance(value, Exercise)] == [exercise]
        assert module.__all__ == [exercise.name.upper()]
    names = {path.name for path in Path(package.__file__).parent.iterdir()} - {"__pycache__"}
    files = {f"{exercise.name}.py" for exercise in find(chapter)}
    assert names == {"__init__.py", "cases.py", *files}


def test_an_exercise_is_found_by_its_name() -> None:
    assert lookup("smoothgrad").name == "smoothgrad"
    with pytest.raises(ValueError, match="did you mean smoothgrad"):
        lookup("smooth_grad")
    with pytest.raises(ValueError, match="04_saliency"):
        find("99_nothing")


def test_declarations_are_found_without_loading_an_answer() -> None:
    loads = "import sys, coursekit.exercises, coursekit.exercises.answer; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", loads], capture_output=True, text=True, check=True)
    assert "coursekit.exercises.answer" in done.stdout.split()
    chapters = {f"coursekit.exercises.{chapter.partition('_')[2]}" for chapter in CHAPTERS}
    assert not {"coursekit.attribution", *chapters} & set(done.stdout.split())


@pytest.mark.parametrize("exercise", EXERCISES)
def test_an_exercise_knows_at_least_three_mistakes(exercise: Exercise) -> None:
    assert len(exercise.mistakes) >= 3
    assert len({mistake.name for mistake in exercise.mistakes}) == len(exercise.mistakes)
    assert all(mistake.advice.endswith(("loop?", ".")) for mistake in exercise.mistakes)


@pytest.mark.parametrize("exercise", EXERCISES)
def test_cases_are_plain_data(exercise: Exercise) -> None:
    for case in exercise.cases(0):
        assert all(isinstance(value, Tensor | Net | int | float | str) for value in case.arguments.values())


@pytest.mark.parametrize("exercise", EXERCISES)
def test_cases_come_from_their_seed_alone(exercise: Exercise) -> None:
    state = torch.get_rng_state()
    first, again, other = (exercise.cases(seed) for seed in (0, 0, 1))
    assert _told(first) == _told(again)
    assert all(one != two for one, two in zip(_told(first), _told(other), strict=True))
    assert torch.equal(torch.get_rng_state(), state)


def _told(cases: list[Case]) -> list[list[object]]:
    """The cases as numbers and words, which can be compared."""
    return [[v.tolist() if isinstance(v, Tensor) else v for v in case.arguments.values()] for case in cases]


@pytest.mark.parametrize("exercise", EXERCISES)
def test_the_reference_is_hidden(exercise: Exercise) -> None:
    module = f"{exercise.reference.__module__}."
    assert any(module.startswith(f"{name}.") for name in exercise.hidden)


def test_a_case_is_built_afresh() -> None:
    case = lookup("gradient_saliency").cases(0)[0]
    case.build()["x"].zero_()
    assert case.build()["x"].any()
    assert case.build()["model"] is not case.build()["model"]


def test_a_net_is_its_seed() -> None:
    state = torch.get_rng_state()
    one, again, other = (Net("classifier", seed).build() for seed in (3, 3, 4))
    x = torch.rand(2, 3, 9, 12, generator=torch.Generator().manual_seed(0))
    assert torch.equal(one(x), again(x))
    assert not torch.allclose(one(x), other(x))
    assert not one.training
    assert isinstance(one.relu1, nn.ReLU)
    assert 1_000 <= sum(weight.numel() for weight in one.parameters()) <= 5_000
    assert not any(weight.requires_grad for weight in one.parameters())
    assert torch.equal(torch.get_rng_state(), state)
    with pytest.raises(ValueError, match="there are: classifier"):
        Net("transformer", 0).build()


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_source_says_what_is_declared(chapter: str) -> None:
    """The order, the points of the check cells, and minutes and points on the cards."""
    cells = skeleton(Chapter("solutions", chapter)).cells
    checks = {cell.id.removeprefix("check-"): cell for cell in cells if cell.id.startswith("check-")}
    declared = find(chapter)
    assert list(checks) == [exercise.name for exercise in declared]
    for exercise in declared:
        assert checks[exercise.name].metadata.nbgrader.points == exercise.points
        assert checks[exercise.name].source == f"ck.check({exercise.name})"
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    cards = re.findall(r"^\*(\d+) minutes, (\d+) points?\*$", text, re.MULTILINE)
    assert cards == [(str(exercise.minutes), str(exercise.points)) for exercise in declared]
    total = sum(exercise.points for exercise in declared)
    assert f"{sum(exercise.minutes for exercise in declared)} minutes, {total} points" in " ".join(
        text.split()
    )

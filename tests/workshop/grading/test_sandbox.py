"""What no submission may import: each module that is hidden, what it would give away, and that it is gone."""

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from textwrap import dedent

import pytest

from coursekit.exercises import CHAPTERS, lookup
from coursekit.workshop.grading.assignment import load_assignment
from coursekit.workshop.grading.sandbox import (
    PACKAGE,
    PYTHON,
    WORKER_MODULES,
    SandboxError,
    hidden_modules,
    sandbox_command,
    shown_paths,
)
from tests.workshop.grading.notebooks import ASSIGNMENT, probe

OURS = {
    "coursekit.attacks": "pgd",
    "coursekit.attribution": "grad_cam",
    "coursekit.confounding": "linear_probe",
    "coursekit.core.relus": "relu_rule",
    "coursekit.core.targets": "Scorer",
    "coursekit.embeddings": "features",
    "coursekit.exercises.adversarial": "EXERCISES",
    "coursekit.exercises.bias_and_trust": "EXERCISES",
    "coursekit.exercises.confounders": "EXERCISES",
    "coursekit.exercises.deep_dream": "EXERCISES",
    "coursekit.exercises.embeddings": "EXERCISES",
    "coursekit.exercises.filters": "EXERCISES",
    "coursekit.exercises.gradcam": "EXERCISES",
    "coursekit.exercises.lrp": "EXERCISES",
    "coursekit.exercises.saliency": "EXERCISES",
    "coursekit.fairness": "bias",
    "coursekit.filters": "receptive_field",
    "coursekit.datasets.recordings": "band_energies",
    "coursekit.synthesis": "deep_dream",
    "coursekit.models.training": "adversarial_loss",
}
OTHERS = {"scipy.stats", "sklearn"}


WORKSHOP = {
    "coursekit.workshop.building",
    "coursekit.workshop.cli",
    "coursekit.workshop.grading.case_set",
    "coursekit.workshop.grading.grader",
    "coursekit.workshop.grading.secret",
    "coursekit.workshop.grading.submission_run",
    "coursekit.workshop.publishing",
    "coursekit.workshop.recipes",
    "coursekit.workshop.tables",
}


def test_every_hidden_module_is_named_here() -> None:
    hidden = {name for chapter in CHAPTERS for name in load_assignment(chapter).hidden_modules}
    assert {name for name in hidden if not name.startswith("coursekit.workshop")} == {*OURS} | OTHERS


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_of_the_workshop_all_is_hidden_but_what_a_worker_runs(chapter: str) -> None:
    hidden = {*load_assignment(chapter).hidden_modules}
    assert hidden >= WORKSHOP
    shown = {name for name in _modules(PACKAGE / "workshop") if name not in hidden}
    assert shown == WORKER_MODULES


def _modules(folder: Path) -> Iterator[str]:
    for file in folder.rglob("*.py"):
        yield ".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")


@pytest.mark.parametrize(("module", "name"), OURS.items())
def test_a_hidden_module_holds_what_it_is_hidden_for(module: str, name: str) -> None:
    assert hasattr(import_module(module), name) or find_spec(f"{module}.{name}")


def test_what_is_hidden_is_not_there() -> None:
    hidden = load_assignment(ASSIGNMENT).hidden_modules
    found = probe(f"""
        import importlib, importlib.util, pathlib
        there = []
        for name in {hidden!r}:
            folder = pathlib.Path(importlib.util.find_spec("coursekit").origin).parent
            path = folder.joinpath(*name.split(".")[1:])
            if name.startswith("coursekit.") and (path.exists() or path.with_suffix(".py").exists()):
                there.append(name)
            try:
                importlib.import_module(name)
                there.append(name)
            except ModuleNotFoundError:
                pass
        tell(there)
        """)
    assert found == "([],)"


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_photographs_and_the_net_for_them_load_in_every_chapters_sandbox(chapter: str) -> None:
    code = """
        import coursekit as ck
        model, pictures = ck.load_model("imagenet"), ck.photographs(size=224)
        said = {name: model.classes[model(x[None]).argmax()] for name, x in pictures.items()}
        print(len(said), said["coffee"], said["china"])
        """
    command = sandbox_command(load_assignment(chapter).hidden_modules, [PYTHON, "-c", dedent(code)])
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stdout.strip() == "24 espresso bell cote", done.stderr[-2000:]


def test_an_own_picture_is_the_chapters_whatever_is_hidden() -> None:
    hidden = {name for chapter in CHAPTERS for name in load_assignment(chapter).hidden_modules}
    code = "import coursekit as ck; photo = ck.own_picture('cat', size=32); print([photo])"
    command = sandbox_command(hidden, [PYTHON, "-c", code])
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "['cat', (1, 3, 32, 32)]" in done.stdout


def test_python_and_packages_lie_in_folders_of_the_sandbox() -> None:
    found = probe("""
        import os, sys, torch
        full = [path for path in sys.path if path.endswith("-packages") and os.listdir(path)]
        tell(os.path.dirname(torch.__file__), sys.path[:2], full)
        """)
    assert found == "('/packages/torch', ['/course', '/packages'], [])"


def test_everything_that_is_shown_is_there_and_nothing_lies_twice() -> None:
    shown = shown_paths(load_assignment("03_embeddings").hidden_modules)
    assert all(source.exists() for source in shown.values())
    assert not any(path.is_relative_to(other) for path in shown for other in shown if path != other)
    assert not any(path.name == "sklearn" for path in shown)


def test_of_an_allowed_package_a_hidden_part_is_not_there() -> None:
    command = sandbox_command(
        ["scipy.stats"], [PYTHON, "-c", "import scipy.ndimage, os, scipy.stats as s; print(dir(s))"]
    )
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert "spearmanr" not in done.stdout


def test_an_exercise_cannot_hide_what_does_not_exist() -> None:
    exercise = lookup("occlusion")
    with pytest.raises(ValueError, match=r"occlusion: coursekit\.atribution is to be hidden"):
        replace(exercise, hidden=("sklearn", "coursekit.atribution"))
    assert replace(exercise, hidden=("not_installed_here",)).hidden


def test_no_submission_is_run_where_a_module_cannot_be_hidden() -> None:
    with pytest.raises(SandboxError, match=r"coursekit\.gone is to be hidden"):
        hidden_modules(["coursekit.gone"])
    with pytest.raises(SandboxError, match=r"coursekit\.gone is to be hidden"):
        sandbox_command(["coursekit.gone"], ["true"])

"""What no submission may import: each module that is hidden, what it would give away, and that it is gone."""

from dataclasses import replace
from importlib import import_module

import pytest

from coursekit.exercises import CHAPTERS, lookup
from coursekit.grading.assignment import assignment
from coursekit.grading.sandbox import SandboxError, command, hidden_modules
from tests.grader.notebooks import ASSIGNMENT, probe

OURS = {
    "coursekit.attacks": "pgd",
    "coursekit.attribution": "grad_cam",
    "coursekit.audits": "face_audit",
    "coursekit.bias": "rates",
    "coursekit.cli": "app",
    "coursekit.confounding": "probe",
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
    "coursekit.filters": "receptive_field",
    "coursekit.hooks": "relu_rule",
    "coursekit.measurements": "localise",
    "coursekit.notebooks": "build",
    "coursekit.recipes": "make",
    "coursekit.recordings": "band_energies",
    "coursekit.synthesis": "deep_dream",
    "coursekit.training": "adversarial_loss",
    "coursekit.trust": "table",
}
OTHERS = {"captum", "foolbox", "lucent", "pytorch_grad_cam", "scipy.stats", "sklearn", "torchattacks", "zennit"}


def test_every_hidden_module_is_named_here() -> None:
    assert {name for chapter in CHAPTERS for name in assignment(chapter).hidden} == {*OURS} | OTHERS


@pytest.mark.parametrize(("module", "name"), OURS.items())
def test_a_hidden_module_holds_what_it_is_hidden_for(module: str, name: str) -> None:
    assert hasattr(import_module(module), name)


def test_what_is_hidden_is_not_there() -> None:
    hidden = assignment(ASSIGNMENT).hidden
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


def test_an_exercise_cannot_hide_what_does_not_exist() -> None:
    exercise = lookup("occlusion")
    with pytest.raises(ValueError, match=r"occlusion: coursekit\.atribution is to be hidden"):
        replace(exercise, hidden=("captum", "coursekit.atribution"))
    assert replace(exercise, hidden=("not_installed_here",)).hidden


def test_no_submission_is_run_where_a_module_cannot_be_hidden() -> None:
    with pytest.raises(SandboxError, match=r"coursekit\.gone is to be hidden"):
        hidden_modules(["coursekit.gone"])
    with pytest.raises(SandboxError, match=r"coursekit\.gone is to be hidden"):
        command(["coursekit.gone"], ["true"])

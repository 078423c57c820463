"""Every public function with net and images on a GPU that is pretended, against what it gives on the CPU."""

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import pytest
import torch
from torch import Tensor

import coursekit
from coursekit.confounding import experiments
from tests.gpu import calls
from tests.gpu.pretended import pretending
from tests.gpu.residence import Residence

CALLS: dict[str, dict[str, Callable[[calls.At], Any]]] = {
    "attribution": calls.ATTRIBUTION,
    "attacks": calls.ON_IMAGES,
    "synthesis": calls.SYNTHESIS,
    "filters": calls.FILTERS,
    "embeddings": calls.EMBEDDINGS,
    "confounding": calls.CONFOUNDING,
    "confounding.maps": calls.MAPS,
    "confounding.trials": calls.TRIALS,
    "models.training": calls.TRAINING,
    "core.hooks": calls.HOOKS,
    "fairness.audits": calls.AUDITS,
    "fairness.bias": calls.BIAS,
}
MADE = "is made by a function that is called"
NO_TENSOR = "takes and gives no tensor"
CPU = "makes pictures or a net, always on the CPU"
DRAWS = "draws pictures or a net, on the device that test_devices.py looks at"
ELSEWHERE = {
    "filters": dict.fromkeys(("Patches", "Peaks", "ActivationRange", "ReceptiveField"), MADE),
    "confounding": {"Clusters": MADE},
    "confounding.maps": dict.fromkeys(("smacof", "pair_stress", "speaker_map", "stress"), "see confounding"),
    "confounding.trials": dict.fromkeys(("TAG",), NO_TENSOR)
    | dict.fromkeys(("place_net", "quick_net", "tagged", "tanks"), DRAWS),
    "synthesis": {"stained_glass": "draws a picture on the CPU"},
    "models.training": dict.fromkeys(("History", "TrainingError"), NO_TENSOR),
    "core.hooks": dict.fromkeys(("evaluating", "find_layer"), "called with record")
    | dict.fromkeys(("entering", "passing", "rerouted"), "called by grad_cam and lrp")
    | {"restoring": "called by deep_dream"}
    | dict.fromkeys(("running", "running_layer"), NO_TENSOR),
    "fairness.audits": dict.fromkeys(("N_TRAIN", "SEED", "SHARES", "N_TEST", "tone_groups"), NO_TENSOR)
    | dict.fromkeys(("CurveAreas", "FaceAudit", "ShapeOrTexture"), MADE)
    | {"train_small_net": DRAWS}
    | dict.fromkeys(("face_audit", "region_audit"), "train for long; chapter 09 calls them"),
    "fairness.bias": dict.fromkeys(("Interval", "OddsGaps", "REGIONS", "Rates", "equalised_odds"), NO_TENSOR),
}
"""Names that are not called, and why."""
NOT_CALLED = {
    **dict.fromkeys(
        ("COMPOSITES", "check", "claim", "describe", "device", "projector", "read_card"), NO_TENSOR
    ),
    **dict.fromkeys(("is_replaced", "library", "measured", "quietly"), NO_TENSOR),
    **dict.fromkeys(("clip", "draw", "load_digits", "load_folder", "photographs", "traffic"), CPU),
    **dict.fromkeys(("photograph", "collage", "detail", "detail_mask", "redrawn"), CPU),
    **dict.fromkeys(("digit_net", "scene_net", "record_speakers"), CPU),
    **dict.fromkeys(("load_model", "subject_model", "subject_pictures"), "every notebook calls it"),
    "subject_photographs": "chapter 05 calls it",
    "predicted": "every notebook calls it",
    "own_picture": "gives what subject_photographs gives; its tests are in test_own.py",
    "applicable": "calls methods that are called here; its tests are in test_subject.py",
    "wrap": "moves with the net like any layer; its tests are in test_wrapping.py",
    "band_energies": "takes recordings, which are no images, on the CPU",
}
"""Names of `coursekit` itself, likewise, but for those of the families above."""
ON_THE_CPU = {"grid_places", "robust_accuracy", "spectral_relevance", "activation_peaks"}
"""Functions whose tensors, or plain numbers, are on the CPU wherever they work; their docstrings say so."""
EVERY = [
    pytest.param(name.partition(":")[0], call, id=f"{family}.{name}")
    for family, calls_of in CALLS.items()
    for name, call in calls_of.items()
]


def called(family: str) -> set[str]:
    return {name.partition(":")[0] for name in CALLS[family]}


@pytest.mark.parametrize("family", CALLS)
def test_every_public_name_is_called_or_is_not_for_a_reason(family: str) -> None:
    public, elsewhere = set(import_module(f"coursekit.{family}").__all__), set(ELSEWHERE.get(family, ()))
    assert public - called(family) == elsewhere
    assert called(family) <= public


def test_every_name_of_the_package_is_called_or_is_not_for_a_reason() -> None:
    of_families = {name for family in CALLS for name in called(family) | set(ELSEWHERE.get(family, ()))}
    assert set(coursekit.__all__) - of_families == set(NOT_CALLED)


def tensors(value: Any) -> Iterator[Tensor]:
    """All tensors and numbers in a result, as tensors."""
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from tensors(item)
    elif isinstance(value, dict):
        yield from tensors(list(value.values()))
    elif not isinstance(value, str):
        yield value if isinstance(value, Tensor) else torch.tensor(value)


@pytest.mark.parametrize("trial", experiments.TRIALS)
def test_a_trial_of_the_table_runs_on_it(trial: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSEKIT_DEVICE", "cuda")
    monkeypatch.setattr(experiments, "TRAIN", 60)
    monkeypatch.setattr(experiments, "TEST", 40)
    with pretending():
        assert all(isinstance(value, float) for value in experiments.TRIALS[trial](0).values())


@pytest.mark.parametrize(("name", "call"), EVERY)
def test_it_gives_what_it_gives_on_the_cpu(name: str, call: Callable[[calls.At], Any]) -> None:
    wanted = call(lambda value: value)
    with pretending():
        watching = Residence()
        try:
            found = call(lambda value: value.to("cuda"))
        finally:
            watching.close()
        assert "cpu" not in watching.inputs
        kinds = {value.device.type for value in tensors(found) if value.ndim}
        assert kinds <= {"cpu" if name in ON_THE_CPU else "cuda"}
        found = [value.cpu() for value in tensors(found)]
    if isinstance(wanted, str):
        return
    for ours, theirs in zip(found, tensors(wanted), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)

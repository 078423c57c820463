"""The choice of device, and seeds."""

import random

import numpy as np
import pytest
import torch

from coursekit.devices import describe, device, seed_everything


def test_the_environment_overrides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSEKIT_DEVICE", "cpu")
    assert device() == torch.device("cpu")


@pytest.mark.parametrize(
    ("cuda", "mps", "expected"), [(True, True, "cuda"), (False, True, "mps"), (False, False, "cpu")]
)
def test_the_fastest_kind_there_is(
    cuda: bool, mps: bool, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COURSEKIT_DEVICE", raising=False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert device() == torch.device(expected)


@pytest.mark.parametrize("wrong", ["gpu", "cuda:7", "tpu"])
def test_a_device_that_is_not_there_is_named(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSEKIT_DEVICE", wrong)
    with pytest.raises(ValueError, match=f"{wrong}.*this machine has .*cpu"):
        device()


def test_a_seed_fixes_every_source_of_chance() -> None:
    def drawn() -> tuple:
        return random.random(), np.random.rand(), torch.rand(1).item()  # noqa: NPY002

    try:
        seed_everything(3)
        first = drawn()
        seed_everything(3)
        assert drawn() == first
        seed_everything(4)
        assert drawn() != first
    finally:
        torch.use_deterministic_algorithms(False)


def test_describe_says_what_a_bug_report_needs() -> None:
    assert {"device", "threads", "python", "torch", "torchvision"} == describe().keys()


def test_no_name_of_the_package_is_hidden_by_a_module() -> None:
    """``ck.device`` is the function however the package was imported: a module of that name would
    shadow it."""
    import pkgutil
    from types import ModuleType

    import coursekit

    modules = {module.name for module in pkgutil.iter_modules(coursekit.__path__)}
    assert not modules & set(coursekit.__all__)
    for name in coursekit.__all__:
        assert not isinstance(getattr(coursekit, name), ModuleType), name

from pathlib import Path

import numpy as np
import pytest
import torch

from coursekit.claims import ClaimError, claim


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COURSEKIT_MODEL", raising=False)
    monkeypatch.delenv("COURSEKIT_IMAGES", raising=False)


ONES = [True, np.bool_(True), torch.tensor(True), np.array(True), torch.tensor([True]), np.array([[True]])]


@pytest.mark.parametrize("holds", ONES)
def test_a_claim_that_holds_prints_one_line(holds: object, capsys: pytest.CaptureFixture[str]) -> None:
    claim("The sky is blue", holds, value="98 %")
    assert capsys.readouterr().out == "✓ The sky is blue — 98 %\n"


@pytest.mark.parametrize(
    ("value", "shown"), [(None, ""), (0.98765, " — 0.988"), (3, " — 3"), (1797, " — 1797"), ("so", " — so")]
)
def test_what_is_shown(value: object, shown: str, capsys: pytest.CaptureFixture[str]) -> None:
    claim("It holds", True, value=value)
    assert capsys.readouterr().out == f"✓ It holds{shown}\n"


@pytest.mark.parametrize(
    "holds", [False, torch.tensor(False), np.array([False]), torch.tensor(float("nan")) > 0]
)
def test_a_claim_that_does_not_hold_fails_with_its_value(holds: object) -> None:
    with pytest.raises(ClaimError, match="does not hold: The sky is green — 2 %"):
        claim("The sky is green", holds, value="2 %")


def test_a_claim_error_is_an_assertion_error() -> None:
    assert issubclass(ClaimError, AssertionError)


@pytest.mark.parametrize(
    "holds", [0.98, 1, None, "yes", torch.tensor([True, True]), np.array([], bool), torch.ones(1)]
)
def test_only_one_bool_is_a_claim(holds: object) -> None:
    with pytest.raises(TypeError, match="wanted one bool"):
        claim("It holds", holds)


@pytest.mark.parametrize("name", ["COURSEKIT_MODEL", "COURSEKIT_IMAGES"])
def test_a_claim_about_shipped_nets_is_skipped_by_name_elsewhere(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv(name, str(tmp_path))
    claim("The car is found", False, only="scenes")
    skipped = "– skipped (holds for the net `scenes` and drawn scenes only): The car is found\n"
    assert capsys.readouterr().out == skipped
    with pytest.raises(ClaimError):
        claim("Softmax sums to one", False)


def test_a_claim_about_shipped_nets_is_checked_on_them() -> None:
    with pytest.raises(ClaimError):
        claim("The car is found", False, only="scenes")


def test_only_knows_one_word() -> None:
    with pytest.raises(ValueError, match="wanted None or 'scenes', got 'scene'"):
        claim("It holds", True, only="scene")  # type: ignore[arg-type]

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from coursekit.claims import VISIBLE, ClaimError, claim, quietly


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
    with pytest.raises(ValueError, match="wanted None, 'scenes' or 'imagenet', got 'scene'"):
        claim("It holds", True, only="scene")  # type: ignore[arg-type]


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What a notebook would display, from top to bottom."""
    found: list[object] = []
    monkeypatch.setattr("coursekit.claims.display", found.append)
    return found


def page(shown: list[object]) -> str:
    (one,) = shown
    return one._repr_html_()  # type: ignore[attr-defined]


def test_in_a_notebook_a_claim_is_a_sentence_that_is_set_off(shown: list[object]) -> None:
    claim("`p < 1` & so on", True, value="<5 %")
    assert page(shown).startswith(f"<div {VISIBLE} ")
    assert "<code>p &lt; 1</code> &amp; so on <span" in page(shown)
    assert "— &lt;5 %</span></div>" in page(shown)


def three() -> None:
    with quietly():
        claim("One", True, value=0.12345)
        for name in ("Two", "Three"):
            claim(name, True)


def test_quiet_claims_are_one_line_that_opens(shown: list[object]) -> None:
    three()
    assert page(shown).startswith('<details class="claims"')
    assert ">3 statements checked</span></summary><ul><li>One <span" in page(shown)
    assert "— 0.123</span></li><li>Two</li><li>Three</li></ul></details>" in page(shown)
    assert VISIBLE not in page(shown)


def test_in_a_terminal_the_sentences_stand_below_the_line(capsys: pytest.CaptureFixture[str]) -> None:
    three()
    said = "✓ 3 statements checked\n    ✓ One — 0.123\n    ✓ Two\n    ✓ Three\n"
    assert capsys.readouterr().out == said


def quietly_two(holds: object) -> None:
    with quietly():
        claim("One", True)
        claim("Two", holds)


@pytest.mark.parametrize(
    ("holds", "error"), [(False, ClaimError), (0.98, TypeError)], ids=["does not hold", "no bool"]
)
def test_a_quiet_claim_fails_as_it_would_alone(
    holds: object, error: type[Exception], shown: list[object]
) -> None:
    with pytest.raises(error):
        quietly_two(holds)
    assert shown == []
    claim("Three", True)
    assert [repr(one) for one in shown] == ["✓ Three"], "what comes after is heard again"


def test_one_inside_another_is_a_line_of_its_own(shown: list[object]) -> None:
    with quietly():
        claim("One", True)
        three()
    assert [repr(one).splitlines()[0] for one in shown] == [
        "✓ 3 statements checked",
        "✓ 1 statement checked",
    ]


def test_what_is_skipped_is_counted_apart_and_named(
    monkeypatch: pytest.MonkeyPatch, shown: list[object], tmp_path: Path
) -> None:
    monkeypatch.setenv("COURSEKIT_IMAGES", str(tmp_path))
    with quietly():
        claim("One", True)
        claim("The car is found", False, only="scenes")
    assert ">1 statement checked, 1 skipped<" in page(shown)
    assert "drawn scenes only): The car is found</li>" in page(shown)


@pytest.mark.parametrize("say", [three, lambda: claim("One", True, value="2 %")])
def test_the_same_claims_give_the_same_page(say: Callable[[], None], shown: list[object]) -> None:
    say()
    say()
    first, second = shown
    assert (first._repr_html_(), repr(first)) == (second._repr_html_(), repr(second))  # type: ignore[attr-defined]

"""Each hostile submission: it gets nothing, costs no other exercise, and without its guard it would."""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, replace

import pytest

from coursekit.workshop.grading import packages, session
from coursekit.workshop.grading.assignment import Assignment
from coursekit.workshop.grading.case_set import case_sets
from coursekit.workshop.grading.feedback import exercise_feedback, notebook_feedback
from coursekit.workshop.grading.grader import Job, close_fork_server, grade
from coursekit.workshop.grading.limits import Limits
from coursekit.workshop.grading.results import SubmissionResult
from coursekit.workshop.grading.store import GradedSubmission
from tests.workshop.grading.corpus import ATTACKS, Attack, Guard
from tests.workshop.grading.corpus.attack import WON
from tests.workshop.grading.corpus.hand_ins import HAND_INS
from tests.workshop.grading.corpus.texts import TEXTS
from tests.workshop.grading.naive import naive
from tests.workshop.grading.notebooks import (
    ASSIGNMENT,
    LIMITS,
    QUICK,
    graded,
    notebook,
    points,
    said,
    with_cell,
)
from tests.workshop.grading.trap import Trap, trap

PEERS = ("captum", "zennit", "foolbox", "grad-cam")
WIDE = Limits(seconds=30, total=240, memory=2**36, processes=512, files=1024, disk=2**28)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trap]:
    with trap(tmp_path_factory.mktemp("trap")) as found:
        yield found


def submitted(attack: Attack, place: Trap) -> dict:
    source = attack.text(**asdict(place))
    return notebook(**{attack.answers: source}) if attack.answers else with_cell(source)


def succeeds(attack: Attack, result: SubmissionResult, place: Trap) -> bool:
    if attack.answers:
        return points(result)[attack.answers] > 0
    return place.taken() or WON in said(result) or place.token in said(result)


def named(*guards: Guard) -> list:
    return [pytest.param(attack, id=attack.name) for attack in ATTACKS if attack.guard in guards]


def test_there_are_many_kinds() -> None:
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS)
    assert len(ATTACKS) + len(HAND_INS) + len(TEXTS) >= 200
    assert {attack.guard for attack in ATTACKS} == set(Guard)


@pytest.mark.parametrize("attack", named(*(guard for guard in Guard if guard is not Guard.UNHEARD)))
def test_it_gets_nothing_and_the_rest_is_graded(attack: Attack, place: Trap, monkeypatch) -> None:
    monkeypatch.setattr(session, "GRACE", 0.5)
    limits = QUICK if attack.endless else LIMITS
    for _ in range(attack.times):
        wanted = attack.answers or "target_scores", "guided_relu"
        result = graded(submitted(attack, place), *wanted, limits=limits)
    assert not succeeds(attack, result, place)
    assert points(result)["guided_relu"] == (0 if attack.spoils else 1)
    if not attack.answers:
        assert points(result)["target_scores"] == 1


@pytest.mark.parametrize("attack", named(Guard.OUTSIDE))
def test_it_deceives_a_grader_that_compares_in_its_process(attack: Attack) -> None:
    assert naive(attack.text(), attack.answers) > 0


@pytest.mark.parametrize("attack", named(Guard.OWN_PROCESS))
def test_it_ends_a_grader_in_whose_process_it_runs(attack: Attack) -> None:
    assert naive(attack.text(), attack.answers) is None


def test_the_naive_grader_is_right_about_honest_answers() -> None:
    right = "def target_scores(model, x, target): return model(x)[torch.arange(len(x)), target]"
    wrong = "def target_scores(model, x, target): return torch.zeros(len(x))"
    assert (naive(right, "target_scores"), naive(wrong, "target_scores")) == (1, 0)


@pytest.mark.parametrize("attack", named(Guard.HIDDEN))
def test_it_works_where_answers_can_be_seen(attack: Attack, place: Trap, monkeypatch) -> None:
    monkeypatch.setattr(Assignment, "hidden_modules", ())
    result = graded(submitted(attack, place), attack.answers, limits=WIDE)
    assert points(result)[attack.answers] > 0


@pytest.mark.parametrize("attack", named(Guard.NOT_ALLOWED))
def test_it_works_where_peers_can_be_imported(attack: Attack, place: Trap, monkeypatch) -> None:
    monkeypatch.setattr(Assignment, "hidden_modules", ())
    monkeypatch.setattr(packages, "ALLOWED", (*packages.ALLOWED, *PEERS))
    packages.allowed_paths.cache_clear()
    close_fork_server()
    try:
        result = graded(submitted(attack, place), attack.answers, limits=WIDE)
    finally:
        packages.allowed_paths.cache_clear()
        close_fork_server()
    assert points(result)[attack.answers] > 0


def words(attack: Attack, secret: bytes, limits: Limits) -> list[str]:
    """What its student is told, but for which of the hidden cases were right."""
    data = json.dumps(notebook(target_scores=attack.text())).encode()
    result = grade(Job(ASSIGNMENT, data, ("target_scores",), secret, limits))
    graded_one = GradedSubmission("anna", ASSIGNMENT, "x.ipynb", result.summary, result.exercises, {})
    said = [*exercise_feedback(result.exercises["target_scores"]), *notebook_feedback(graded_one)]
    return [text for text in said if "hidden cases" not in text]


@pytest.mark.parametrize("attack", named(Guard.UNHEARD))
def test_what_is_told_does_not_depend_on_hidden_cases(attack: Attack, monkeypatch) -> None:
    monkeypatch.setattr(session, "GRACE", 0.5)
    limits = replace(QUICK, seconds=1) if attack.endless else LIMITS
    secrets = [
        f"secret {i} of the tests, which is long enough".encode() for i in range(4 if attack.endless else 6)
    ]
    assert len({tuple(words(attack, secret, limits)) for secret in secrets}) == 1
    for secret in secrets:
        case_set = case_sets(ASSIGNMENT, secret)["target_scores"]
        monkeypatch.setattr(case_set, "public", case_set.hidden)
    assert len({tuple(words(attack, secret, limits)) for secret in secrets}) > 1


@pytest.mark.parametrize("attack", named(Guard.LIMITED))
def test_it_works_within_wide_limits(attack: Attack, place: Trap, monkeypatch) -> None:
    monkeypatch.setattr(
        Assignment, "hidden_modules", ()
    )  # the same process serves all that need a guard away
    result = graded(submitted(attack, place), "guided_relu", limits=WIDE)
    assert succeeds(attack, result, place)


@pytest.mark.parametrize("attack", named(Guard.SHUT_IN))
def test_it_works_without_a_sandbox(attack: Attack, place: Trap) -> None:
    if attack.as_root and os.geteuid() != 0:
        pytest.skip("only root may do that on any machine")
    for _ in range(attack.times):
        result = graded(submitted(attack, place), attack.answers or "guided_relu", isolated=False)
    assert succeeds(attack, result, place)

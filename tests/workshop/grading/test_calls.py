"""Which cases of an exercise are called, and when no more are."""

import weakref

import pytest
import torch

from coursekit.exercises import lookup
from coursekit.exercises.answer import Answer
from coursekit.exercises.judge import evaluate
from coursekit.workshop.grading.calls import Calls
from coursekit.workshop.grading.case_set import CaseSet
from tests.workshop.grading.notebooks import SECRET

UNWRITTEN = Answer(error="it is not written yet", written=False)
WRONG = Answer(error="it raised an error")


@pytest.fixture(scope="module")
def case_set() -> CaseSet:
    return CaseSet(lookup("target_scores"), SECRET)


def right(case_set: CaseSet, case: object) -> Answer:
    return Answer(evaluate(case_set.exercise.reference, case))


def test_where_the_largest_public_case_is_right_the_hidden_ones_follow(case_set: CaseSet) -> None:
    calls = Calls(case_set)
    assert calls.public_case is case_set.public[3]
    calls.record(right(case_set, calls.public_case))
    assert calls.public_case is None
    for case in case_set.hidden:
        assert calls.hidden_case is case
        calls.record(right(case_set, case))
    assert calls.hidden_case is None
    assert calls.hidden_verdict(()).passed
    assert calls.public_verdict().passed


def test_where_it_is_wrong_all_public_ones_are_called(case_set: CaseSet) -> None:
    calls = Calls(case_set)
    calls.record(WRONG)
    calls.end_versions()
    while case := calls.public_case:
        calls.record(right(case_set, case))
    assert [one.correct for one in calls.public_verdict().case_verdicts] == [True, True, True, False]
    assert calls.hidden_case is case_set.hidden[0]


def test_where_all_public_ones_are_wrong_no_hidden_one_is_called(case_set: CaseSet) -> None:
    calls = Calls(case_set)
    while calls.public_case:
        calls.record(WRONG)
    assert calls.hidden_case is None
    assert calls.hidden_verdict(()).earned == 0


def test_a_stub_is_not_called_on_hidden_cases(case_set: CaseSet) -> None:
    calls = Calls(case_set)
    while calls.public_case:
        calls.record(UNWRITTEN)
    assert calls.hidden_case is None
    assert not calls.public_verdict().written


def test_a_function_that_is_written_for_some_cases_is_called_on_hidden_ones(case_set: CaseSet) -> None:
    calls = Calls(case_set)
    calls.record(UNWRITTEN)
    calls.end_versions()
    while case := calls.public_case:
        calls.record(right(case_set, case))
    assert calls.hidden_case is case_set.hidden[0]


def test_what_fails_twice_is_given_up(case_set: CaseSet) -> None:
    calls = Calls(case_set)
    calls.record(right(case_set, calls.public_case))
    for _ in range(2):
        calls.record(WRONG, failed=True)
    assert calls.hidden_case is None
    assert calls.hidden_verdict(()).earned == 0


def test_what_fails_twice_on_public_cases_is_told_so(case_set: CaseSet) -> None:
    calls = Calls(case_set)
    for _ in range(2):
        calls.record(WRONG, failed=True)
    assert (calls.public_case, calls.hidden_case) == (None, None)
    assert [one.reasons for one in calls.public_verdict().case_verdicts] == [(WRONG.error,)] * 2


def test_without_time_nothing_is_right_and_the_reason_is_told(case_set: CaseSet) -> None:
    calls = Calls(case_set)
    calls.give_up("there was no time")
    assert (calls.public_case, calls.hidden_case) == (None, None)
    assert calls.public_verdict().case_verdicts[0].reasons == ("there was no time",)
    assert calls.hidden_verdict(()).earned == 0


def test_versions_are_tried_on_the_largest_public_case_until_one_is_right(case_set: CaseSet) -> None:
    calls = Calls(case_set)
    largest = calls.public_case
    for version in range(3):
        assert (calls.version, calls.public_case) == (version, largest)
        calls.record(right(case_set, largest) if version == 2 else Answer(side_effects=("input",)))
    assert (calls.version, calls.public_case, calls.side_effects) == (2, None, set())
    assert calls.hidden_case is case_set.hidden[0]
    assert calls.public_verdict().passed


def test_where_no_version_is_right_the_first_that_is_written_counts(case_set: CaseSet) -> None:
    calls = Calls(case_set)
    for answer in (UNWRITTEN, WRONG, Answer(error="it raised another error")):
        calls.record(answer)
    calls.end_versions()
    assert calls.version == 1
    (first,) = calls.public_verdict().case_verdicts
    assert first.reasons == (WRONG.error,)


def test_versions_come_to_an_end_however_many_a_submission_says_there_are(case_set: CaseSet) -> None:
    calls, called = Calls(case_set), 0
    while calls.public_case:
        calls.record(WRONG)
        called += 1
    assert called == 8 + len(case_set.public) - 1


def test_without_time_the_version_that_was_tried_is_told(case_set: CaseSet) -> None:
    calls = Calls(case_set)
    calls.record(WRONG)
    calls.give_up("there was no time")
    assert calls.public_verdict().case_verdicts[0].reasons == (WRONG.error,)


def test_hidden_cases_can_be_called_alone_once_a_version_is_chosen(case_set: CaseSet) -> None:
    calls = Calls(case_set, explains=False)
    calls.record(WRONG)
    calls.record(right(case_set, calls.public_case))
    assert (calls.version, calls.public_case) == (1, None)
    while case := calls.hidden_case:
        calls.record(right(case_set, case))
    assert calls.hidden_verdict(()).passed


def test_side_effects_that_public_cases_show_cost_their_part(case_set: CaseSet) -> None:
    calls = Calls(case_set)
    calls.record(Answer(right(case_set, calls.public_case).value, side_effects=("input",)))
    while case := calls.hidden_case:
        calls.record(Answer(right(case_set, case).value, side_effects=("random",)))
    assert calls.side_effects == {"input"}
    assert calls.hidden_verdict(calls.side_effects).earned == 0.75


def test_large_values_that_cannot_be_right_are_not_kept(case_set: CaseSet) -> None:
    """A submission may return the largest that a message holds on each case: together gigabytes."""
    calls, kept = Calls(case_set), []

    def large(*shape: int, dtype: torch.dtype = torch.float32) -> Answer:
        value = torch.ones(shape, dtype=dtype)
        kept.append(weakref.ref(value))
        return Answer(value)

    while calls.public_case:
        calls.record(large(2**19, 3) if len(kept) else large(2**18, 2, dtype=torch.int64))
    assert not any(value() is not None for value in kept)
    *_, first = calls.public_verdict().case_verdicts
    assert first.reasons == ("it returned shape (262144, 2); wanted (3,)",)
    alone = Calls(case_set, explains=False)
    while alone.hidden_case:
        alone.record(large(2**20))
    assert not any(value() is not None for value in kept)
    assert alone.hidden_verdict(()).earned == 0

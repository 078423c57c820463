"""The calls of one exercise's function: which case comes next, and the verdict on the answers."""

from collections.abc import Collection
from dataclasses import replace

from torch import Tensor

from coursekit.exercises.answer import Answer
from coursekit.exercises.exercise import Case
from coursekit.exercises.judge import Verdict
from coursekit.workshop.grading.case_set import CaseSet

__all__ = ["Calls"]

_MAX_FAILURES = 2
"""How often a function may time out, or end its process, before its remaining cases are given up."""
_MAX_VERSIONS = 8
"""How many versions are tried at most: a submission's process says how many there are."""
_GIVEN_UP = "it was given up after the cases before"


class Calls:
    """The calls of one function: public cases, which explain what is wrong, then hidden ones, which count.

    Where the largest public case is right, the other public ones have little to explain and are left out;
    where every public one is wrong, so are the hidden ones, and they are left out. The largest one is tried
    with one version of the answer after the other until it is right; that version is called on all others.

    Args:
        case_set: the cases.
        explains: False to call hidden cases, and of the public ones only the largest, to choose the version.

    Attributes:
        side_effects: those that were seen on public cases.
        version: the number of the version to be called next.
    """

    def __init__(self, case_set: CaseSet, *, explains: bool = True) -> None:
        largest_first = sorted(case_set.public, key=_size, reverse=True)
        self.side_effects: set[str] = set()
        self._case_set = case_set
        self._explains = explains
        self.version = 0
        self._waiting = largest_first if explains else largest_first[:1]
        self._tried: list[Answer] = []
        self._public: list[tuple[Case, Answer]] = []
        self._hidden: list[Answer] = []
        self._failures = 0
        self._is_promising = not explains

    @property
    def public_case(self) -> Case | None:
        """The public case to be called next."""
        return self._waiting[0] if self._waiting and self._is_worth_a_call else None

    @property
    def tries_versions(self) -> bool:
        """Whether a version was tried, and it is still open which one counts."""
        return bool(self._tried) and not self._public

    @property
    def hidden_case(self) -> Case | None:
        """The hidden case to be called next, when no public one is left."""
        left = self._case_set.hidden[len(self._hidden) :]
        return left[0] if left and self._is_promising and self._is_worth_a_call else None

    @property
    def _is_worth_a_call(self) -> bool:
        return self._failures < _MAX_FAILURES

    def record(self, answer: Answer, *, failed: bool = False) -> None:
        """Record the answer to the next case.

        Args:
            answer: to the public case, or where there is none to the hidden one.
            failed: whether it timed out, or ended its process.
        """
        case = self.public_case
        self._failures += failed
        if case is None:
            # All wait for the end together, and a submission's values are as large as a message may be.
            self._hidden.append(self._case_set.slimmed(self._case_set.hidden[len(self._hidden)], answer))
            return
        answer = self._case_set.slimmed(case, answer)
        correct = self._case_set.judge([case], [answer]).case_verdicts[0].correct
        if self._public:
            self._keep(answer, correct=correct)
        else:
            self._try(answer, correct=correct, failed=failed)

    def _try(self, answer: Answer, *, correct: bool, failed: bool) -> None:
        """Record what a version gives for the largest case: the first right one is the answer's."""
        self._tried.append(answer)
        if correct:
            self._keep(answer, correct=True)
            self._waiting.clear()
        elif len(self._tried) < _MAX_VERSIONS and not failed:
            self.version += 1
        else:
            self.end_versions()

    def end_versions(self) -> None:
        """Go on with the first version that is written, since none is left to be tried and none was right."""
        written = (number for number, answer in enumerate(self._tried) if answer.written)
        self.version = next(written, 0)
        self._keep(self._tried[self.version], correct=False)

    def _keep(self, answer: Answer, *, correct: bool) -> None:
        self._public.append((self._waiting.pop(0), answer))
        self.side_effects.update(answer.side_effects)
        self._is_promising |= correct

    def give_up(self, error: str) -> None:
        """Leave out what has not been called.

        Args:
            error: why.
        """
        if self.tries_versions:
            self.end_versions()
        elif self._explains and not self._public:
            self._public.append((self._case_set.public[0], Answer(error=error)))
        self._failures = _MAX_FAILURES

    def public_verdict(self) -> Verdict:
        """Return the verdict on the public cases that were called."""
        answers = {id(case): answer for case, answer in self._public}
        cases = [case for case in self._case_set.public if id(case) in answers]
        return self._case_set.judge(cases, [answers[id(case)] for case in cases], name_mistake=True)

    def hidden_verdict(self, side_effects: Collection[str]) -> Verdict:
        """Return the verdict on the hidden cases.

        Args:
            side_effects: what the function leaves behind, as it was seen on public cases.
        """
        missing = Answer(error=_GIVEN_UP)
        answers = [*self._hidden, *[missing] * (len(self._case_set.hidden) - len(self._hidden))]
        seen = [replace(answer, side_effects=tuple(side_effects)) for answer in answers]
        return self._case_set.judge(self._case_set.hidden, seen)


def _size(case: Case) -> int:
    return sum(value.numel() for value in case.arguments.values() if isinstance(value, Tensor))

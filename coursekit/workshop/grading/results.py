"""The result of grading a submission, and its form as JSON, in which the store keeps it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

__all__ = [
    "CaseResult",
    "CellFailure",
    "ExerciseResult",
    "RecognisedMistake",
    "SubmissionResult",
    "SubmissionSummary",
]


@dataclass(frozen=True)
class CaseResult:
    """The result on one hidden case.

    Attributes:
        case: its name.
        credit: the share of the case that was earned, from 0 to 1.
        correct: whether the value was right; credit may be lost for side effects.
    """

    case: str
    credit: float
    correct: bool

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "CaseResult":
        """Return the result that was stored; earlier versions stored a reason, and no ``correct``."""
        return cls(values["case"], values["credit"], values.get("correct", values["credit"] == 1))


@dataclass(frozen=True)
class RecognisedMistake:
    """A known mistake that gives the same values as the student's function.

    Attributes:
        name: what it is, to follow "it looks like".
        advice: what to do about it.
    """

    name: str
    advice: str


@dataclass(frozen=True)
class ExerciseResult:
    """The result of one exercise.

    Attributes:
        points: what it is worth.
        earned: the points earned.
        written: False for the stub.
        cases: the result on each hidden case.
        mistake: the known mistake that was recognised, if any.
        public: what is wrong on the public cases, or why there is no answer, a line for each reason; None
            where there is nothing to explain.
        traces: the side effects that were seen on public cases, as the student is told of them.
        helpers: names of the course's own functions that stood in for what the answer builds on, and whether
            the student's own is still a stub; else it is wrong.
    """

    points: float
    earned: float
    written: bool
    cases: list[CaseResult]
    mistake: RecognisedMistake | None = None
    public: list[str] | None = None
    traces: list[str] = field(default_factory=list)
    helpers: dict[str, bool] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the result as a dictionary that JSON can hold."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "ExerciseResult":
        """Return the result that ``to_json`` was called on."""
        cases = [CaseResult.from_json(case) for case in values["cases"]]
        mistake = RecognisedMistake(**values["mistake"]) if values["mistake"] else None
        return cls(**{**values, "cases": cases, "mistake": mistake})


@dataclass(frozen=True)
class CellFailure:
    """A code cell that failed.

    Attributes:
        cell: its place among the notebook's code cells, from 1.
        exercise: the exercise that it belongs to, if any.
        message: the error, with the student's lines that led to it.
    """

    cell: int
    exercise: str | None
    message: str


@dataclass(frozen=True)
class SubmissionSummary:
    """What is known of a submission as a whole.

    Attributes:
        notice: why the notebook could not be read; None where it could.
        cell_failures: the cells that failed.
        code_digests: a digest of the code that answers each exercise, to find copies; None for a stub.
        written_answers: the answers in words, by question; empty where there is none.
        other_paths: files of the same student for the same assignment, which were not graded.
        more_failures: how many more cells failed than are listed.
        more_paths: how many more such files there are than are listed.
    """

    notice: str | None = None
    cell_failures: list[CellFailure] = field(default_factory=list)
    code_digests: dict[str, str | None] = field(default_factory=dict)
    written_answers: dict[str, str] = field(default_factory=dict)
    other_paths: list[str] = field(default_factory=list)
    more_failures: int = 0
    more_paths: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return the summary as a dictionary that JSON can hold."""
        return {
            "notice": self.notice,
            "troubles": [
                {"cell": failure.cell, "exercise": failure.exercise, "says": failure.message}
                for failure in self.cell_failures
            ],
            "codes": self.code_digests,
            "written": self.written_answers,
            "others": self.other_paths,
            "more_troubles": self.more_failures,
            "more_others": self.more_paths,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "SubmissionSummary":
        """Return the summary that ``to_json`` was called on."""
        return cls(
            values["notice"],
            [CellFailure(entry["cell"], entry["exercise"], entry["says"]) for entry in values["troubles"]],
            values["codes"],
            values["written"],
            values["others"],
            values.get("more_troubles", 0),  # earlier versions listed all of them
            values.get("more_others", 0),
        )


@dataclass(frozen=True)
class SubmissionResult:
    """What grading a submission gives.

    Attributes:
        summary: of the submission as a whole.
        exercises: the result of each exercise that was graded, by name.
    """

    summary: SubmissionSummary
    exercises: dict[str, ExerciseResult]

"""Judges answers: compares them with the reference, the properties and the known mistakes.

The student's code is never run here, so the same function serves a check in the notebook and the grading of
answers that came from another process.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeGuard

import torch
from torch import Tensor, nn

from coursekit.exercises.answer import Answer
from coursekit.exercises.exercise import Case, Exercise, Mistake
from coursekit.exercises.settings import standard_settings
from coursekit.exercises.side_effects import SIDE_EFFECTS

__all__ = ["CaseVerdict", "Verdict", "evaluate", "judge"]

SIDE_EFFECT_PENALTY = 0.25
"""Share of a case that a right answer loses when it has side effects."""

Evaluate = Callable[[Callable[..., Tensor], Case], Tensor]
"""Calls a reference, or a known mistake, on a case."""

_FLOATS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


@dataclass(frozen=True)
class CaseVerdict:
    """The verdict on one case.

    Attributes:
        case: its name.
        correct: whether the value was right.
        credit: the share of the case that was earned, from 0 to 1.
        reasons: why credit was lost, for the student.
    """

    case: str
    correct: bool
    credit: float
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """The verdict on an exercise.

    Attributes:
        exercise: its name.
        points: what it is worth.
        case_verdicts: one for each case, in their order.
        mistake: the known mistake that gives the same values as the function, if any.
        written: False for the stub.
    """

    exercise: str
    points: float
    case_verdicts: tuple[CaseVerdict, ...]
    mistake: Mistake | None = None
    written: bool = True

    @property
    def passed(self) -> bool:
        """Whether every case earned full credit."""
        return all(case_verdict.credit == 1 for case_verdict in self.case_verdicts)

    @property
    def earned(self) -> float:
        """The points earned: every case is worth the same."""
        credit = sum(case_verdict.credit for case_verdict in self.case_verdicts)
        return self.points * credit / len(self.case_verdicts)


@standard_settings()
def evaluate(function: Callable[..., Tensor], case: Case) -> Tensor:
    """Call a reference, or a known mistake, on a fresh copy of a case, and return its value."""
    return function(*case.build().values())


@standard_settings()
def judge(
    exercise: Exercise,
    cases: Sequence[Case],
    answers: Sequence[Answer],
    *,
    evaluate: Evaluate = evaluate,
    name_mistake: bool = True,
) -> Verdict:
    """Compare the answer on each case with the reference.

    Args:
        exercise: what was asked.
        cases: what the function was called on.
        answers: one for each case.
        evaluate: calls the reference and the known mistakes. A grader of many submissions passes one that
            caches the values.
        name_mistake: whether to look for the known mistake that gives the same values.

    Returns:
        The verdict.

    Raises:
        ValueError: there are no cases, or not as many answers as cases.
    """
    if not cases or len(cases) != len(answers):
        raise ValueError(f"wanted one answer for each case, got {len(answers)} for {len(cases)}")
    case_verdicts = tuple(
        _judge_case(exercise, case, answer, evaluate) for case, answer in zip(cases, answers, strict=True)
    )
    # Wrong answers first: the known mistakes differ most on these, so fewer have to be evaluated.
    order = sorted(range(len(cases)), key=lambda i: case_verdicts[i].correct)
    answered = [(cases[i], answers[i]) for i in order]
    wrong = not case_verdicts[order[0]].correct
    mistake = _recognise(exercise, answered, evaluate) if wrong and name_mistake else None
    written = any(answer.written for answer in answers)
    return Verdict(exercise.name, exercise.points, case_verdicts, mistake, written)


def _judge_case(exercise: Exercise, case: Case, answer: Answer, evaluate: Evaluate) -> CaseVerdict:
    if answer.error is not None:
        return CaseVerdict(case.name, False, 0.0, (answer.error,))
    wanted = evaluate(exercise.reference, case)
    if problem := _incomparable(answer.value, wanted):
        return CaseVerdict(case.name, False, 0.0, (problem,))
    value = _converted(answer.value, wanted)
    side_effects = tuple(SIDE_EFFECTS[kind] for kind in answer.side_effects if kind in SIDE_EFFECTS)
    if exercise.agree(value, wanted):
        return CaseVerdict(case.name, True, 1 - SIDE_EFFECT_PENALTY if side_effects else 1.0, side_effects)
    arguments = case.build()
    violated = tuple(rule.advice for rule in exercise.properties if not rule.holds(value, arguments))
    reasons = (_difference(exercise, value, wanted), *violated, *side_effects)
    return CaseVerdict(case.name, False, 0.0, reasons)


def _incomparable(value: object, wanted: Tensor) -> str | None:
    """Say why the value cannot even be compared with what was wanted; None when it can."""
    if value is None:
        return "it returned None: is the return missing?"
    if not _is_tensor(value):
        return f"it returned {type(value).__name__}; wanted a torch.Tensor of shape {_shape(wanted)}"
    if not _is_dense(value):
        return (
            f"it returned a sparse, nested or empty (meta) tensor; wanted numbers of shape {_shape(wanted)}"
        )
    if value.shape != wanted.shape:
        return f"it returned shape {_shape(value)}; wanted {_shape(wanted)}"
    if value.dtype not in _FLOATS:
        return f"it returned numbers of type {value.dtype}; wanted {wanted.dtype}"
    # Checked in the precision of the comparison, where a large float64 becomes infinite.
    if not _converted(value, wanted).isfinite().all():
        return "it returned NaN or infinite values"
    return None


def _is_tensor(value: object) -> TypeGuard[Tensor]:
    """Whether it is a tensor, but no subclass: a ``__torch_function__`` could make every comparison true."""
    return type(value) in (Tensor, nn.Parameter)


def _is_dense(value: Tensor) -> bool:
    return value.layout == torch.strided and not value.is_nested and value.device.type != "meta"


def _is_comparable(value: object) -> TypeGuard[Tensor]:
    return _is_tensor(value) and _is_dense(value) and value.dtype in _FLOATS


def _shape(value: Tensor) -> str:
    return str(tuple(value.shape)) if value.ndim <= 8 else f"of {value.ndim} dimensions"


def _converted(value: Tensor, wanted: Tensor) -> Tensor:
    """The value without its graph, on the device and in the precision of what was wanted."""
    # Called on the class: the student's code may have put another method on the value itself.
    return Tensor.detach(value).to(wanted.device, wanted.dtype)


def _difference(exercise: Exercise, value: Tensor, wanted: Tensor) -> str:
    """Say how a value of the right shape is wrong, without saying what is right."""
    if not value.any():
        return "all values are 0"
    factor = ((value * wanted).sum() / wanted.square().sum()).item()
    # A single number is always some multiple of another.
    if wanted.numel() > 1 and exercise.agree(value, factor * wanted):
        return f"it is the right result times {factor:.3g}"
    correct = (
        [exercise.agree(one, other) for one, other in zip(value, wanted, strict=True)] if wanted.ndim else []
    )
    if any(correct):
        others = ", ".join(str(i) for i, is_correct in enumerate(correct) if not is_correct)
        return f"it is right for some of the batch, but not for {others} (counted from 0)"
    return _relative_error((value - wanted).abs().max().item(), wanted.abs().max().item())


def _relative_error(error: float, scale: float) -> str:
    if not math.isfinite(error):
        return "its values are far too large"
    if scale == 0:
        return f"it is off by up to {error:.3g}"
    return f"it is off by up to {error / scale:.0%} of the largest value"


def _recognise(
    exercise: Exercise, answered: Sequence[tuple[Case, Answer]], evaluate: Evaluate
) -> Mistake | None:
    """The mistake that gives the same values as the student's function on every case where that gave one."""
    values = [(case, answer.value) for case, answer in answered if _is_comparable(answer.value)]
    for mistake in exercise.mistakes:
        if values and all(
            _matches(exercise, evaluate(mistake.function, case), value) for case, value in values
        ):
            return mistake
    return None


def _matches(exercise: Exercise, wanted: Tensor, value: Tensor) -> bool:
    # Shapes are compared first: a value of another shape may be too large to convert.
    return value.shape == wanted.shape and exercise.agree(_converted(value, wanted), wanted)

"""Judges answers from outside: compares them with the reference, the properties and the known wrong answers.

It never runs the student's code, so the same function serves a check in the notebook and a grade of answers
that came over a pipe.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeGuard

import torch
from torch import Tensor, nn

from coursekit.exercises.answer import Answer
from coursekit.exercises.exercise import Case, Exercise, Mistake
from coursekit.exercises.traces import TRACES

__all__ = ["Ruling", "Verdict", "judge", "run"]

TIDINESS = 0.25
"""Share of a case that a right answer loses when it leaves something behind."""

Run = Callable[[Callable[..., Tensor], Case], Tensor]
"""How to call the reference, or a mistake, on a case."""

_FLOATS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


@dataclass(frozen=True)
class Ruling:
    """What one case came to: whether the value was right, its credit from 0 to 1, and what is to be said."""

    case: str
    right: bool
    credit: float
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """What an exercise came to.

    Attributes:
        exercise: its name.
        points: what it is worth.
        rulings: one for each case.
        mistake: the known wrong answer that the function's values are, if any.
        written: False for the stub.
    """

    exercise: str
    points: float
    rulings: tuple[Ruling, ...]
    mistake: Mistake | None = None
    written: bool = True

    @property
    def passed(self) -> bool:
        """Whether there is nothing to mend."""
        return all(ruling.credit == 1 for ruling in self.rulings)

    @property
    def earned(self) -> float:
        """The points earned: every case is worth the same."""
        return self.points * sum(ruling.credit for ruling in self.rulings) / len(self.rulings)


def run(function: Callable[..., Tensor], case: Case) -> Tensor:
    """Call the function on a fresh copy of the case."""
    return function(*case.build().values())


def judge(exercise: Exercise, cases: Sequence[Case], answers: Sequence[Answer], *, run: Run = run) -> Verdict:
    """Compare one answer for each case with the reference.

    Args:
        exercise: what was asked.
        cases: on what.
        answers: one for each case.
        run: how the reference and the mistakes are called; a grader of many remembers what came of it.

    Raises:
        ValueError: there are not as many answers as cases, or none.
    """
    if not cases or len(cases) != len(answers):
        raise ValueError(f"wanted one answer for each case, got {len(answers)} for {len(cases)}")
    rulings = tuple(_rule(exercise, case, answer, run) for case, answer in zip(cases, answers, strict=True))
    # Wrong ones first, since these tell the mistakes apart.
    order = sorted(range(len(cases)), key=lambda i: rulings[i].right)
    answered = [(cases[i], answers[i]) for i in order]
    mistake = None if rulings[order[0]].right else _recognise(exercise, answered, run)
    return Verdict(
        exercise.name, exercise.points, rulings, mistake, any(answer.written for answer in answers)
    )


def _rule(exercise: Exercise, case: Case, answer: Answer, run: Run) -> Ruling:
    if answer.error is not None:
        return Ruling(case.name, False, 0.0, (answer.error,))
    wanted = run(exercise.reference, case)
    if trouble := _unlike(answer.value, wanted):
        return Ruling(case.name, False, 0.0, (trouble,))
    value = _plain(answer.value, wanted)
    left = tuple(TRACES[kind] for kind in answer.traces if kind in TRACES)
    if exercise.agree(value, wanted):
        return Ruling(case.name, True, 1 - TIDINESS if left else 1.0, left)
    arguments = case.build()
    kept = [rule for rule in exercise.properties if rule.holds(value, arguments)]
    broken = tuple(rule.advice for rule in exercise.properties if rule not in kept)
    reasons = (_difference(exercise, value, wanted), *broken, *left)
    return Ruling(case.name, False, sum(rule.credit for rule in kept), reasons)


def _unlike(value: object, wanted: Tensor) -> str | None:
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
    # In the precision of the comparison: what float64 still holds may be infinite there.
    if not _plain(value, wanted).isfinite().all():
        return "it returned NaN or infinite values"
    return None


def _is_tensor(value: object) -> TypeGuard[Tensor]:
    """Whether it is a tensor and no subclass, whose ``__torch_function__`` could answer every comparison."""
    return type(value) in (Tensor, nn.Parameter)


def _is_dense(value: Tensor) -> bool:
    return value.layout == torch.strided and not value.is_nested and value.device.type != "meta"


def _is_comparable(value: object) -> TypeGuard[Tensor]:
    return _is_tensor(value) and _is_dense(value) and value.dtype in _FLOATS


def _shape(value: Tensor) -> str:
    return str(tuple(value.shape)) if value.ndim <= 8 else f"of {value.ndim} dimensions"


def _plain(value: Tensor, wanted: Tensor) -> Tensor:
    # The class's own method: the student's code may have put another on the value itself.
    return Tensor.detach(value).to(wanted.device, wanted.dtype)


def _difference(exercise: Exercise, value: Tensor, wanted: Tensor) -> str:
    """Say how a value of the right shape is wrong, without saying what is right."""
    if not value.any():
        return "all values are 0"
    factor = ((value * wanted).sum() / wanted.square().sum()).item()
    # A single number is always some multiple of another.
    if wanted.numel() > 1 and exercise.agree(value, factor * wanted):
        return f"it is the right result times {factor:.3g}"
    right = (
        [exercise.agree(one, other) for one, other in zip(value, wanted, strict=True)] if wanted.ndim else []
    )
    if any(right):
        others = ", ".join(str(i) for i, is_right in enumerate(right) if not is_right)
        return f"it is right for some of the batch, but not for {others} (counted from 0)"
    return _size((value - wanted).abs().max().item(), wanted.abs().max().item())


def _size(error: float, scale: float) -> str:
    if not math.isfinite(error):
        return "its values are far too large"
    if scale == 0:
        return f"it is off by up to {error:.3g}"
    return f"it is off by up to {error / scale:.0%} of the largest value"


def _recognise(exercise: Exercise, answered: Sequence[tuple[Case, Answer]], run: Run) -> Mistake | None:
    """The mistake that gives the same values as the student's function wherever that gave any."""
    values = [(case, answer.value) for case, answer in answered if _is_comparable(answer.value)]
    for mistake in exercise.mistakes:
        if values and all(_gives(exercise, run(mistake.function, case), value) for case, value in values):
            return mistake
    return None


def _gives(exercise: Exercise, wanted: Tensor, value: Tensor) -> bool:
    # Shapes first: a value of another shape may be too large to be converted.
    return value.shape == wanted.shape and exercise.agree(_plain(value, wanted), wanted)

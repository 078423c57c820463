"""A verdict as text that a student can act on."""

from collections.abc import Sequence

from coursekit.exercises.judge import CaseVerdict, Verdict

__all__ = ["describe", "first_failure"]


def describe(verdict: Verdict) -> str:
    """Say how the exercise stands.

    Args:
        verdict: on all cases of one exercise.

    Returns:
        One line with the score and, unless every case earned full credit, lines on what is wrong.
    """
    name, points, case_verdicts = verdict.exercise, verdict.points, verdict.case_verdicts
    worth = f"{points:g} point" if points == 1 else f"{points:g} points"
    if not verdict.written:
        return f"✗ {name}: not written yet ({worth})"
    correct = sum(case_verdict.correct for case_verdict in case_verdicts)
    score = f"{name}: right on {correct} of {len(case_verdicts)} cases"
    if verdict.passed:
        return f"✓ {score} ({worth})"
    lines = [f"✗ {score} ({verdict.earned:.2g} of {worth})"]
    if verdict.mistake:
        lines += [f"  It looks like {verdict.mistake.name}.", f"  {verdict.mistake.advice}"]
    return "\n".join(lines + first_failure(case_verdicts))


def first_failure(case_verdicts: Sequence[CaseVerdict]) -> list[str]:
    """Say what is wrong on the first case that lost credit; the later ones mostly fail for the same reason.

    Args:
        case_verdicts: in the order of the cases.

    Returns:
        A line for each reason; empty if every case earned full credit.
    """
    failed = next((case_verdict for case_verdict in case_verdicts if case_verdict.credit < 1), None)
    return [f"  On {failed.case}: {reason}" for reason in failed.reasons] if failed else []

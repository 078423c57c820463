"""A verdict in words that a student can act on."""

from coursekit.exercises.judge import Ruling, Verdict

__all__ = ["describe", "reasons"]


def describe(verdict: Verdict) -> str:
    """Return how the exercise stands, in one line; then, unless all is well, what is wrong and what to do."""
    name, points, rulings = verdict.exercise, verdict.points, verdict.rulings
    worth = f"{points:g} point" if points == 1 else f"{points:g} points"
    if not verdict.written:
        return f"✗ {name}: not written yet ({worth})"
    score = f"{name}: right on {sum(ruling.right for ruling in rulings)} of {len(rulings)} cases"
    if verdict.passed:
        return f"✓ {score} ({worth})"
    lines = [f"✗ {score} ({verdict.earned:.2g} of {worth})"]
    if verdict.mistake:
        lines += [f"  It looks like {verdict.mistake.name}.", f"  {verdict.mistake.advice}"]
    return "\n".join(lines + reasons(rulings))


def reasons(rulings: tuple[Ruling, ...]) -> list[str]:
    """Say what is wrong with the first case that has something wrong; the others mostly have the same."""
    first = next((ruling for ruling in rulings if ruling.credit < 1), None)
    return [f"  On {first.case}: {reason}" for reason in first.reasons] if first else []

"""Makes the table of confounders: the figures of chapter 01 over five seeds."""

import time
from typing import Any

from coursekit.confounding.experiments import SEEDS, TEST, TRAIN, TRIALS
from coursekit.core.devices import describe
from coursekit.core.progress import progress

__all__ = ["page", "table"]


def table(_scenes: int = 0) -> dict[str, Any]:
    """Run every trial with every seed, at the notebook's sizes.

    Args:
        _scenes: not used; the other tables have this argument.

    Returns:
        The table, as JSON holds it.
    """
    began = time.monotonic()
    rows: dict[str, dict[str, list[float]]] = {}
    jobs = [(name, trial, seed) for name, trial in TRIALS.items() for seed in SEEDS]
    for name, trial, seed in progress(jobs, "confounders"):
        for metric, value in trial(seed).items():
            rows.setdefault(name, {}).setdefault(metric, []).append(round(value, 4))
    return {
        "seeds": list(SEEDS),
        "trials": rows,
        "minutes": round((time.monotonic() - began) / 60, 1),
        "versions": describe(),
    }


def page(made: dict[str, Any]) -> str:
    """Return the card of a table as a page of Markdown.

    Args:
        made: what ``table`` returned.
    """
    seeds = " | ".join(f"seed {seed}" for seed in made["seeds"])
    sections = "\n\n".join(
        f"## {name}\n{TRIALS[name].__doc__}\n\n| | {seeds} |\n|---|{'---|' * len(made['seeds'])}\n"
        + "\n".join(f"| {metric} | {' | '.join(map(str, values))} |" for metric, values in rows.items())
        for name, rows in made["trials"].items()
    )
    machine = "\n".join(f"- {key}: {value}" for key, value in made["versions"].items())
    return f"""# confounders

What chapter 01 states, over {len(made["seeds"])} seeds of the pictures, voices and nets; the notebook runs
the first one. {TRAIN} pictures to train on, {TEST} fresh ones to ask about. Made by this project from
nothing with `coursekit measure confounders`.

{sections}

## Machine
{made["minutes"]} minutes in all.

{machine}

Licence: MIT, like the code.
"""

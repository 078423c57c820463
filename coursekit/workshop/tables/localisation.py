"""Makes the table of localisation: where explanations point, for every method on the same drawn scenes."""

import time
from typing import Any

from coursekit.attribution.localisation import METRICS, NETS, SAMPLE, SEED, fresh_scenes, localise, methods
from coursekit.core.devices import describe, device
from coursekit.core.progress import progress
from coursekit.fairness.bias import normal_interval, wilson_interval
from coursekit.models.checkpoints import digest, load_model
from coursekit.models.training import evaluate

__all__ = ["page", "table"]


def table(n: int) -> dict[str, Any]:
    """Measure every method.

    Args:
        n: number of scenes.

    Returns:
        The table, as JSON holds it.
    """
    began = time.monotonic()
    scenes = fresh_scenes(n).to(device())
    models = {net: load_model(net) for net in NETS}
    rows: dict[str, dict[str, dict[str, list[float]]]] = {net: {} for net in NETS}
    sample: dict[str, dict[str, dict[str, float]]] = {net: {} for net in NETS}
    jobs = [(net, name, method) for net in NETS for name, method in methods().items()]
    for net, name, method in progress(jobs, "localisation"):
        scores = localise(models[net], scenes, method)
        intervals = {metric: normal_interval(values) for metric, values in scores.items()}
        intervals["pointing"] = wilson_interval(scores["pointing"].mean().item() * n, n)
        rows[net][name] = {metric: [round(v, 4) for v in interval] for metric, interval in intervals.items()}
        sample[net][name] = {metric: round(v[:SAMPLE].mean().item(), 4) for metric, v in scores.items()}
    return {
        "scenes": n,
        "seed": SEED,
        "area": round(scenes.masks.float().mean().item(), 4),
        "accuracy": {net: evaluate(model, scenes.images, scenes.labels) for net, model in models.items()},
        "checkpoints": {net: digest(net) for net in NETS},
        "nets": rows,
        "sample": sample,
        "minutes": round((time.monotonic() - began) / 60, 1),
        "versions": describe(),
    }


def page(made: dict[str, Any]) -> str:
    """Return the card of a table as a page of Markdown.

    Args:
        made: what ``table`` returned.
    """
    tables = "\n\n".join(_rows(net, made) for net in made["nets"])
    machine = "\n".join(f"- {key}: {value}" for key, value in made["versions"].items())
    return f"""# localisation

Do explanations find the object? Every method of the course on the same {made["scenes"]} drawn scenes
(seed {made["seed"]}, on which no net was trained), scored against the exact mask of the object, which covers
{made["area"]:.1%} of the picture. Made by this project with `coursekit measure localisation`.

Explained is the score of the true class. Each attribution becomes a map in the same way: the largest
absolute value of the channels, not smoothed. So evidence against the class counts as relevance too, in the
methods that show it with a sign (input × gradient, Integrated Gradients, occlusion, LRP): others, such as
saliency, cannot tell it from evidence for the class, and what is asked is where the net looks. The class
activation maps alone are cut off at 0, as their papers do. In brackets 95 % intervals: Wilson's for hits, two
standard errors on either side for means.

- pointing: share of scenes whose hottest pixel lies on the object, without tolerance (Zhang et al. 2018)
- mass: share of the heat that lies on the object (Arras et al. 2022)
- rank: share of the K hottest pixels that lie on the object of K pixels (Arras et al. 2022)

Settings are the defaults, but for 16 steps of Integrated Gradients, 16 copies of SmoothGrad, and occlusion
by patches of 32 pixels every 16. LRP bears the name of its composite. `random` is noise: the floor.

{tables}

## Machine
{made["minutes"]} minutes in all.

{machine}

Licence: MIT, like the code.
"""


def _rows(net: str, made: dict[str, Any]) -> str:
    head = f"""## {net}
Accuracy {made["accuracy"][net]:.3f}; sha256 of its weights {made["checkpoints"][net]}…

| method | {" | ".join(METRICS)} |
|---|{"---|" * len(METRICS)}"""
    cells = (
        " | ".join(f"{mean:.3f} ({low:.3f}–{high:.3f})" for mean, low, high in row.values())
        for row in made["nets"][net].values()
    )
    lines = [f"| {name} | {cell} |" for name, cell in zip(made["nets"][net], cells, strict=True)]
    return "\n".join([head, *lines])

"""What takes longer than a notebook may: tables over many scenes, which ``coursekit measure`` makes."""

import json
import time
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from coursekit import attribution
from coursekit.attribution.composites import COMPOSITES
from coursekit.checkpoints import checkpoint_path, load_model
from coursekit.devices import describe, device
from coursekit.files import replacing
from coursekit.progress import progress
from coursekit.scenes import Scenes, draw
from coursekit.training import evaluate

__all__ = [
    "METRICS",
    "NETS",
    "SAMPLE",
    "digest",
    "fresh_scenes",
    "localise",
    "measure",
    "measured",
    "methods",
    "spelled",
]

Method = Callable[[nn.Module, Tensor, Tensor], Tensor]
Interval = tuple[float, float, float]
"""A mean, and the ends of its 95 % interval."""

NETS = ("scenes", "scenes-robust")
METRICS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "pointing": attribution.pointing_game,
    "mass": attribution.relevance_mass,
    "rank": attribution.relevance_rank,
}
SAMPLE = 32
"""The first scenes of a table, whose own means stand in it, for a sample to be held against."""
_SPELLED = {
    "random": "chance",
    "saliency": "gradient",
    "guided backprop": "guided backpropagation",
    "guided Grad-CAM": "Guided Grad-CAM",
    "LRP zero": "LRP-0",
    "LRP epsilon": "LRP-ε",
    "LRP gamma": "LRP-γ",
    "LRP alpha1-beta0": "LRP α1β0",
    "LRP alpha2-beta1": "LRP α2β1",
    "LRP epsilon-plus": "LRP ε + α1β0",
    "LRP epsilon-alpha2-beta1": "LRP ε + α2β1",
    "LRP epsilon-gamma-box": "LRP ε + γ + zᴮ",
}
_SEED = 5  # the nets were trained on seed 1 and tested on 2
_BATCH = 16
_Z = 1.959964  # deviations within which 95 % of a normal distribution lie


def methods() -> dict[str, Method]:
    """Return every method of the course, as the table has it: name → ``method(model, x, target)``."""
    noise = torch.Generator().manual_seed(0)
    composites = {f"LRP {name}": partial(attribution.lrp, composite=name) for name in COMPOSITES}
    return {
        "random": partial(attribution.random_heatmap, generator=noise),
        "saliency": attribution.saliency,
        "input × gradient": attribution.input_x_gradient,
        "Integrated Gradients": partial(attribution.integrated_gradients, steps=16),
        "SmoothGrad": partial(attribution.smoothgrad, n=16),
        "deconvnet": attribution.deconvnet,
        "guided backprop": attribution.guided_backprop,
        "occlusion": partial(attribution.occlusion, size=32, stride=16),
        "CAM": attribution.cam,
        "Grad-CAM": attribution.grad_cam,
        "Grad-CAM++": attribution.grad_cam_pp,
        "XGrad-CAM": attribution.xgrad_cam,
        "Layer-CAM": attribution.layer_cam,
        "Eigen-CAM": attribution.eigen_cam,
        "EigenGrad-CAM": attribution.eigen_grad_cam,
        "Ablation-CAM": attribution.ablation_cam,
        "Score-CAM": attribution.score_cam,
        "guided Grad-CAM": attribution.guided_grad_cam,
        **composites,
    }


def spelled(method: str) -> str:
    """Return a method's name as the chapters write it: "LRP epsilon-plus" is LRP with ε and α1β0."""
    return _SPELLED.get(method, method)


def measured(name: str) -> dict[str, Any]:
    """Return a table that ships; what is in it is said on its card.

    Raises:
        ValueError: no table has that name.
        FileNotFoundError: it was not made yet.
    """
    path = _path(name)
    if not path.exists():
        raise FileNotFoundError(f"no table {path}; make it with: coursekit measure {name}")
    return json.loads(path.read_text(encoding="utf-8"))


def measure(name: str, folder: Path | None = None, *, scenes: int = 500) -> None:
    """Make a table and its card.

    Args:
        name: of the table: "localisation", "attacks", "confounders" or "trust".
        folder: where to; where it ships when None.
        scenes: how many it is measured on.

    Raises:
        ValueError: no table has that name, or there are fewer than 2 scenes.
    """
    path = (folder or _path(name).parent) / _path(name).name
    if scenes < 2:
        raise ValueError(f"scenes: wanted at least 2, for there to be an interval, got {scenes}")
    make, page = _maker(name)
    table = make(scenes)
    # Both are whole before either takes the place of an older one.
    with replacing(path) as data, replacing(path.with_suffix(".md")) as card:
        data.write_text(json.dumps(table, ensure_ascii=False) + "\n", encoding="utf-8")
        card.write_text(page(table), encoding="utf-8")


def fresh_scenes(n: int) -> Scenes:
    """Return the first ``n`` scenes of the table; no net was trained on them."""
    return draw(n, seed=_SEED)


def localise(model: nn.Module, scenes: Scenes, method: Method) -> dict[str, Tensor]:
    """Return how well a method finds the objects of scenes: metric → score of each scene (N,).

    Explained is the score of the true class. Every method's map is made by ``heatmap`` in the same way: the
    largest absolute value of the channels, so that evidence against the class counts as relevance too.
    """
    rows = []
    for some in torch.arange(len(scenes)).split(_BATCH):
        part = scenes[some]
        heat = attribution.heatmap(method(model, part.images, part.labels))
        rows.append(torch.stack([metric(heat, part.masks) for metric in METRICS.values()]))
    return dict(zip(METRICS, torch.cat(rows, dim=1), strict=True))


def digest(net: str) -> str:
    """Return 16 hex digits that change when a shipped net does."""
    return sha256(checkpoint_path(net).read_bytes()).hexdigest()[:16]


def wilson(share: float, n: int) -> Interval:
    """Return a share of ``n`` hits with its 95 % interval, by the score test of Wilson 1927."""
    middle, spread = share + _Z**2 / (2 * n), _Z * (share * (1 - share) / n + _Z**2 / (4 * n**2)) ** 0.5
    return share, (middle - spread) / (1 + _Z**2 / n), (middle + spread) / (1 + _Z**2 / n)


def normal(values: Tensor) -> Interval:
    """Return the mean of values (N,) with its 95 % interval: two standard errors on either side."""
    mean, error = values.mean().item(), values.std().item() / len(values) ** 0.5
    return mean, mean - _Z * error, mean + _Z * error


def _path(name: str) -> Path:
    if name not in _TABLES:
        raise ValueError(f"no table {name!r}; the course ships {', '.join(_TABLES)}")
    return checkpoint_path(name).with_suffix(".json")


def _localisation(n: int) -> dict[str, Any]:
    began = time.monotonic()
    scenes = fresh_scenes(n).to(device())
    models = {net: load_model(net) for net in NETS}
    rows: dict[str, dict[str, dict[str, list[float]]]] = {net: {} for net in NETS}
    sample: dict[str, dict[str, dict[str, float]]] = {net: {} for net in NETS}
    jobs = [(net, name, method) for net in NETS for name, method in methods().items()]
    for net, name, method in progress(jobs, "localisation"):
        scores = localise(models[net], scenes, method)
        intervals = {metric: normal(values) for metric, values in scores.items()}
        intervals["pointing"] = wilson(scores["pointing"].mean().item(), n)
        rows[net][name] = {metric: [round(v, 4) for v in interval] for metric, interval in intervals.items()}
        sample[net][name] = {metric: round(v[:SAMPLE].mean().item(), 4) for metric, v in scores.items()}
    return {
        "scenes": n,
        "seed": _SEED,
        "area": round(scenes.masks.float().mean().item(), 4),
        "accuracy": {net: evaluate(model, scenes.images, scenes.labels) for net, model in models.items()},
        "checkpoints": {net: digest(net) for net in NETS},
        "nets": rows,
        "sample": sample,
        "minutes": round((time.monotonic() - began) / 60, 1),
        "versions": describe(),
    }


def _page(table: dict[str, Any]) -> str:
    """The card as a page of Markdown, a table for each net."""
    tables = "\n\n".join(_rows(net, table) for net in table["nets"])
    machine = "\n".join(f"- {key}: {value}" for key, value in table["versions"].items())
    return f"""# localisation

Do explanations find the object? Every method of the course on the same {table["scenes"]} drawn scenes
(seed {table["seed"]}, on which no net was trained), scored against the exact mask of the object, which covers
{table["area"]:.1%} of the picture. Made by this project with `coursekit measure localisation`.

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
{table["minutes"]} minutes in all.

{machine}

Licence: MIT, like the code.
"""


def _rows(net: str, table: dict[str, Any]) -> str:
    head = f"""## {net}
Accuracy {table["accuracy"][net]:.3f}; sha256 of its weights {table["checkpoints"][net]}…

| method | {" | ".join(METRICS)} |
|---|{"---|" * len(METRICS)}"""
    cells = (
        " | ".join(f"{mean:.3f} ({low:.3f}–{high:.3f})" for mean, low, high in row.values())
        for row in table["nets"][net].values()
    )
    lines = [f"| {name} | {cell} |" for name, cell in zip(table["nets"][net], cells, strict=True)]
    return "\n".join([head, *lines])


def _maker(name: str) -> tuple[Callable[[int], dict[str, Any]], Callable[[dict[str, Any]], str]]:
    """What makes a table, and what makes its card."""
    if name == "localisation":
        return _localisation, _page
    module = import_module(_ELSEWHERE[name])
    return module.table, module.page


# Modules with table(n) and page(table); some of them need this one.
_ELSEWHERE = {
    "attacks": "coursekit.attacks.table",
    "confounders": "coursekit.confounding.table",
    "trust": "coursekit.trust",
}
_TABLES = ("localisation", *_ELSEWHERE)

"""Makes the table of chapter 09 on bias and trust."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from typing import Any

from coursekit.attribution.localisation import NETS as EXPLAINED
from coursekit.attribution.localisation import methods
from coursekit.core.devices import describe
from coursekit.core.progress import progress
from coursekit.datasets.scenes import cue_conflict, draw
from coursekit.fairness.audits import (
    N_TEST,
    N_TRAIN,
    SEED,
    SHARES,
    cascading_randomisation,
    face_audit,
    faithfulness,
    region_audit,
    shape_or_texture,
    tone_groups,
)
from coursekit.fairness.bias import REGIONS, normal_interval, rates
from coursekit.models.checkpoints import digest, load_model

__all__ = ["NETS", "SECTIONS", "page", "table"]

NETS = ("scenes", "scenes-stylised", "scenes-robust")
SEEDS = 5


def table(n: int) -> dict[str, Any]:
    """Measure every section of the table.

    Args:
        n: number of pictures with conflicting cues; slow measurements use fewer.

    Returns:
        The table, as JSON holds it.
    """
    began = time.monotonic()
    sections = {name: measure(n) for name, measure in progress(SECTIONS.items(), "trust")}
    return {
        "scenes": n,
        "seed": SEED,
        "forgotten": forgotten(n),
        "checkpoints": {net: digest(net) for net in NETS},
        **sections,
        "minutes": round((time.monotonic() - began) / 60, 1),
        "versions": describe(),
    }


def forgotten(n: int) -> int:
    """Return the number of scenes for the randomisation of nets, which is slow, in a table on n pictures."""
    return max(2, n // 64)


def _faithful(n: int) -> int:
    return max(2, n // 16)


def _shape(n: int) -> dict[str, Any]:
    conflict = cue_conflict(n, seed=SEED)
    return {net: asdict(shape_or_texture(load_model(net, device="cpu"), conflict)) for net in NETS}


def _randomisation(n: int) -> dict[str, Any]:
    scenes = draw(forgotten(n), seed=SEED)
    nets = {net: load_model(net, device="cpu") for net in EXPLAINED}
    return {
        net: {
            name: cascading_randomisation(model, scenes, method)
            for name, method in methods().items()
            if name != "random"
        }
        for net, model in nets.items()
    }


def _faithfulness(n: int) -> dict[str, Any]:
    scenes = draw(_faithful(n), seed=SEED)
    found: dict[str, Any] = {net: {} for net in EXPLAINED}
    for net in EXPLAINED:
        model = load_model(net, device="cpu")
        for name, method in methods().items():
            areas = faithfulness(model, scenes, method)
            found[net][name] = {curve: normal_interval(values) for curve, values in areas._asdict().items()}
    return found


def _groups(n: int) -> dict[str, Any]:
    found: dict[str, Any] = {name: [] for name in SHARES}
    for name, share in SHARES.items():
        for seed in range(SEEDS):
            _, asked, said = face_audit(share, seed)
            by_group = rates(said, asked.labels, tone_groups(asked))
            found[name].append({group: asdict(values) for group, values in by_group.items()})
    return found


def _regions(n: int) -> dict[str, Any]:
    return {name: [region_audit(share, seed) for seed in range(SEEDS)] for name, share in SHARES.items()}


SECTIONS: dict[str, Callable[[int], dict[str, Any]]] = {
    "shape": _shape,
    "randomisation": _randomisation,
    "faithfulness": _faithfulness,
    "groups": _groups,
    "regions": _regions,
}


def page(found: dict[str, Any]) -> str:
    """Return the card of a table as a page of Markdown.

    Args:
        found: what ``table`` returned.
    """
    weights = "\n".join(f"- {net}: sha256 {digits}…" for net, digits in found["checkpoints"].items())
    machine = "\n".join(f"- {key}: {value}" for key, value in found["versions"].items())
    return f"""# trust

What chapter 09 measures, with pictures of seed {found["seed"]}, on which no net was trained. Made by this
project with `coursekit measure trust`. In brackets 95 % intervals.

## Shape or texture
{found["scenes"]} silhouettes filled with pieces of another class (Geirhos et al. 2019).

{_shape_page(found["shape"])}

## Maps of nets that forget
Spearman's ρ with the map of the trained net, mean of {found["forgotten"]} scenes, after all layers down to
this one were given random weights (Adebayo et al. 2018).

{_forgetting_page(found["randomisation"])}

## Deletion and insertion
Area under the curve (Petsiuk et al. 2018), mean of {_faithful(found["scenes"])} scenes, 16 steps.

{_faithfulness_page(found["faithfulness"])}

## Groups and regions
Accuracy of small nets on {N_TEST} faces with and without glasses, and {N_TEST // 2} things in either region;
mean of {SEEDS} trainings on {N_TRAIN} pictures each, {SHARES["thin"]:.0%} (thin) or {SHARES["balanced"]:.0%}
(balanced) of them of the second group or region.

{_audit_page(found)}

## Nets
{weights}

## Machine
{found["minutes"]} minutes in all.

{machine}

Licence: MIT, like the code.
"""


def _rows(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))


def _with_interval(values: Sequence[float]) -> str:
    return "{:.3f} ({:.3f}–{:.3f})".format(*values)


def _shape_page(found: dict[str, Any]) -> str:
    rows = (
        [net, *(_with_interval(row[key]) for key in ("share", "decided"))]
        + [f"{row[key]:.3f}" for key in ("silhouettes", "collages")]
        for net, row in found.items()
    )
    return _rows(["net", "by shape", "decided for either", "outline alone", "filling alone"], rows)


def _forgetting_page(found: dict[str, Any]) -> str:
    layers = [layer for layer in next(iter(found["scenes"].values())) if not layer.startswith("bn")]
    return "\n\n".join(
        _rows([net, *layers], ([name, *(f"{row[k]:.2f}" for k in layers)] for name, row in rows.items()))
        for net, rows in found.items()
    )


def _faithfulness_page(found: dict[str, Any]) -> str:
    return "\n\n".join(
        _rows(
            [net, "deletion", "insertion"],
            ([name, *map(_with_interval, row.values())] for name, row in rows.items()),
        )
        for net, rows in found.items()
    )


def _audit_page(found: dict[str, Any]) -> str:
    rows = []
    for name in SHARES:
        for group in found["groups"][name][0]:
            right = [run[group]["accuracy"][0] for run in found["groups"][name]]
            rows.append([name, group, f"{sum(right) / len(right):.3f}", f"{min(right):.3f}–{max(right):.3f}"])
        for place in REGIONS:
            right = [run[place][0] for run in found["regions"][name]]
            rows.append([name, place, f"{sum(right) / len(right):.3f}", f"{min(right):.3f}–{max(right):.3f}"])
    return _rows(["data", "group or region", "accuracy", "from–to"], rows)

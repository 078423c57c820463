"""Drawn medical scans: grey tissue with one of two findings, taken by one of two scanners."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import ndimage

from coursekit.datasets.scenes.batch import Scenes, collect
from coursekit.datasets.scenes.camera import sensor
from coursekit.datasets.scenes.scene import Picture
from coursekit.datasets.scenes.world import check_request, label_of

FINDINGS: tuple[str, ...] = ("spot", "ring")


def scans(n: int, *, seed: int = 0, size: int = 32, scanner: str | dict[str, str] | None = None) -> Scenes:
    """Draw n scans of tissue with a spot or a ring.

    Scan i depends on the seed and on i alone; the scanner changes nothing but its own fixed pattern, each
    pixel's gain.

    Args:
        n: how many, at least 1.
        seed: at least 0.
        size: width and height in pixels, 32 to 512.
        scanner: "A" or "B" for all, or a dict from finding to scanner (a confounder); by default either, with
            even odds whatever the finding.

    Returns:
        Scenes with grey images (n, 3, size, size); `masks` are the findings.

    Raises:
        ValueError: a number out of range, or an unknown scanner or finding.
    """
    check_request(n, seed, size)
    _check(scanner)
    pictures, records, labels = [], [], []
    for index in range(n):
        label = label_of(seed, index, len(FINDINGS))
        rng = np.random.default_rng([seed, index, 21])
        drawn = "AB"[int(rng.integers(2))]
        own = scanner.get(FINDINGS[label], drawn) if isinstance(scanner, dict) else scanner or drawn
        pictures.append(_scan(FINDINGS[label], own, size, rng))
        records.append({"label": FINDINGS[label], "seed": seed, "index": index, "scanner": own})
        labels.append(label)
    return collect(pictures, records, labels, FINDINGS)


def _scan(finding: str, scanner: str, size: int, rng: np.random.Generator) -> Picture:
    y, x = np.mgrid[:size, :size] + 0.5
    tissue = ndimage.gaussian_filter(rng.standard_normal((size, size)), 0.1 * size, mode="wrap")
    radius = rng.uniform(0.13, 0.19) * size
    middle = rng.uniform(0.25, 0.75, 2) * size
    distance = np.hypot(x - middle[0], y - middle[1])
    inside = np.clip(radius - distance + 0.5, 0, 1)
    if finding == "ring":
        inside *= np.clip(distance - 0.5 * radius + 0.5, 0, 1)
    light = 0.42 + 0.06 * tissue / tissue.std() + 0.25 * inside
    taken = light * sensor(scanner, size)[:, :, 0] + 0.01 * rng.standard_normal((size, size))
    grey = (np.clip(taken, 0, 1) * 255 + 0.5).astype(np.uint8)
    instances = (distance < radius).astype(np.uint8)
    return Picture(np.repeat(grey[:, :, None], 3, axis=2), np.zeros_like(instances), instances)


def _check(scanner: Any) -> None:
    tied = scanner if isinstance(scanner, dict) else {finding: scanner for finding in FINDINGS if scanner}
    if not all(name in FINDINGS and own in ("A", "B") for name, own in tied.items()):
        raise ValueError(
            f"scanner={scanner!r}: give 'A' or 'B', or a dict from {' and '.join(FINDINGS)} to them."
        )

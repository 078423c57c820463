"""Faces with and without glasses, for audits: all that differs between the classes are the glasses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch

from coursekit.datasets.scenes.batch import Scenes
from coursekit.datasets.scenes.world import draw

__all__ = ["GLASSES", "portraits"]

GLASSES = ("no glasses", "glasses")
_LABELS = 9  # seeds which faces wear them


def portraits(n: int, *, seed: int = 0, size: int = 48, **factors: Any) -> Scenes:
    """Draw n faces, close up; half of them at random, whatever the face, wear glasses.

    Scene i depends on the seed and on i alone.

    Args:
        n: how many, at least 1.
        seed: at least 0.
        size: width and height in pixels, 32 to 512.
        **factors: a value for all faces, or a list of n values, such as `skin`, a tone from 1 to 6, or
            `light`; else random.

    Returns:
        Scenes with the classes "no glasses" and "glasses".

    Raises:
        ValueError: for an unknown factor or value.
    """
    streams = (np.random.default_rng([seed, k, _LABELS]) for k in range(n))
    labels = [int(rng.random() < 0.5) for rng in streams]
    wear = [None if label else "glasses" for label in labels]
    close = {"classes": ("face",), "scale": 0.7, "glasses": True, "without": wear, "weather": "clear"}
    scenes = draw(n, seed=seed, size=size, **{**close, **factors})
    records = [f | {"label": GLASSES[label]} for f, label in zip(scenes.factors, labels, strict=True)]
    return replace(scenes, labels=torch.tensor(labels), factors=records, classes=GLASSES)

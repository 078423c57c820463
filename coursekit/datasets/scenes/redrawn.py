"""The same scenes at another size: they are drawings, so a large one shows more than an enlarged one."""

from __future__ import annotations

from typing import Any

from coursekit.datasets.scenes.batch import Scenes, collect
from coursekit.datasets.scenes.factors import FACTORS
from coursekit.datasets.scenes.objects import CLASSES
from coursekit.datasets.scenes.scene import Picture, Subject, compose
from coursekit.datasets.scenes.world import SECOND, check_request

__all__ = ["redrawn"]


def redrawn(scenes: Scenes, *, size: int = 384) -> Scenes:
    """Return the same scenes, drawn anew at another size: what the net sees at 128 pixels, for people.

    Objects, places and weather are the same; the camera's noise has the same strength, in finer grains. Of a
    film, all frames have the rain and the noise of the first.

    Args:
        scenes: N that ``draw``, ``sweep``, ``pair`` or ``clip`` returned, or some of these.
        size: width and height in pixels, 32 to 512.

    Returns:
        Scenes with images (N, 3, size, size) and masks of that size, on the same device.

    Raises:
        ValueError: a scene of another kind, such as a scan, a portrait or a street, or a size out of range.
    """
    check_request(max(len(scenes), 1), 0, size)
    pictures = [_redrawn(record, size) for record in scenes.factors]
    again = collect(pictures, scenes.factors, scenes.labels.tolist(), scenes.classes)
    return again.to(scenes.images.device)


def _redrawn(record: dict[str, Any], size: int) -> Picture:
    known = {"label", "seed", "index", "second", *FACTORS}
    if record.get("label") not in CLASSES or not FACTORS.keys() <= record.keys() <= known:
        raise ValueError(
            f"scenes: {record.get('label')!r} has another record than a drawn scene, {', '.join(record)};"
            " wanted scenes of draw, sweep, pair or clip"
        )
    key = record["seed"], record["index"]
    subjects = [Subject(record["label"], record, key)]
    if "second" in record:
        second = record["second"]
        subjects.append(Subject(second["label"], second, (*key, SECOND)))
    return compose(size, subjects)

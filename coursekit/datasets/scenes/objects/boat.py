"""Drawing of a boat."""

from __future__ import annotations

import numpy as np

from coursekit.datasets.scenes.objects.fittings import pane
from coursekit.datasets.scenes.palette import BLACK, GLASS, WHITE, darker, lighter
from coursekit.datasets.scenes.pen import Pen
from coursekit.datasets.scenes.shapes import Point, box, oval, rounded, spread

_SPAR = (122, 84, 52)


def boat(pen: Pen) -> None:
    """A boat: with one or two sails, or a cabin with a funnel."""
    kind = pen.pick(("sloop", "sloop", "ketch", "tug"))
    deep, bow = pen.uniform(0.26, 0.36), pen.uniform(0.02, 0.16)
    if kind == "tug":
        _cabin(pen)
    else:
        _sails(pen, kind == "ketch")
    foot = 0.34 + deep
    hull = [(-0.92, 0.3), (-0.4, 0.34), (0.4, 0.34), (1.06, 0.3 - bow), (0.78, foot), (-0.7, foot)]
    pen.shape("hull", rounded(hull, 1), pen.main, painted=True)
    pen.line("stripe", [(-0.88, 0.37), (0.4, 0.40), (0.98, 0.35 - 0.6 * bow)], 0.07, pen.accent)
    keel = [(-0.74, 0.34 + 0.72 * deep), (0.84, 0.34 + 0.72 * deep), (0.77, foot), (-0.69, foot)]
    pen.shape("hull", keel, darker(pen.main, 0.4), outline=False)
    if pen.chance(0.5):
        for x in spread(-0.45, 0.45, pen.count(2, 4)):
            pen.shape("window", oval(x, 0.5, 0.065, 0.065), GLASS)


def _sails(pen: Pen, two: bool) -> None:
    top, at = pen.uniform(-1.15, -0.85), pen.uniform(-0.12, 0.12)
    pen.shape("mast", box(at - 0.03, top, at + 0.03, 0.36), _SPAR)
    cloth = pen.pick((WHITE, lighter(pen.accent, 0.55), pen.accent))
    belly = pen.uniform(0.02, 0.14)
    peak, clew, tack = (at - 0.06, top + 0.06), (at - 0.76, 0.2), (at - 0.06, 0.2)
    pen.shape("sail", np.concatenate([[peak], _bend(peak, clew, -belly), [tack]]), cloth, painted=True)
    if two:
        peak, clew, tack = (at + 0.07, top + 0.2), (at + 0.8, 0.22), (at + 0.07, 0.22)
        fore = pen.pick((cloth, lighter(pen.main, 0.5)))
        pen.shape("sail", np.concatenate([[peak], _bend(peak, clew, belly), [tack]]), fore)
    pen.shape("flag", [(at, top), (at + 0.26, top + 0.07), (at, top + 0.15)], pen.main)


def _bend(a: Point, b: Point, belly: float) -> np.ndarray:
    """The way from a to b, bulging sideways by `belly`."""
    t = np.linspace(0.1, 1, 8)[:, None]
    way = np.array(a) + t * (np.array(b) - np.array(a))
    return way + np.hstack([1.6 * belly * np.sin(np.pi * t), np.zeros_like(t)])


def _cabin(pen: Pen) -> None:
    top = pen.uniform(-0.42, -0.22)
    wide = pen.uniform(0.36, 0.5)
    for x in (-0.22, 0.06)[: pen.count(1, 2)]:
        pen.shape("chimney", box(x - 0.09, top - 0.42, x + 0.09, top + 0.05), pen.accent)
        pen.shape("chimney", box(x - 0.1, top - 0.42, x + 0.1, top - 0.3), BLACK, outline=False)
    pen.shape("cabin", rounded(box(-wide - 0.1, top, wide - 0.05, 0.36), 1), WHITE)
    lid = box(-wide - 0.2, top - 0.08, wide + 0.05, top + 0.05)
    pen.shape("roof", rounded(lid, 1), darker(pen.accent, 0.15))
    for x in spread(-wide + 0.06, wide - 0.24, pen.count(2, 3)):
        left, right, sill = x - 0.1, x + 0.1, top + 0.36
        pane(pen, [(left, top + 0.13), (right, top + 0.13), (right, sill), (left, sill)])
    pen.shape("mast", box(0.6, -0.55, 0.645, 0.34), _SPAR)
    pen.shape("flag", [(0.645, -0.55), (0.95, -0.45), (0.645, -0.33)], pen.main)

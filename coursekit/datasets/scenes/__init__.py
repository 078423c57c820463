"""The procedural world: scenes with an object, exact masks of its parts, and every factor under control."""

from coursekit.datasets.scenes.batch import Scenes
from coursekit.datasets.scenes.factors import FACTORS
from coursekit.datasets.scenes.objects import CLASSES
from coursekit.datasets.scenes.pen import PARTS
from coursekit.datasets.scenes.portraits import GLASSES, portraits
from coursekit.datasets.scenes.redrawn import redrawn
from coursekit.datasets.scenes.stylised import Conflict, cue_conflict, stylised
from coursekit.datasets.scenes.traffic import traffic
from coursekit.datasets.scenes.world import clip, draw, pair, sweep

__all__ = [
    "CLASSES",
    "FACTORS",
    "GLASSES",
    "PARTS",
    "Conflict",
    "Scenes",
    "clip",
    "cue_conflict",
    "draw",
    "pair",
    "portraits",
    "redrawn",
    "stylised",
    "sweep",
    "traffic",
]

"""The procedural world: scenes with an object, exact masks of its parts, and every factor under control."""

from coursekit.scenes.batch import Scenes
from coursekit.scenes.factors import FACTORS
from coursekit.scenes.objects import CLASSES
from coursekit.scenes.pen import PARTS
from coursekit.scenes.portraits import GLASSES, portraits
from coursekit.scenes.stylised import Conflict, cue_conflict, stylised
from coursekit.scenes.traffic import traffic
from coursekit.scenes.world import clip, draw, pair, sweep

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
    "stylised",
    "sweep",
    "traffic",
]

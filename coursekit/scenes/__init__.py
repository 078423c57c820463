"""The procedural world: scenes with an object, exact masks of its parts, and every factor under control."""

from coursekit.scenes.batch import Scenes
from coursekit.scenes.factors import FACTORS
from coursekit.scenes.objects import CLASSES
from coursekit.scenes.pen import PARTS
from coursekit.scenes.traffic import traffic
from coursekit.scenes.world import clip, draw, pair, sweep

__all__ = ["CLASSES", "FACTORS", "PARTS", "Scenes", "clip", "draw", "pair", "sweep", "traffic"]

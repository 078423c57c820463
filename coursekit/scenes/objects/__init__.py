"""The things to recognise: one drawing function per class."""

from __future__ import annotations

from collections.abc import Callable

from coursekit.scenes.objects.boat import boat
from coursekit.scenes.objects.car import car
from coursekit.scenes.objects.face import face
from coursekit.scenes.objects.fish import fish
from coursekit.scenes.objects.flower import flower
from coursekit.scenes.objects.house import house
from coursekit.scenes.objects.mushroom import mushroom
from coursekit.scenes.objects.rocket import rocket
from coursekit.scenes.objects.tank import tank
from coursekit.scenes.objects.tree import tree
from coursekit.scenes.pen import Pen

OBJECTS: dict[str, Callable[[Pen], None]] = {
    "car": car,
    "tank": tank,
    "house": house,
    "tree": tree,
    "fish": fish,
    "boat": boat,
    "face": face,
    "flower": flower,
    "rocket": rocket,
    "mushroom": mushroom,
}
CLASSES: tuple[str, ...] = tuple(OBJECTS)

# The mean area of each drawing in square units: it makes `scale` mean the same for all classes.
AREA: dict[str, float] = {
    "car": 1.36,
    "tank": 2.16,
    "house": 2.42,
    "tree": 1.57,
    "fish": 1.63,
    "boat": 1.80,
    "face": 2.83,
    "flower": 1.63,
    "rocket": 1.35,
    "mushroom": 1.83,
}

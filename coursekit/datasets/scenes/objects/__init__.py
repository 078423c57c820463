"""The things to recognise: one drawing function per class."""

from __future__ import annotations

from collections.abc import Callable

from coursekit.datasets.scenes.objects.boat import boat
from coursekit.datasets.scenes.objects.car import car
from coursekit.datasets.scenes.objects.face import face
from coursekit.datasets.scenes.objects.fish import fish
from coursekit.datasets.scenes.objects.flower import flower
from coursekit.datasets.scenes.objects.house import house
from coursekit.datasets.scenes.objects.mushroom import mushroom
from coursekit.datasets.scenes.objects.rocket import rocket
from coursekit.datasets.scenes.objects.tank import tank
from coursekit.datasets.scenes.objects.tree import tree
from coursekit.datasets.scenes.pen import Pen

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

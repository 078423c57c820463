"""The canvas: the picture in the making, with the maps of what is seen where."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from coursekit.datasets.scenes.backgrounds import Place
from coursekit.datasets.scenes.rasterise import Sprite

_FLAT, _SHEAR = 0.30, 0.55  # a shadow's length, and how far it leans, as shares of the object's height
_DARK = {"day": 0.42, "dusk": 0.378, "night": 0.231}
_ROOM = 3  # rows below the foot and columns beside it, for the soft edge


@dataclass(slots=True)
class Canvas:
    """A picture to which things are added from back to front."""

    place: Place
    picture: np.ndarray  # (S, S, 3) float32, 0…255
    parts: np.ndarray  # (S, S) uint8: number of the part that is seen, 0 for none
    instances: np.ndarray  # (S, S) uint8: 1 for the first object, 2 for the second …, 0 for none

    def put(self, sprite: Sprite, instance: int = 0) -> None:
        """Add a sprite; it belongs to an object by its number, or to none and only hides what is behind."""
        h, w = sprite.alpha.shape
        where = np.s_[sprite.top : sprite.top + h, sprite.left : sprite.left + w]
        view = self.picture[where]
        view += (sprite.rgb - view) * sprite.alpha[:, :, None]
        solid = sprite.parts > 0
        self.parts[where][solid] = sprite.parts[solid] if instance else 0
        self.instances[where][solid] = instance

    def shade(self, sprite: Sprite) -> None:
        """Add the soft shadow that a sprite will cast on the ground: its silhouette, laid down."""
        place = self.place
        soft, left, top = _shadow(sprite, place)
        y0, y1 = max(top, int(place.horizon * place.size) + 1), min(top + soft.shape[0], place.size)
        x0, x1 = max(left, 0), min(left + soft.shape[1], place.size)
        if y1 > y0 and x1 > x0:
            strength = np.float32(_DARK[place.light] * (1 - place.air.haze) / 255)
            dark = soft[y0 - top : y1 - top, x0 - left : x1 - left, None] * strength
            self.picture[y0:y1, x0:x1] *= 1 - dark * np.array((1.0, 0.95, 0.85), np.float32)


def _shadow(sprite: Sprite, place: Place) -> tuple[np.ndarray, int, int]:
    """A shadow's darkness (h, w) in 0…255, and where its left and top are in the picture."""
    h, w = sprite.alpha.shape
    shear = -_SHEAR * place.sun
    foot, beside = int(_FLAT * h) + _ROOM, int(_SHEAR * h)
    left_of = 4 + (beside if shear < 0 else 0)
    silhouette = Image.fromarray((sprite.alpha * 255).astype(np.uint8))
    step = 1 / _FLAT  # rows of the object for each row of the shadow
    to_object = (1, shear * step, -left_of - shear * step * foot, 0, step, h - step * foot)
    laid = silhouette.transform(
        (w + beside + 8, foot + _ROOM), Image.Transform.AFFINE, to_object, Image.Resampling.BILINEAR
    )
    soft = laid.filter(ImageFilter.BoxBlur(max(0.6, 0.012 * place.size)))
    return np.asarray(soft, np.float32), sprite.left - left_of, sprite.top + h - foot

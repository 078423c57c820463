"""Rasterising: a drawing becomes a small antialiased picture with one part number per pixel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from coursekit.datasets.scenes.palette import RGB, darker, lighter
from coursekit.datasets.scenes.pen import PART_ID, Shape
from coursekit.datasets.scenes.shapes import Point, turn

OUTLINE = 0.028  # width of the rim, in object units
_SHRINK = np.array([0.80, 0.55, 0.28])[:, None, None]  # the lighter insides of a soft shape …
_SHARES = (0.12, 0.26, 0.40)  # … and how much lighter they are

Box = tuple[float, float, float, float]  # left, top, right, bottom, in pixels
Tone = Callable[[np.ndarray, np.ndarray], np.ndarray]  # colours (k, 3), which of them glow (k,) → (k, 3)


@dataclass(slots=True)
class Sprite:
    """A drawn object, cut out: what it covers of the picture, and with which part."""

    left: int
    top: int
    rgb: np.ndarray  # (h, w, 3) float32, 0…255
    alpha: np.ndarray  # (h, w) float32, coverage 0…1
    parts: np.ndarray  # (h, w) uint8, the part in the middle of the pixel, 0 for none


@dataclass(slots=True)
class Pattern:
    """What painted shapes bear: `cut(pixels per unit, width, height)` gives its opacity (L image)."""

    cut: Callable[[float, int, int], Image.Image]
    colour: RGB


@dataclass(slots=True)
class Pose:
    """Where the drawing goes: `grow` picture pixels per object unit, then turned, then moved."""

    grow: float
    angle: float = 0.0  # degrees
    mirror: bool = False
    shift: Point = (0.0, 0.0)  # pixels

    def apply(self, points: np.ndarray) -> np.ndarray:
        """Object units (k, 2) to picture pixels (k, 2)."""
        flipped = points * ((-self.grow, self.grow) if self.mirror else (self.grow, self.grow))
        return (turn(flipped, self.angle) if self.angle else flipped) + self.shift

    def back(self, direction: Point) -> np.ndarray:
        """A direction on the picture (2,) as one in object units."""
        x, y = turn(np.array([direction]), -self.angle)[0].tolist()
        return np.array([-x if self.mirror else x, y])


@dataclass(slots=True)
class Fills:
    """A drawing ready to be filled in, polygon by polygon: rims, faces and lighter insides in order."""

    points: np.ndarray  # (k, 2), all polygons one after the other, object units
    ends: list[int]  # where each polygon ends in `points`
    parts: list[int]  # its part's number
    colours: np.ndarray  # (polygons, 3)
    glows: np.ndarray  # (polygons,) bool
    painted: list[bool]


def lit_side(sun: float) -> Point:
    """Where the lightest spot of a soft shape is, from its middle, as a share of its reach; y points down."""
    return 0.42 * sun, -0.47


def extent(drawing: Sequence[Shape], pose: Pose) -> Box:
    """The drawing's bounding box in pixels: left, top, right, bottom (rim included)."""
    points = pose.apply(np.concatenate([s.points for s in drawing]))
    (left, top), (right, bottom) = points.min(0).tolist(), points.max(0).tolist()
    rim = OUTLINE * pose.grow
    return left - rim, top - rim, right + rim, bottom + rim


def prepare(drawing: Sequence[Shape], light: np.ndarray, rim: float = 0.55) -> Fills:
    """Add rims and lighter insides to the shapes of a drawing.

    `light` (2,) points to the light, in object units; `rim` in [0, 1] is how dark outlines are.
    """
    points = np.concatenate([s.points for s in drawing])
    counts = np.array([len(s.points) for s in drawing])
    ends = np.cumsum(counts)
    rims, insides = _rims(points, counts, ends), _insides(points, counts, ends, light)
    chunks, numbers, colours, glows, painted = [], [], [], [], []
    for shape, end, count in zip(drawing, ends.tolist(), counts.tolist(), strict=True):
        where = slice(end - count, end)
        layers = [(rims[where], darker(shape.colour, rim))] if shape.outline else []
        layers.append((points[where], shape.colour))
        if shape.soft:
            layers += [(insides[k, where], lighter(shape.colour, t)) for k, t in enumerate(_SHARES)]
        for batch_size, colour in layers:
            chunks.append(batch_size)
            colours.append(colour)
            numbers.append(PART_ID[shape.part])
            glows.append(shape.glow)
            painted.append(False)
        painted[-1] = shape.painted
    lengths = [len(c) for c in chunks]
    return Fills(
        np.concatenate(chunks),
        np.cumsum(lengths).tolist(),
        numbers,
        np.array(colours),
        np.array(glows),
        painted,
    )


def _rims(points: np.ndarray, counts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """All polygons grown by the outline along their normals, whichever way round they run."""
    starts = ends - counts
    after, before = np.arange(1, len(points) + 1), np.arange(-1, len(points) - 1)
    after[ends - 1], before[starts] = starts, ends - 1
    following = points[after]
    along = following - points[before]
    length = np.maximum(np.sqrt((along * along).sum(1)), 1e-6)
    turning = np.add.reduceat(points[:, 0] * following[:, 1] - points[:, 1] * following[:, 0], starts)
    width = np.repeat(np.where(turning > 0, OUTLINE, -OUTLINE), counts) / length
    return points + np.stack([along[:, 1] * width, -along[:, 0] * width], 1)


def _insides(points: np.ndarray, counts: np.ndarray, ends: np.ndarray, light: np.ndarray) -> np.ndarray:
    """Three smaller copies (3, k, 2) of all polygons, moved towards the light."""
    starts = ends - counts
    centre = np.repeat(np.add.reduceat(points, starts) / counts[:, None], counts, 0)
    spoke = points - centre
    reach = np.sqrt(np.add.reduceat((spoke * spoke).sum(1), starts) / counts)
    towards = np.repeat(reach, counts)[:, None] * light
    return centre + spoke * _SHRINK + towards * (1 - _SHRINK)


def oversampling(size: int) -> int:
    """How many samples a pixel has per side: small pictures need more for smooth edges."""
    return 4 if size <= 64 else 3 if size <= 192 else 2


def rasterise(
    fills: Fills, pose: Pose, size: int, tone: Tone, sun: float, pattern: Pattern | None = None
) -> Sprite | None:
    """Draw in a picture of `size` pixels; None if nothing of the drawing is inside.

    `sun` is -1 for light from the left, 1 from the right, 0 for none that would round the object.
    """
    points = pose.apply(fills.points)
    (left, top), (right, bottom) = points.min(0).tolist(), points.max(0).tolist()
    x0, y0 = max(int(left // 1), 0), max(int(top // 1), 0)
    x1, y1 = min(int(right // 1) + 1, size), min(int(bottom // 1) + 1, size)
    if x1 <= x0 or y1 <= y0:
        return None
    fine = oversampling(size)
    # The fourth channel holds the part number instead of opacity: one drawing call gives colour and mask.
    image = Image.new("RGBA", ((x1 - x0) * fine, (y1 - y0) * fine), (0, 0, 0, 0))
    placed = (points - (x0, y0)) * fine - 0.5
    _fill(image, fills, placed, tone, pattern, pose.grow * fine)
    return _reduce(image, x0, y0, fine, sun)


def _fill(
    image: Image.Image, fills: Fills, points: np.ndarray, tone: Tone, pattern: Pattern | None, unit: float
) -> None:
    brush = ImageDraw.Draw(image)
    flat = points.ravel().tolist()
    colours = tone(fills.colours, fills.glows).tolist()
    start = 0
    for end, part, colour, painted in zip(fills.ends, fills.parts, colours, fills.painted, strict=True):
        brush.polygon(flat[2 * start : 2 * end], fill=(*colour, part))
        if painted and pattern is not None:
            ink = tone(np.array([pattern.colour]), np.array([False]))[0].tolist()
            _decorate(image, points[start:end], pattern, unit, (*ink, part))
        start = end


def _decorate(
    image: Image.Image, points: np.ndarray, pattern: Pattern, unit: float, ink: tuple[int, ...]
) -> None:
    x0, y0 = np.maximum(np.floor(points.min(0)), 0).astype(int).tolist()
    x1, y1 = np.minimum(np.ceil(points.max(0)) + 1, image.size).astype(int).tolist()
    if x1 <= x0 or y1 <= y0:
        return
    inside = Image.new("L", (x1 - x0, y1 - y0), 0)
    ImageDraw.Draw(inside).polygon((points - (x0, y0)).ravel().tolist(), fill=255)
    image.paste(ink, (x0, y0, x1, y1), ImageChops.multiply(inside, pattern.cut(unit, x1 - x0, y1 - y0)))


def _reduce(image: Image.Image, left: int, top: int, fine: int, sun: float) -> Sprite:
    number = image.getchannel("A")
    image.putalpha(ImageChops.add(number, number, scale=0.005))  # any part at all: opaque
    small = image.reduce(fine)
    parts = np.asarray(number.resize(small.size, Image.Resampling.NEAREST))
    pixels = np.asarray(small)
    alpha = pixels[:, :, 3] * np.float32(1 / 255)
    rgb = pixels[:, :, :3].astype(np.float32)
    if sun:
        rgb *= _relief(small.getchannel("A"), sun)[:, :, None]
    return Sprite(left, top, rgb, alpha, parts)


def _relief(alpha: Image.Image, sun: float) -> np.ndarray:
    """Brightness (h, w) of a rounded body: edges towards the light are brighter, those away darker."""
    w, h = alpha.size
    reach = max(1, round(0.06 * max(w, h)))
    wide = Image.new("L", (w + 4 * reach, h + 4 * reach), 0)
    wide.paste(alpha, (2 * reach, 2 * reach))
    blurred = np.asarray(wide.filter(ImageFilter.BoxBlur(reach * 0.9))).astype(np.float32)
    dx = round(sun * reach)
    near = blurred[reach : reach + h, 2 * reach + dx : 2 * reach + dx + w]
    far = blurred[3 * reach : 3 * reach + h, 2 * reach - dx : 2 * reach - dx + w]
    return 1 + (far - near) * np.float32(0.30 / 255)

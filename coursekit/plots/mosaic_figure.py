"""A figure that knows where its panels lie, so that their pixels can be stored as they were computed."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from coursekit.plots.pixels import Pixels

__all__ = ["PlacedPanel", "paste_exactly"]


@dataclass(frozen=True)
class PlacedPanel:
    """A picture, and where it lies in its figure.

    Attributes:
        pixels: (H, W, 3) in bytes, as they were computed.
        left: pixels on the screen from the figure's left to the picture's.
        top: pixels on the screen from the figure's top to the picture's.
        width: pixels on the screen that the picture is wide.
        height: pixels on the screen that the picture is high.
    """

    pixels: Pixels
    left: int
    top: int
    width: float
    height: float


class MosaicFigure(Figure):
    """A matplotlib figure with panels, whose page keeps its width when it is stored."""

    def __init__(self, panels: list[PlacedPanel], **settings: object) -> None:
        super().__init__(**settings)  # type: ignore[arg-type]
        self.panels = panels


def paste_exactly(
    canvas: Pixels, panels: list[PlacedPanel], origin: tuple[int, int], density: int, paper: Sequence[int]
) -> list[dict[str, int]]:
    """Put panels into a drawn figure, each pixel as a square of pixels, and say where they lie.

    A panel that was drawn larger than a whole number of times becomes a little smaller, in the middle of
    where it was.

    Args:
        canvas: the drawn figure (H, W, 3), which is changed.
        panels: what lies in it.
        origin: column and row of the canvas at which the figure begins.
        density: pixels of the canvas for each on the screen.
        paper: red, green and blue of the ground, 0 to 255.

    Returns:
        For each panel, in pixels of the canvas: left, top, width, height, and by how much it is enlarged.

    Raises:
        ValueError: a panel has more pixels than there is room for.
    """
    return [_paste(canvas, panel, origin, density, paper) for panel in panels]


def _paste(
    canvas: Pixels, panel: PlacedPanel, origin: tuple[int, int], density: int, paper: Sequence[int]
) -> dict[str, int]:
    height, width = panel.pixels.shape[:2]
    room = round(panel.width * density), round(panel.height * density)
    enlarged = min(room[0] // width, room[1] // height)
    if not enlarged:
        raise ValueError(
            f"lossless: a panel of {width} × {height} pixels has room for {room[0]} × {room[1]};"
            " show fewer to a row"
        )
    x, y = origin[0] + panel.left * density, origin[1] + panel.top * density
    canvas[y : y + room[1], x : x + room[0]] = paper
    size = enlarged * width, enlarged * height
    left, top = x + (room[0] - size[0]) // 2, y + (room[1] - size[1]) // 2
    wide = panel.pixels.repeat(enlarged, axis=0).repeat(enlarged, axis=1)
    canvas[top : top + size[1], left : left + size[0]] = wide
    return {"left": left, "top": top, "width": size[0], "height": size[1], "enlarged": enlarged}

"""Draws rows of panels, with their titles above and the rows' names at the left."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from PIL import ImageColor

from coursekit.plots.layout import GAP, Page, Panel, Place, place_panels, wrap
from coursekit.plots.mosaic_figure import MosaicFigure, PlacedPanel
from coursekit.plots.output import SCREEN
from coursekit.plots.pixels import Pixels
from coursekit.plots.theme import Theme, style

__all__ = ["add_panel", "draw_mosaic", "mosaic", "new_figure"]

_WIDGET = Page(width=960, height=1000, largest=256, smallest=16, density=1, tight=True)


def mosaic(rows: Sequence[Sequence[Panel]], labels: Sequence[str] = (), *, margin: int = 0) -> MosaicFigure:
    """Return rows of panels of one size for a widget: small enough to be drawn at once.

    Args:
        rows: the panels; their pictures have one shape of frame, but may differ in resolution.
        labels: what stands at the left of each row.
        margin: pixels to leave free at the right.

    Returns:
        The figure, no wider than its panels.

    Raises:
        ValueError: there is no panel, or too many to a row.
    """
    page = Page(**{**vars(_WIDGET), "margin": margin})
    return draw_mosaic(rows, labels, page)


def draw_mosaic(
    rows: Sequence[Sequence[Panel]],
    labels: Sequence[str],
    page: Page,
    *,
    smooth: bool = False,
    big: float = 1,
) -> MosaicFigure:
    """Return rows of panels of one size on a page.

    Args:
        rows: the panels; their pictures have one shape of frame, but may differ in resolution.
        labels: what stands at the left of each row.
        page: what they are laid out on.
        smooth: enlarge smoothly, as a photograph.
        big: times the size of the theme's type.

    Returns:
        The figure; ``show`` brings it into a notebook.

    Raises:
        ValueError: there is no panel, or too many to a row.
    """
    if not rows or not rows[0]:
        raise ValueError("there is no picture to show; wanted at least one")
    with style(big) as theme:
        place = place_panels(rows, labels, page, theme)
        figure, axes = new_figure(place.width, place.height, page.density)
        for row, (panels, top) in enumerate(zip(rows, place.tops, strict=True)):
            for column, panel in enumerate(panels):
                left = place.left + column * place.pitch + round((place.pitch - GAP - place.panel_width) / 2)
                _draw_panel(figure, axes, panel, (left, top), place, theme, smooth=smooth)
            if labels:
                middle = top + place.panel_height / 2
                axes.text(place.left - GAP, middle, place.labels[row], ha="right", va="center")
    return figure


def new_figure(width: int, height: int, density: int) -> tuple[MosaicFigure, Axes]:
    """Return a figure, and axes over all of it that count pixels on the screen from its top left corner.

    Args:
        width: of the figure, in pixels on the screen.
        height: of the figure, in pixels on the screen.
        density: stored pixels for each on the screen.

    Returns:
        The figure, without panels, and its axes.
    """
    figure = MosaicFigure([], figsize=(width / SCREEN, height / SCREEN), dpi=density * SCREEN)
    axes = figure.add_axes(
        (0, 0, 1, 1), xlim=(0, width), ylim=(height, 0), frame_on=False, autoscale_on=False
    )
    axes.set_axis_off()
    return figure, axes


def add_panel(
    figure: MosaicFigure,
    axes: Axes,
    pixels: Pixels,
    corner: tuple[int, int],
    size: tuple[float, float],
    theme: Theme,
    *,
    smooth: bool = False,
) -> None:
    """Draw a picture into axes of ``new_figure``, with a hairline where it would run into the paper.

    Args:
        figure: which remembers the panel.
        axes: those of the whole figure.
        pixels: the picture (H, W, 3).
        corner: left and top, in pixels on the screen.
        size: width and height, in pixels on the screen.
        theme: whose paper lies below.
        smooth: enlarge smoothly, as a photograph.
    """
    (left, top), (width, height) = corner, size
    figure.panels.append(PlacedPanel(pixels, left, top, width, height))
    # "auto" is nearest-neighbour wherever pixels are enlarged evenly, and smooths only what must shrink.
    axes.imshow(
        pixels,
        extent=(left, left + width, top + height, top),
        interpolation="bicubic" if smooth else "auto",
        aspect="auto",
    )
    if _is_pale(pixels, theme):
        faint = theme.colours.faint
        axes.add_patch(
            Rectangle(
                (left - 0.5, top - 0.5), width + 1, height + 1, fill=False, edgecolor=faint, linewidth=0.7
            )
        )
    axes.set(xlim=(0, figure.get_figwidth() * SCREEN), ylim=(figure.get_figheight() * SCREEN, 0))


def _is_pale(pixels: Pixels, theme: Theme) -> bool:
    """Whether much of a picture's border cannot be told from the paper."""
    paper = ImageColor.getrgb(theme.colours.paper)
    edges = (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1])
    near = [(abs(edge.astype(int) - paper).max(axis=1) < 24).mean() for edge in edges]
    return sum(near) / 4 > 0.25


def _draw_panel(
    figure: MosaicFigure,
    axes: Axes,
    panel: Panel,
    corner: tuple[int, int],
    place: Place,
    theme: Theme,
    *,
    smooth: bool,
) -> None:
    size = place.panel_width, place.panel_height
    add_panel(figure, axes, panel.pixels, corner, size, theme, smooth=smooth)
    axes.text(
        corner[0] + place.panel_width / 2,
        corner[1] - 0.4 * theme.em,
        wrap(panel.title, place.pitch - GAP, theme.em),
        ha="center",
        va="baseline",
        linespacing=1.15,
    )

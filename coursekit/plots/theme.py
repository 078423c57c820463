"""The look of every figure, in one place: type, lines, a palette on white and on black, two colour maps.

``COURSEKIT_THEME=projector`` makes type and lines big enough for the last row; ``light`` is for the desk.
Both have a dark sister: ``projector-dark`` and ``dark``.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import matplotlib
from cycler import cycler
from matplotlib.colors import Colormap, LinearSegmentedColormap

__all__ = ["THEMES", "Colours", "Theme", "heat_colormap", "signed_colormap", "style", "theme"]


@dataclass(frozen=True)
class Colours:
    """What a figure is drawn with.

    Attributes:
        ink: of type and axes.
        paper: of the background.
        faint: of lines that only guide the eye.
        palette: of data. Any two are nine steps of lightness apart, of 100: greyscale keeps them apart, and
            so do the three kinds of colour-blindness.
    """

    ink: str
    paper: str
    faint: str
    palette: tuple[str, ...]


_ON_WHITE = Colours("#1b1b1b", "#ffffff", "#b8b8b8", ("#1a1a5e", "#a3195b", "#1f78b4", "#e0701a", "#5fb8a0"))
_ON_BLACK = Colours("#f2f2f2", "#121216", "#62626b", ("#ffffa8", "#d849a3", "#679dff", "#faac42", "#a7e9c4"))
# A second cue beside the colour, and what tells a sixth line from the first.
_DASHES = ("-", (0, (5, 1.5)), (0, (1.5, 1.5)), (0, (7, 1.5, 1.5, 1.5)), (0, (3, 1)), (0, (9, 3)))


@dataclass(frozen=True)
class Theme:
    """The look of a figure.

    Attributes:
        name: "light", "dark", "projector" or "projector-dark".
        size: type in points; a student sees 100 pixels to the inch.
        line: width of lines in points.
        marker: size of markers in points.
        colours: of everything but pictures and heatmaps.
    """

    name: str
    size: float
    line: float
    marker: float
    colours: Colours

    @property
    def em(self) -> float:
        """Height of the type in pixels, at 100 to the inch."""
        return self.size * 100 / 72


THEMES = {
    theme.name: theme
    for theme in (
        Theme("light", 10.5, 2.0, 5.0, _ON_WHITE),
        Theme("dark", 10.5, 2.0, 5.0, _ON_BLACK),
        Theme("projector", 17.0, 3.5, 9.0, _ON_WHITE),
        Theme("projector-dark", 17.0, 3.5, 9.0, _ON_BLACK),
    )
}


def theme() -> Theme:
    """Return the theme that ``COURSEKIT_THEME`` names, ``light`` when it is not set.

    Returns:
        The theme: "light", "dark", "projector" or "projector-dark".

    Raises:
        ValueError: there is no such theme.
    """
    name = os.environ.get("COURSEKIT_THEME") or "light"
    if name not in THEMES:
        raise ValueError(
            f"COURSEKIT_THEME={name!r}: there is no such theme; wanted one of {', '.join(THEMES)}"
        )
    return THEMES[name]


@contextmanager
def style() -> Iterator[Theme]:
    """Draw in the theme within the block; matplotlib's own settings are as before after it.

    Yields:
        The theme that ``COURSEKIT_THEME`` names.

    Raises:
        ValueError: there is no such theme.
    """
    chosen = theme()
    with matplotlib.rc_context(_settings(chosen)):
        yield chosen


def _settings(chosen: Theme) -> Any:  # matplotlib's type lists every key there is
    type_sizes = ("font.size", "axes.titlesize", "axes.labelsize", "xtick.labelsize", "ytick.labelsize")
    inks = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color")
    dashes = [_DASHES[i % len(_DASHES)] for i in range(30)]
    look = chosen.colours
    colours = [look.palette[i % len(look.palette)] for i in range(30)]
    return {
        **dict.fromkeys(type_sizes, chosen.size),
        **dict.fromkeys(inks, look.ink),
        "font.family": "DejaVu Sans",  # it comes with matplotlib, so a figure is the same everywhere
        "figure.facecolor": look.paper,
        "axes.facecolor": look.paper,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.linewidth": chosen.line / 2,
        "axes.prop_cycle": cycler(color=colours) + cycler(linestyle=dashes),
        "lines.linewidth": chosen.line,
        "lines.markersize": chosen.marker,
    }


def heat_colormap() -> Colormap:
    """Return the colour map for values from 0 up: from black to pale yellow, in perceptually even steps.

    Returns:
        Matplotlib's inferno.
    """
    return matplotlib.colormaps["inferno"]


@cache
def signed_colormap() -> Colormap:
    """Return the colour map for values with a sign: blue against, grey 0, amber for.

    Its lightness rises from end to end, unlike that of the usual red and blue, so that the sign survives
    greyscale and colour-blindness.

    Returns:
        A map for values from −1 to 1, stretched to [0, 1].
    """
    stops = ["#061f5c", "#4468ae", "#878787", "#dca63e", "#ffe98a"]
    return LinearSegmentedColormap.from_list("signed", stops)

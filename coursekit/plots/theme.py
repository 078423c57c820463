"""The look of every figure, in one place: type, lines, a palette on white and on black, two colour maps.

``COURSEKIT_THEME=projector`` makes type and lines big enough for the last row; ``light`` is for the desk.
Both have a dark sister: ``projector-dark`` and ``dark``.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
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
        soft: of type that says what is beside it less loudly, such as numbers on axes.
        hairline: of the grid behind curves, and of what is empty.
        palette: of data. Any two are nine steps of lightness apart, of 100: greyscale keeps them apart, and
            so do the three kinds of colour-blindness.
        plain: of bars that have no sign.
        towards: what speaks for a class, as at one end of the signed colour map.
        against: what speaks against it, as at the other end.
        ground: "white" or "black", the middle of the signed colour map.
    """

    ink: str
    paper: str
    faint: str
    soft: str
    hairline: str
    palette: tuple[str, ...]
    plain: str
    towards: str
    against: str
    ground: str


_ON_WHITE = Colours(
    "#1b1b1b",
    "#ffffff",
    "#b8b8b8",
    "#55555c",
    "#e6e6ea",
    ("#1a1a5e", "#a3195b", "#1f78b4", "#e0701a", "#5fb8a0"),
    plain="#4d5b7c",
    towards="#c8102e",
    against="#0064b8",
    ground="white",
)
_ON_BLACK = Colours(
    "#f2f2f2",
    "#121216",
    "#62626b",
    "#b4b4bf",
    "#2c2c34",
    ("#ffffa8", "#d849a3", "#679dff", "#faac42", "#a7e9c4"),
    plain="#a9b4cc",
    towards="#ff6a4d",
    against="#4fa6ff",
    ground="black",
)
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
def style(big: float = 1) -> Iterator[Theme]:
    """Draw in the theme within the block; matplotlib's own settings are as before after it.

    Args:
        big: times the size of the theme's type.

    Yields:
        The theme that ``COURSEKIT_THEME`` names.

    Raises:
        ValueError: there is no such theme.
    """
    chosen = theme()
    chosen = replace(chosen, size=chosen.size * big)
    with matplotlib.rc_context(_settings(chosen)):
        yield chosen


def _settings(chosen: Theme) -> Any:  # matplotlib's type lists every key there is
    type_sizes = ("font.size", "axes.titlesize", "axes.labelsize", "xtick.labelsize", "ytick.labelsize")
    inks = ("text.color", "ytick.labelcolor")
    softs = ("axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color", "xtick.labelcolor")
    dashes = [_DASHES[i % len(_DASHES)] for i in range(30)]
    look = chosen.colours
    colours = [look.palette[i % len(look.palette)] for i in range(30)]
    return {
        **dict.fromkeys(type_sizes, chosen.size),
        **dict.fromkeys(inks, look.ink),
        **dict.fromkeys(softs, look.soft),
        "font.family": "DejaVu Sans",  # it comes with matplotlib, so a figure is the same everywhere
        "figure.facecolor": look.paper,
        "axes.facecolor": look.paper,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.linewidth": chosen.line / 2.5,
        "axes.titlelocation": "left",
        "axes.titlepad": 0.6 * chosen.size,
        "axes.labelpad": 0.5 * chosen.size,
        "axes.axisbelow": True,
        "grid.color": look.hairline,
        "grid.linewidth": chosen.line / 2.5,
        "xtick.major.size": 3.5,
        "ytick.major.size": 3.5,
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


# In steps of equal size to the eye (CIELAB), from one end over 0 to the other.
_SIGNED = {
    "white": "#004f9b #0088ed #7bb5ff #bfd9ff #ffffff #ffc5b5 #ff907a #f75247 #ae0025",
    "black": "#5eb0ff #0080d5 #004885 #112240 #000000 #420c11 #840019 #d62728 #ff7859",
}


def signed_colormap(ground: str | None = None) -> Colormap:
    """Return the colour map for values with a sign: red for, blue against, and 0 in the middle.

    Zero is white in light themes and black in dark ones, so that a map of nothing is as empty as the paper.
    Red and blue differ for all kinds of colour-blindness; in greyscale only the size is left.

    Args:
        ground: "white" or "black", the colour of 0; that of the theme when None.

    Returns:
        A map for values from −1 to 1, stretched to [0, 1].

    Raises:
        ValueError: there is no such ground.
    """
    chosen = theme().colours.ground if ground is None else ground
    if chosen not in _SIGNED:
        raise ValueError(f"ground: wanted one of {', '.join(_SIGNED)}, got {chosen!r}")
    return _signed(chosen)


@cache
def _signed(ground: str) -> Colormap:
    # An odd number of steps, so that one of them is exactly 0.
    return LinearSegmentedColormap.from_list(f"signed on {ground}", _SIGNED[ground].split(), N=255)

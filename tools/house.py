"""The map of the house: which part may import which, what is in it, and where something new goes.

python -m tools.house        draws docs/house.svg
"""

import ast
from pathlib import Path

from tools import ROOT

__all__ = ["FLOORS", "GOES", "draw", "purpose"]

FLOORS = (
    ("core", "libraries"),
    ("datasets", "models"),
    ("subject", "tables"),
    ("claims", "filters", "attribution"),
    ("attacks", "synthesis", "embeddings", "confounding", "fairness"),
    ("plots",),
    ("widgets",),
    ("exercises",),
    ("workshop",),
)
"""Each part imports from the floors below it, and ``models`` from ``datasets``; the lowest comes first."""
GOES = {
    "an attribution method": "coursekit/attribution/, with @method",
    "an attack": "coursekit/attacks/, with @method",
    "a net of ours": "coursekit/models/networks.py",
    "a drawn picture": "coursekit/datasets/scenes/",
    "a figure": "coursekit/plots/, or widgets/ with sliders",
    "an exercise": "coursekit/exercises/<chapter>/<function>.py",
    "a chapter": "notebooks/src/ + solutions/src/",
    "a measured table": "coursekit/workshop/tables/",
    "a command": "coursekit/workshop/cli.py",
    "a test": "tests/, in the same place as the code",
}
"""Where something new goes."""
_COLOURS = {"exercises": "#fdf1dc", "workshop": "#e8e8ec"}
_WIDTH, _GAP = 100.0, 1.2


def purpose(part: str) -> str:
    """Return the first sentence of a part's docstring."""
    folder = ROOT / "coursekit" / part
    file = folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")
    text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    sentence = text.splitlines()[0].replace("``", "").removeprefix(f"{part.capitalize()}: ")
    return sentence[:1].upper() + sentence[1:]


def draw(path: Path) -> None:
    """Draw the map as an SVG file, the highest floor on top."""
    import textwrap

    import matplotlib as mpl
    from matplotlib.figure import Figure
    from matplotlib.patches import FancyBboxPatch

    mpl.rcParams |= {"svg.fonttype": "none", "svg.hashsalt": "house", "font.family": "sans-serif"}
    figure = Figure((13, 9.2))
    axes = figure.add_axes((0, 0, 1, 1))
    heights = [14.5 if len(parts) > 2 else 7.5 for parts in FLOORS]
    top = sum(heights) + _GAP * len(FLOORS)
    axes.set(xlim=(-1, _WIDTH + 46), ylim=(-1, top + 5))
    axes.axis("off")
    bottom = 0.0
    for height, parts in zip(heights, FLOORS, strict=True):
        width = (_WIDTH - _GAP * (len(parts) - 1)) / len(parts)
        for number, part in enumerate(parts):
            left, roof = number * (width + _GAP), bottom + height
            look = {"fc": _COLOURS.get(part, "#e3eef9"), "ec": "#555555"}
            axes.add_patch(
                FancyBboxPatch((left, bottom), width, height, "round,pad=0,rounding_size=1", **look)
            )
            axes.text(left + 1, roof - 1, part, va="top", weight="bold", size=12)
            about = "\n".join(textwrap.wrap(purpose(part), int(width * 1.05)))
            axes.text(left + 1, roof - 4, about, va="top", size=8.5, linespacing=1.2)
        bottom += height + _GAP
    axes.text(
        0,
        top + 1.5,
        "coursekit: each floor imports from those below it, and no box from its neighbours",
        size=13,
        weight="bold",
    )
    axes.text(_WIDTH + 4, top + 1.5, "Where does it go?", size=13, weight="bold")
    for number, (what, where) in enumerate(GOES.items()):
        y = top - 1 - number * 8.4
        axes.text(_WIDTH + 4, y, what, size=11, weight="bold", va="top")
        axes.text(_WIDTH + 4, y - 3.2, where, size=9, va="top", family="monospace")
    figure.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    draw(ROOT / "docs" / "house.svg")

"""A picture and, beside it, a net's three likeliest classes as bars."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor, nn

from coursekit.plots.layout import LETTER
from coursekit.plots.output import SCREEN
from coursekit.plots.pixels import to_pixels
from coursekit.plots.theme import Theme, style
from coursekit.widgets.pictures import check_one, class_names, scores

__all__ = ["Answers", "answered_alt", "answered_picture", "likeliest"]

Answers = Sequence[tuple[str, float]]
"""Pairs of a class's name and its probability, the likeliest first."""

_BARS = 3
_EDGE, _GAP = 256, 20  # pixels on the screen
_LETTERS = 34  # of a name, above its bar
_DENSITY = 2  # type is crisp on fine screens


def likeliest(model: nn.Module | None, image: Tensor) -> Answers:
    """Return what a net says of an image: its three likeliest classes.

    Args:
        model: the net; nothing is said when None.
        image: (1, C, H, W) in [0, 1].

    Returns:
        Pairs of a class's name and its probability, the likeliest first.
    """
    if model is None:
        return []
    probabilities = scores(model, image).softmax(1)[0]
    names = class_names(model, len(probabilities))
    values, classes = probabilities.topk(min(_BARS, len(probabilities)))
    return [(names[i], value) for i, value in zip(classes.tolist(), values.tolist(), strict=True)]


def answered_picture(image: Tensor, answers: Answers = ()) -> Figure:
    """Return a picture and, at its right, a bar for each answer.

    Args:
        image: (1, 3, H, W) in [0, 1].
        answers: at most three pairs of a class's name and its probability.

    Returns:
        The figure; ``show`` brings it into a notebook.

    Raises:
        ValueError: not one image.
    """
    check_one(image)
    with style() as theme:
        room = round(LETTER * theme.em * _LETTERS) + 2 * _GAP if answers else 0
        width = _EDGE + room
        figure = Figure(figsize=(width / SCREEN, _EDGE / SCREEN), dpi=_DENSITY * SCREEN)
        axes = figure.add_axes((0, 0, _EDGE / width, 1))
        axes.set_axis_off()
        axes.imshow(to_pixels(image)[0], interpolation="auto", aspect="auto")
        if answers:
            left, right = (_EDGE + _GAP) / width, 1 - 1.5 * _GAP / width
            _draw_answers(figure.add_axes((left, 0, right - left, 1)), answers, theme)
    return figure


def _draw_answers(axes: Axes, answers: Answers, theme: Theme) -> None:
    """Draw a bar for each answer in rows of one height, with the name above it and the probability behind."""
    axes.set(xlim=(0, 1), ylim=(_BARS, 0))
    axes.set_axis_off()
    colours = theme.colours
    for row, (name, probability) in enumerate(answers):
        axes.text(0, row + 0.42, _short(name), color=colours.ink, parse_math=False)
        # Room is left for the number behind the longest bar.
        axes.barh(row + 0.68, 0.84, height=0.3, color=colours.faint, alpha=0.35)
        axes.barh(row + 0.68, 0.84 * probability, height=0.3, color=colours.palette[3])
        axes.text(0.87, row + 0.68, f"{probability:.0%}", va="center", color=colours.ink)


def answered_alt(name: str, answers: Answers) -> str:
    """Return what ``answered_picture`` shows, in words.

    Args:
        name: of the picture.
        answers: pairs of a class's name and its probability.

    Returns:
        A sentence or two.
    """
    said = ", ".join(f"{answer} {probability:.0%}" for answer, probability in answers)
    return f"The photograph “{name}” as a square." + (
        f" Beside it what the net says: {said}." if said else ""
    )


def _short(name: str) -> str:
    return name if len(name) <= _LETTERS else name[: _LETTERS - 1] + "…"

"""A widget on the map of recordings: how strongly the two of one speaker are pulled together."""

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from coursekit.confounding import neighbour_agrees, speaker_map, stress
from coursekit.plots.output import SCREEN
from coursekit.plots.theme import heat_colormap, style, theme
from coursekit.widgets.explorer import choice, explore, slider

__all__ = ["speaker_map_picture", "speaker_map_widget"]

_COLOURS = {"microphone": "by microphone", "pitch": "by pitch (dark: low)"}


def speaker_map_widget(distances: Tensor, pitch: Tensor) -> None:
    """Show the map of recordings, with the weight of the pairs on a slider.

    Args:
        distances: (2·S, 2·S) between S near recordings and then S far ones of the same speakers.
        pitch: of each speaker in Hz, (S,).

    Raises:
        ValueError: what ``speaker_map`` raises.
    """
    pairs = torch.arange(len(distances)).reshape(2, -1).T

    def draw(weight: float, colour: str) -> Figure:
        return speaker_map_picture(
            {f"weight {weight:.2f}": speaker_map(distances, pairs, weight)},
            distances,
            pitch,
            colours=(colour,),
        )

    explore(
        draw,
        alt="A map of recordings, near ones as dots, far ones as squares, each joined with the other one of"
        " its speaker. Above it the weight, the stress, and what the nearest neighbours share.",
        weight=slider("Weight of the pairs", 0.0, 0.99, 0.2, 0.01),
        colour=choice("Colour", list(_COLOURS)),
    )


def speaker_map_picture(
    maps: dict[str, Tensor],
    distances: Tensor,
    pitch: Tensor,
    *,
    colours: tuple[str, ...] = ("microphone", "pitch"),
) -> Figure:
    """Return maps of recordings, one for each name and colouring; dots are near, squares far.

    Args:
        maps: name → points (2·S, 2), first the near recordings, then the far ones, in the same order.
        distances: (2·S, 2·S), which the stress is about.
        pitch: of each speaker in Hz, (S,).
        colours: by what: "microphone" or "pitch".

    Returns:
        The figure; ``show`` brings it into a notebook.
    """
    panels = [(name, points, colour) for name, points in maps.items() for colour in colours]
    with style():
        figure = Figure(
            figsize=(4.3 * min(2, len(panels)), 4.3 * -(-len(panels) // 2)), dpi=SCREEN, layout="constrained"
        )
        for number, (name, points, colour) in enumerate(panels, 1):
            axes = figure.add_subplot(-(-len(panels) // 2), min(2, len(panels)), number)
            axes.set_title(f"{name}, {_COLOURS[colour]}\n{_summary(points, distances)}")
            _scatter(axes, points.numpy(), pitch.numpy(), colour)
    return figure


def _summary(points: Tensor, distances: Tensor) -> str:
    """The map's figures: stress, and how often the nearest neighbour is of the same microphone or speaker."""
    n = len(points) // 2
    microphone, speaker = torch.arange(2 * n) // n, torch.arange(2 * n) % n
    same = neighbour_agrees(points, microphone, speaker).double().mean()
    paired = neighbour_agrees(points, speaker).double().mean()
    return f"stress {stress(points, distances):.2f}, microphone {same:.0%}, speaker {paired:.0%}"


def _scatter(axes: Axes, points: np.ndarray, pitch: np.ndarray, colour: str) -> None:
    near, far = both = np.split(points, 2)
    colours = theme().colours
    axes.plot(*np.stack(both).transpose(2, 0, 1), color=colours.faint, linewidth=0.6, linestyle="-", zorder=0)
    shade = heat_colormap()(0.05 + 0.8 * (pitch - pitch.min()) / np.ptp(pitch))
    # Squares are larger, so that a dot at the same place covers none.
    for name, places, marker, size, fixed in (
        ("far", far, "s", 70, colours.palette[3]),
        ("near", near, "o", 26, colours.palette[2]),
    ):
        paint = shade if colour == "pitch" else fixed
        axes.scatter(
            places[:, 0],
            places[:, 1],
            marker=marker,
            c=paint,
            s=size,
            edgecolor=colours.paper,
            linewidth=0.8,
            label=name,
        )
    axes.set(aspect="equal", adjustable="datalim", xticks=[], yticks=[], frame_on=False)
    if colour == "microphone":
        axes.legend(loc="best", frameon=False, handletextpad=0.1)

"""A widget for DeepDream: choose the picture, the objective, and the numbers of octaves and steps."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import torch
from matplotlib.figure import Figure
from torch import Tensor, nn

from coursekit.core.images import check_images
from coursekit.plots.layout import Panel
from coursekit.plots.mosaics import mosaic
from coursekit.plots.pixels import to_pixels
from coursekit.synthesis import Objective, deep_dream
from coursekit.synthesis.objectives import recording_outputs
from coursekit.widgets.explorer import choice, explore, slider

__all__ = ["dream_picture", "dream_widget"]

_STEPS, _OCTAVES = 8, 4  # at 144 × 96 pixels, half a second
_STEP_SIZE = 0.01


def dream_widget(
    model: nn.Module,
    images: Tensor,
    objectives: Mapping[str, Objective],
    names: Sequence[str] | None = None,
) -> None:
    """Show a picture beside its dream, with a list of objectives, and sliders for steps and octaves.

    Args:
        model: the net.
        images: (N, 3, H, W) in [0, 1], small ones: some 144 × 96 pixels are dreamt in half a second.
        objectives: what is written in the list → objective.
        names: of the pictures; numbered when None.

    Raises:
        ValueError: bad images, no objective, or another number of names.

    Reference: Mordvintsev, Olah & Tyka 2015, Inceptionism: going deeper into neural networks.
    """
    check_images(images)
    labels = [f"picture {i}" for i in range(len(images))] if names is None else list(names)
    if not objectives or len(labels) != len(images):
        raise ValueError(
            f"wanted an objective and a name for each of {len(images)} images, got {len(objectives)}"
            f" objectives and {len(labels)} names"
        )

    @lru_cache(maxsize=256)
    def dreamt(number: int, goal: str, octaves: int, steps: int) -> Tensor:
        return deep_dream(
            model,
            images[number : number + 1],
            objectives[goal],
            octaves=octaves,
            steps=steps,
            step_size=_STEP_SIZE,
        )

    def draw(number: int, goal: str, octaves: int, steps: int) -> Figure:
        dream = dreamt(number, goal, octaves, steps)
        return dream_picture(model, images[number : number + 1], dream, objectives[goal])

    first = next(iter(objectives))
    explore(
        draw,
        alt=f"A picture, {labels[0]}, and beside it what the net dreams into it when asked for {first}.",
        number=choice("Picture", [(label, i) for i, label in enumerate(labels)]),
        goal=choice("Dream of", list(objectives)),
        octaves=slider("Octaves", 1, _OCTAVES, _OCTAVES),
        steps=slider("Steps in each", 1, 2 * _STEPS, _STEPS),
    )


def dream_picture(model: nn.Module, image: Tensor, dream: Tensor, objective: Objective) -> Figure:
    """Return a picture and its dream side by side, each with its value of the objective above.

    Args:
        model: the net.
        image: (1, 3, H, W) in [0, 1].
        dream: the same after ``deep_dream``, (1, 3, H, W).
        objective: what it was optimised for.

    Returns:
        The figure; ``show`` brings it into a notebook.
    """
    with recording_outputs(model, objective.layers) as outputs, torch.no_grad():
        values = objective.value(outputs(torch.cat([image, dream]))).tolist()
    pixels = to_pixels(torch.cat([image, dream]))
    titles = [f"{name}: {value:.3g}" for name, value in zip(("picture", "dream"), values, strict=True)]
    return mosaic([[Panel(picture, title) for picture, title in zip(pixels, titles, strict=True)]])

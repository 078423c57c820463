"""DeepDream: change a picture so that a net finds more of whatever it finds there already."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from coursekit.core.callers import warn_caller
from coursekit.core.hooks import restoring
from coursekit.core.inputs import check_count, check_input
from coursekit.core.targets import input_gradient
from coursekit.synthesis.objectives import Objective, recording_outputs
from coursekit.synthesis.transforms import random_shift

__all__ = ["deep_dream", "dream_zoom"]

_SMALLEST = 16  # pixels of an octave's edge
Size = tuple[int, int]


def deep_dream(
    model: nn.Module,
    x: Tensor,
    objective: Objective,
    *,
    octaves: int = 4,
    octave_scale: float = 1.4,
    steps: int = 10,
    step_size: float = 0.01,
    jitter: int = 8,
    seed: int = 0,
) -> Tensor:
    """Return the pictures with more in them of what the objective asks for, at several scales.

    x ← clip(x + α · g / mean |g|, 0, 1) with g = ∂ objective / ∂x, first on the smallest octave (the
    picture made smaller); what has been added, the detail, is enlarged and carried over to the next. Octaves
    of a size that the net or the objective cannot take (AlexNet needs 63 pixels, a ViT one size) are left
    out, with a warning.

    Args:
        model: the net.
        x: pictures (N, C, H, W) in [0, 1]; noise works too.
        objective: such as ``layer("bn5")``: more of all that a layer sees.
        octaves: how many sizes, the largest of which is that of ``x``.
        octave_scale: how much larger one octave is than the one before.
        steps: of the ascent, in each octave.
        step_size: α: by how much a pixel changes in a step, on average; in units of [0, 1].
        jitter: at each step the picture is shifted at random by up to so many pixels, and back.
        seed: of the shifts.

    Returns:
        Pictures shaped like ``x``, in [0, 1].

    Raises:
        ValueError: bad pictures, layer or setting, an octave of less than 16 pixels, or pictures of a size
            that the net cannot take.

    Reference: Mordvintsev, Olah & Tyka 2015, Inceptionism: going deeper into neural networks.
    """
    check_input(model, x)
    check_count("steps", steps)
    if jitter < 0 or not step_size > 0:
        raise ValueError(f"wanted jitter from 0 up and step_size above 0, got {jitter} and {step_size}")
    generator = torch.Generator().manual_seed(seed)
    with recording_outputs(model, objective.layers) as outputs:

        def value(seen: Tensor) -> Tensor:
            with restoring(model):  # or it would stay fitted to the size of an octave
                return objective.value(outputs(seen)).sum()

        dream = detail = torch.zeros_like(x)
        for size in _fitting(value, x, _octaves(x.shape[-2:], octaves, octave_scale)):
            base = _resized(x.detach().clone(), size)
            dream = (base + _resized(detail, size)).clamp(0, 1)
            for _ in range(steps):
                dream = _step(value, dream, step_size, random_shift(jitter, generator))
            detail = dream - base
        return dream


def _step(value: Callable[[Tensor], Tensor], x: Tensor, step_size: float, shift: Size) -> Tensor:
    """One step up, of the same mean size for every picture, as seen from a shifted place."""
    gradient = input_gradient(value, x.roll(shift, (2, 3))).roll((-shift[0], -shift[1]), (2, 3))
    mean = gradient.abs().mean((1, 2, 3), keepdim=True)
    return (x + step_size * gradient / mean.clamp_min(1e-12)).clamp(0, 1)


def _octaves(largest: torch.Size, octaves: int, scale: float) -> list[Size]:
    """Height and width of each octave, the smallest first."""
    if not scale > 1:
        raise ValueError(f"octave_scale: wanted more than 1, got {scale}")
    shrunk = [scale**-k for k in reversed(range(check_count("octaves", octaves)))]
    sizes = [(round(largest[0] * factor), round(largest[1] * factor)) for factor in shrunk]
    if min(sizes[0]) < _SMALLEST:
        raise ValueError(
            f"the smallest of {octaves} octaves would be {sizes[0][0]} × {sizes[0][1]} pixels; wanted at"
            f" least {_SMALLEST}: fewer octaves, or larger pictures"
        )
    return sizes


def _fitting(value: Callable[[Tensor], Tensor], x: Tensor, sizes: list[Size]) -> list[Size]:
    """Return the sizes at which the objective has a value; the largest must be among them."""
    fitting = []
    for size in sizes:
        try:
            with torch.no_grad():
                value(_resized(x.detach().clone(), size))
        except ValueError as error:
            if size == sizes[-1]:
                raise
            warn_caller(f"octave {size[0]} × {size[1]} is left out: {error}")
        else:
            fitting.append(size)
    return fitting


def _resized(x: Tensor, size: Size) -> Tensor:
    return F.interpolate(x, size, mode="bilinear", antialias=True) if x.shape[-2:] != size else x


def dream_zoom(
    model: nn.Module,
    x: Tensor,
    objective: Objective,
    *,
    frames: int = 12,
    zoom: float = 1.05,
    **settings: Any,
) -> Tensor:
    """Return a film that zooms into a dream: each frame is the middle of the last, enlarged and dreamt again.

    Args:
        model: the net.
        x: one picture (1, C, H, W) in [0, 1], from which the first frame is dreamt.
        objective: such as ``layer("bn5")``: more of all that a layer sees.
        frames: how many.
        zoom: by which factor each frame is enlarged, at least 1.
        **settings: ``octaves`` (how many sizes), ``octave_scale`` (how much larger one is than the one
            before), ``steps`` (in each octave), ``step_size`` (mean change of a pixel in a step), ``jitter``
            (the largest random shift, in pixels) and ``seed`` (of the shifts), passed to ``deep_dream``.

    Returns:
        Frames (frames, C, H, W) in [0, 1].

    Raises:
        ValueError: another number of pictures than one; bad pictures, layer or setting, an octave of less
            than 16 pixels, or a picture of a size that the net cannot take.

    Reference: Mordvintsev, Olah & Tyka 2015.
    """
    if len(x) != 1 or not zoom >= 1:
        raise ValueError(f"wanted one picture and zoom from 1 up, got {len(x)} and {zoom}")
    height, width = x.shape[-2:]
    rows, columns = (round(side * (1 - 1 / zoom) / 2) for side in (height, width))
    film = []
    for _ in range(check_count("frames", frames)):
        film.append(deep_dream(model, x, objective, **settings))
        x = _resized(film[-1][:, :, rows : height - rows, columns : width - columns], (height, width))
        x = x.clamp(0, 1)
    return torch.cat(film)

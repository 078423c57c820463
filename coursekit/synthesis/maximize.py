"""Activation maximisation: gradient ascent on a picture, for a unit, a channel or a class."""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn

from coursekit.core.graphs import derivative
from coursekit.core.inputs import check_count, check_input, weight_of
from coursekit.core.progress import progress
from coursekit.synthesis.images import FourierImage, PixelImage, coloured
from coursekit.synthesis.objectives import PICTURE, Index, Objective, recording_outputs, score
from coursekit.synthesis.regularisers import Regulariser, blur_every, decay
from coursekit.synthesis.transforms import Transform, jitter, scale

__all__ = ["maximize"]

_KINDS = {"fourier": FourierImage, "pixels": PixelImage}


def maximize(
    model: nn.Module,
    objective: Objective | Index,
    *,
    n: int | None = None,
    size: int = 96,
    steps: int = 64,
    lr: float = 0.035,
    image: Literal["fourier", "pixels"] = "fourier",
    transforms: Sequence[Transform] = (jitter(8), scale(0.9, 1.1)),
    regularisers: Sequence[Regulariser] = (decay(0.015), blur_every(4, 0.5)),
    seed: int = 0,
    quiet: bool = True,
) -> Tensor:
    """Return pictures for which an objective is as large as a few steps of gradient ascent make it.

    x ← argmax objective(t(x)) by Adam, from nearly grey, with random transforms t; after every step
    x ← r(x) for each regulariser r.

    Args:
        model: the net, for pictures with three channels.
        objective: what to make large, such as ``channel("bn5", 3)`` or ``score(7)``; or a class, or a list of
            classes, one for each picture.
        n: how many pictures; as many as the objective is about when None.
        size: edge of the pictures, in pixels.
        steps: of the ascent.
        lr: learning rate of Adam.
        image: "fourier" optimises the spectrum, which gives shapes; "pixels" each pixel, which gives grain.
        transforms: how the net sees the pictures, one after the other.
        regularisers: what is done to the pictures after every step, one after the other.
        seed: of the start and of the transforms.
        quiet: show no progress bar.

    Returns:
        Pictures (n, 3, size, size) in [0, 1].

    Raises:
        ValueError: bad objective, layer or setting; an objective that has no gradient at all.

    Reference: Erhan et al. 2009; Simonyan et al. 2014 (arXiv:1312.6034); Yosinski et al. 2015
        (arXiv:1506.06579); Olah, Mordvintsev & Schubert 2017.
    """
    objective = objective if isinstance(objective, Objective) else score(objective)
    check_count("size", size)
    if image not in _KINDS or not lr > 0:
        raise ValueError(
            f"wanted image one of {', '.join(map(repr, _KINDS))} and lr above 0, got {image!r} and {lr}"
        )
    generator = torch.Generator().manual_seed(seed)
    with recording_outputs(model, objective.layers) as outputs:
        shape = (_count(objective, n), 3, size, size)
        picture = _KINDS[image](shape, generator).to(weight_of(model))
        check_input(model, picture().detach())
        optimiser = torch.optim.Adam(picture.parameters(), lr=lr)
        moved = torch.zeros(shape[0], dtype=torch.bool, device=picture.values.device)
        for step in progress(range(1, check_count("steps", steps) + 1), "optimising", quiet=quiet):
            values = picture.decorrelated()
            x = seen = coloured(values)
            for transform in transforms:
                seen = transform(seen, generator)
            value = objective.value(outputs(seen) | {PICTURE: x})
            gradient = derivative(-value.sum(), values)
            (picture.values.grad,) = torch.autograd.grad(values, [picture.values], gradient)
            moved |= gradient.flatten(1).any(1)
            optimiser.step()
            if regularisers:
                picture.set_decorrelated(
                    _regularised(picture.decorrelated().detach(), -gradient, step, regularisers)
                )
        _check_moved(moved, objective)
        return picture().detach()


def _regularised(values: Tensor, gradient: Tensor, step: int, regularisers: Sequence[Regulariser]) -> Tensor:
    for regulariser in regularisers:
        values = regulariser(values, gradient, step)
    return values


def _count(objective: Objective, n: int | None) -> int:
    wanted = objective.pictures or 1 if n is None else check_count("n", n)
    if objective.pictures not in {None, wanted}:
        raise ValueError(f"n: got {n}, but {objective.name} is about {objective.pictures} pictures")
    return wanted


def _check_moved(moved: Tensor, objective: Objective) -> None:
    still = [str(number) for number, moves in enumerate(moved.tolist()) if not moves]
    if still:
        raise ValueError(
            f"{objective.name} has no gradient for picture {', '.join(still)}: it stays at 0 for a grey one;"
            " name the layer before the ReLU, or another seed"
        )

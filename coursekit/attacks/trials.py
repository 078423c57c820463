"""What chapter 07 measures: attacks on the digits at several ε, and a patch pasted on scenes."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from coursekit.attacks.gradient import fgsm, pgd
from coursekit.attacks.patch import paste
from coursekit.datasets.scenes import CLASSES, Scenes

__all__ = [
    "ATTACKS",
    "BUDGETS",
    "DIGIT_NETS",
    "PATCH_SIZE",
    "SAMPLE",
    "SCALES",
    "SCENE_NETS",
    "TARGET",
    "TAUGHT",
    "pasted",
    "patch",
    "random_signs",
]

DIGIT_NETS = ("digits", "digits-robust")
SCENE_NETS = ("scenes", "scenes-stylised", "scenes-robust")
TAUGHT = SCENE_NETS[:2]
"""The nets that the patch is trained against; the third has never seen it."""
BUDGETS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25)
SCALES = (0.2, 0.25, 0.3, 0.35, 0.4)
TARGET = "flower"
SAMPLE = 24
"""The first digits of the table, whose own accuracies stand in it, for a sample to be held against."""
PATCH_SIZE = 32
"""The patch's edge, in its own pixels."""


def random_signs(model: nn.Module, x: Tensor, y: Tensor, *, eps: float) -> Tensor:
    """Return ``x`` with each number moved by ε up or down at random: an attack that knows nothing.

    x_adv = clip(x ± ε, 0, 1), with signs drawn from seed 0

    Args:
        model: the net, which is not asked.
        x: images (N, C, H, W) in [0, 1].
        y: labels (N,), which do not matter.
        eps: ε ≥ 0, in units of [0, 1].

    Returns:
        Images shaped like ``x``, in [0, 1].
    """
    signs = torch.randn(x.shape, generator=torch.Generator().manual_seed(0)).sign()
    return (x + eps * signs.to(x)).clamp(0, 1)


ATTACKS: dict[str, Callable[..., Tensor]] = {
    "noise": random_signs,
    "FGSM": fgsm,
    "PGD-40": partial(pgd, steps=40, random_start=False),
}


def pasted(model: nn.Module, sticker: Tensor, some: Scenes, scale: float) -> float:
    """Return the share of scenes of other classes that a net takes for ``TARGET`` with a patch on them.

    The patch lies anywhere within the middle half of the picture, turned by up to 20°, as drawn from a seed.

    Args:
        model: maps images to scores (N, K), in evaluation mode.
        sticker: the patch (3, s, s) in [0, 1].
        some: the scenes; those of class ``TARGET`` are left out.
        scale: edge of the pasted patch, as a share of the images' edge.

    Returns:
        A share in [0, 1].
    """
    images = some.images[(some.labels != CLASSES.index(TARGET)).to(some.images.device)]
    drawn = torch.rand(3, len(images), generator=torch.Generator().manual_seed(0)).to(images)
    row, column = images.shape[-1] * (0.25 + drawn[:2] / 2)
    shown = paste(images, sticker, row=row, column=column, scale=scale, angle=40 * drawn[2] - 20)
    with torch.no_grad():
        return (model(shown).argmax(1) == CLASSES.index(TARGET)).float().mean().item()


def patch(made: Mapping[str, Any]) -> Tensor:
    """Return the patch that a table holds.

    Args:
        made: the table, whose ``made["patch"]["pixels"]`` are grey levels from 0 to 255.

    Returns:
        The patch (3, s, s) in [0, 1], with s = ``PATCH_SIZE``.
    """
    return torch.tensor(made["patch"]["pixels"]).view(3, PATCH_SIZE, PATCH_SIZE) / 255

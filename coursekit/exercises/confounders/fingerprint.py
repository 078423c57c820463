"""Exercise: the fixed pattern of a camera, from the noise of its pictures."""

import torch
import torch.nn.functional as F
from torch import Tensor

from coursekit.confounding import fingerprint, noise_residual
from coursekit.exercises.confounders.cases import ANSWERS
from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Exercise, mistake

__all__ = ["FINGERPRINT"]


def _centred(pattern: Tensor) -> Tensor:
    return pattern - pattern.mean((1, 2), keepdim=True)


def _smooth(images: Tensor) -> Tensor:
    return F.avg_pool2d(F.pad(images, (1, 1, 1, 1), mode="reflect"), 3, stride=1)


@mistake(
    "the mean picture, whose content is still in it",
    "Take the content away first: subtract the mean of each pixel's surroundings.",
)
def _whole(images: Tensor) -> Tensor:
    return _centred(images.mean(0))


@mistake(
    "a pattern whose mean is not zero",
    "Subtract the mean of each channel, of each residual and of the pattern: else two pictures that "
    "are both a little bright look alike.",
)
def _not_centred(images: Tensor) -> Tensor:
    return ((images - _smooth(images)) * images).sum(0) / images.square().sum(0)


@mistake(
    "the plain mean of the residuals",
    "The pattern is a gain, so dark places tell nothing of it: weigh with the picture, Σ W·I / Σ I².",
)
def _plain_mean(images: Tensor) -> Tensor:
    return _centred(noise_residual(images).mean(0))


@mistake(
    "the smooth part of the pictures instead of what is left without it",
    "The residual is the picture minus its smooth version.",
)
def _smoothed(images: Tensor) -> Tensor:
    return _centred((_smooth(images) * images).sum(0) / images.square().sum(0))


@mistake("a sum that is not divided", "Divide by the sum of the squared pictures, Σ I².")
def _not_divided(images: Tensor) -> Tensor:
    return _centred((noise_residual(images) * images).sum(0))


@mistake(
    "the pattern with its sign turned",
    "The residual is the picture minus the smooth version, not the other way round.",
)
def _turned(images: Tensor) -> Tensor:
    return -fingerprint(images)


@mistake(
    "surroundings that are black beyond the border",
    'Pad by reflection before the mean: F.pad(images, (1, 1, 1, 1), mode="reflect").',
)
def _zero_padded(images: Tensor) -> Tensor:
    residual = images - F.avg_pool2d(images, 3, stride=1, padding=1)
    residual = residual - residual.mean((2, 3), keepdim=True)
    return _centred((residual * images).sum(0) / images.square().sum(0))


def _cases(draws: Draws) -> list[Case]:
    cases = []
    for name, shape in (
        ("six grey pictures", (6, 1, 12, 9)),
        ("three pictures in colour", (3, 3, 8, 14)),
        ("ten pictures in colour", (10, 3, 10, 10)),
    ):
        generator = draws(name)
        gain = 1 + 0.1 * torch.randn(shape[1:], generator=generator)
        rough = torch.rand(shape[0], shape[1], 4, 4, generator=generator)
        content = F.interpolate(rough, shape[2:], mode="bilinear") * 0.6 + 0.15
        noise = 0.02 * torch.randn(shape, generator=generator)
        cases.append(Case(name, {"images": (content * gain + noise).clamp(0, 1)}))
    return cases


FINGERPRINT = Exercise(
    name="fingerprint",
    points=2,
    minutes=12,
    reference=fingerprint,
    draw=_cases,
    mistakes=(_whole, _not_centred, _plain_mean, _smoothed, _not_divided, _turned, _zero_padded),
    hidden=ANSWERS,
)

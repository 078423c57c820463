"""Exercise: pixels that serve nothing become grey."""

from collections.abc import Callable

import torch
from torch import Tensor

from coursekit.exercises.deep_dream.cases import ANSWERS, SIZES
from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Exercise, mistake
from coursekit.synthesis.regularisers import clip_contribution, clip_norm

__all__ = ["CLIP_CONTRIBUTION"]

Size = Callable[[Tensor, Tensor], Tensor]
"""(image, gradient) → how much each pixel counts, (N, 1 or C, H, W)."""


def _reference(image: Tensor, gradient: Tensor, share: float) -> Tensor:
    return clip_contribution(share)(image, gradient, 1)


@mistake(
    "the pixels of smallest norm instead of smallest contribution",
    "A faint pixel may matter, and a strong one may not: multiply by the gradient.",
)
def _by_norm(image: Tensor, gradient: Tensor, share: float) -> Tensor:
    return clip_norm(share)(image, gradient, 1)


def _contribution(image: Tensor, gradient: Tensor) -> Tensor:
    return (image * gradient).sum(1, keepdim=True).abs()


def _clipped(size: Size) -> Callable[..., Tensor]:
    def wrong(image: Tensor, gradient: Tensor, share: float) -> Tensor:
        found = size(image, gradient)
        return image * (found >= _limit(found, share))

    return wrong


def _limit(found: Tensor, share: float) -> Tensor:
    return found.flatten(1).quantile(share, dim=1).view(-1, 1, 1, 1)


@mistake("the largest contributions removed", "Remove the smallest.")
def _largest(image: Tensor, gradient: Tensor, share: float) -> Tensor:
    found = _contribution(image, gradient)
    return image * (found <= _limit(found, 1 - share))


@mistake(
    "the share kept instead of removed",
    "`share` of the pixels become grey; the limit is the quantile at `share`.",
)
def _kept_share(image: Tensor, gradient: Tensor, share: float) -> Tensor:
    return _reference(image, gradient, 1 - share)


@mistake("one limit for the whole batch", "Each picture has its own: .flatten(1).quantile(share, dim=1).")
def _whole_batch(image: Tensor, gradient: Tensor, share: float) -> Tensor:
    found = _contribution(image, gradient)
    return image * (found >= found.quantile(share))


@mistake(
    "a limit at a share of the largest contribution",
    "`share` counts pixels: sort the contributions, or take their quantile.",
)
def _share_of_largest(image: Tensor, gradient: Tensor, share: float) -> Tensor:
    found = _contribution(image, gradient)
    return image * (found >= share * found.amax((1, 2, 3), keepdim=True))


@mistake("the contributions instead of the picture", "They say which pixels stay; what stays is the picture.")
def _contributions(image: Tensor, gradient: Tensor, share: float) -> Tensor:
    found = _contribution(image, gradient)
    return found * (found >= _limit(found, share))


@mistake("pixels set to 0.5", "I is the difference from grey: grey is 0.")
def _half(image: Tensor, gradient: Tensor, share: float) -> Tensor:
    found = _contribution(image, gradient)
    return torch.where(found >= _limit(found, share), image, 0.5)


def _cases(draws: Draws) -> list[Case]:
    """Pictures of different contrast, and shares that fall between two pixels."""
    cases: list[Case] = []
    for name, shape in SIZES.items():
        generator = draws(name)
        contrast = torch.linspace(1, 0.4, shape[0])[:, None, None, None]
        share = (round(shape[2] * shape[3] * (0.2 + 0.15 * len(cases))) - 0.5) / (shape[2] * shape[3] - 1)
        image = contrast * (torch.rand(shape, generator=generator) - 0.5)
        gradient = torch.randn(shape, generator=generator)
        cases.append(Case(name, {"image": image, "gradient": gradient, "share": share}))
    return cases


CLIP_CONTRIBUTION = Exercise(
    name="clip_contribution",
    points=2,
    minutes=15,
    reference=_reference,
    draw=_cases,
    mistakes=(
        _by_norm,
        mistake(
            "the pixels of smallest gradient, without the product",
            "What a pixel contributes is its value times its gradient.",
        )(_clipped(lambda image, gradient: gradient.sum(1, keepdim=True).abs())),
        mistake(
            "each colour by itself: the sum over the channels is missing",
            "A pixel goes as a whole: sum over dimension 1, and keep it, keepdim=True.",
        )(_clipped(lambda image, gradient: (image * gradient).abs())),
        mistake(
            "the absolute value before the sum over the channels",
            "What one colour adds another may take away: sum first, then .abs().",
        )(_clipped(lambda image, gradient: (image * gradient).abs().sum(1, keepdim=True))),
        mistake(
            "contributions with their sign: those against the class go first",
            "What has a large effect, in either direction, stays: take .abs().",
        )(_clipped(lambda image, gradient: (image * gradient).sum(1, keepdim=True))),
        _largest,
        _kept_share,
        _whole_batch,
        _share_of_largest,
        _contributions,
        _half,
    ),
    hidden=ANSWERS,
)

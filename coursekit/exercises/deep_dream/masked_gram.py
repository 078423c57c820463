"""Exercise: the style of a part of a picture."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from coursekit.exercises.deep_dream.cases import ANSWERS
from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Exercise, Property, mistake

__all__ = ["MASKED_GRAM"]

Product = Callable[[Tensor, Tensor], Tensor]
"""(maps as rows (N, K, hw), their weights (N, 1, hw)) → Gram matrices (N, K, K)."""


def _masked(
    features: Tensor,
    mask: Tensor,
    product: Product = lambda rows, weights: (weights * rows) @ rows.mT / weights.sum(2, keepdim=True),
) -> Tensor:
    weights = adaptive_avg_pool2d(mask[:, None], (features.shape[2], features.shape[3]))
    return product(features.flatten(2), weights.flatten(2))


def _by(product: Product) -> Callable[..., Tensor]:
    return lambda features, mask: _masked(features, mask, product)


@mistake("centred maps: a covariance", "The Gram matrix leaves the means in: do not subtract them.")
@_by
def _centred(rows: Tensor, weights: Tensor) -> Tensor:
    share = weights / weights.sum(2, keepdim=True)
    rows = rows - (share * rows).sum(2, keepdim=True)
    return (share * rows) @ rows.mT


@mistake(
    "each channel with itself alone: the transpose is missing",
    "The product of two matrices, rows @ rows.mT, has every pair of channels.",
)
@_by
def _elementwise(rows: Tensor, weights: Tensor) -> Tensor:
    share = weights / weights.sum(2, keepdim=True)
    return torch.diag_embed((share * rows.square()).sum(2))


@mistake("the Gram matrix of what lies outside the mask", "The mask is 1 where the part is.")
def _outside(features: Tensor, mask: Tensor) -> Tensor:
    return _masked(features, 1 - mask)


def _masked_cases(draws: Draws) -> list[Case]:
    """Masks of four times the map's size, with an edge that crosses some of its squares."""
    cases = []
    for name, (n, k, height, width) in {
        "one picture": (1, 6, 4, 5),
        "a batch of two": (2, 5, 3, 6),
        "a batch of three": (3, 7, 5, 4),
    }.items():
        generator = draws(name)
        rows = torch.arange(4 * height)[:, None] / (4 * height)
        columns = torch.arange(4 * width) / (4 * width)
        middle = 0.3 + 0.4 * torch.rand(n, 2, 1, 1, generator=generator)
        reach = 0.3 + 0.15 * torch.rand(n, 1, 1, generator=generator)
        mask = (torch.hypot(rows - middle[:, 0], columns - middle[:, 1]) < reach).float()
        features = torch.randn(n, k, height, width, generator=generator).relu()
        cases.append(Case(name, {"features": features, "mask": mask}))
    return cases


MASKED_GRAM = Exercise(
    name="masked_gram",
    points=2,
    minutes=15,
    reference=_masked,
    draw=_masked_cases,
    mistakes=(
        mistake(
            "a Gram matrix that is not normalised",
            "Divide by the sum of the weights: else a large part has another style than a small one.",
        )(_by(lambda rows, weights: (weights * rows) @ rows.mT)),
        mistake(
            "a division by the number of places instead of the sum of the weights",
            "Only what the mask lets through counts: divide by the sum of the weights.",
        )(_by(lambda rows, weights: (weights * rows) @ rows.mT / weights.shape[2])),
        mistake("a division by the number of channels as well", "Divide by the sum of the weights alone.")(
            _by(
                lambda rows, weights: (
                    (weights * rows) @ rows.mT / weights.sum(2, keepdim=True) / rows.shape[1]
                )
            )
        ),
        mistake(
            "one sum of weights for the whole batch",
            "Each picture has its own: .sum(2, keepdim=True) of the flattened weights.",
        )(_by(lambda rows, weights: (weights * rows) @ rows.mT / weights.sum())),
        mistake(
            "the weights twice: squared where the edge crosses a square",
            "Weigh one of the two factors alone: each place counts w, not w².",
        )(_by(lambda rows, weights: (weights * rows) @ (weights * rows).mT / weights.sum(2, keepdim=True))),
        mistake("the Gram matrix of the whole picture", "Weigh each place by what the mask has there.")(
            _by(lambda rows, weights: rows @ rows.mT / rows.shape[2])
        ),
        _outside,
        _centred,
        _elementwise,
        mistake(
            "places instead of channels: the product the wrong way round",
            "K × K, which forgets where: (K, hw) times (hw, K).",
        )(_by(lambda rows, weights: (weights * rows).mT @ rows / weights.sum(2, keepdim=True))),
        mistake("square roots of the weights", "The weight itself, on one of the two factors.")(
            _by(lambda rows, weights: (weights.sqrt() * rows) @ rows.mT / weights.sum(2, keepdim=True))
        ),
    ),
    properties=(
        Property(
            lambda value, _: bool((value - value.mT).abs().max() <= 1e-4 * value.abs().max()),
            "Some matrix is not symmetric: how often a and b fire together is how often b and a do.",
        ),
    ),
    hidden=ANSWERS,
)

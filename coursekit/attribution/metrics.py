"""Does a heatmap find the object? Scores against its exact mask, each in [0, 1], one for each picture.

All read the positive part of a map. By default ``heatmap`` makes maps of absolute values, on which evidence
against a class is relevance too: some methods (saliency) do not tell it from evidence for the class, and what
the net made use of is to be found either way. On ``heatmap(…, signed=True)`` only evidence for it points.
Where values tie, a score is its mean over the ways to break the tie, so that a map with nothing on it, or the
same everywhere, gets what guessing gets: the share of the picture that the mask covers.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from coursekit.core.images import check_images, check_tensors

__all__ = ["pointing_game", "random_heatmap", "relevance_mass", "relevance_rank"]


def pointing_game(heat: Tensor, mask: Tensor, *, tolerance: float = 0) -> Tensor:
    """Return 1 where the hottest pixel lies on the object and 0 where not: [argmax heat ∈ mask].

    Of several hottest pixels, the share that lies on it.

    Args:
        heat: maps (N, H, W), as ``heatmap`` makes them.
        mask: the object's pixels (N, H, W), bool.
        tolerance: how far, in pixels, a hit may lie from the mask; the paper allows 15.

    Returns:
        Hits (N,); their mean is the accuracy of the paper.

    Raises:
        ValueError: shapes that differ, a map that is not finite, an empty mask, or a negative tolerance.

    Reference: Zhang et al. 2018 (arXiv:1608.00507).
    """
    heat, mask = _checked(heat, mask)
    if not tolerance >= 0:
        raise ValueError(f"tolerance: wanted at least 0 pixels, got {tolerance}")
    peaks = heat == heat.amax((1, 2), keepdim=True)
    return _share(peaks & _grown(mask, tolerance), peaks)


def relevance_mass(heat: Tensor, mask: Tensor) -> Tensor:
    """Return how much of all heat lies on the object: Σ over the mask of heat / Σ heat.

    Args:
        heat: maps (N, H, W), as ``heatmap`` makes them.
        mask: the object's pixels (N, H, W), bool.

    Returns:
        Shares (N,).

    Raises:
        ValueError: shapes that differ, a map that is not finite, or an empty mask.

    Reference: Arras, Osman & Samek 2022 (arXiv:2003.07258).
    """
    heat, mask = _checked(heat, mask)
    return _share(heat * mask, heat)


def relevance_rank(heat: Tensor, mask: Tensor) -> Tensor:
    """Return how many of the K hottest pixels lie on the object, which has K: |top K of heat ∩ mask| / K.

    Unlike ``relevance_mass``, it does not depend on how hot the hottest pixels are.

    Args:
        heat: maps (N, H, W), as ``heatmap`` makes them.
        mask: the object's pixels (N, H, W), bool.

    Returns:
        Shares (N,) in [0, 1]; pixels that tie for the last places count in part.

    Raises:
        ValueError: shapes that differ, a map that is not finite, or an empty mask.

    Reference: Arras, Osman & Samek 2022 (arXiv:2003.07258).
    """
    heat, mask = _checked(heat, mask)
    size = mask.sum((1, 2))
    ordered = heat.flatten(1).sort(descending=True).values
    last = ordered.gather(1, size[:, None] - 1)[:, :, None]
    above, tied = heat > last, heat == last
    places = size - above.sum((1, 2))  # left for those that tie
    return ((above & mask).sum((1, 2)) + places * _share(tied & mask, tied)) / size


def random_heatmap(
    model: nn.Module, x: Tensor, target: object = None, *, generator: torch.Generator | None = None
) -> Tensor:
    """Return noise between 0 and 1: the floor under every score of a map.

    It is called as a method is, and looks at neither net nor class: only at the shape of the images.

    Args:
        model: the net, which is not asked.
        x: images (N, C, H, W) in [0, 1].
        target: the class, which does not matter.
        generator: where the noise comes from; None for one of seed 0, so that a call repeats itself.

    Returns:
        Maps (N, 1, H, W) in [0, 1].

    Raises:
        ValueError: bad images.
    """
    check_images(x)
    generator = generator or torch.Generator().manual_seed(0)
    shape = len(x), 1, *x.shape[2:]
    return torch.rand(shape, generator=generator, dtype=x.dtype, device=generator.device).to(x.device)


def _checked(heat: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Return the positive part of the maps, an even one where there is none, and the masks beside them."""
    check_tensors(heat=heat, mask=mask)
    if heat.ndim != 3 or heat.shape != mask.shape or mask.dtype != torch.bool:
        raise ValueError(
            "wanted maps (N, H, W), which heatmap() makes, and bool masks of the same shape; got"
            f" {tuple(heat.shape)} and {mask.dtype} {tuple(mask.shape)}"
        )
    if not heat.isfinite().all():
        raise ValueError("heat: there are NaN or infinite values; wanted finite ones")
    empty = (~mask.flatten(1).any(1)).nonzero().flatten().tolist()
    if empty:
        raise ValueError(f"mask: nothing is marked in picture {empty[0]}; leave out those without the object")
    positive = heat.detach().clamp(min=0)
    nothing = ~positive.flatten(1).any(1)
    return positive.masked_fill(nothing[:, None, None], 1), mask.to(heat.device)


def _share(part: Tensor, whole: Tensor) -> Tensor:
    """Return Σ part / Σ whole of maps (N, H, W)."""
    return part.sum((1, 2)) / whole.sum((1, 2))


def _grown(mask: Tensor, radius: float) -> Tensor:
    """Return masks that reach ``radius`` pixels farther, in every direction."""
    reach = int(radius)
    steps = torch.arange(-reach, reach + 1, device=mask.device).square()
    disc = (steps[:, None] + steps <= radius**2).float()
    return F.conv2d(mask[:, None].float(), disc[None, None], padding=reach)[:, 0] > 0.5

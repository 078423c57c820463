"""Attribution without gradients: cover a part of the image and see how much the net minds."""

from typing import Literal

import torch
from torch import Tensor, nn

from coursekit.core.images import check_images
from coursekit.core.inputs import batches, check_count
from coursekit.core.labels import class_scores
from coursekit.core.registry import method
from coursekit.core.targets import Scorer, Target, explaining, score

__all__ = ["Fill", "cover", "evidence", "occlusion"]

Fill = Literal["grey", "zero", "blur"] | float
Window = tuple[slice, slice]


@method(
    "perturbation",
    "occlusion",
    settings={"size": 32, "stride": 16},
    quick={"size": 8, "stride": 8},
    peer="captum.attr:Occlusion",
)
def occlusion(
    model: nn.Module,
    x: Tensor,
    target: Target = None,
    *,
    size: int = 16,
    stride: int = 8,
    fill: Fill = "grey",
    on: Literal["probability", "score"] = "probability",
    batch_size: int = 16,
) -> Tensor:
    """Return how much the class loses when a patch covers part of the image: p(x) − p(x covered).

    The patch slides over the image, and each pixel gets the mean drop over the patches that cover it. The
    last row and column of patches lie flush with the border, so that every pixel is covered.

    Args:
        model: the net.
        x: images (N, C, H, W) in [0, 1].
        target: the class: one for all, one each (N,), or None for the predicted one.
        size: edge of the square patch, in pixels.
        stride: pixels from one patch to the next, at most ``size``.
        fill: what the patch shows: "grey" (0.5), "zero" (black), "blur" (the image out of focus), or a level.
        on: "probability" (after the softmax, as in the paper) or "score" (before it).
        batch_size: how many covered images go through the net at once.

    Returns:
        Attribution (N, 1, H, W) with its sign: negative where the class gains by being covered.

    Raises:
        ValueError: bad input or target, a patch larger than the image, a stride that leaves gaps, or a
            probability where the net gives one score.

    Reference: Zeiler & Fergus 2014 (arXiv:1311.2901).
    """
    check_images(x)
    if on not in {"probability", "score"}:
        raise ValueError(f"on: wanted 'probability' or 'score', got {on!r}")
    windows = _windows(x.shape[2], x.shape[3], check_count("size", size), check_count("stride", stride))
    under = cover(x.detach(), size, fill)
    total, count = torch.zeros_like(under[:, :1]), torch.zeros_like(under[0, 0])
    for window in windows:
        count[window] += 1
    with explaining(model, x, target, batch_size=batch_size, checked=True) as scorer:
        scorer.settle(x)
        clean = torch.cat(
            [evidence(scorer, x[image], image, on) for image, _ in batches(len(x), 1, batch_size)]
        )
        for image, place in batches(len(x), len(windows), batch_size):
            where = [
                (i, slice(None), *windows[p]) for i, p in zip(image.tolist(), place.tolist(), strict=True)
            ]
            covered = x[image]  # a copy, as always when the index is a tensor
            for picture, patch in zip(covered, where, strict=True):
                picture[patch[1:]] = under[patch]
            drops = clean[image] - evidence(scorer, covered, image, on)
            for drop, patch in zip(drops, where, strict=True):
                total[patch] += drop
    return total / count


def _windows(height: int, width: int, size: int, stride: int) -> list[Window]:
    if size > min(height, width):
        raise ValueError(f"size: a patch of {size} pixels does not fit on images of {height} × {width}")
    if stride > size:
        raise ValueError(
            f"stride: {stride} leaves gaps between patches of {size} pixels; wanted at most {size}"
        )
    rows, columns = ([*range(0, edge - size, stride), edge - size] for edge in (height, width))
    return [(slice(top, top + size), slice(left, left + size)) for top in rows for left in columns]


def cover(x: Tensor, size: int, fill: Fill) -> Tensor:
    """Return what images show where a patch of ``occlusion`` covers them.

    Args:
        x: images (N, C, H, W) in [0, 1].
        size: edge of the patch, in pixels; it sets how wide the blur is, with σ = ``size`` / 2.
        fill: "grey" (0.5), "zero" (black), "blur" (the image out of focus), or a level in [0, 1].

    Returns:
        Images shaped like ``x``, covered everywhere.

    Raises:
        ValueError: the fill is none of these.
    """
    if fill == "blur":
        # Takes two seconds to import, which no other fill should wait for.
        from torchvision.transforms.functional import gaussian_blur

        return gaussian_blur(x, 2 * size - 1, sigma=size / 2)
    levels = {"grey": 0.5, "zero": 0.0}
    if isinstance(fill, str):
        if fill not in levels:
            raise ValueError(f"fill: wanted 'grey', 'zero', 'blur' or a grey level, got {fill!r}")
        fill = levels[fill]
    if not 0 <= fill <= 1:
        raise ValueError(f"fill: wanted a grey level in [0, 1], got {fill}")
    return torch.full_like(x, fill)


def evidence(scorer: Scorer, x: Tensor, images: Tensor, on: str) -> Tensor:
    """Return the probability or the score of the explained class.

    Args:
        scorer: the net, and what is explained.
        x: inputs (n, …) that are images, or are made from them.
        images: the index (n,) of the image that each is made from.
        on: "probability" (after the softmax) or "score" (before it).

    Returns:
        Numbers (n,).

    Raises:
        ValueError: a probability is wanted, and the net gives one score.
    """
    outputs = scorer.outputs(x)
    if on == "probability":
        outputs = class_scores(outputs, len(x)).softmax(1)
    return score(outputs, scorer.target_of(images))

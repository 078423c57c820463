"""Are the marked pixels the ones that count? Take them away, or bring them in, and ask the net again."""

import torch
from torch import Tensor, nn

from coursekit.attribution.occlusion import Fill, cover, evidence
from coursekit.core.images import check_images, check_tensors
from coursekit.core.inputs import batches, check_count
from coursekit.core.targets import Target, explaining

__all__ = ["area_under", "deletion", "insertion"]


def deletion(
    model: nn.Module,
    x: Tensor,
    heat: Tensor,
    target: Target = None,
    *,
    steps: int = 32,
    fill: Fill = "grey",
    batch_size: int = 16,
) -> Tensor:
    """Return what becomes of a class as its hottest pixels are covered: p(x, the k hottest covered).

    The sooner the curve falls, the better the map: see ``area_under``.

    Args:
        model: the net.
        x: images (N, C, H, W) in [0, 1].
        heat: maps (N, H, W); pixels go from the highest value to the lowest, so that evidence against a class
            comes last, and those of one value in a random order that is always the same.
        target: the class: one for all, one each (N,), or None for the predicted one of the whole image.
        steps: into how many equal parts the pixels are split.
        fill: what covers: "grey" (0.5), "zero" (black), "blur" (the image out of focus), or a level.
        batch_size: how many changed images go through the net at once.

    Returns:
        Probabilities (N, steps + 1), from the whole image to the covered one.

    Raises:
        ValueError: bad images, maps, target, fill or number of steps, or a net that gives one score.

    Reference: Petsiuk, Das & Saenko 2018 (arXiv:1806.07421).
    """
    covered = _covered(x, fill)
    return _curve(model, x, heat, target, (x, covered), steps, batch_size)


def insertion(
    model: nn.Module,
    x: Tensor,
    heat: Tensor,
    target: Target = None,
    *,
    steps: int = 32,
    fill: Fill = "blur",
    batch_size: int = 16,
) -> Tensor:
    """Return what becomes of the class as its hottest pixels appear on a covered image.

    The sooner the curve rises, the better the map.

    Args:
        model: the net.
        x: images (N, C, H, W) in [0, 1].
        heat: maps (N, H, W); pixels appear from the highest value to the lowest, and those of one value in a
            random order that is always the same.
        target: the class: one for all, one each (N,), or None for the predicted one of the whole image.
        steps: into how many equal parts the pixels are split.
        fill: what the image is covered with at first: "blur" (the image out of focus, whose edges give
            nothing away), "grey" (0.5), "zero" (black), or a level.
        batch_size: how many changed images go through the net at once.

    Returns:
        Probabilities (N, steps + 1), from the covered image to the whole one.

    Raises:
        ValueError: bad images, maps, target, fill or number of steps, or a net that gives one score.

    Reference: Petsiuk, Das & Saenko 2018 (arXiv:1806.07421).
    """
    covered = _covered(x, fill)
    return _curve(model, x, heat, target, (covered, x), steps, batch_size)


def area_under(curves: Tensor) -> Tensor:
    """Return the area under curves over the share of pixels, 0 to 1, by trapezia.

    Args:
        curves: (…, steps + 1), of ``deletion`` or ``insertion``.

    Returns:
        Areas (…), in [0, 1] for curves of probabilities.
    """
    return torch.trapezoid(curves, dim=-1) / (curves.shape[-1] - 1)


def _covered(x: Tensor, fill: Fill) -> Tensor:
    check_images(x)
    # A blur of an eighth of the picture leaves light and colour, and no shape.
    return cover(x.detach(), max(2, min(x.shape[2:]) // 8), fill)


def _curve(
    model: nn.Module,
    x: Tensor,
    heat: Tensor,
    target: Target,
    ends: tuple[Tensor, Tensor],
    steps: int,
    batch_size: int,
) -> Tensor:
    """Return the class's probability (N, steps + 1) on the way from one picture to another, hottest first."""
    wanted = (len(x), *x.shape[2:])
    check_tensors(heat=heat)
    if heat.shape != wanted:
        raise ValueError(f"heat: wanted maps {wanted}, which heatmap() makes, got {tuple(heat.shape)}")
    if not heat.isfinite().all():
        raise ValueError("heat: there are NaN or infinite values; wanted finite ones")
    place = _places(heat.detach().to(x.device))
    counts = torch.linspace(0, place[0].numel(), check_count("steps", steps) + 1).round().to(x.device)
    before, after = (picture.detach() for picture in ends)
    values = []
    with explaining(model, x, target, batch_size=batch_size, checked=True) as scorer:
        scorer.settle(x)
        for image, step in batches(len(x), steps + 1, batch_size):
            changed = place[image] < counts[step, None, None]
            some = torch.where(changed[:, None], after[image], before[image])
            values.append(evidence(scorer, some, image, "probability"))
    return torch.cat(values).view(len(x), steps + 1)


def _places(heat: Tensor) -> Tensor:
    """Return each pixel's place (N, H, W) among those of its map, 0 for the hottest."""
    flat = heat.flatten(1)
    # A map with a plateau, as ReLU leaves behind, would else be eaten from the top row down.
    mixed = torch.randperm(flat.shape[1], generator=torch.Generator().manual_seed(0)).to(heat.device)
    order = mixed[flat[:, mixed].argsort(dim=1, descending=True, stable=True)]
    return order.argsort(1).view_as(heat)

"""Attacks in front of the camera: a patch that works wherever it lies, and paint inside a mask."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

import torch
from torch import Tensor, nn
from torch.nn.functional import affine_grid, cross_entropy, grid_sample

from coursekit.attacks.gradient import check_attack, check_labels, check_range, scores_of, where_mask
from coursekit.core.graphs import check_leads_back, step_of
from coursekit.core.images import check_images, check_pixels
from coursekit.core.inputs import check_count
from coursekit.core.labels import Labels, as_labels
from coursekit.core.progress import progress
from coursekit.core.targets import explaining, input_gradient

__all__ = ["adversarial_patch", "masked_attack", "paste", "physical_view", "printability"]

Number = float | Tensor
View = Callable[[Tensor, torch.Generator], Tensor]
"""(images, generator) → the same as another camera might see them, drawn at random."""


def paste(
    images: Tensor, patch: Tensor, *, row: Number, column: Number, scale: Number, angle: Number = 0.0
) -> Tensor:
    """Lay a square patch on images, differentiably, so that a gradient reaches its pixels.

    Args:
        images: (N, C, H, W) in [0, 1].
        patch: (C, s, s) in [0, 1].
        row: where the patch's centre comes to lie, in pixels from the top; one for all or (N,).
        column: the same from the left.
        scale: edge of the pasted patch as a share of the images' shorter edge, above 0.
        angle: by which it is turned, in degrees, counter-clockwise.

    Returns:
        Images shaped like ``images``, in [0, 1]; what lies outside of them is cut off.

    Raises:
        ValueError: images or patch are none, or the numbers do not fit.
    """
    check_images(images, channels=patch.shape[0])
    check_pixels(patch)
    height, width = images.shape[2:]
    row, column, scale, angle = (
        torch.as_tensor(v, dtype=images.dtype, device=images.device).expand(len(images))
        for v in (row, column, scale, angle)
    )
    if not (scale > 0).all():
        raise ValueError(
            f"scale: wanted shares above 0 of the images' shorter edge, got {scale.min().item():.3g}"
        )
    # From a pixel's place, where corners are ±1, to its place on the patch: shift, turn back, enlarge.
    half = scale * min(height, width) / 2
    cos, sin = torch.deg2rad(angle).cos() / half, torch.deg2rad(angle).sin() / half
    x0, y0 = width / 2 - 0.5 - column, height / 2 - 0.5 - row
    across = torch.stack([cos * width / 2, -sin * height / 2, cos * x0 - sin * y0], 1)
    down = torch.stack([sin * width / 2, cos * height / 2, sin * x0 + cos * y0], 1)
    grid = affine_grid(torch.stack([across, down], 1), list(images.shape), align_corners=False)
    laid = grid_sample(
        patch.expand(len(images), -1, -1, -1), grid, padding_mode="border", align_corners=False
    )
    # The share of a pixel that the patch covers: half of it where the patch's edge runs through its middle.
    covered = ((1 - grid.abs()) * half.view(-1, 1, 1, 1) + 0.5).clamp(0, 1).prod(3)[:, None]
    return (images * (1 - covered) + laid * covered).clamp(0, 1)


def adversarial_patch(
    models: nn.Module | Sequence[nn.Module],
    images: Tensor,
    target: int,
    *,
    size: int = 32,
    scale: tuple[float, float] = (0.25, 0.45),
    angle: tuple[float, float] = (-30.0, 30.0),
    steps: int = 150,
    batch_size: int = 8,
    lr: float = 0.1,
    seed: int = 0,
    quiet: bool = True,
) -> Tensor:
    """Train a patch that turns whatever it lies on into ``target``: expectation over transformation (EOT).

    minimise Σ L(paste(x, p), target) over p in [0, 1] by Adam: a sum over nets and over images x, each with
    a place, scale and angle drawn anew in every step

    Args:
        models: one net, or several that are to be fooled by one patch; each maps images to scores (N, K).
        images: what the patch is laid on while it trains, (N, C, H, W) in [0, 1].
        target: the class.
        size: edge s of the patch, in pixels of its own.
        scale: smallest and largest edge of the pasted patch, as a share of the images' shorter edge.
        angle: smallest and largest turn, in degrees.
        steps: of the training.
        batch_size: images per step.
        lr: size of the first step, in units of [0, 1]; it falls to 0 along a line.
        seed: of images, places, scales and angles.
        quiet: show no progress bar.

    Returns:
        The patch (C, s, s) in [0, 1].

    Raises:
        ValueError: bad images, target or setting.

    Reference: Brown et al. 2017, Adversarial patch (arXiv:1712.09665); Athalye, Engstrom, Ilyas, Kwok 2018,
        Synthesizing robust adversarial examples (arXiv:1707.07397).
    """
    check_images(images)
    check_range("lr", lr, "a step ≥ 0 in units of [0, 1]")
    generator = torch.Generator().manual_seed(seed)
    labels = _labels(images[:1], target).expand(check_count("batch_size", batch_size))
    with _asking(models, images, labels[:1]) as loss:

        def objective(patch: Tensor) -> Tensor:
            chosen = torch.randint(len(images), (batch_size,), generator=generator)
            place = _place(batch_size, images, scale, angle, generator)
            return loss(paste(images[chosen], patch, **place), labels)

        patch = images.new_full((images.shape[1], check_count("size", size), size), 0.5)
        patch = _minimised(objective, patch, steps, lr, quiet=quiet)
    check_pixels(patch)
    return patch


def _minimised(
    objective: Callable[[Tensor], Tensor], start: Tensor, steps: int, lr: float, *, quiet: bool = True
) -> Tensor:
    """Return what Adam makes of ``start`` in so many steps, in [0, 1]: it averages over what is drawn."""
    with torch.inference_mode(False):
        pixels = start.clone()
        adam = torch.optim.Adam([pixels], lr=lr)
        falling = torch.optim.lr_scheduler.LinearLR(adam, 1, 1 / check_count("steps", steps), steps)
        for _ in progress(range(steps), "painting", quiet=quiet):
            pixels.grad = input_gradient(objective, pixels)
            adam.step()
            falling.step()
            pixels.clamp_(0, 1)
        pixels.grad = None
    return pixels


def _place(
    n: int, images: Tensor, scale: tuple[float, float], angle: tuple[float, float], generator: torch.Generator
) -> dict[str, Tensor]:
    """Draw where ``paste`` lays ``n`` patches, each whole inside the image but for its turned corners."""
    drawn = torch.rand(4, n, generator=generator).to(images)
    height, width = images.shape[2:]
    share, turn = (low + (high - low) * u for u, (low, high) in zip(drawn, (scale, angle), strict=False))
    edge = share * min(height, width)
    row, column = (edge / 2 + u * (side - edge) for u, side in zip(drawn[2:], (height, width), strict=True))
    return {"row": row - 0.5, "column": column - 0.5, "scale": share, "angle": turn}


def masked_attack(
    models: nn.Module | Sequence[nn.Module],
    x: Tensor,
    target: Labels | int,
    mask: Tensor,
    *,
    palette: Tensor | None = None,
    weight: float = 0.3,
    view: View | None = None,
    copies: int = 4,
    steps: int = 60,
    lr: float = 0.1,
    seed: int = 0,
) -> Tensor:
    """Paint inside a mask, such as glasses or stickers, so that every view looks like ``target`` to the net.

    minimise E_view L(view(x ⊙ (1 − m) + p ⊙ m), target) + λ Σ_mask printability(p) over p in [0, 1] by Adam

    Args:
        models: one net, or several that are to be fooled at once.
        x: images (N, C, H, W) in [0, 1].
        target: the class wanted, one for all or (N,).
        mask: (N or 1, 1, H, W), 1 where there may be paint.
        palette: colours (P, C) in [0, 1] that a printer has; None for any.
        weight: λ ≥ 0, how much it matters that the colours are of the palette.
        view: draws another view of images; ``physical_view`` when None.
        copies: views per step.
        steps: of the attack.
        lr: size of the first step, in units of [0, 1]; it falls to 0 along a line.
        seed: of the views.

    Returns:
        Images shaped like ``x``, in [0, 1], which are those of ``x`` outside the mask.

    Raises:
        ValueError: images, mask, target or a setting is off.

    Reference: Sharif, Bhagavatula, Bauer, Reiter 2016, Accessorize to a crime (doi:10.1145/2976749.2978392);
        Eykholt et al. 2018, Robust physical-world attacks (arXiv:1707.08945).
    """
    labels = _labels(x, target)
    check_range("weight", weight, "a weight ≥ 0")
    check_range("lr", lr, "a step ≥ 0 in units of [0, 1]")
    where, view = where_mask(mask, x), view or physical_view
    x, generator = x.detach(), torch.Generator().manual_seed(seed)
    many = labels.repeat(check_count("copies", copies))
    with _asking(models, x, labels) as loss:

        def objective(paint: Tensor) -> Tensor:
            images = torch.where(where > 0, paint, x)
            value = loss(view(images.repeat(copies, 1, 1, 1), generator), many) / copies
            if palette is not None:
                value = value + weight * (printability(images, palette) * where[:, 0]).sum()
            return value

        painted = torch.where(where > 0, _minimised(objective, x, steps, lr), x)
    check_pixels(painted)
    return painted


def printability(x: Tensor, palette: Tensor) -> Tensor:
    """Return the non-printability score of each pixel: Π_c ‖x − c‖, which is 0 for a colour of the palette.

    Args:
        x: images (N, C, H, W) in [0, 1].
        palette: the colours c, (P, C) in [0, 1].

    Returns:
        Scores (N, H, W).

    Raises:
        ValueError: the palette has other channels than the images.

    Reference: Sharif, Bhagavatula, Bauer, Reiter 2016, Accessorize to a crime (doi:10.1145/2976749.2978392).
    """
    if palette.ndim != 2 or palette.shape[1] != x.shape[1]:
        raise ValueError(f"palette: wanted (P, {x.shape[1]}) colours, got {tuple(palette.shape)}")
    return (x[:, None] - palette.to(x)[:, :, None, None]).norm(dim=2).prod(1)


def physical_view(images: Tensor, generator: torch.Generator) -> Tensor:
    """Return each image as another camera might see it.

    It is moved and enlarged by up to 8 %, turned by up to 10°, and up to a fifth lighter or darker. What
    comes in at the border is the border's colour.

    Args:
        images: (N, C, H, W) in [0, 1].
        generator: source of the random view of each image, on the CPU.

    Returns:
        Images of the same shape, in [0, 1]; they can be differentiated by ``images``.
    """
    zoom, turn, right, down, light = (2 * torch.rand(5, len(images), generator=generator) - 1).to(images)
    cos, sin = (torch.deg2rad(10 * turn).cos(), torch.deg2rad(10 * turn).sin())
    turned = torch.stack([cos, -sin, 0.16 * right, sin, cos, 0.16 * down], 1).view(-1, 2, 3)
    turned = torch.cat([turned[:, :, :2] * (1 + 0.08 * zoom).view(-1, 1, 1), turned[:, :, 2:]], 2)
    grid = affine_grid(turned, list(images.shape), align_corners=False)
    moved = grid_sample(images, grid, padding_mode="border", align_corners=False)
    return (moved * (1 + 0.2 * light).view(-1, 1, 1, 1)).clamp(0, 1)


def _labels(x: Tensor, target: Labels | int) -> Tensor:
    check_images(x)
    wanted = as_labels(target, "target")
    return check_attack(x, wanted.expand(len(x)) if wanted.ndim == 0 else wanted, 0)


@contextmanager
def _asking(
    models: nn.Module | Sequence[nn.Module], x: Tensor, labels: Tensor
) -> Iterator[Callable[[Tensor, Tensor], Tensor]]:
    """Put the nets in evaluation mode; yield (images, labels) → their losses, summed over images and nets."""
    nets = list(models) if isinstance(models, Sequence) else [models]
    with ExitStack() as stack:
        scorers = [stack.enter_context(explaining(net, x, None, checked=True)) for net in nets]
        for scorer in scorers:
            check_labels(labels, scores_of(scorer, x[:1]))

        def loss(images: Tensor, wanted: Tensor) -> Tensor:
            wanted, losses = wanted.clone(), []  # which may be of inference mode
            for scorer in scorers:
                scores = scores_of(scorer, images)
                # What else is minimised, or another net, has a gradient of its own.
                check_leads_back({"a net's score": scores}, step_of(images))
                losses.append(cross_entropy(scores, wanted, reduction="sum"))
            return torch.stack(losses).sum()

        yield loss

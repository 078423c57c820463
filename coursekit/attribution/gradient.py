"""Attribution by gradients: how the score would change if a pixel did.

Every method explains the score before the softmax and keeps the sign; ``heatmap`` makes the usual picture.
All take images (N, C, H, W) or clips (N, T, C, H, W) in [0, 1], or a table (N, F), and raise ``ValueError``
for anything else. ``target`` is a class for all, one each (N,), or None for the predicted one. With
``layer="conv5"`` it is a channel of that layer (the sum of its map), a tuple (channel, row, column) for one
unit, or None for the strongest unit of each image.
"""

from typing import Literal

import torch
from torch import Tensor, nn

from coursekit.core.images import check_tensors
from coursekit.core.inputs import batches, check_count
from coursekit.core.registry import method
from coursekit.core.targets import Target, explaining

__all__ = [
    "completeness_gap",
    "input_x_gradient",
    "integrated_gradients",
    "saliency",
    "smoothgrad",
]

Baseline = float | Tensor


@method("gradient", "gradient", row="saliency", peer="captum.attr:Saliency")
def saliency(
    model: nn.Module, x: Tensor, target: Target = None, *, layer: str | None = None, batch_size: int = 16
) -> Tensor:
    """Return the gradient of the score, ∂s/∂x, with its sign.

    Args:
        model: the net.
        x: images, clips or a table.
        target: class, or unit of the layer, that is explained.
        layer: name of the layer; None for the scores.
        batch_size: how many inputs go through the net at once.

    Returns:
        Attribution shaped like ``x``. The paper's picture is max over the channels of its absolute value.

    Raises:
        ValueError: bad input, target or layer.

    Reference: Simonyan, Vedaldi & Zisserman 2014 (arXiv:1312.6034).
    """
    with explaining(model, x, target, layer=layer, batch_size=batch_size) as scorer:
        return torch.cat([scorer.gradient(x[image], image) for image, _ in batches(len(x), 1, batch_size)])


@method("gradient", "input × gradient", peer="captum.attr:InputXGradient")
def input_x_gradient(
    model: nn.Module, x: Tensor, target: Target = None, *, layer: str | None = None, batch_size: int = 16
) -> Tensor:
    """Return input times gradient, x · ∂s/∂x: what a linear score would lose if a pixel went black.

    Args:
        model: the net.
        x: images (N, C, H, W) or clips (N, T, C, H, W) in [0, 1], or a table (N, F).
        target: class, or unit of the layer, that is explained; None for the predicted class.
        layer: name of the layer whose unit is explained; None for the scores.
        batch_size: how many inputs go through the net at once.

    Returns:
        Attribution shaped like ``x``, with its sign.

    Raises:
        ValueError: bad input, target or layer.

    Reference: Shrikumar, Greenside & Kundaje 2016 (arXiv:1605.01713).
    """
    return saliency(model, x, target, layer=layer, batch_size=batch_size) * x.detach()


@method(
    "gradient",
    "Integrated Gradients",
    settings={"steps": 16},
    quick={"steps": 5, "batch_size": 4},
    peer="captum.attr:IntegratedGradients",
)
def integrated_gradients(
    model: nn.Module,
    x: Tensor,
    target: Target = None,
    *,
    baseline: Baseline = 0.0,
    steps: int = 32,
    layer: str | None = None,
    batch_size: int = 16,
) -> Tensor:
    """Return Integrated Gradients: (x − x₀) · ∫₀¹ ∂s/∂x at x₀ + α (x − x₀) dα, by the midpoint rule.

    Args:
        model: the net.
        x: images, clips or a table.
        target: class, or unit of the layer, that is explained; None is settled on ``x``.
        baseline: where the path starts, x₀: a number or anything that broadcasts to ``x``; black by default.
        steps: points on the path.
        layer: name of the layer; None for the scores.
        batch_size: how many inputs go through the net at once.

    Returns:
        Attribution shaped like ``x``; it sums to s(x) − s(x₀) up to ``completeness_gap``.

    Raises:
        ValueError: bad input, target, layer, baseline or number of steps.

    Reference: Sundararajan, Taly & Yan 2017 (arXiv:1703.01365).
    """
    check_count("steps", steps)
    with explaining(model, x, target, layer=layer, batch_size=batch_size) as scorer:
        scorer.settle(x)
        start, total = _start(x, baseline), torch.zeros_like(x)
        for image, step in batches(len(x), steps, batch_size):
            alpha = _per_image((step.to(x) + 0.5) / steps, x)
            points = start[image].lerp(x[image], alpha)
            _add_up(total, scorer.gradient(points, image), image)
        return (x - start) * total / steps


def completeness_gap(
    model: nn.Module,
    x: Tensor,
    attribution: Tensor,
    target: Target = None,
    *,
    baseline: Baseline = 0.0,
    layer: str | None = None,
) -> Tensor:
    """Return what an attribution leaves unexplained: s(x) − s(x₀) − Σ attribution, for each image (N,).

    Zero for Integrated Gradients with many steps: the axiom of completeness.

    Args:
        model: the net.
        x: images (N, C, H, W) or clips (N, T, C, H, W) in [0, 1], or a table (N, F).
        attribution: what was made of them, of any shape (N, …).
        target: class, or unit of the layer, that was explained; None for the predicted class.
        baseline: where the path started, x₀: a number or anything that broadcasts to ``x``; black by default.
        layer: name of the layer whose unit was explained; None for the scores.

    Returns:
        Differences of scores (N,).

    Raises:
        ValueError: bad input, target, layer or baseline.

    Reference: Sundararajan, Taly & Yan 2017 (arXiv:1703.01365).
    """
    check_tensors(attribution=attribution)
    with explaining(model, x, target, layer=layer) as scorer:
        scorer.settle(x)
        start = _start(x, baseline)
        gains = [
            scorer.scores(x[image], image) - scorer.scores(start[image], image)
            for image, _ in batches(len(x), 1, scorer.batch_size)
        ]
        return torch.cat(gains) - attribution.flatten(1).sum(1)


def _add_up(total: Tensor, values: Tensor, image: Tensor) -> None:
    """Add values (n, …) to the ``total`` of the image that each belongs to, given by its index (n,)."""
    # Not index_add_, which adds in another order at each call on CUDA.
    for i in image.unique().tolist():
        total[i] += values[image == i].sum(0)


def _start(x: Tensor, baseline: Baseline) -> Tensor:
    start = torch.as_tensor(baseline, dtype=x.dtype, device=x.device)
    if not start.isfinite().all():
        raise ValueError("baseline: there are NaN or infinite entries; wanted finite numbers")
    try:
        return start.expand_as(x)
    except RuntimeError:
        shapes = f"{tuple(x.shape)}, got {tuple(start.shape)}"
        raise ValueError(f"baseline: wanted a number or what broadcasts to {shapes}") from None


@method("gradient", "SmoothGrad", settings={"n_samples": 16}, quick={"n_samples": 5, "batch_size": 4})
def smoothgrad(
    model: nn.Module,
    x: Tensor,
    target: Target = None,
    *,
    n_samples: int = 32,
    noise_level: float = 0.15,
    kind: Literal["mean", "square", "variance"] = "mean",
    generator: torch.Generator | None = None,
    layer: str | None = None,
    batch_size: int = 16,
) -> Tensor:
    """Return SmoothGrad: the gradient ∂s/∂x averaged over ``n_samples`` noisy copies of each input.

    mean: E[g]; square: E[g²]; variance: E[g²] − E[g]² (VarGrad); with g = ∂s/∂x taken at x + ε,
    ε ~ N(0, (σ · (max x − min x))²). Noisy pixels may leave [0, 1].

    Args:
        model: the net.
        x: images, clips or a table.
        target: class, or unit of the layer, that is explained; None is settled on the clean ``x``.
        n_samples: noisy copies of each input.
        noise_level: σ, in units of each input's own range max x − min x, as in the paper.
        kind: which statistic of the gradients.
        generator: where the noise comes from; None for one of seed 0, so that a call repeats itself.
        layer: name of the layer; None for the scores.
        batch_size: how many inputs go through the net at once; the noise does not depend on it.

    Returns:
        Attribution shaped like ``x``; never negative for square and variance.

    Raises:
        ValueError: bad input, target, layer, kind, number of copies or noise level.

    Reference: Smilkov et al. 2017 (arXiv:1706.03825); VarGrad: Adebayo et al. 2018 (arXiv:1810.03307).
    """
    if kind not in {"mean", "square", "variance"}:
        raise ValueError(f"kind: wanted 'mean', 'square' or 'variance', got {kind!r}")
    if not noise_level >= 0:
        raise ValueError(f"noise_level: wanted at least 0, got {noise_level}")
    generator = generator or torch.Generator().manual_seed(0)
    with explaining(model, x, target, layer=layer, batch_size=batch_size) as scorer:
        scorer.settle(x)
        scale = noise_level * _per_image(x.flatten(1).amax(1) - x.flatten(1).amin(1), x)
        origin, total, squares = torch.zeros_like(x), torch.zeros_like(x), torch.zeros_like(x)
        for image, copy in batches(len(x), check_count("n_samples", n_samples), batch_size):
            noise = _noise(len(image), x, generator)
            gradient = scorer.gradient(x[image] + scale[image] * noise, image)
            if kind == "variance":  # counted from the first copy's gradient, lest E[g²] and E[g]² cancel
                origin[image[copy == 0]] = gradient[copy == 0]
                gradient = gradient - origin[image]
            _add_up(total, gradient, image)
            if kind != "mean":
                _add_up(squares, gradient.square(), image)
    mean, square = total / n_samples, squares / n_samples
    return {"mean": mean, "square": square, "variance": (square - mean.square()).clamp(min=0)}[kind]


def _noise(n: int, x: Tensor, generator: torch.Generator) -> Tensor:
    """Draw normal noise for ``n`` inputs like those of ``x``."""
    # One by one and on the generator's device, so that neither the chunks nor a GPU change the picture.
    shape, device = x.shape[1:], generator.device
    noise = [torch.randn(shape, generator=generator, device=device, dtype=x.dtype) for _ in range(n)]
    return torch.stack(noise).to(x.device)


def _per_image(values: Tensor, x: Tensor) -> Tensor:
    """Shape values (n,) so that they broadcast over inputs like ``x``."""
    return values.view(-1, *[1] * (x.ndim - 1))

"""Fooling images: noise to us, and a thing to the net."""

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from coursekit.attacks.gradient import scores_of
from coursekit.core.hooks import restoring
from coursekit.core.images import check_images
from coursekit.core.inputs import check_count, weight_of
from coursekit.core.labels import Labels, as_labels
from coursekit.core.targets import Scorer, explaining, input_gradient, score

__all__ = ["fool_by_evolution", "fool_by_gradient"]

Targets = Labels | int


def fool_by_gradient(
    model: nn.Module,
    target: Targets,
    *,
    size: int = 96,
    channels: int = 3,
    confidence: float = 0.99,
    steps: int = 200,
    step_size: float = 0.01,
    seed: int = 0,
) -> Tensor:
    """Change noise until the net is sure that it is ``target``, though no person would say so.

    x ← clip(x + α · sign ∇ₓ log p_target(x), 0, 1), from uniform noise, until p_target ≥ confidence

    Args:
        model: maps images to scores (N, K).
        target: a class, or one for each image.
        size: edge of the images, in pixels.
        channels: of the images.
        confidence: probability at which an image is let be, below 1.
        steps: at most so many.
        step_size: α, in units of [0, 1].
        seed: of the noise.

    Returns:
        Images (N, C, size, size) in [0, 1], each as sure as it got.

    Raises:
        ValueError: bad target or setting.

    Reference: Nguyen, Yosinski, Clune 2015, Deep neural networks are easily fooled (arXiv:1412.1897).
    """
    classes = _classes(target, confidence)
    x = _noise(model, (len(classes), channels, check_count("size", size), size), seed)
    with restoring(model), explaining(model, x, classes, checked=True) as scorer:
        everyone = torch.arange(len(x))
        for _ in range(check_count("steps", steps)):
            unsure = _certainty(scorer, x, everyone).exp() < confidence
            if not unsure.any():
                break
            some = everyone[unsure.cpu()]
            slope = _slope(scorer, x[unsure], some)
            x = x.clone()
            x[unsure] = (x[unsure] + step_size * slope.sign()).clamp(0, 1)
    check_images(x)
    return x


def fool_by_evolution(
    model: nn.Module,
    target: Targets,
    *,
    size: int = 96,
    channels: int = 3,
    cells: int = 12,
    confidence: float = 0.99,
    population: int = 48,
    steps: int = 200,
    seed: int = 0,
) -> Tensor:
    """Breed noise until the net is sure that it is ``target``: no gradient is asked for.

    The better quarter of a generation lives on; the others are children of two of them, each cell of one
    parent or the other, every tenth changed at random. A picture is a coarse mosaic of cells, enlarged.

    Args:
        model: maps images to scores (N, K).
        target: a class, or one for each image.
        size: edge of the images, in pixels.
        channels: of the images.
        cells: along an edge of the mosaic.
        confidence: probability at which a breed has reached its goal, below 1.
        population: pictures in a generation, at least 8.
        steps: at most so many generations.
        seed: of the first generation and all that follows.

    Returns:
        Images (N, C, size, size) in [0, 1]: the best of each breed.

    Raises:
        ValueError: bad target or setting.

    Reference: Nguyen, Yosinski, Clune 2015, Deep neural networks are easily fooled (arXiv:1412.1897), with
        their direct encoding.
    """
    classes, best = _classes(target, confidence), []
    if check_count("population", population) < 8:
        raise ValueError(f"population: wanted at least 8 pictures, got {population}")
    check_count("steps", steps)
    for i, wanted in enumerate(classes.tolist()):
        generator = torch.Generator().manual_seed(seed * 10_007 + i)
        breed = torch.rand(population, channels, check_count("cells", cells), cells, generator=generator)
        shown = _enlarged(model, breed, size)
        with restoring(model), explaining(model, shown, wanted, checked=True) as scorer:
            for _ in range(steps):
                certain = _certainty(scorer, _enlarged(model, breed, size), torch.arange(population)).cpu()
                breed = breed[certain.argsort(descending=True)]
                if certain.max().exp() >= confidence:
                    break
                breed = _next_generation(breed, generator)
        best.append(_enlarged(model, breed[:1], size))
    x = torch.cat(best)
    check_images(x)
    return x


def _next_generation(breed: Tensor, generator: torch.Generator) -> Tensor:
    """Return the better quarter of a sorted breed, and their children."""
    parents = breed[: len(breed) // 4]
    chosen = torch.randint(len(parents), (2, len(breed) - len(parents)), generator=generator)
    one, other = parents[chosen[0]], parents[chosen[1]]
    children = torch.where(torch.rand(one.shape, generator=generator) < 0.5, one, other)
    change = 0.3 * torch.randn(one.shape, generator=generator)
    change *= torch.rand(one.shape, generator=generator) < 0.1
    return torch.cat([parents, (children + change).clamp(0, 1)])


def _certainty(scorer: Scorer, x: Tensor, images: Tensor) -> Tensor:
    """Return log p of the targets of ``images``, (n,)."""
    scores = scores_of(scorer, x)
    return score(scores, scorer.target_of(images)) - scores.logsumexp(1)


def _slope(scorer: Scorer, x: Tensor, images: Tensor) -> Tensor:
    return input_gradient(lambda pictures: _certainty(scorer, pictures, images).sum(), x)


def _classes(target: Targets, confidence: float) -> Tensor:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence: wanted a probability between 0 and 1, got {confidence}")
    return as_labels(target, "target").reshape(-1)


def _noise(model: nn.Module, shape: tuple[int, int, int, int], seed: int) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed)).to(weight_of(model))


def _enlarged(model: nn.Module, breed: Tensor, size: int) -> Tensor:
    return interpolate(breed, size=(size, size), mode="bilinear").clamp(0, 1).to(weight_of(model))

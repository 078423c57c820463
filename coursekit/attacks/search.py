"""Attacks that search for the smallest change: the nearest border between classes, and a single pixel."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from coursekit.attacks.budget import assert_within
from coursekit.attacks.gradient import check_attack, check_labels, scores_of
from coursekit.attacks.norms import L0, L2
from coursekit.core.graphs import derivative
from coursekit.core.images import check_images
from coursekit.core.inputs import check_count
from coursekit.core.labels import Labels
from coursekit.core.targets import Scorer, explaining

__all__ = ["deepfool", "one_pixel"]

_CHUNK = 32  # images at a time: what a layer puts out is still in the cache when the next one reads it


def deepfool(
    model: nn.Module, x: Tensor, *, candidates: int = 10, steps: int = 50, overshoot: float = 0.02
) -> Tensor:
    """DeepFool: step by step to the nearest border between classes, as if the net were linear.

    η ← η + |f_k| / ‖∇f_k‖² · ∇f_k, with f_k = s_k − s_predicted and k the class for which |f_k| / ‖∇f_k‖ is
    smallest; the result is clip(x + (1 + overshoot) η, 0, 1). An image stops when its class has changed.

    Args:
        model: maps images to scores (N, K).
        x: images (N, C, H, W) in [0, 1].
        candidates: how many classes are looked at, the likeliest ones; at least 2.
        steps: at most so many; an image that has not changed class by then stays as near as it came.
        overshoot: share by which the step goes beyond the border.

    Returns:
        Images shaped like ``x``, in [0, 1], close to the nearest that the net takes for another class; their
        distance in L2 is an upper bound of the smallest ε.

    Raises:
        ValueError: ``x`` is no image batch, or a number is out of range.

    Reference: Moosavi-Dezfooli, Fawzi, Frossard 2016, DeepFool (arXiv:1511.04599).
    """
    check_images(x)
    if check_count("candidates", candidates) < 2 or not overshoot >= 0:
        raise ValueError(f"wanted candidates ≥ 2 and overshoot ≥ 0, got {candidates} and {overshoot}")
    check_count("steps", steps)
    with explaining(model, x, None, batch_size=_CHUNK, checked=True) as scorer:
        parts = [_deepfool(scorer, part, candidates, steps, overshoot) for part in x.detach().split(_CHUNK)]
    adversarial = torch.cat(parts)
    assert_within(adversarial, x, L2(), L2().size(torch.ones_like(x[:1])).item())
    return adversarial


def _deepfool(scorer: Scorer, x: Tensor, candidates: int, steps: int, overshoot: float) -> Tensor:
    result, left, at, eta = x.clone(), torch.arange(len(x), device=x.device), x, torch.zeros_like(x)
    ranked = scores_of(scorer, x).argsort(1, descending=True)[:, :candidates]
    while steps:
        leaf, scores = _forward(scorer, at)
        same = scores.argmax(1) == ranked[:, 0]
        if not same.all():  # a pass over the others alone costs less than slopes of those that are done
            left, x, at, eta, ranked = (v[same] for v in (left, x, at, eta, ranked))
            if not len(left):
                break
            continue
        margins, slopes = _linearised(leaf, scores, ranked)
        length = slopes.flatten(2).norm(dim=2) + 1e-8
        distance, nearest = (margins.abs() / length).min(0)
        everyone = torch.arange(len(at), device=x.device)
        # A hair further than the border, where the scores of both classes would be the same.
        step = (distance + 1e-4) / length[nearest, everyone]
        eta = eta + step.view(-1, 1, 1, 1) * slopes[nearest, everyone]
        at = (x + (1 + overshoot) * eta).clamp(0, 1)
        result[left] = at
        steps -= 1
    return result


def _forward(scorer: Scorer, x: Tensor) -> tuple[Tensor, Tensor]:
    """Return a leaf like ``x``, and the scores with the graph that leads back to it."""
    with torch.inference_mode(False), torch.enable_grad():
        leaf = x.clone().requires_grad_()
        return leaf, scores_of(scorer, leaf)


def _linearised(leaf: Tensor, scores: Tensor, ranked: Tensor) -> tuple[Tensor, Tensor]:
    """Return f_k = s_k − s_predicted (k, n) and its slopes (k, n, C, H, W): many ways back over one graph."""
    with torch.inference_mode(False), torch.enable_grad():
        chosen = scores.gather(1, ranked.clone())
        margins = (chosen[:, 1:] - chosen[:, :1]).T
        slopes = [derivative(f.sum(), leaf, retain_graph=True) for f in margins]
    return margins.detach(), torch.stack(slopes)


def one_pixel(
    model: nn.Module,
    x: Tensor,
    y: Labels,
    *,
    pixels: int = 1,
    targeted: bool = False,
    population: int = 400,
    steps: int = 75,
    seed: int = 0,
) -> Tensor:
    """Change one pixel, or a few: place and colour by differential evolution, which needs no gradient.

    minimise s_y − max_{k≠y} s_k over c = (row, column, colour); targeted: its negative
    c ← a₁ + ½ (a₂ − a₃), of three other candidates, where that is better than c

    It stops as soon as the margin is below 0. A generation is one batch for the net.

    Args:
        model: maps images to scores (N, K).
        x: images (N, C, H, W) in [0, 1].
        y: true labels (N,); with ``targeted``, the classes wanted instead.
        pixels: how many pixels may change.
        targeted: look for the class ``y`` instead of any other.
        population: candidates per generation, at least 5.
        steps: at most so many generations.
        seed: of the first generation and of all mutations.

    Returns:
        Images shaped like ``x``, in [0, 1], which differ from ``x`` in at most ``pixels`` pixels: the best
        candidate of each, whether it fools the net or not.

    Raises:
        ValueError: ``x`` is no image batch, ``y`` does not fit it, or a number is out of range.

    Reference: Su, Vargas, Sakurai 2017, One pixel attack for fooling deep neural networks (arXiv:1710.08864),
        with the margin in place of the probability, so that it is known when the class changes.
    """
    labels = check_attack(x, y, check_count("pixels", pixels))
    check_count("steps", steps)
    if population < 5:
        raise ValueError(f"population: wanted at least 5 candidates, got {population}")
    with explaining(model, x, None, checked=True) as scorer:
        check_labels(labels, scores_of(scorer, x[:1]))
        found = [
            _evolve(_Pixels(scorer, image, label, pixels, targeted), population, steps, [seed, i])
            for i, (image, label) in enumerate(zip(x.detach(), labels.tolist(), strict=True))
        ]
    adversarial = torch.stack(found)
    assert_within(adversarial, x, L0(), pixels)
    return adversarial


@dataclass(frozen=True)
class _Pixels:
    """Candidates for one image, each a column of (row, column, colour) per pixel."""

    scorer: Scorer
    image: Tensor
    label: int
    pixels: int
    targeted: bool

    def paint(self, genes: np.ndarray) -> Tensor:
        """Return the images (S, C, H, W) of candidates (D, S)."""
        channels, height, width = self.image.shape
        pictures = self.image.repeat(genes.shape[1], 1, 1, 1)
        everyone = torch.arange(len(pictures))
        for place in torch.from_numpy(genes).unflatten(0, (self.pixels, 2 + channels)):
            row, column = place[0].long().clamp(max=height - 1), place[1].long().clamp(max=width - 1)
            pictures[everyone, :, row, column] = place[2:].T.to(pictures)
        return pictures

    def margin(self, genes: np.ndarray) -> np.ndarray:
        """Return how far each candidate (D, S) is from fooling the net, (S,); below 0 it does."""
        chunks = self.paint(genes).split(_CHUNK)
        scores = torch.cat([self.scorer.outputs(some) for some in chunks]).cpu().double()
        own = scores[:, self.label].clone()
        scores[:, self.label] = -torch.inf
        margin = own - scores.amax(1)
        return (-margin if self.targeted else margin).numpy()


def _evolve(task: _Pixels, population: int, steps: int, seed: list[int]) -> Tensor:
    """Return the image (C, H, W) of the best candidate."""
    from scipy.optimize import differential_evolution  # half a second, which no other attack should wait for

    channels, height, width = task.image.shape
    bounds = [(0, height), (0, width), *[(0, 1)] * channels] * task.pixels
    random = np.random.default_rng(seed)
    best = differential_evolution(
        task.margin,
        bounds,
        strategy="rand1bin",
        init=random.random((population, len(bounds))) * [high for _, high in bounds],
        mutation=0.5,
        recombination=1.0,
        maxiter=steps,
        tol=0,  # most candidates change nothing, which is no convergence
        polish=False,
        vectorized=True,
        updating="deferred",
        seed=random,
        callback=lambda intermediate_result: intermediate_result.fun < 0,
    )
    return task.paint(best.x[:, None])[0]

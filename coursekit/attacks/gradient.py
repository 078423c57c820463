"""Attacks that follow the gradient of the loss with respect to the pixels."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from coursekit.attacks.budget import assert_within, to_grid
from coursekit.attacks.norms import Norm, NormName, find_norm
from coursekit.core.images import check_images
from coursekit.core.inputs import check_count
from coursekit.core.labels import Labels, as_labels, class_scores
from coursekit.core.registry import method
from coursekit.core.targets import Scorer, explaining, input_gradient

__all__ = ["check_attack", "check_labels", "check_range", "fgsm", "fooled", "pgd", "scores_of", "where_mask"]


@method("attack", quick={"eps": 5 / 255}, peer="foolbox.attacks:LinfFastGradientAttack")
def fgsm(model: nn.Module, x: Tensor, y: Labels, *, eps: float, targeted: bool = False) -> Tensor:
    """Fast gradient sign method: one step of size ε along the sign of the gradient.

    x_adv = clip(x + ε · sign ∇ₓ L(x, y), 0, 1); targeted: clip(x − ε · sign ∇ₓ L(x, y), 0, 1)

    Args:
        model: maps images to scores (N, K).
        x: images (N, C, H, W) in [0, 1].
        y: true labels (N,); with ``targeted``, the classes wanted instead.
        eps: largest change of a pixel, in units of [0, 1]; 8/255 is eight grey levels.
        targeted: go down the loss of ``y`` instead of up.

    Returns:
        Images shaped like ``x``, in [0, 1], within ε of ``x`` in L∞.

    Raises:
        ValueError: ``x`` is no image batch, ``y`` does not fit it, or ``eps`` is negative.

    Reference: Goodfellow, Shlens, Szegedy 2015, Explaining and harnessing adversarial examples
        (arXiv:1412.6572).
    """
    return pgd(model, x, y, eps=eps, steps=1, step_size=eps, targeted=targeted, random_start=False)


@method("attack", quick={"eps": 5 / 255, "steps": 4}, peer="foolbox.attacks:LinfPGD")
def pgd(
    model: nn.Module,
    x: Tensor,
    y: Labels,
    *,
    eps: float,
    steps: int = 20,
    step_size: float | None = None,
    norm: NormName = "linf",
    targeted: bool = False,
    stop_when_fooled: bool = False,
    pull: float = 0.0,
    random_start: bool = True,
    restarts: int = 1,
    eight_bit: bool = False,
    mask: Tensor | None = None,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Projected gradient descent: small steps up the loss, each followed by a projection onto the ball.

    η ← Π_ε(η + α · steepest(∇ₓ L(x + η, y) − 2 λ η)), then clip x + η to [0, 1]

    Args:
        model: maps images to scores (N, K).
        x: images (N, C, H, W) in [0, 1].
        y: true labels (N,); with ``targeted``, the classes wanted instead.
        eps: radius ε of the ball, in units of [0, 1] and of the norm; for L0, a number of pixels.
        steps: number of steps.
        step_size: α in units of [0, 1]; 2.5 ε / steps when None, so that the border can be reached from
            anywhere. For L0 the step of the pixel that moves most; 1 when None, so that pixels can be
            exchanged.
        norm: ``"linf"``, ``"l2"`` or ``"l0"``.
        targeted: go down the loss of ``y`` instead of up.
        stop_when_fooled: let an image be as soon as its class is another than ``y``, or the one wanted.
        pull: λ ≥ 0, how strongly η is pulled back to 0: the objective is the loss less λ ‖η‖₂².
        random_start: begin at a random point of the ball instead of at ``x``.
        restarts: how many random starts; each image keeps the attempt that fools, and of these the one that
            is furthest up.
        eight_bit: give grey levels k/255, as a file has; the net is shown nothing else while the attack
            runs, so it finds what survives the rounding. ``x`` has to have such levels.
        mask: (N, 1, H, W) or (1, 1, H, W), 1 where the image may be changed and 0 elsewhere.
        generator: source of the random start (on the CPU); a generator seeded with 0 when None.

    Returns:
        Images shaped like ``x``, in [0, 1], within ε of ``x``.

    Raises:
        ValueError: ``x`` is no image batch, ``y`` or ``mask`` does not fit it, the norm is unknown, or a
            number is out of range.

    Reference: Madry et al. 2018, Towards deep learning models resistant to adversarial attacks
        (arXiv:1706.06083); the pull: Szegedy et al. 2014, Intriguing properties (arXiv:1312.6199); stopping
        and targets: Kurakin, Goodfellow, Bengio 2017, Adversarial examples in the physical world
        (arXiv:1607.02533); L0: Croce & Hein 2019, Sparse and imperceivable attacks (arXiv:1909.05040).
    """
    ball, labels = find_norm(norm), check_attack(x, y, eps)
    check_count("steps", steps)
    if step_size is None:
        step_size = 1.0 if norm == "l0" else 2.5 * eps / steps
    check_range("step_size", step_size, "a length ≥ 0 in units of [0, 1]")
    check_range("pull", pull, "a weight ≥ 0")
    if check_count("restarts", restarts) > 1 and not random_start:
        raise ValueError("restarts: each has to begin somewhere else; use random_start=True")
    if eight_bit and (x * 255 - (x * 255).round()).abs().max() > 1e-3:
        raise ValueError("eight_bit: the images are no grey levels k/255; use (x * 255).round() / 255")
    x, where = x.detach(), where_mask(mask, x)
    generator = generator or torch.Generator().manual_seed(0)
    attempts = []
    with explaining(model, x, None, checked=True) as scorer:
        ascent = _Ascent(scorer, ball, eps, steps, step_size, targeted, stop_when_fooled, pull, eight_bit)
        for _ in range(restarts):
            start = x
            if random_start:
                start = (x + where * ball.random(x, eps, generator)).clamp(0, 1)
            attempts.append(ascent.run(x, labels, start, where))
        adversarial = attempts[0] if restarts == 1 else ascent.best(attempts, labels)
    assert_within(adversarial, x, ball, eps)
    return adversarial


@dataclass(frozen=True)
class _Ascent:
    """Gradient ascent from a start on the loss of the labels; with ``targeted``, descent."""

    scorer: Scorer
    ball: Norm
    eps: float
    steps: int
    step_size: float
    targeted: bool
    stop: bool
    pull: float
    eight_bit: bool

    def run(self, x: Tensor, y: Tensor, at: Tensor, where: Tensor) -> Tensor:
        """Return where the ascent from ``at`` ends; images that may stop leave the batch."""
        result, left = at.clone(), torch.arange(len(x), device=x.device)
        for _ in range(self.steps):
            shown = self._shown(at, x)
            gradient, scores = self._gradient(shown, x, y)
            step = self.step_size * self.ball.steepest(where * gradient)
            if self.stop and (done := fooled(scores, y, self.targeted)).any():
                result[left[done]] = shown[done]
                left, x, y, at, where, step = (v[~done] for v in (left, x, y, at, where, step))
                if not len(left):
                    return result
            at = (x + self.ball.project(at + step - x, self.eps)).clamp(0, 1)
        result[left] = self._shown(at, x)
        return result

    def best(self, attempts: list[Tensor], y: Tensor) -> Tensor:
        """Return of each image the attempt that fools, and of these the one that is furthest up."""
        best, height = attempts[0], torch.full(y.shape, -math.inf, device=y.device)
        succeeded = torch.zeros_like(y, dtype=torch.bool)
        for attempt in attempts:
            scores = scores_of(self.scorer, attempt)
            done, up = fooled(scores, y, self.targeted), self._objective(scores, y)
            better = (done & ~succeeded) | ((done == succeeded) & (up > height))
            best = torch.where(better.view(-1, 1, 1, 1), attempt, best)
            height, succeeded = torch.where(better, up, height), done | succeeded
        return best

    def _shown(self, at: Tensor, x: Tensor) -> Tensor:
        return to_grid(at, x, self.ball, self.eps) if self.eight_bit else at

    def _objective(self, scores: Tensor, y: Tensor) -> Tensor:
        loss = cross_entropy(scores, y, reduction="none")
        return -loss if self.targeted else loss

    def _gradient(self, shown: Tensor, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """∇ₓ of the summed objective, so that no image's gradient depends on the batch; and the scores."""
        seen = []

        def objective(images: Tensor) -> Tensor:
            seen.append(self.scorer.outputs(images))
            check_labels(y, seen[0])
            return self._objective(seen[0], y.clone()).sum()  # y may be of inference mode

        gradient = input_gradient(objective, shown)
        return (gradient - 2 * self.pull * (shown - x) if self.pull else gradient), seen[0].detach()


def scores_of(scorer: Scorer, x: Tensor) -> Tensor:
    """Return the net's scores for a copy of ``x``, since a net may write to its input.

    Args:
        scorer: the net.
        x: images (N, C, H, W) in [0, 1].

    Returns:
        Scores (N, K), K ≥ 2.

    Raises:
        ValueError: the net gives no such scores.
    """
    return class_scores(scorer.outputs(x.clone()), len(x))


def fooled(scores: Tensor, y: Tensor, targeted: bool) -> Tensor:
    """Return which images an attack has fooled the net with.

    Args:
        scores: the net's scores (N, K) for the attacked images.
        y: true labels (N,); with ``targeted``, the classes wanted instead.
        targeted: whether a certain class is wanted.

    Returns:
        Bools (N,): the likeliest class is not ``y``, or with ``targeted`` it is.
    """
    predicted = scores.argmax(1)
    return predicted == y if targeted else predicted != y


def check_attack(x: Tensor, y: Labels, eps: float) -> Tensor:
    """Return the labels of an attack, or raise unless images, labels and budget fit together.

    Args:
        x: images (N, C, H, W) in [0, 1].
        y: labels (N,), whole numbers from 0.
        eps: the radius ε ≥ 0, in units of [0, 1].

    Returns:
        The labels, as int64 (N,) on the device of ``x``.

    Raises:
        TypeError: ``x`` is no tensor.
        ValueError: ``x`` is no image batch, ``y`` does not fit it, or ``eps`` is negative or not finite.
    """
    check_images(x)
    labels = as_labels(y)
    if labels.shape != (len(x),):
        raise ValueError(
            f"labels: wanted {len(x)} integers, one per image, got {labels.dtype} of shape"
            f" {tuple(labels.shape)}"
        )
    if labels.min() < 0:
        raise ValueError(f"labels: wanted classes from 0, got {labels.min().item()}")
    check_range("eps", eps, "a radius ≥ 0 in units of [0, 1]")
    with torch.inference_mode(False):  # or no graph could keep them
        return labels.clone().to(x.device, torch.int64)


def check_labels(y: Tensor, scores: Tensor) -> None:
    """Raise unless the net has a score for each of the labels.

    Args:
        y: labels (N,), from 0.
        scores: the net's scores (N, K).

    Raises:
        ValueError: a label is K or more, or K is 1.
    """
    class_scores(scores, len(scores))
    if y.max() >= scores.shape[1]:
        raise ValueError(f"label {y.max().item()}, but the net has {scores.shape[1]} classes")


def check_range(name: str, value: float, wanted: str) -> None:
    """Raise unless a setting is a finite number from 0.

    Args:
        name: of the setting, for the message.
        value: the setting.
        wanted: what it should be, for the message.

    Raises:
        ValueError: it is negative, infinite or NaN.
    """
    if not (math.isfinite(value) and value >= 0):
        raise ValueError(f"{name}: wanted {wanted}, got {value}")


def where_mask(mask: Tensor | None, x: Tensor) -> Tensor:
    """Return where the images may be changed.

    Args:
        mask: (N, 1, H, W) or (1, 1, H, W), 1 where they may and 0 elsewhere; None for everywhere.
        x: images (N, C, H, W).

    Returns:
        The mask with the type and device of ``x``, one map for each image: (N, 1, H, W), or ones (N, 1, 1, 1)
        when ``mask`` is None.

    Raises:
        ValueError: the mask has another shape.
    """
    if mask is None:
        return x.new_ones(len(x), 1, 1, 1)
    if mask.ndim != 4 or mask.shape[1] != 1 or mask.shape[2:] != x.shape[2:] or len(mask) not in {1, len(x)}:
        raise ValueError(
            f"mask: wanted (N or 1, 1, H, W) for images {tuple(x.shape)}, got {tuple(mask.shape)}"
        )
    return mask.to(x).expand(len(x), -1, -1, -1)

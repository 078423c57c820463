"""Exercise: the loss of adversarial training."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from coursekit.exercises.adversarial.cases import (
    ANSWERS,
    SIZES,
    draw,
    is_decided,
    loss_gradient,
    losses,
    step,
)
from coursekit.exercises.exercise import Case, Exercise, Mistake
from coursekit.exercises.nets import CLASSES

__all__ = ["MIXED_LOSS"]

Mix = Callable[[Tensor, Tensor, float], Tensor]
"""How the losses (N,) of the images and of their adversarial examples become one number."""


def _mean(clean: Tensor, attacked: Tensor, alpha: float) -> Tensor:
    return (alpha * clean + (1 - alpha) * attacked).mean()


def _mixed(model: nn.Module, x: Tensor, y: Tensor, eps: float, alpha: float, mix: Mix = _mean) -> Tensor:
    return mix(losses(model, x, y), losses(model, step(model, x, y, eps), y), alpha)


def _by(mix: Mix) -> Callable[..., Tensor]:
    return lambda model, x, y, eps, alpha: _mixed(model, x, y, eps, alpha, mix)


def _on(attack: Callable[[nn.Module, Tensor, Tensor, float], Tensor]) -> Callable[..., Tensor]:
    """A mistake of the attack."""
    return lambda model, x, y, eps, alpha: _mean(
        losses(model, x, y), losses(model, attack(model, x, y, eps), y), alpha
    )


def _mixed_images(model: nn.Module, x: Tensor, y: Tensor, eps: float, alpha: float) -> Tensor:
    return losses(model, alpha * x + (1 - alpha) * step(model, x, y, eps), y).mean()


def _mixed_scores(model: nn.Module, x: Tensor, y: Tensor, eps: float, alpha: float) -> Tensor:
    scores = alpha * model(x) + (1 - alpha) * model(step(model, x, y, eps))
    return losses(nn.Identity(), scores, y).mean()


def _predicted(model: nn.Module, x: Tensor, y: Tensor, eps: float) -> Tensor:
    return step(model, x, model(x).argmax(1), eps)


def _not_clipped(model: nn.Module, x: Tensor, y: Tensor, eps: float) -> Tensor:
    return x + eps * loss_gradient(model, x, y).sign()


def _no_sign(model: nn.Module, x: Tensor, y: Tensor, eps: float) -> Tensor:
    return (x + eps * loss_gradient(model, x, y)).clamp(0, 1)


def _cases(seed: int) -> list[Case]:
    generator = torch.Generator().manual_seed(seed)
    return [_draw(name, shape, generator) for name, shape in SIZES.items()]


def _draw(name: str, shape: tuple[int, int, int], generator: torch.Generator) -> Case:
    while True:
        net, x, y = draw(shape, generator)
        x = (2 * x - 0.5).clamp(0, 1)
        y = (net.build()(x).argmax(1) + 1) % CLASSES
        alpha = 0.2 + 0.2 * torch.rand((), generator=generator).item()
        if is_decided(net.build(), [x], y):
            return Case(name, {"model": net, "x": x, "y": y, "eps": 0.25, "alpha": alpha})


MIXED_LOSS = Exercise(
    name="mixed_loss",
    points=2,
    minutes=10,
    reference=_mixed,
    cases=_cases,
    tolerance=1e-4,  # one number, in which mistakes could hide
    mistakes=(
        Mistake(
            "α on the wrong term",
            _by(lambda clean, attacked, alpha: _mean(attacked, clean, alpha)),
            "α weighs the images as they are, 1 − α the adversarial ones.",
        ),
        Mistake(
            "the adversarial loss in full, without 1 − α",
            _by(lambda clean, attacked, alpha: (alpha * clean + attacked).mean()),
            "The weights add up to 1: (1 − α) times the adversarial loss.",
        ),
        Mistake(
            "equal shares, whatever α",
            _by(lambda clean, attacked, alpha: _mean(clean, attacked, 0.5)),
            "Weigh the images by α and the adversarial ones by 1 − α.",
        ),
        Mistake(
            "the adversarial loss alone",
            _by(lambda clean, attacked, alpha: attacked.mean()),
            "Add α times the loss of the images as they are.",
        ),
        Mistake(
            "the sum over the batch instead of the mean",
            _by(lambda clean, attacked, alpha: len(clean) * _mean(clean, attacked, alpha)),
            "The learning rate would grow with the batch: take the mean, as cross_entropy does.",
        ),
        Mistake(
            "the loss of mixed images",
            _mixed_images,
            "Between an image and its adversarial example the loss is another. Mix the two losses.",
        ),
        Mistake(
            "the loss of mixed scores",
            _mixed_scores,
            "Take the loss of each pass by itself, then mix the two.",
        ),
        Mistake(
            "attacks on the predicted labels",
            _on(_predicted),
            "Attack y, which is known in training: else a wrong prediction is pushed back to y.",
        ),
        Mistake(
            "images that are not clipped to [0, 1]",
            _on(_not_clipped),
            "No picture has such pixels: .clamp(0, 1).",
        ),
        Mistake(
            "ε times the gradient: the sign is missing",
            _on(_no_sign),
            "Every pixel may move by ε, whatever its gradient: take .sign().",
        ),
        Mistake(
            "steps down the loss",
            _on(lambda model, x, y, eps: step(model, x, y, -eps)),
            "Such images are easier than the clean ones. Go up the loss: add.",
        ),
    ),
    hidden=(*ANSWERS, "coursekit.models.training"),
)

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
from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Exercise, mistake
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


@mistake(
    "the loss of mixed images",
    "Between an image and its adversarial example the loss is another. Mix the two losses.",
)
def _mixed_images(model: nn.Module, x: Tensor, y: Tensor, eps: float, alpha: float) -> Tensor:
    return losses(model, alpha * x + (1 - alpha) * step(model, x, y, eps), y).mean()


@mistake("the loss of mixed scores", "Take the loss of each pass by itself, then mix the two.")
def _mixed_scores(model: nn.Module, x: Tensor, y: Tensor, eps: float, alpha: float) -> Tensor:
    scores = alpha * model(x) + (1 - alpha) * model(step(model, x, y, eps))
    return losses(nn.Identity(), scores, y).mean()


@mistake(
    "attacks on the predicted labels",
    "Attack y, which is known in training: else a wrong prediction is pushed back to y.",
)
@_on
def _predicted(model: nn.Module, x: Tensor, y: Tensor, eps: float) -> Tensor:
    return step(model, x, model(x).argmax(1), eps)


@mistake("images that are not clipped to [0, 1]", "No picture has such pixels: .clamp(0, 1).")
@_on
def _not_clipped(model: nn.Module, x: Tensor, y: Tensor, eps: float) -> Tensor:
    return x + eps * loss_gradient(model, x, y).sign()


@mistake(
    "ε times the gradient: the sign is missing",
    "Every pixel may move by ε, whatever its gradient: take .sign().",
)
@_on
def _no_sign(model: nn.Module, x: Tensor, y: Tensor, eps: float) -> Tensor:
    return (x + eps * loss_gradient(model, x, y)).clamp(0, 1)


def _cases(draws: Draws) -> list[Case]:
    return [_draw(name, shape, draws(name)) for name, shape in SIZES.items()]


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
    draw=_cases,
    tolerance=1e-4,  # one number, in which mistakes could hide
    mistakes=(
        mistake("α on the wrong term", "α weighs the images as they are, 1 − α the adversarial ones.")(
            _by(lambda clean, attacked, alpha: _mean(attacked, clean, alpha))
        ),
        mistake(
            "the adversarial loss in full, without 1 − α",
            "The weights add up to 1: (1 − α) times the adversarial loss.",
        )(_by(lambda clean, attacked, alpha: (alpha * clean + attacked).mean())),
        mistake("equal shares, whatever α", "Weigh the images by α and the adversarial ones by 1 − α.")(
            _by(lambda clean, attacked, alpha: _mean(clean, attacked, 0.5))
        ),
        mistake("the adversarial loss alone", "Add α times the loss of the images as they are.")(
            _by(lambda clean, attacked, alpha: attacked.mean())
        ),
        mistake(
            "the sum over the batch instead of the mean",
            "The learning rate would grow with the batch: take the mean, as cross_entropy does.",
        )(_by(lambda clean, attacked, alpha: len(clean) * _mean(clean, attacked, alpha))),
        _mixed_images,
        _mixed_scores,
        _predicted,
        _not_clipped,
        _no_sign,
        mistake("steps down the loss", "Such images are easier than the clean ones. Go up the loss: add.")(
            _on(lambda model, x, y, eps: step(model, x, y, -eps))
        ),
    ),
    hidden=(*ANSWERS, "coursekit.models.training"),
)

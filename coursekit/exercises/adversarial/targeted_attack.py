"""Exercise: small steps towards a class, for each image until the net sees it."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from coursekit.exercises.adversarial.cases import ANSWERS, SIZES, ball, draw, is_decided, loss_gradient
from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Exercise, Property, mistake

__all__ = ["TARGETED_ATTACK"]

_STEPS = 8
_POOL = 32  # images to choose from

Move = Callable[[nn.Module, Tensor, Tensor, Tensor, float, float], Tensor]
"""One step: (net, where it is, the originals, wanted, eps, step) → where it goes."""
Pending = Callable[[Tensor, Tensor, Tensor], Tensor]
"""Which images go on: (predicted now, predicted at first, wanted) → (N,) of bool."""


def _downhill(model: nn.Module, at: Tensor, wanted: Tensor, step: float) -> Tensor:
    return at - step * loss_gradient(model, at, wanted).sign()


def _move(model: nn.Module, at: Tensor, x: Tensor, wanted: Tensor, eps: float, step: float) -> Tensor:
    return ball(_downhill(model, at, wanted, step), x, eps)


def _path(
    model: nn.Module,
    x: Tensor,
    wanted: Tensor,
    eps: float,
    step: float,
    steps: int,
    *,
    move: Move = _move,
    pending: Pending = lambda now, first, wanted: now != wanted,
    late: bool = False,
) -> list[Tensor]:
    """All images on the way. ``late`` takes one more step after an image is there."""
    points, first, before = [x], model(x).argmax(1), torch.ones(len(x), dtype=torch.bool)
    for _ in range(steps):
        at = points[-1]
        now = pending(model(at).argmax(1), first, wanted)
        goes_on, before = (before if late else now), before & now
        points.append(torch.where(goes_on[:, None, None, None], move(model, at, x, wanted, eps, step), at))
    return points


def _ending(**options: Any) -> Callable[..., Tensor]:
    return lambda *arguments: _path(*arguments, **options)[-1]


def _moving(move: Move) -> Callable[..., Tensor]:
    """A mistake of the single step."""
    return _ending(move=move)


@mistake(
    "steps up the loss of the wanted class: the sign turned",
    "That leads away from it. A targeted attack goes down the loss: subtract.",
)
@_moving
def _up(model: nn.Module, at: Tensor, x: Tensor, wanted: Tensor, eps: float, step: float) -> Tensor:
    return ball(_downhill(model, at, wanted, -step), x, eps)


@mistake(
    "steps without the projection", "Many small steps leave the budget: clip x_adv − x to [−ε, ε] after each."
)
@_moving
def _free(model: nn.Module, at: Tensor, x: Tensor, wanted: Tensor, eps: float, step: float) -> Tensor:
    return _downhill(model, at, wanted, step).clamp(0, 1)


@mistake(
    "images that are not clipped to [0, 1]", "No picture has such pixels: .clamp(0, 1) after the projection."
)
@_moving
def _not_clipped(model: nn.Module, at: Tensor, x: Tensor, wanted: Tensor, eps: float, step: float) -> Tensor:
    return x + (_downhill(model, at, wanted, step) - x).clamp(-eps, eps)


@mistake("the projection before the step", "The last step then leaves the budget: step first, then project.")
@_moving
def _projected_first(
    model: nn.Module, at: Tensor, x: Tensor, wanted: Tensor, eps: float, step: float
) -> Tensor:
    slope = loss_gradient(model, at, wanted)
    return (ball(at, x, eps) - step * slope.sign()).clamp(0, 1)


@mistake(
    "steps that all start at x",
    "Go on from where the last step ended; x is only what the budget is measured from.",
)
@_moving
def _from_x(model: nn.Module, at: Tensor, x: Tensor, wanted: Tensor, eps: float, step: float) -> Tensor:
    return ball(x - step * loss_gradient(model, at, wanted).sign(), x, eps)


@mistake(
    "the gradient at x in every step", "The loss bends: take the gradient anew, where the last step ended."
)
@_moving
def _gradient_at_x(
    model: nn.Module, at: Tensor, x: Tensor, wanted: Tensor, eps: float, step: float
) -> Tensor:
    return ball(at - step * loss_gradient(model, x, wanted).sign(), x, eps)


def _cases(draws: Draws) -> list[Case]:
    return [_draw(name, shape, draws(name)) for name, shape in SIZES.items()]


def _draw(name: str, shape: tuple[int, int, int], generator: torch.Generator) -> Case:
    """Images that take different numbers of steps; the first case's passes a third class on its way."""
    n, height, width = shape
    while True:
        net, x, wanted = draw((_POOL, height, width), generator)
        step = 0.03 + 0.03 * torch.rand((), generator=generator).item()
        settings: dict[str, Any] = {"eps": 2.5 * step, "step": step, "steps": _STEPS}
        model = net.build()
        points = _path(model, x, wanted, **settings)
        chosen = _pick(torch.stack([model(at).argmax(1) for at in points]), wanted, n)
        if chosen and is_decided(model, [at[chosen] for at in points], wanted[chosen]):
            return Case(name, {"model": net, "x": x[chosen], "wanted": wanted[chosen], **settings})


def _pick(predicted: Tensor, wanted: Tensor, n: int) -> list[int]:
    """Indices of n images, given what the net said of each on its way (points, images); none if too few fit.

    The first one leaves the budget, where it must be projected, and arrives before the steps are over.
    """
    pending = predicted != wanted
    astray = (pending & (predicted != predicted[0])).any(0).tolist()
    by_steps: dict[int, int] = {}
    for i, steps in enumerate(pending.sum(0).tolist()):
        if steps > 1 and (n > 1 or astray[i]):
            by_steps.setdefault(steps, i)
    first = [steps for steps in by_steps if 3 <= steps <= _STEPS - 2][:1]
    chosen = [by_steps[steps] for steps in first + [other for other in by_steps if other not in first]]
    return chosen[:n] if first and len(chosen) >= n else []


TARGETED_ATTACK = Exercise(
    name="targeted_attack",
    points=3,
    minutes=20,
    reference=_ending(),
    draw=_cases,
    mistakes=(
        _up,
        mistake(
            "an attack that does not stop",
            "Leave an image as it is once the net predicts wanted: torch.where, image by image.",
        )(_ending(pending=lambda now, first, wanted: torch.ones_like(now, dtype=torch.bool))),
        mistake(
            "an attack that goes on for every image until the last one is there",
            "Each image stops by itself: torch.where with one bool for each.",
        )(_ending(pending=lambda now, first, wanted: (now != wanted).any().expand(len(now)))),
        mistake(
            "an attack that stops for all as soon as one image is there",
            "Each image stops by itself: torch.where with one bool for each.",
        )(_ending(pending=lambda now, first, wanted: (now != wanted).all().expand(len(now)))),
        mistake(
            "an attack that stops at any other class than the first prediction",
            "That is the end of an untargeted attack. Stop when the prediction is wanted.",
        )(_ending(pending=lambda now, first, wanted: now == first)),
        mistake(
            "one step too many after the net has been fooled",
            "Look at the prediction before you take the step, and take it only where it is not yet wanted.",
        )(_ending(late=True)),
        _free,
        _not_clipped,
        _projected_first,
        _from_x,
        _gradient_at_x,
    ),
    properties=(
        Property(
            lambda value, arguments: bool((value - arguments["x"]).abs().amax() <= arguments["eps"] + 1e-5),
            "Some pixel moved by more than ε.",
        ),
    ),
    hidden=ANSWERS,
)

"""Exercise: PGD from several random starts, of which each image keeps its worst."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from coursekit.exercises.adversarial.cases import (
    ANSWERS,
    SIZES,
    ball,
    draw,
    is_decided,
    loss_gradient,
    losses,
)
from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Exercise, Property, Value, mistake

__all__ = ["WORST_RESTART"]

_STEPS = 3

Start = Callable[[Tensor, Tensor, float, Tensor], Tensor]
"""Where a restart begins: (x, noise, eps, where the last one ended) → images."""
Choice = Callable[[Tensor, Tensor], Tensor]
"""What is kept: (all ends (R, N, C, H, W), their losses (R, N)) → images."""


def _start(x: Tensor, noise: Tensor, eps: float, last: Tensor) -> Tensor:
    return (x + eps * noise).clamp(0, 1)


def _worst(ends: Tensor, loss: Tensor) -> Tensor:
    return ends[loss.argmax(0), torch.arange(len(loss[0]))]


def _walk(
    model: nn.Module, at: Tensor, x: Tensor, y: Tensor, eps: float, step: float, *, early: bool = False
) -> list[Tensor]:
    """The points of one restart: each step followed by the projection, or ``early`` the other way round."""
    points = [at]
    for _ in range(_STEPS):
        moved = step * loss_gradient(model, points[-1], y).sign()
        into = ball(points[-1], x, eps) if early else points[-1]
        points.append((into + moved).clamp(0, 1) if early else ball(into + moved, x, eps))
    return points


def _restarts(
    model: nn.Module,
    x: Tensor,
    y: Tensor,
    noise: Tensor,
    eps: float,
    step: float,
    *,
    start: Start = _start,
    choose: Choice = _worst,
    around: Callable[[Tensor, Tensor], Tensor] = lambda x, start: x,
    early: bool = False,
) -> Tensor:
    ends: list[Tensor] = []
    for some in noise:
        begin = start(x, some, eps, ends[-1] if ends else x)
        ends.append(_walk(model, begin, around(x, begin), y, eps, step, early=early)[-1])
    return choose(torch.stack(ends), torch.stack([losses(model, end, y) for end in ends]))


def _with(**options: Any) -> Callable[..., Tensor]:
    return lambda *arguments: _restarts(*arguments, **options)


@mistake("steps down the loss", "An untargeted attack goes up the loss: add the step.")
def _down(model: nn.Module, x: Tensor, y: Tensor, noise: Tensor, eps: float, step: float) -> Tensor:
    return _restarts(model, x, y, noise, eps, -step)


def _cases(draws: Draws) -> list[Case]:
    return [_draw(name, shape, draws(name)) for name, shape in SIZES.items()]


def _draw(name: str, shape: tuple[int, int, int], generator: torch.Generator) -> Case:
    """Images whose worst restart is not always the last, nor, in a batch, the same for all."""
    while True:
        net, x, y = draw(shape, generator)
        noise = 2 * torch.rand(3, *x.shape, generator=generator) - 1
        eps = 0.05 + 0.05 * torch.rand((), generator=generator).item()
        settings: dict[str, Value] = {"noise": noise, "eps": eps, "step": 0.3 * eps}
        model = net.build()
        walks = [_walk(model, _start(x, some, eps, x), x, y, eps, 0.3 * eps) for some in noise]
        loss = torch.stack([losses(model, walk[-1], y) for walk in walks])
        first, second, _ = loss.sort(0, descending=True).values
        best = loss.argmax(0)
        varied = len(x) == 1 or len(best.unique()) > 1
        clear = (first - second > 1e-3 * first).all() and (best < 2).any()
        if varied and clear and all(is_decided(model, walk, y) for walk in walks):
            return Case(name, {"model": net, "x": x, "y": y, **settings})


WORST_RESTART = Exercise(
    name="worst_restart",
    points=3,
    minutes=20,
    reference=_restarts,
    draw=_cases,
    mistakes=(
        mistake(
            "one restart for the whole batch: that with the highest mean loss",
            "Every image has a worst start of its own: compare its losses alone.",
        )(_with(choose=lambda ends, loss: ends[loss.mean(1).argmax()])),
        mistake("the last restart", "Keep an image of an earlier restart where its loss is higher.")(
            _with(choose=lambda ends, loss: ends[-1])
        ),
        mistake("the restart with the lowest loss", "The attacker wants the highest loss.")(
            _with(choose=lambda ends, loss: _worst(ends, -loss))
        ),
        mistake(
            "the mean of all restarts",
            "The mean of several attacks is none. Keep the one with the highest loss.",
        )(_with(choose=lambda ends, loss: ends.mean(0))),
        mistake(
            "restarts that go on from where the last one ended", "Every restart begins anew at x + ε · noise."
        )(_with(start=lambda x, noise, eps, last: ball(last + eps * noise, x, eps))),
        mistake(
            "restarts that all begin at x",
            "Without the noise every restart is the same: begin at x + ε · noise.",
        )(_with(start=lambda x, noise, eps, last: x)),
        mistake(
            "noise in the wrong unit: ε is missing",
            "The noise lies in [−1, 1]: multiply it by ε, and the start is in the ball.",
        )(_with(start=lambda x, noise, eps, last: (x + noise).clamp(0, 1))),
        mistake(
            "a ball around the start instead of x",
            "The budget is measured from x, wherever the attack began.",
        )(_with(around=lambda x, start: start)),
        mistake(
            "the projection before the step",
            "The last step then leaves the budget: step first, then project.",
        )(_with(early=True)),
        _down,
    ),
    properties=(
        Property(
            lambda value, arguments: bool((value - arguments["x"]).abs().amax() <= arguments["eps"] + 1e-5),
            "Some pixel moved by more than ε.",
        ),
    ),
    hidden=ANSWERS,
)

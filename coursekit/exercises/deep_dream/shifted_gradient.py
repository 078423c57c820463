"""Exercise: the gradient, as seen from several places."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from coursekit.exercises.deep_dream.cases import ANSWERS, SIZES, draw_net
from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Exercise, Value, mistake
from coursekit.exercises.nets import CLASSES
from coursekit.exercises.saliency.cases import gradient, probability, score

__all__ = ["SHIFTED_GRADIENT"]

Move = Callable[[Tensor, int, int], Tensor]
Scores = Callable[[nn.Module, Tensor, Tensor], Tensor]


def _roll(x: Tensor, rows: int, columns: int) -> Tensor:
    return x.roll((rows, columns), (2, 3))


def _back(x: Tensor, rows: int, columns: int) -> Tensor:
    return _roll(x, -rows, -columns)


def _stay(x: Tensor, rows: int, columns: int) -> Tensor:
    return x


def _each(
    model: nn.Module,
    x: Tensor,
    target: Tensor,
    shifts: Tensor,
    *,
    there: Move = _roll,
    back: Move = _back,
    scores: Scores = score,
) -> Tensor:
    """The gradients of the single shifts, each brought back (K, N, 3, H, W)."""
    moved = [
        back(gradient(lambda seen: scores(model, seen, target), there(x, *shift)), *shift)
        for shift in shifts.tolist()
    ]
    return torch.stack(moved)


def _reference(model: nn.Module, x: Tensor, target: Tensor, shifts: Tensor) -> Tensor:
    return _each(model, x, target, shifts).mean(0)


def _moving(there: Move = _roll, back: Move = _back, scores: Scores = score) -> Callable[..., Tensor]:
    return lambda *arguments: _each(*arguments, there=there, back=back, scores=scores).mean(0)


@mistake("the sum over the shifts instead of the mean", "Divide by how many there are.")
def _sum(model: nn.Module, x: Tensor, target: Tensor, shifts: Tensor) -> Tensor:
    return _each(model, x, target, shifts).sum(0)


@mistake("the last shift alone", "Take the mean over all shifts.")
def _last(model: nn.Module, x: Tensor, target: Tensor, shifts: Tensor) -> Tensor:
    return _each(model, x, target, shifts)[-1]


@mistake("shifts that add up", "Every shift starts from x as it came.")
def _adding_up(model: nn.Module, x: Tensor, target: Tensor, shifts: Tensor) -> Tensor:
    return _reference(model, x, target, shifts.cumsum(0))


@mistake(
    "the gradient of the mean over the batch: N times too small",
    "Sum the scores over the batch: then each picture gets its own gradient, unscaled.",
)
def _batch_mean(model: nn.Module, x: Tensor, target: Tensor, shifts: Tensor) -> Tensor:
    return _reference(model, x, target, shifts) / len(x)


def _filled(x: Tensor, rows: int, columns: int) -> Tensor:
    """Shifted, with black for what comes in."""
    return pad(x, (columns, -columns, rows, -rows))


def _cases(draws: Draws) -> list[Case]:
    cases = []
    for count, (name, shape) in enumerate(SIZES.items(), start=2):
        generator = draws(name)
        rows = torch.randperm(6, generator=generator)[:count] - 3
        columns = torch.randperm(6, generator=generator)[:count] - 3
        columns = torch.where(
            (rows == columns) | (rows == -columns), rows + 4, columns
        )  # else axes look alike
        arguments: dict[str, Value] = {
            "model": draw_net(generator),
            "x": torch.rand(shape, generator=generator),
            "target": torch.randint(CLASSES, shape[:1], generator=generator),
            "shifts": torch.stack([rows, columns], 1),
        }
        cases.append(Case(name, arguments))
    return cases


SHIFTED_GRADIENT = Exercise(
    name="shifted_gradient",
    points=2,
    minutes=15,
    reference=_reference,
    draw=_cases,
    mistakes=(
        mistake(
            "a shift that is not undone",
            "The gradient belongs to the shifted picture: roll it back by the opposite shift.",
        )(_moving(back=_stay)),
        mistake("a shift undone in the same direction", "Back means the opposite: (−rows, −columns).")(
            _moving(back=_roll)
        ),
        mistake("rows and columns swapped", "Rows are dimension 2, columns dimension 3.")(
            _moving(lambda x, r, c: _roll(x, c, r), lambda x, r, c: _back(x, c, r))
        ),
        mistake(
            "shifts in the other direction",
            "Shift the picture by (rows, columns), and the gradient back by the opposite.",
        )(_moving(_back, _roll)),
        mistake("shifts that fill in black", "What leaves at one border comes in at the other: .roll.")(
            _moving(_filled, lambda x, r, c: _filled(x, -r, -c))
        ),
        mistake(
            "a picture that was not shifted, and gradients that were",
            "Show the net the shifted picture: it is the net that shall see it elsewhere.",
        )(_moving(there=_stay)),
        mistake(
            "the gradient of the picture where it is, without any shift",
            "Shift the picture, differentiate, shift the gradient back.",
        )(_moving(_stay, _stay)),
        _last,
        _sum,
        _adding_up,
        _batch_mean,
        mistake(
            "the gradient of the probability instead of the score",
            "Leave the softmax out: it rises just as well when the other classes fall.",
        )(_moving(scores=probability)),
    ),
    hidden=ANSWERS,
)

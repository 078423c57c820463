"""Exercise: which net's examples fool which other."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from coursekit.exercises.adversarial.cases import ANSWERS, blotches, loss_gradient, step, varied_net
from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Exercise, mistake

__all__ = ["TRANSFER_MATRIX"]

Nets = tuple[nn.Module, nn.Module, nn.Module]
Count = Callable[[Tensor, Tensor, Tensor], Tensor]
"""One entry: (predicted by net j, predicted by it before, y) → share."""


def _fooled(now: Tensor, before: Tensor, y: Tensor) -> Tensor:
    return ((now != y) & (before == y)).float().sum() / (before == y).sum()


def _matrix(
    nets: Nets, x: Tensor, y: Tensor, eps: float, count: Count = _fooled, made: bool = False
) -> Tensor:
    """Row i: examples made on net i. ``made``: on the label that net i predicts."""
    before, rows = [net(x).argmax(1) for net in nets], []
    for maker, told in zip(nets, before, strict=True):
        examples = step(maker, x, told if made else y, eps)
        now = [net(examples).argmax(1) for net in nets]
        rows.append(torch.stack([count(*both, y) for both in zip(now, before, strict=True)]))
    return torch.stack(rows)


def _counting(count: Count) -> Callable[..., Tensor]:
    """A mistake of what is counted."""
    return lambda first, second, third, x, y, eps: _matrix((first, second, third), x, y, eps, count)


_reference = _counting(_fooled)


@mistake(
    "rows and columns swapped", "Row i holds the examples made on net i; column j says how net j takes them."
)
def _swapped(
    first: nn.Module, second: nn.Module, third: nn.Module, x: Tensor, y: Tensor, eps: float
) -> Tensor:
    return _reference(first, second, third, x, y, eps).T


@mistake("steps down the loss", "An untargeted attack goes up the loss: add the step.")
def _turned(
    first: nn.Module, second: nn.Module, third: nn.Module, x: Tensor, y: Tensor, eps: float
) -> Tensor:
    return _reference(first, second, third, x, y, -eps)


@mistake(
    "examples against the label that their net predicts",
    "Attack y: where the net errs, its own prediction is not what the attack must leave.",
)
def _on_predicted(
    first: nn.Module, second: nn.Module, third: nn.Module, x: Tensor, y: Tensor, eps: float
) -> Tensor:
    return _matrix((first, second, third), x, y, eps, made=True)


@mistake(
    "a diagonal of 0", "On the diagonal a net meets its own examples: that is the white-box attack. Keep it."
)
def _no_diagonal(
    first: nn.Module, second: nn.Module, third: nn.Module, x: Tensor, y: Tensor, eps: float
) -> Tensor:
    return _reference(first, second, third, x, y, eps) * (1 - torch.eye(3))


@mistake("each net on its own examples alone", "Show the examples of each net to all three.")
def _own_alone(
    first: nn.Module, second: nn.Module, third: nn.Module, x: Tensor, y: Tensor, eps: float
) -> Tensor:
    return _reference(first, second, third, x, y, eps).diag().diag()


@mistake("examples that pile up from net to net", "Every net makes its examples from x as it came.")
def _joined(
    first: nn.Module, second: nn.Module, third: nn.Module, x: Tensor, y: Tensor, eps: float
) -> Tensor:
    """Each row starts from the examples of the row before."""
    nets, rows, examples = (first, second, third), [], x
    for maker in nets:
        examples = (examples + eps * loss_gradient(maker, examples, y).sign()).clamp(0, 1)
        rows.append([_fooled(net(examples).argmax(1), net(x).argmax(1), y) for net in nets])
    return torch.stack([torch.stack(row) for row in rows])


def _cases(draws: Draws) -> list[Case]:
    """Labels that each net gets right for some images and none for all: so it matters which are counted."""
    cases = []
    for name, n, height, width in (
        ("thirty images", 30, 8, 8),
        ("forty tall images", 40, 9, 8),
        ("fifty wide images", 50, 8, 9),
    ):
        generator = draws(name)
        x = blotches(n, height, width, generator)
        nets = {name: varied_net(x, generator) for name in ("first", "second", "third")}
        told = torch.stack([net.build()(x).argmax(1) for net in nets.values()])
        y = told[torch.randint(3, (n,), generator=generator), torch.arange(n)]
        cases.append(Case(name, {**nets, "x": x, "y": y, "eps": 0.1}))
    return cases


TRANSFER_MATRIX = Exercise(
    name="transfer_matrix",
    points=3,
    minutes=15,
    reference=_reference,
    draw=_cases,
    mistakes=(
        _swapped,
        mistake(
            "the share of all images that are wrong, also of those that were wrong before",
            "What net j got wrong without an attack has not been fooled: leave it out of both counts.",
        )(_counting(lambda now, before, y: (now != y).float().mean())),
        mistake(
            "a count of those fooled over all images",
            "Divide by the number of images that net j got right before.",
        )(_counting(lambda now, before, y: ((now != y) & (before == y)).float().mean())),
        mistake(
            "the accuracy instead of the share fooled", "Count the images that went from right to wrong."
        )(_counting(lambda now, before, y: 1 - _fooled(now, before, y))),
        mistake(
            "the share whose prediction changes",
            "From one wrong class to another is no harm done: compare with y.",
        )(_counting(lambda now, before, y: (now != before).float().mean())),
        _on_predicted,
        _turned,
        _joined,
        _no_diagonal,
        _own_alone,
    ),
    hidden=ANSWERS,
)

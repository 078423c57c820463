"""Exercise: accuracy against ε."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from coursekit.exercises.adversarial.cases import ANSWERS, blotches, loss_gradient, step, varied_net
from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Exercise, mistake
from coursekit.exercises.nets import CLASSES

__all__ = ["ACCURACY_CURVE"]

Attack = Callable[[nn.Module, Tensor, Tensor, float], Tensor]


def _right(model: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    """1 for each image that is classified as labelled, else 0."""
    return (model(x).argmax(1) == y).float()


def _curve(model: nn.Module, x: Tensor, y: Tensor, eps: Tensor, attack: Attack = step) -> Tensor:
    return torch.stack([_right(model, attack(model, x, y, size), y).mean() for size in eps.tolist()])


def _under(attack: Attack) -> Callable[..., Tensor]:
    """A mistake of the attack: how it makes the images."""
    return lambda model, x, y, eps: _curve(model, x, y, eps, attack)


@mistake(
    "the share that is fooled instead of the accuracy", "Count the images that the net still gets right."
)
def _fooled(model: nn.Module, x: Tensor, y: Tensor, eps: Tensor) -> Tensor:
    return 1 - _curve(model, x, y, eps)


@mistake(
    "the accuracy on those images alone that were right before",
    "Robust accuracy counts all images; what was wrong without an attack stays wrong.",
)
def _of_right(model: nn.Module, x: Tensor, y: Tensor, eps: Tensor) -> Tensor:
    chosen = _right(model, x, y) == 1
    return _curve(model, x[chosen], y[chosen], eps)


@mistake(
    "what the attack costs: the clean accuracy less the one under attack",
    "Return the accuracy under attack itself.",
)
def _lost(model: nn.Module, x: Tensor, y: Tensor, eps: Tensor) -> Tensor:
    return _right(model, x, y).mean() - _curve(model, x, y, eps)


@mistake(
    "the share whose prediction does not change",
    "Compare with y, the true labels, not with what the net said before.",
)
def _unchanged(model: nn.Module, x: Tensor, y: Tensor, eps: Tensor) -> Tensor:
    first = model(x).argmax(1)
    return torch.stack([_right(model, step(model, x, y, size), first).mean() for size in eps.tolist()])


@mistake("attacks that add up from one ε to the next", "Each attack starts from the images as they came.")
def _adding_up(model: nn.Module, x: Tensor, y: Tensor, eps: Tensor) -> Tensor:
    shares = []
    for size in eps.tolist():
        x = step(model, x, y, size)
        shares.append(_right(model, x, y).mean())
    return torch.stack(shares)


@mistake("the number of images instead of the share", "Divide by how many there are: .mean().")
def _count(model: nn.Module, x: Tensor, y: Tensor, eps: Tensor) -> Tensor:
    return len(x) * _curve(model, x, y, eps)


@mistake(
    "attacks on the predicted labels",
    "Where the net errs already, that pushes it away from its error, and sometimes back to y.",
)
@_under
def _predicted(model: nn.Module, x: Tensor, y: Tensor, eps: float) -> Tensor:
    return step(model, x, model(x).argmax(1), eps)


@mistake("images that are not clipped to [0, 1]", "No picture has such pixels: .clamp(0, 1).")
@_under
def _not_clipped(model: nn.Module, x: Tensor, y: Tensor, eps: float) -> Tensor:
    return x + eps * loss_gradient(model, x, y).sign()


def _cases(draws: Draws) -> list[Case]:
    sizes = {"forty images": (40, 8, 8), "fifty tall images": (50, 9, 8), "sixty wide images": (60, 8, 9)}
    return [_draw(name, shape, draws(name)) for name, shape in sizes.items()]


def _draw(name: str, shape: tuple[int, int, int], generator: torch.Generator) -> Case:
    """Images with labels of which a third are wrong: so it matters what is attacked and counted."""
    x = blotches(*shape, generator)
    net = varied_net(x, generator)
    right = torch.rand(len(x), generator=generator) > 0.3
    y = (net.build()(x).argmax(1) + torch.where(right, 0, 1)) % CLASSES
    start = 0.02 * torch.rand((), generator=generator).item()
    return Case(name, {"model": net, "x": x, "y": y, "eps": start + torch.linspace(0, 0.12, 5)})


ACCURACY_CURVE = Exercise(
    name="accuracy_curve",
    points=2,
    minutes=10,
    reference=_curve,
    draw=_cases,
    mistakes=(
        _fooled,
        _of_right,
        _lost,
        _unchanged,
        _predicted,
        _adding_up,
        _not_clipped,
        mistake("steps down the loss", "These make the net surer. Go up the loss: add.")(
            _under(lambda model, x, y, eps: step(model, x, y, -eps))
        ),
        mistake("ε in the wrong unit: divided by 255", "eps comes in units of [0, 1], as the pixels do.")(
            _under(lambda model, x, y, eps: step(model, x, y, eps / 255))
        ),
        _count,
    ),
    hidden=ANSWERS,
)

"""Exercise: the gradient that reaches the features when a confounder is to be unlearned."""

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from coursekit.confounding import gradient_reversal
from coursekit.exercises.confounders.cases import ANSWERS
from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Exercise, Value, mistake

__all__ = ["BODY_GRADIENT"]


def _reference(*arguments: Any) -> Tensor:
    features, class_head, confounder_head, label, confounder, scale = arguments
    x = features.detach().requires_grad_()
    loss = cross_entropy(x @ class_head.T, label)
    loss = loss + cross_entropy(gradient_reversal(x, scale) @ confounder_head.T, confounder)
    return torch.autograd.grad(loss, x)[0]


def _parts(*arguments: Any) -> tuple[Tensor, Tensor]:
    """The gradients of the class's and of the confounder's cross-entropy with respect to the features."""
    features, class_head, confounder_head, label, confounder, _ = arguments
    x = features.detach().requires_grad_()
    return (
        torch.autograd.grad(cross_entropy(x @ class_head.T, label), x)[0],
        torch.autograd.grad(cross_entropy(x @ confounder_head.T, confounder), x)[0],
    )


@mistake(
    "a gradient that is not reversed", "So the body learns to show the confounder: subtract its gradient."
)
def _forgotten(*arguments: Any) -> Tensor:
    of_class, of_confounder = _parts(*arguments)
    return of_class + arguments[-1] * of_confounder


@mistake("a reversed gradient without its scale", "Multiply the confounder's gradient by λ.")
def _unscaled(*arguments: Any) -> Tensor:
    of_class, of_confounder = _parts(*arguments)
    return of_class - of_confounder


@mistake(
    "the scale at the class instead of the confounder",
    "The class's gradient stays as it is; the confounder's is multiplied by −λ.",
)
def _class_scaled(*arguments: Any) -> Tensor:
    of_class, of_confounder = _parts(*arguments)
    return arguments[-1] * of_class - of_confounder


@mistake("both gradients reversed", "The class is still to be learned: its gradient keeps its sign.")
def _both_turned(*arguments: Any) -> Tensor:
    of_class, of_confounder = _parts(*arguments)
    return -of_class - arguments[-1] * of_confounder


@mistake(
    "the class's gradient reversed instead of the confounder's",
    "It is the confounder that is to be unlearned.",
)
def _wrong_turned(*arguments: Any) -> Tensor:
    of_class, of_confounder = _parts(*arguments)
    return -arguments[-1] * of_class + of_confounder


@mistake("the confounder's part alone", "The body learns from both heads: add the class's gradient.")
def _confounder_only(*arguments: Any) -> Tensor:
    return -arguments[-1] * _parts(*arguments)[1]


@mistake(
    "the class's part alone", "Without the second head nothing is unlearned: subtract λ times its gradient."
)
def _class_only(*arguments: Any) -> Tensor:
    return _parts(*arguments)[0]


@mistake(
    "the gradient of the summed loss instead of the mean",
    "cross_entropy averages over the pictures: leave its reduction as it is.",
)
def _summed(*arguments: Any) -> Tensor:
    return len(arguments[0]) * _reference(*arguments)


def _cases(draws: Draws) -> list[Case]:
    cases = []
    for name, n, width, classes, groups, scale in (
        ("four pictures", 4, 6, 3, 2, 0.5),
        ("seven pictures", 7, 5, 2, 4, 2.0),
        ("ten pictures", 10, 8, 4, 3, 0.2),
    ):
        generator = draws(name)
        arguments: dict[str, Value] = {
            "features": torch.randn(n, width, generator=generator).relu(),
            "class_head": torch.randn(classes, width, generator=generator),
            "confounder_head": torch.randn(groups, width, generator=generator),
            "label": torch.randint(classes, (n,), generator=generator),
            "confounder": torch.randint(groups, (n,), generator=generator),
            "scale": scale,
        }
        cases.append(Case(name, arguments))
    return cases


BODY_GRADIENT = Exercise(
    name="body_gradient",
    points=3,
    minutes=15,
    reference=_reference,
    draw=_cases,
    mistakes=(
        _forgotten,
        _unscaled,
        _class_scaled,
        _both_turned,
        _wrong_turned,
        _confounder_only,
        _class_only,
        _summed,
    ),
    hidden=ANSWERS,
)

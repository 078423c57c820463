"""How robust a net is, told honestly: by the worst that happens to each image."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Protocol

import torch
from torch import Tensor, nn

from coursekit.attacks.gradient import check_attack, check_labels, pgd, scores_of
from coursekit.attacks.norms import NormName
from coursekit.core.labels import Labels
from coursekit.core.registry import method
from coursekit.core.targets import explaining

__all__ = [
    "Attack",
    "accuracy_under",
    "attacked_images",
    "pgd_to_runner_up",
    "robust_accuracy",
    "transfer_matrix",
]

Attack = Callable[[nn.Module, Tensor, Tensor], Tensor]
"""(model, x, y) → x_adv: an attack whose settings are made, as by ``functools.partial(pgd, eps=8 / 255)``."""


_CHUNK = 64  # images that are attacked at once


class BudgetedAttack(Protocol):
    """An attack whose ε is still to be said."""

    def __call__(self, model: nn.Module, x: Tensor, y: Tensor, *, eps: float) -> Tensor: ...


def accuracy_under(
    model: nn.Module, x: Tensor, y: Labels, eps_values: Sequence[float], attack: BudgetedAttack
) -> Tensor:
    """Return the accuracy at each perturbation budget: the curve of accuracy against ε.

    Args:
        model: maps images to scores (N, K).
        x: images (N, C, H, W) in [0, 1].
        y: true labels (N,).
        eps_values: the budgets, in the attack's units.
        attack: called as ``attack(model, x, y, eps=eps)``.

    Returns:
        Shares in [0, 1], one per budget.

    Raises:
        ValueError: ``x`` is no image batch, or ``y`` does not fit it.

    Reference: Goodfellow, Shlens, Szegedy 2015 (arXiv:1412.6572); Carlini et al. 2019, On evaluating
        adversarial robustness (arXiv:1902.06705).
    """
    shares = [_right(model, x, y, partial(attack, eps=eps)).float().mean() for eps in eps_values]
    return torch.stack(shares)


def robust_accuracy(
    model: nn.Module, x: Tensor, y: Labels, attacks: Mapping[str, Attack]
) -> dict[str, float]:
    """Return the accuracy under each attack, and in the worst case, where an image withstands them all.

    (1/N) Σ_i Π_a [the net is right about a(x_i)], over no attack at all and each of ``attacks``

    Args:
        model: maps images to scores (N, K).
        x: images (N, C, H, W) in [0, 1].
        y: true labels (N,).
        attacks: by name, each called as ``attack(model, x, y)``; restarts are up to each of them.

    Returns:
        Shares in [0, 1]: ``"clean"``, one for each attack, and ``"worst case"``.

    Raises:
        ValueError: ``x`` is no image batch, or ``y`` does not fit it.

    Reference: Croce & Hein 2020, Reliable evaluation of adversarial robustness (arXiv:2003.01690).
    """
    withstood = {"clean": _right(model, x, y)}
    withstood |= {name: _right(model, x, y, attack) for name, attack in attacks.items()}
    withstood["worst case"] = torch.stack(list(withstood.values())).all(0)
    return {name: images.float().mean().item() for name, images in withstood.items()}


def transfer_matrix(nets: Mapping[str, nn.Module], x: Tensor, y: Labels, attack: Attack) -> Tensor:
    """Return how often what was made to fool one net fools another.

    M_ij = share of the images that net j gets right which it gets wrong once they are attacked on net i.

    Args:
        nets: by name; their order is that of rows and columns.
        x: images (N, C, H, W) in [0, 1].
        y: true labels (N,).
        attack: called as ``attack(model, x, y)``.

    Returns:
        Shares (n, n) in [0, 1]: a row is the net that the attack saw, a column the one that it met. NaN for a
        net that gets no image right to begin with.

    Raises:
        ValueError: ``x`` is no image batch, or ``y`` does not fit it.

    Reference: Papernot, McDaniel, Goodfellow 2016, Transferability in machine learning (arXiv:1605.07277).
    """
    clean = torch.stack([_right(net, x, y) for net in nets.values()])
    after = []
    for seen in nets.values():
        attacked = attacked_images(seen, x, y, attack)
        after.append(torch.stack([_right(met, attacked, y) for met in nets.values()]))
    return (clean & ~torch.stack(after)).sum(2) / clean.sum(1)


@method("attack", quick={"eps": 5 / 255, "steps": 3})
def pgd_to_runner_up(
    model: nn.Module,
    x: Tensor,
    y: Labels,
    *,
    eps: float,
    norm: NormName = "linf",
    steps: int = 20,
    restarts: int = 1,
) -> Tensor:
    """PGD towards the likeliest wrong class of each image, for where the loss of the true one misleads.

    Args:
        model: maps images to scores (N, K).
        x: images (N, C, H, W) in [0, 1].
        y: true labels (N,).
        eps: radius ε of the ball, in units of [0, 1] and of the norm; for L0, a number of pixels.
        norm: ``"linf"``, ``"l2"`` or ``"l0"``.
        steps: number of steps.
        restarts: how many random starts; each image keeps the attempt that is nearest to its goal.

    Returns:
        Images shaped like ``x``, in [0, 1], within ε of ``x``.

    Raises:
        ValueError: ``x`` is no image batch, ``y`` does not fit it, the norm is unknown, or a number is out of
            range.

    Reference: the targeted attacks of Croce & Hein 2020 (arXiv:2003.01690).
    """
    labels = check_attack(x, y, eps)
    with explaining(model, x, None, checked=True) as scorer:
        scores = scores_of(scorer, x)
        check_labels(labels, scores)
        runner_up = scores.scatter(1, labels[:, None], -torch.inf).argmax(1)
    return pgd(model, x, runner_up, eps=eps, norm=norm, steps=steps, restarts=restarts, targeted=True)


def attacked_images(model: nn.Module, x: Tensor, y: Labels, attack: Attack) -> Tensor:
    """Return what the attack makes of the images, some at a time, so that they fit memory.

    Args:
        model: maps images to scores (N, K).
        x: images (N, C, H, W) in [0, 1].
        y: labels (N,).
        attack: called as ``attack(model, x, y)``.

    Returns:
        Images shaped like ``x``.

    Raises:
        ValueError: ``x`` is no image batch, or ``y`` does not fit it.
    """
    labels = check_attack(x, y, 0)
    pairs = zip(x.split(_CHUNK), labels.split(_CHUNK), strict=True)
    return torch.cat([attack(model, images, some) for images, some in pairs])


def _right(model: nn.Module, x: Tensor, y: Labels, attack: Attack | None = None) -> Tensor:
    """Return whether the net is right about each image, (N,), once it was attacked."""
    labels = check_attack(x, y, 0)
    x = x if attack is None else attacked_images(model, x, labels, attack)
    with explaining(model, x, None, checked=True) as scorer:
        scores = torch.cat([scores_of(scorer, images) for images in x.split(_CHUNK)])
    check_labels(labels, scores)
    return scores.argmax(1) == labels

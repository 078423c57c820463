"""Remedies for a known confounder in training data that cannot be collected again."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from coursekit.core.devices import seeded

__all__ = [
    "DomainAdversarialNet",
    "balanced_subset",
    "gradient_reversal",
    "independence_weights",
    "joint_labels",
]


def independence_weights(labels: Tensor, confounder: Tensor) -> Tensor:
    """Return the weight of each picture under which class y and confounder z are independent.

    w = P(y) P(z) / P(y, z): the rarer the combination, the more it counts; the mean weight is 1.

    Args:
        labels: y, (N,) whole numbers.
        confounder: z, (N,) whole numbers.

    Returns:
        (N,) float64.

    Raises:
        ValueError: numbers that differ, or a combination of which there is no picture: no weight makes up for
            what was never seen.

    Reference: Kamiran & Calders 2012 (doi:10.1007/s10115-011-0463-8).
    """
    table = _table(labels, confounder)
    shares = table / len(labels)
    weights = shares.sum(1, keepdim=True) * shares.sum(0) / shares
    return weights[labels, confounder]


def balanced_subset(labels: Tensor, confounder: Tensor, generator: torch.Generator) -> Tensor:
    """Return the indices of a subset in which each combination of class and confounder is equally frequent.

    Args:
        labels: y, (N,) whole numbers.
        confounder: z, (N,) whole numbers.
        generator: draws which pictures of a combination are kept.

    Returns:
        Indices (M,), as many for each combination as the rarest one has.

    Raises:
        ValueError: numbers that differ, or a combination of which there is no picture.
    """
    table = _table(labels, confounder)
    kept = []
    for k, group in torch.cartesian_prod(*map(torch.arange, table.shape)).tolist():
        members = torch.nonzero((labels == k) & (confounder == group))[:, 0]
        kept.append(members[torch.randperm(len(members), generator=generator)[: int(table.min())]])
    return torch.cat(kept)


def gradient_reversal(x: Tensor, scale: float = 1.0) -> Tensor:
    """Return x unchanged; on the way back its gradient is multiplied by −scale.

    Args:
        x: features of any shape.
        scale: λ, at least 0.

    Returns:
        x, with another gradient.

    Reference: Ganin & Lempitsky 2015 (arXiv:1409.7495).
    """
    return _Reversal.apply(x, scale)


class _Reversal(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, scale: float) -> Tensor:
        ctx.scale = scale
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return -ctx.scale * gradients[0], None


class DomainAdversarialNet(nn.Module):
    """A net that learns a class and, by an adversarial head, unlearns a confounder (DANN).

    It is trained on the joint labels y · G + z that ``joint_labels`` makes.

    The score of a joint label is the sum of two heads' scores, s_y + t_z, so that its cross-entropy is that
    of the class plus that of the confounder. The confounder's head gets the features through
    ``gradient_reversal``: it learns to read z, while the body learns to hide it.

    Args:
        model: the net to be trained, whose last layer is the linear head; its layers are shared.
        groups: G, how many values z has.
        max_scale: λ, at least 0, the factor of the reversed gradient at the end of ``schedule``; 1 in the
            paper. With much larger values the two heads do not settle.
        seed: of the confounder's head.

    Raises:
        TypeError: the last layer is not linear.

    Reference: Ganin & Lempitsky 2015 (arXiv:1409.7495).
    """

    def __init__(self, model: nn.Sequential, groups: int, max_scale: float = 1.0, *, seed: int = 0) -> None:
        super().__init__()
        *body, head = model.children()
        if not isinstance(head, nn.Linear):
            raise TypeError(f"model: wanted a linear last layer, got {type(head).__name__}")
        self.body, self.head, self.max_scale, self.scale = nn.Sequential(*body), head, max_scale, max_scale
        with seeded(seed):
            reader = nn.Sequential(nn.Linear(head.in_features, 32), nn.ReLU(), nn.Linear(32, groups))
        self.reader = reader.to(head.weight.device)

    def forward(self, x: Tensor) -> Tensor:
        """Map images to the scores of the joint labels.

        Args:
            x: images (N, C, H, W) in [0, 1].

        Returns:
            Scores (N, K · G).
        """
        features = self.body(x)
        read = self.reader(gradient_reversal(features, self.scale))
        return (self.head(features)[:, :, None] + read[:, None, :]).flatten(1)

    def schedule(self, done: float) -> Callable[[nn.Module, Tensor, Tensor], Tensor]:
        """Set the scale to λ · (2 / (1 + e^{−10 p}) − 1) at the share p of the training, as the paper does.

        ``fit`` calls it where it would ask for an attack: what is returned leaves each batch as it is.

        Args:
            done: p, the share of the training that is done, in [0, 1].

        Returns:
            (model, x, y) → x.
        """
        self.scale = self.max_scale * (2 / (1 + math.exp(-10 * done)) - 1)
        return lambda model, x, y: x


def joint_labels(labels: Tensor, confounder: Tensor) -> Tensor:
    """Return the joint labels y · G + z that ``DomainAdversarialNet`` is trained on.

    Args:
        labels: y, (N,) whole numbers from 0.
        confounder: z, (N,) whole numbers from 0; G is the largest plus 1.

    Returns:
        (N,) whole numbers.
    """
    return labels * (int(confounder.max()) + 1) + confounder


def _table(labels: Tensor, confounder: Tensor) -> Tensor:
    """How many pictures there are of each class (rows) with each value of the confounder (columns)."""
    if labels.shape != confounder.shape or labels.ndim != 1 or not len(labels):
        raise ValueError(
            f"wanted labels and confounder (N,), got {tuple(labels.shape)} and {tuple(confounder.shape)}"
        )
    columns = int(confounder.max()) + 1
    counts = joint_labels(labels, confounder).bincount(minlength=(int(labels.max()) + 1) * columns)
    table = counts.reshape(-1, columns).double()
    if not (table > 0).all():
        k, group = torch.nonzero(table == 0)[0].tolist()
        raise ValueError(
            f"there is no picture of class {k} with confounder {group}: no weight makes up for what was "
            "never seen; collect some"
        )
    return table

"""What can be done about a known confounder of the training data, once they are collected."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from coursekit.core.devices import seeded

__all__ = ["Unconfounded", "balanced", "independence_weights", "joint", "reverse_gradient"]


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


def balanced(labels: Tensor, confounder: Tensor, generator: torch.Generator) -> Tensor:
    """Return the numbers of pictures to keep, drawn so that each combination is there equally often.

    Raises:
        ValueError: as ``independence_weights``.
    """
    table = _table(labels, confounder)
    kept = []
    for k, group in torch.cartesian_prod(*map(torch.arange, table.shape)).tolist():
        members = torch.nonzero((labels == k) & (confounder == group))[:, 0]
        kept.append(members[torch.randperm(len(members), generator=generator)[: int(table.min())]])
    return torch.cat(kept)


def reverse_gradient(x: Tensor, scale: float = 1.0) -> Tensor:
    """Return x as it is; the gradient that comes back through it leaves as −scale times what arrived.

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


class Unconfounded(nn.Module):
    """A net that learns a class, and unlearns a confounder, from joint labels y · G + z.

    The score of a joint label is the sum of two heads' scores, s_y + t_z, so that its cross-entropy is that
    of the class plus that of the confounder. The confounder's head gets the features through
    ``reverse_gradient``: it learns to read z, while the body learns to hide it.

    Args:
        model: the net to be trained, whose last layer is the linear head; its layers are shared.
        groups: G, how many values z has.
        most: λ, at least 0, what the reversed gradient is multiplied by once ``ramp`` has risen; 1 in the
            paper. With much more the two heads chase each other.
        seed: of the confounder's head.

    Raises:
        TypeError: the last layer is not linear.

    Reference: Ganin & Lempitsky 2015 (arXiv:1409.7495).
    """

    def __init__(self, model: nn.Sequential, groups: int, most: float = 1.0, *, seed: int = 0) -> None:
        super().__init__()
        *body, head = model.children()
        if not isinstance(head, nn.Linear):
            raise TypeError(f"model: wanted a linear last layer, got {type(head).__name__}")
        self.body, self.head, self.most, self.scale = nn.Sequential(*body), head, most, most
        with seeded(seed):
            reader = nn.Sequential(nn.Linear(head.in_features, 32), nn.ReLU(), nn.Linear(32, groups))
        self.reader = reader.to(head.weight.device)

    def forward(self, x: Tensor) -> Tensor:
        """Map images to the scores of the joint labels (N, K · G)."""
        features = self.body(x)
        read = self.reader(reverse_gradient(features, self.scale))
        return (self.head(features)[:, :, None] + read[:, None, :]).flatten(1)

    def ramp(self, done: float) -> Callable[[nn.Module, Tensor, Tensor], Tensor]:
        """Set the scale to λ · (2 / (1 + e^{−10 p}) − 1) at the share p of the training, as the paper does.

        It returns what leaves a batch as it is, so that ``fit`` can call it as it calls an attack.
        """
        self.scale = self.most * (2 / (1 + math.exp(-10 * done)) - 1)
        return lambda model, x, y: x


def joint(labels: Tensor, confounder: Tensor) -> Tensor:
    """Return the joint labels y · G + z that ``Unconfounded`` is trained on, (N,)."""
    return labels * (int(confounder.max()) + 1) + confounder


def _table(labels: Tensor, confounder: Tensor) -> Tensor:
    """How many pictures there are of each class (rows) with each value of the confounder (columns)."""
    if labels.shape != confounder.shape or labels.ndim != 1 or not len(labels):
        raise ValueError(
            f"wanted labels and confounder (N,), got {tuple(labels.shape)} and {tuple(confounder.shape)}"
        )
    columns = int(confounder.max()) + 1
    counts = joint(labels, confounder).bincount(minlength=(int(labels.max()) + 1) * columns)
    table = counts.reshape(-1, columns).double()
    if not (table > 0).all():
        k, group = torch.nonzero(table == 0)[0].tolist()
        raise ValueError(
            f"there is no picture of class {k} with confounder {group}: no weight makes up for what was "
            "never seen; collect some"
        )
    return table

"""Nearest neighbours, among rows of pixels or of features."""

import torch
from torch import Tensor

from coursekit.core.images import check_tensors
from coursekit.core.inputs import check_count
from coursekit.core.labels import Labels, as_labels

__all__ = ["neighbours", "purity"]

_ROWS = 256  # at a time: memory grows with N, not with N²


def neighbours(points: Tensor, k: int = 5, *, queries: Tensor | None = None) -> Tensor:
    """Return which k points lie nearest to each, in the Euclidean distance, the nearest first.

    Args:
        points: (N, …), flattened.
        k: how many, below N.
        queries: (M, …), whose neighbours among the points are wanted; None: those of each point among the
            others.

    Returns:
        Numbers of points (N, k), or (M, k), int64.

    Raises:
        ValueError: rows of different length, numbers that are not finite, or too few points.
    """
    check_tensors(points=points, queries=points if queries is None else queries)
    x = points.detach().flatten(1)
    asked = x if queries is None else queries.detach().flatten(1)
    others = len(x) - (queries is None)
    if check_count("k", k) > others or asked.shape[1] != x.shape[1]:
        raise ValueError(
            f"wanted {k} other points or more, of as many numbers each as the queries, got "
            f"{tuple(points.shape)}" + ("" if queries is None else f" and queries {tuple(queries.shape)}")
        )
    if not (x.isfinite().all() and asked.isfinite().all()):
        raise ValueError("points: there are NaN or infinite numbers; wanted finite ones")
    # From the middle of the points, so that distances are no small differences of large numbers.
    middle = x.mean(0)
    found = []
    for start in range(0, len(asked), _ROWS):
        apart = torch.cdist(asked[start : start + _ROWS] - middle, x - middle)
        if queries is None:
            apart.diagonal(start).fill_(torch.inf)
        found.append(apart.topk(k, largest=False).indices)
    return torch.cat(found)


def purity(points: Tensor, labels: Labels, k: int = 5) -> Tensor:
    """Return for each point the share of its k nearest others that bear its label.

    Args:
        points: (N, …), flattened.
        labels: (N,).
        k: how many neighbours.

    Returns:
        (N,) float32, from 0 to 1.

    Raises:
        TypeError: ``points`` is no tensor.
        ValueError: another number of labels than points, numbers that are not finite, or fewer than k + 1
            points.
    """
    own = as_labels(labels).to(points.device)
    if own.shape != (len(points),):
        raise ValueError(f"labels: wanted one for each of {len(points)} points, got {tuple(own.shape)}")
    return (own[neighbours(points, k)] == own[:, None]).float().mean(1)

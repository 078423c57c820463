"""Can a confounder be read from features, by a linear model or from the nearest neighbour?"""

import numpy as np
import torch
from torch import Tensor

__all__ = ["linear_probe", "neighbour_agrees"]


def linear_probe(features: Tensor, labels: Tensor, *, groups: Tensor | None = None, folds: int = 5) -> float:
    """Return how well a linear model reads labels from features it was not fitted to: its balanced accuracy.

    That is the mean over the classes of the share that is predicted correctly, (1/K) Σ_k P(k̂ = k | k), by
    cross-validation of a logistic regression on standardised features. Guessing gives 1/K.

    Args:
        features: (N, …), flattened.
        labels: (N,) whole numbers, each at least ``folds`` times.
        groups: (N,) whole numbers; what bears one number, such as the recordings of one speaker, stays on one
            side of each split. None: each by itself.
        folds: how many splits, at least 2.

    Returns:
        The balanced accuracy, in [0, 1].

    Raises:
        ValueError: numbers that differ, features that are not finite, fewer than 2 labels, or one that is too
            rare.

    Reference: Alain & Bengio 2017 (arXiv:1610.01644).
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    x, y = features.detach().flatten(1).double().cpu().numpy(), labels.cpu().numpy()
    if len(x) != len(y) or not np.isfinite(x).all():
        raise ValueError(f"wanted finite features and as many labels, got {len(x)} and {len(y)}")
    names, numbers, counts = np.unique(y, return_inverse=True, return_counts=True)
    if len(names) < 2 or folds < 2 or counts.min() < folds:
        raise ValueError(
            f"labels: wanted at least 2, each {max(folds, 2)} times or more, got "
            f"{dict(zip(names.tolist(), counts.tolist(), strict=True))}; take more scenes or fewer folds"
        )
    together = np.arange(len(y)) if groups is None else groups.cpu().numpy()
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000, class_weight="balanced"))
    splits = StratifiedGroupKFold(folds, shuffle=True, random_state=0)
    read = cross_val_predict(model, x, numbers, groups=together, cv=splits)
    return float(np.mean([(read[numbers == k] == k).mean() for k in range(len(names))]))


def neighbour_agrees(points: Tensor, labels: Tensor, groups: Tensor | None = None) -> Tensor:
    """Return whether the nearest other point bears the same label.

    Args:
        points: (N, D).
        labels: (N,).
        groups: (N,); points of one group are no neighbours of each other, so that two recordings of one
            speaker do not answer for each other.

    Returns:
        (N,) bool.

    Raises:
        ValueError: numbers that differ, or a point that has no neighbour.
    """
    own = torch.arange(len(points), device=points.device) if groups is None else groups
    if points.ndim != 2 or len(labels) != len(points) or len(own) != len(points):
        raise ValueError(
            "wanted points (N, D) and N labels and groups, "
            f"got {tuple(points.shape)}, {len(labels)} and {len(own)}"
        )
    if len(own.unique()) < 2:
        raise ValueError("groups: all points are of one group, so none has a neighbour; wanted at least two")
    apart = torch.cdist(points, points, compute_mode="donot_use_mm_for_euclid_dist")
    apart[own[:, None] == own] = float("inf")
    return labels[apart.argmin(1)] == labels

"""Maps of distances in the plane, in which a known confounder can be suppressed."""

import torch
from torch import Tensor

__all__ = ["classical_scaling", "pair_stress", "smacof", "speaker_map", "stress"]

_STEPS = 500
_TOLERANCE = 1e-7


def stress(points: Tensor, distances: Tensor) -> float:
    """Return Sammon's stress: E = 1/Σ d_ij · Σ (d_ij − δ_ij)² / d_ij over i < j, δ the distances on the map.

    Args:
        points: the map (N, D).
        distances: d, the distances that it should show (N, N), symmetric, positive off the diagonal.

    Returns:
        E, from 0 up; 0 where the map shows every distance exactly.

    Raises:
        ValueError: shapes that do not fit, or distances that are not symmetric and positive.

    Reference: Sammon 1969 (doi:10.1109/T-C.1969.222678).
    """
    _check(points, distances)
    rows, columns = torch.triu_indices(len(points), len(points), 1)
    wanted, found = distances[rows, columns], torch.pdist(points)
    return (((wanted - found) ** 2 / wanted).sum() / wanted.sum()).item()


def pair_stress(points: Tensor, distances: Tensor, pairs: Tensor) -> float:
    """Return the stress of pairs that should lie at one place: 1/Σ d_p · Σ δ_p² / d_p over the pairs p.

    Args:
        points: the map (N, D).
        distances: d, the distances between the points before they were mapped (N, N), symmetric, positive
            off the diagonal.
        pairs: (P, 2) int64, the numbers of two points each.

    Returns:
        The stress, from 0 up; 0 where the two points of every pair coincide.

    Raises:
        ValueError: shapes that do not fit, distances that are not symmetric and positive, or pairs that are
            not of two different points, or given twice.
    """
    _check(points, distances)
    _check_pairs(pairs, len(points))
    first, second = pairs.T
    wanted, found = distances[first, second], (points[first] - points[second]).norm(dim=1)
    return ((found**2 / wanted).sum() / wanted.sum()).item()


def speaker_map(distances: Tensor, pairs: Tensor | None = None, weight: float = 0.0) -> Tensor:
    """Return a map in the plane that pulls known pairs together: least (1 − q)·stress + q·pair_stress.

    A pair's two quadratic terms add up to one, so that this is a weighted stress with other weights and
    targets for the pairs, which ``smacof`` lowers step by step.

    Args:
        distances: (N, N), symmetric, positive off the diagonal.
        pairs: (P, 2) int64, two recordings of one speaker each; needed where ``weight`` is not 0.
        weight: q in [0, 1); at 0 it is Sammon's map.

    Returns:
        Points (N, 2) float64 around 0.

    Raises:
        ValueError: a weight outside [0, 1) or without pairs, distances that are not symmetric and positive,
            or pairs that are not of two different points, or given twice.

    Reference: Maier et al. 2009 (J. Pattern Recognition Research 4), who add what is known of the pairs to
    Sammon's stress.
    """
    if not 0 <= weight < 1:
        raise ValueError(
            f"weight: wanted at least 0 and below 1, where the distances no longer count, got {weight}"
        )
    distances = distances.double()
    start = classical_scaling(distances)
    off = ~torch.eye(len(distances), dtype=torch.bool)
    weights = torch.zeros_like(distances)
    weights[off] = (1 - weight) / distances[off] / (distances.sum() / 2)
    targets = distances.clone()
    if weight:
        if pairs is None:
            raise ValueError("pairs: wanted the pairs that the weight is for, (P, 2), got None")
        _check_pairs(pairs, len(distances))
        for first, second in (pairs.T, pairs.T.flip(0)):
            own, apart = weights[first, second], distances[first, second]
            pull = weight / apart / apart.sum()
            weights[first, second] = own + pull
            targets[first, second] = own * apart / (own + pull)
    return smacof(targets, weights, start)


def classical_scaling(distances: Tensor) -> Tensor:
    """Return the map in the plane by classical multidimensional scaling.

    The two eigenvectors of −½ C d² C with the largest eigenvalues, times their square roots; d² are the
    squared distances, and C = 1 − 1/N takes the mean off rows and columns.

    Args:
        distances: d (N, N), symmetric, positive off the diagonal.

    Returns:
        Points (N, 2).

    Raises:
        ValueError: distances that are not symmetric and positive.

    Reference: Torgerson 1952 (doi:10.1007/BF02288916).
    """
    n = len(distances)
    _check(distances.new_zeros(n, 2), distances)
    centre = torch.eye(n).to(distances) - 1 / n
    values, vectors = torch.linalg.eigh(-0.5 * centre @ distances.square() @ centre)
    return vectors[:, -2:].flip(1) * values[-2:].flip(0).clamp(min=0).sqrt()


def smacof(targets: Tensor, weights: Tensor, start: Tensor) -> Tensor:
    """Return the map to which weighted SMACOF converges: Y ← V⁺ B(Y) Y never raises Σ w_ij (t_ij − δ_ij)².

    V and B are matrices whose rows add up to 0: off the diagonal V_ij = −w_ij, B_ij = −w_ij t_ij / δ_ij.
    scikit-learn's SMACOF has no weights; with all of them 1, this takes the same steps.

    Args:
        targets: t, the wanted distances (N, N), symmetric.
        weights: w, how much each counts (N, N), symmetric, at least 0, 0 on the diagonal.
        start: the first map (N, D).

    Returns:
        The map (N, D), after at most 500 steps.

    Reference: de Leeuw 1977; see Borg & Groenen 2005, Modern Multidimensional Scaling, chapter 8.
    """
    centre = torch.full_like(weights, 1 / len(weights))
    inverse = torch.linalg.inv(_laplacian(weights) + centre) - centre
    points, last = start, float("inf")
    for _ in range(_STEPS):
        found = torch.cdist(points, points, compute_mode="donot_use_mm_for_euclid_dist")
        now = (weights * (targets - found) ** 2).sum().item()
        if last - now <= _TOLERANCE * now:
            break
        points, last = inverse @ _laplacian(weights * targets / found.clamp(min=1e-12)) @ points, now
    return points


def _laplacian(weights: Tensor) -> Tensor:
    return torch.diag(weights.sum(1)) - weights


def _check(points: Tensor, distances: Tensor) -> None:
    n = len(points)
    if points.ndim != 2 or distances.shape != (n, n):
        raise ValueError(
            "wanted points (N, D) and distances (N, N), "
            f"got {tuple(points.shape)} and {tuple(distances.shape)}"
        )
    off = distances[~torch.eye(n, dtype=torch.bool)]
    if not torch.equal(distances, distances.T) or not (off > 0).all() or not off.isfinite().all():
        raise ValueError(
            "distances: wanted finite ones, the same in both directions, above 0 between any two points; "
            "two equal recordings have none to show"
        )


def _check_pairs(pairs: Tensor, n: int) -> None:
    """A point with itself has no distance to divide by; a pair given twice would be weighted wrongly."""
    fits = pairs.ndim == 2 and pairs.shape[1] == 2 and len(pairs) > 0 and not pairs.is_floating_point()
    if fits:
        low, high = pairs.aminmax(dim=1)
        apart = (low < high).all() and low.min() >= 0 and high.max() < n
        fits = bool(apart) and len((low * n + high).unique()) == len(pairs)
    if not fits:
        raise ValueError(
            f"pairs: wanted (P, 2), two different points from 0 to {n - 1} each, and none twice; "
            f"got {tuple(pairs.shape)}"
        )

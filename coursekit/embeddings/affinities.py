"""The affinities of t-SNE: probabilities to be neighbours, with a bandwidth of its own for each point."""

import torch
from torch import Tensor

__all__ = ["conditional_affinities", "joint_affinities"]

_HALVINGS = 64
_WIDEST = 60.0  # of log2 β: from far wider than all distances to far narrower than any
_MISSED = 1e-3  # of the entropy, in nats


def conditional_affinities(points: Tensor, perplexity: float = 30.0) -> Tensor:
    """Return how likely each point would choose each other one as its neighbour.

    p_{j|i} = exp(−β_i |x_i − x_j|²) / Σ_{k≠i} exp(−β_i |x_i − x_k|²), p_{i|i} = 0, with β_i = 1/(2σ_i²) such
    that each row has the same perplexity: exp(−Σ_j p_{j|i} ln p_{j|i}), about how many neighbours count.

    Args:
        points: (N, D).
        perplexity: above 1 and below N − 1.

    Returns:
        (N, N) float64; each row adds up to 1.

    Raises:
        ValueError: another shape, numbers that are not finite, a perplexity that N points cannot have, or so
            many equal points that no width gives it.

    Reference: van der Maaten & Hinton 2008, section 2 (jmlr.org/papers/v9/vandermaaten08a.html).
    """
    if points.ndim != 2 or not 1 < perplexity < len(points) - 1 or not points.isfinite().all():
        raise ValueError(
            f"wanted finite points (N, D) and a perplexity above 1 and below N − 1, got "
            f"{tuple(points.shape)} and {perplexity}"
        )
    x = points.detach().double()
    apart = torch.cdist(x, x, compute_mode="donot_use_mm_for_euclid_dist").square()
    # In units of each row's mean, so that one range of widths does for points of any scale.
    apart = (apart / apart.mean(1, keepdim=True).clamp(min=torch.finfo(x.dtype).tiny)).fill_diagonal_(
        torch.inf
    )
    low = torch.full((len(x), 1), -_WIDEST, dtype=x.dtype, device=x.device)
    high = -low
    wanted = torch.tensor(perplexity, dtype=x.dtype).log()
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        too_wide = _entropy(_affinities(apart, middle)) > wanted
        low, high = torch.where(too_wide, middle, low), torch.where(too_wide, high, middle)
    found = _affinities(apart, (low + high) / 2)
    if (_entropy(found) - wanted).abs().max() > _MISSED:
        raise ValueError(
            f"perplexity {perplexity}: some of the points are equal to so many others that they cannot have"
            " so few neighbours; take a larger one, or leave copies out"
        )
    return found


def joint_affinities(points: Tensor, perplexity: float = 30.0) -> Tensor:
    """Return t-SNE's affinities of pairs: p_ij = (p_{j|i} + p_{i|j}) / 2N, which add up to 1.

    p_{j|i} are those of ``conditional_affinities``. Each row adds up to at least 1/2N, so that an outlier
    counts too.

    Args:
        points: (N, D).
        perplexity: above 1 and below N − 1: about how many neighbours of each point count.

    Returns:
        (N, N) float64, symmetric.

    Raises:
        ValueError: another shape, numbers that are not finite, a perplexity that N points cannot have, or so
            many equal points that no width gives it.

    Reference: van der Maaten & Hinton 2008, section 3.1 (jmlr.org/papers/v9/vandermaaten08a.html).
    """
    each = conditional_affinities(points, perplexity)
    return (each + each.T) / (2 * len(each))


def _affinities(apart: Tensor, log_beta: Tensor) -> Tensor:
    return (-apart * log_beta.exp2()).softmax(1)


def _entropy(rows: Tensor) -> Tensor:
    return torch.special.entr(rows).sum(1, keepdim=True)

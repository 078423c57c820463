"""95 % intervals: of a share, and of a mean."""

from torch import Tensor

__all__ = ["Interval", "normal", "wilson"]

Interval = tuple[float, float, float]
"""A mean, and the ends of its 95 % interval."""

_Z = 1.959964  # deviations within which 95 % of a normal distribution lie


def wilson(share: float, n: int) -> Interval:
    """Return a share of hits with its 95 % interval, by the score test.

    With z = 1.96: (p + z²/2n ± z √(p (1 − p)/n + z²/4n²)) / (1 + z²/n)

    Args:
        share: the share p of hits, in [0, 1].
        n: of how many trials.

    Returns:
        The share, and the lower and the upper end of the interval.

    Reference: Wilson 1927 (doi:10.1080/01621459.1927.10502953).
    """
    middle, spread = share + _Z**2 / (2 * n), _Z * (share * (1 - share) / n + _Z**2 / (4 * n**2)) ** 0.5
    return share, (middle - spread) / (1 + _Z**2 / n), (middle + spread) / (1 + _Z**2 / n)


def normal(values: Tensor) -> Interval:
    """Return a mean with its 95 % interval: m ± 1.96 σ / √N.

    Args:
        values: numbers (N,), with N ≥ 2.

    Returns:
        The mean, and the lower and the upper end of the interval.
    """
    mean, error = values.mean().item(), values.std().item() / len(values) ** 0.5
    return mean, mean - _Z * error, mean + _Z * error

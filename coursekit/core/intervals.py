"""95 % intervals: of a share, and of a mean."""

from torch import Tensor

__all__ = ["Interval", "normal", "wilson"]

Interval = tuple[float, float, float]
"""A mean, and the ends of its 95 % interval."""

_Z = 1.959964  # deviations within which 95 % of a normal distribution lie


def wilson(share: float, n: int) -> Interval:
    """Return a share of ``n`` hits with its 95 % interval, by the score test of Wilson 1927."""
    middle, spread = share + _Z**2 / (2 * n), _Z * (share * (1 - share) / n + _Z**2 / (4 * n**2)) ** 0.5
    return share, (middle - spread) / (1 + _Z**2 / n), (middle + spread) / (1 + _Z**2 / n)


def normal(values: Tensor) -> Interval:
    """Return the mean of values (N,) with its 95 % interval: two standard errors on either side."""
    mean, error = values.mean().item(), values.std().item() / len(values) ** 0.5
    return mean, mean - _Z * error, mean + _Z * error

"""Squares for the points of a map: near where they lie, and no two in one."""

import numpy as np
import torch
from torch import Tensor

__all__ = ["grid_places"]


def grid_places(points: Tensor, rows: int, columns: int) -> Tensor:
    """Return the row and the column of a square for each point of a map, no two in one.

    The map is stretched to the grid; the squares are those for which the sum of the squared distances between
    points and the middles of their squares is the smallest there is (a linear assignment).

    Args:
        points: (N, 2), x to the right and y upwards.
        rows: of the grid, counted from the top.
        columns: rows · columns is at least N.

    Returns:
        (N, 2) int64, on the CPU.

    Raises:
        ValueError: another shape, no point, numbers that are not finite, or too few squares.

    Reference: Karpathy 2014 (cs.stanford.edu/people/karpathy/cnnembed), with SciPy's assignment.
    """
    from scipy.optimize import linear_sum_assignment
    from scipy.spatial.distance import cdist

    if points.ndim != 2 or points.shape[1] != 2 or not len(points) or not points.isfinite().all():
        raise ValueError(f"points: wanted finite ones (N, 2), at least one, got {tuple(points.shape)}")
    if rows < 1 or columns < 1 or rows * columns < len(points):
        raise ValueError(f"{len(points)} points do not fit into {rows} rows of {columns}; take more")
    at = points.detach().double().cpu().numpy()
    size = np.ptp(at, axis=0)
    inside = (at - at.min(axis=0)) / np.where(size > 0, size, 1)
    squares = np.stack(np.divmod(np.arange(rows * columns), columns), 1)
    # As far to the right and as far from the top as the points: a square's middle in parts of the grid.
    middles = (squares + 0.5) / (rows, columns)
    wanted = np.stack([1 - inside[:, 1], inside[:, 0]], 1)
    _, chosen = linear_sum_assignment(
        cdist(wanted * (rows, columns), middles * (rows, columns), "sqeuclidean")
    )
    return torch.from_numpy(squares[chosen])

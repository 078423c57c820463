"""The directions of largest variance of features: as axes of a map, and as colours."""

import numpy as np
import torch
from torch import Tensor

__all__ = ["component_colours", "principal_components"]

_CLIP = 0.01  # of the values at either end, so that one outlier does not make all others grey


def principal_components(points: Tensor, k: int = 2) -> Tensor:
    """Return where each point lies along the k directions of largest variance.

    X − mean = U S Vᵀ, of which the first k columns of U S, by scikit-learn's PCA on the CPU. The sign of a
    direction is arbitrary; here its largest entry is positive.

    Args:
        points: (N, …), flattened, N at least 2.
        k: how many, at most the smaller of N and D.

    Returns:
        (N, k), each column with mean 0, of the type and on the device of the points.

    Raises:
        ValueError: too few points or dimensions, or numbers that are not finite.

    Reference: Pearson 1901; Hotelling 1933.
    """
    x = points.detach().flatten(1)
    if not (1 <= k <= min(x.shape) and len(x) >= 2 and x.isfinite().all()):
        raise ValueError(
            f"wanted finite points (N, D), N at least 2, and k from 1 to the smaller of N and D, got "
            f"{tuple(points.shape)} and k = {k}"
        )
    from sklearn.decomposition import PCA

    pca = PCA(k, svd_solver="full")
    with np.errstate(invalid="ignore"):  # points that are all equal have no variance to take shares of
        found = pca.fit_transform(x.cpu().numpy())
    largest = np.take_along_axis(pca.components_, np.abs(pca.components_).argmax(1)[:, None], axis=1)
    return torch.from_numpy(found * np.where(largest < 0, -1, 1).T).to(x)


def component_colours(maps: Tensor) -> Tensor:
    """Return feature maps as pictures: the first three principal components as red, green and blue.

    Each position of each map is a point in K dimensions; the components are of all of them together, so one
    colour means one thing in all pictures. Each is stretched to [0, 1], without 1 % at either end.

    Args:
        maps: (N, K, h, w), K at least 3.

    Returns:
        (N, 3, h, w) in [0, 1].

    Raises:
        ValueError: another shape, fewer than 3 channels or positions, or numbers that are not finite.
    """
    if maps.ndim != 4:
        raise ValueError(f"maps: wanted (N, K, h, w), got {tuple(maps.shape)}")
    n, _, height, width = maps.shape
    found = principal_components(maps.movedim(1, 3).flatten(0, 2), 3)
    ends = torch.tensor([_CLIP, 1 - _CLIP], dtype=found.dtype, device=found.device)
    low, high = torch.stack([column.sort().values for column in found.T], 1)[
        (ends * (len(found) - 1)).round().long()
    ]
    tiny = torch.finfo(found.dtype).tiny
    stretched = ((found - low) / (high - low).clamp(min=tiny)).clamp(0, 1)
    return stretched.reshape(n, height, width, 3).movedim(3, 1)

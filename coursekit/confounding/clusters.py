"""Spectral relevance analysis: clusters of similar heatmaps show by which strategies a net decides."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from scipy import linalg
from scipy.sparse import csgraph
from torch import Tensor

__all__ = ["Clusters", "spectral_relevance"]

_CELLS = 8  # to a side: what a heatmap is reduced to, so that a shift of some pixels makes little difference
_NEIGHBOURS = 10
_TRACE = 1e-4
_EIGENVALUES = 8


class Clusters(NamedTuple):
    """Clusters of heatmaps. Made by ``spectral_relevance``.

    Attributes:
        labels: the number of each heatmap's cluster (N,), int64, on the CPU.
        eigenvalues: up to 8 smallest eigenvalues of the graph's Laplacian, rising, float64, on the CPU.
    """

    labels: Tensor
    eigenvalues: Tensor


def spectral_relevance(heat: Tensor, clusters: int = 2) -> Clusters:
    """Return which cluster each heatmap belongs to, and the smallest eigenvalues of the similarity graph.

    Each heatmap is reduced to 8 × 8 means of unit length and joined with its ten nearest neighbours. Spectral
    clustering finds the pieces of this graph A. The number of eigenvalues of its Laplacian
    1 − D^{−½} A D^{−½} near 0, before the first large gap, says how many clusters there are.

    Args:
        heat: heatmaps of one class (N, H, W), N above 10, with sign or without.
        clusters: how many to look for, from 2.

    Returns:
        The clusters, and the eigenvalues by which their number can be judged.

    Raises:
        ValueError: another shape, too few heatmaps, or one that is 0 everywhere.

    Reference: Lapuschkin et al. 2019 (arXiv:1902.10178).
    """
    from sklearn.cluster import SpectralClustering
    from sklearn.neighbors import kneighbors_graph

    if heat.ndim != 3 or len(heat) <= _NEIGHBOURS or clusters < 2:
        raise ValueError(
            f"wanted heatmaps (N, H, W), N above {_NEIGHBOURS}, and 2 clusters or more, "
            f"got {tuple(heat.shape)} and {clusters}"
        )
    cells = F.adaptive_avg_pool2d(heat.detach().double()[:, None], _CELLS).flatten(1).cpu()
    lengths = cells.norm(dim=1, keepdim=True)
    if not (lengths > 0).all():
        raise ValueError("heat: a heatmap is 0 everywhere, so it is like no other; leave it out")
    joined = kneighbors_graph((cells / lengths).numpy(), _NEIGHBOURS).toarray()
    # A small similarity between all, so that the graph stays connected.
    graph = (joined + joined.T) / 2 + _TRACE
    finder = SpectralClustering(clusters, affinity="precomputed", random_state=0)
    found = finder.fit_predict(graph)
    laplacian = csgraph.laplacian(graph, normed=True)
    eigenvalues = torch.from_numpy(linalg.eigvalsh(laplacian)[:_EIGENVALUES])
    return Clusters(torch.from_numpy(found).long(), eigenvalues.clamp(min=0))

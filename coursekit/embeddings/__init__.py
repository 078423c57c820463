"""Embeddings: features of pictures, their nearest neighbours, and maps of them."""

from coursekit.embeddings.affinities import conditional_affinities, joint_affinities
from coursekit.embeddings.features import features, layer_features
from coursekit.embeddings.grids import grid_places
from coursekit.embeddings.neighbours import neighbours, purity
from coursekit.embeddings.principal import component_colours, principal_components

__all__ = [
    "component_colours",
    "conditional_affinities",
    "features",
    "grid_places",
    "joint_affinities",
    "layer_features",
    "neighbours",
    "principal_components",
    "purity",
]

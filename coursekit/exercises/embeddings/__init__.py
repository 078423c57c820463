"""Chapter 03's exercises, in the order of its notebook: from features to a map, and how far to trust it."""

from coursekit.exercises.embeddings.affinities import GAUSSIAN_AFFINITIES, JOINT_AFFINITIES
from coursekit.exercises.embeddings.collect_features import COLLECT_FEATURES
from coursekit.exercises.embeddings.components import MAP_COLOURS, PRINCIPAL_COMPONENTS
from coursekit.exercises.embeddings.neighbour_purity import NEIGHBOUR_PURITY
from coursekit.exercises.embeddings.trustworthiness import TRUSTWORTHINESS
from coursekit.exercises.embeddings.widths import FIND_WIDTHS, PERPLEXITY

__all__ = ["EXERCISES"]

EXERCISES = (
    COLLECT_FEATURES,
    PRINCIPAL_COMPONENTS,
    MAP_COLOURS,
    GAUSSIAN_AFFINITIES,
    PERPLEXITY,
    FIND_WIDTHS,
    JOINT_AFFINITIES,
    NEIGHBOUR_PURITY,
    TRUSTWORTHINESS,
)

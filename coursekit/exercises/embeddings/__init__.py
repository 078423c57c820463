"""Chapter 03's exercises, in the order of its notebook: from features to a map, and how far to trust it."""

from coursekit.exercises.embeddings.collect_features import COLLECT_FEATURES
from coursekit.exercises.embeddings.find_widths import FIND_WIDTHS
from coursekit.exercises.embeddings.gaussian_affinities import GAUSSIAN_AFFINITIES
from coursekit.exercises.embeddings.joint_affinities import JOINT_AFFINITIES
from coursekit.exercises.embeddings.map_colours import MAP_COLOURS
from coursekit.exercises.embeddings.neighbour_purity import NEIGHBOUR_PURITY
from coursekit.exercises.embeddings.perplexity import PERPLEXITY
from coursekit.exercises.embeddings.principal_components import PRINCIPAL_COMPONENTS
from coursekit.exercises.embeddings.trustworthiness import TRUSTWORTHINESS

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

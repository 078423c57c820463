"""Chapter 06's exercises, in the order of its notebook: from one denominator to the relevance of a pixel."""

from coursekit.exercises.lrp.alpha_beta_rule import ALPHA_BETA_RULE
from coursekit.exercises.lrp.average_pool_rule import AVERAGE_POOL_RULE
from coursekit.exercises.lrp.contrast import CONTRAST
from coursekit.exercises.lrp.epsilon_rule import EPSILON_RULE
from coursekit.exercises.lrp.fold_batch_norm import FOLD_BATCH_NORM
from coursekit.exercises.lrp.layer_rule import LAYER_RULE
from coursekit.exercises.lrp.leaks import LEAKS
from coursekit.exercises.lrp.lrp import LRP
from coursekit.exercises.lrp.max_pool_rule import MAX_POOL_RULE
from coursekit.exercises.lrp.stabilise import STABILISE

__all__ = ["EXERCISES"]

EXERCISES = (
    STABILISE,
    EPSILON_RULE,
    ALPHA_BETA_RULE,
    MAX_POOL_RULE,
    AVERAGE_POOL_RULE,
    FOLD_BATCH_NORM,
    LAYER_RULE,
    LRP,
    LEAKS,
    CONTRAST,
)

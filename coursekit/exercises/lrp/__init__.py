"""Chapter 06's exercises, in the order of its notebook: from one denominator to the relevance of a pixel."""

from coursekit.exercises.lrp.alpha_beta_rule import ALPHA_BETA_RULE
from coursekit.exercises.lrp.fold_batch_norm import FOLD_BATCH_NORM
from coursekit.exercises.lrp.layer_rule import LAYER_RULE
from coursekit.exercises.lrp.leaks import LEAKS
from coursekit.exercises.lrp.linear import EPSILON_RULE, STABILISE
from coursekit.exercises.lrp.net import CONTRAST, LRP
from coursekit.exercises.lrp.pooling import AVERAGE_POOL_RULE, MAX_POOL_RULE

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

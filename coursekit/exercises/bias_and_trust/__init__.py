"""Chapter 09's exercises, in the order of its notebook: cues, maps against masks and nets, groups."""

from coursekit.exercises.bias_and_trust.deletion_curve import DELETION_CURVE
from coursekit.exercises.bias_and_trust.forgetting import FORGETTING
from coursekit.exercises.bias_and_trust.group_rates import GROUP_RATES
from coursekit.exercises.bias_and_trust.odds_gaps import ODDS_GAPS
from coursekit.exercises.bias_and_trust.rank_correlation import RANK_CORRELATION
from coursekit.exercises.bias_and_trust.relevance_rank import RELEVANCE_RANK
from coursekit.exercises.bias_and_trust.shape_share import SHAPE_SHARE
from coursekit.exercises.bias_and_trust.wilson_interval import WILSON_INTERVAL

__all__ = ["EXERCISES"]

EXERCISES = (
    SHAPE_SHARE,
    WILSON_INTERVAL,
    RELEVANCE_RANK,
    RANK_CORRELATION,
    FORGETTING,
    DELETION_CURVE,
    GROUP_RATES,
    ODDS_GAPS,
)

"""Chapter 09's exercises, in the order of its notebook: cues, maps against masks and nets, groups."""

from coursekit.exercises.bias_and_trust.cues import SHAPE_SHARE, WILSON_INTERVAL
from coursekit.exercises.bias_and_trust.deletion_curve import DELETION_CURVE
from coursekit.exercises.bias_and_trust.forgetting import FORGETTING
from coursekit.exercises.bias_and_trust.groups import GROUP_RATES, ODDS_GAPS
from coursekit.exercises.bias_and_trust.ranks import RANK_CORRELATION, RELEVANCE_RANK

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

"""Hostile submissions, as a table: what each tries, and which guard stands against it."""

from tests.grader.corpus.attack import Attack, Guard
from tests.grader.corpus.breakouts import BREAKOUTS
from tests.grader.corpus.crashes import CRASHES
from tests.grader.corpus.excesses import EXCESSES
from tests.grader.corpus.forgeries import FORGERIES
from tests.grader.corpus.thefts import THEFTS

__all__ = ["ATTACKS", "Attack", "Guard"]

ATTACKS: tuple[Attack, ...] = (*FORGERIES, *THEFTS, *BREAKOUTS, *EXCESSES, *CRASHES)

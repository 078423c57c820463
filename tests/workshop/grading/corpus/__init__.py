"""Hostile submissions, as a table: what each tries, and which guard stands against it."""

from tests.workshop.grading.corpus.attack import Attack, Guard
from tests.workshop.grading.corpus.breakouts import BREAKOUTS
from tests.workshop.grading.corpus.crashes import CRASHES
from tests.workshop.grading.corpus.excesses import EXCESSES
from tests.workshop.grading.corpus.forgeries import FORGERIES
from tests.workshop.grading.corpus.kernel_calls import KERNEL_CALLS
from tests.workshop.grading.corpus.leaks import LEAKS
from tests.workshop.grading.corpus.thefts import THEFTS

__all__ = ["ATTACKS", "Attack", "Guard"]

ATTACKS: tuple[Attack, ...] = (*FORGERIES, *LEAKS, *THEFTS, *BREAKOUTS, *KERNEL_CALLS, *EXCESSES, *CRASHES)

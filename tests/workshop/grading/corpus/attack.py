"""What an attack is made of."""

import textwrap
from dataclasses import dataclass
from enum import Enum

__all__ = ["WON", "Attack", "Guard"]

WON = "it-worked"
# The word itself is not in the source, whose lines are shown beside errors.
_HELP = """
def tell(*words): raise RuntimeError("told: " + " ".join(map(str, words)))
def win(): tell("".join(("it", "-worked")))
"""


class Guard(Enum):
    """What stands against an attack. Its value says how the attack is shown to work without it."""

    OUTSIDE = "judged by a grader that compares in the student's process, and asks that for the points"
    OWN_PROCESS = "run in the process of that grader, which is then gone"
    HIDDEN = "run in a sandbox that shows every module"
    NOT_ALLOWED = "run in a sandbox that allows the peers, too"
    UNHEARD = "run where the process whose words are shown has seen the hidden cases"
    SHUT_IN = "run without a sandbox"
    LIMITED = "run with far wider limits"
    UNSHOWN = (
        "not shown: it would take a grader without a protocol, or rights that a test has on few machines"
    )


@dataclass(frozen=True)
class Attack:
    """A hostile submission.

    Attributes:
        name: what it does.
        guard: what stands against it.
        source: a cell, with places to be filled in from the trap; or the answer to an exercise.
        answers: the exercise that it answers, which must earn nothing; None for a cell, which must not get
            to call ``win()``, and must not tell the trap's token.
        times: in how many submissions, one after the other.
        as_root: whether it takes root to show that it works unguarded.
        spoils: whether the attack makes its own submission's other answers worthless, too.
        endless: whether it goes on until its time is over.
    """

    name: str
    guard: Guard
    source: str
    answers: str | None = None
    times: int = 1
    as_root: bool = False
    spoils: bool = False
    endless: bool = False

    def text(self, **places: object) -> str:
        """The source, with the places filled in."""
        found = textwrap.dedent(self.source)
        for name, place in places.items():
            found = found.replace(f"<{name}>", str(place))
        return found if self.answers else _HELP + found

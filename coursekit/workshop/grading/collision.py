"""Notebooks from different sources that would be one student's: nobody can say whose points they earn."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from coursekit.workshop.grading.hand_in import HandIn
from coursekit.workshop.grading.identity import Identity
from coursekit.workshop.grading.likeness import likeness
from coursekit.workshop.grading.source import Source

__all__ = ["Collision", "find_collisions"]


@dataclass(frozen=True)
class Collision:
    """Several sources of one student's text, or of texts that nobody can tell apart by looking at them.

    Attributes:
        identities: the student, as each source gives it.
        first: for each source, the first notebook from there.
    """

    identities: dict[Source, Identity]
    first: dict[Source, HandIn]

    @property
    def reason(self) -> str:
        """Why nothing of that student is graded, and what to do."""
        sources = " and ".join(map(str, self.first))
        by_list = any(source.kind.startswith("Gradescope") for source in self.first)
        mend = "correct the numbers in submission_metadata.yml" if by_list else "rename one"
        names = sorted({identity.student for identity in self.identities.values()})
        same = f"the same student, {names[0]!r}" if len(names) == 1 else "students who look alike"
        return (
            f"{sources} give {same}, so neither is graded. "
            f"If they are different people, {mend}; if not, put all into one folder"
        )


def find_collisions(hand_ins: Sequence[HandIn]) -> list[Collision]:
    """Find students whose notebooks come from more than one source, whatever their capitals and blanks.

    Args:
        hand_ins: all that was handed in.

    Returns:
        One for each such student.
    """
    found: dict[str, Collision] = {}
    for identity, source, hand_in in _claims(hand_ins):
        collision = found.setdefault(likeness(identity.student), Collision({}, {}))
        collision.identities.setdefault(source, identity)
        collision.first.setdefault(source, hand_in)
    return [one for one in found.values() if len(one.first) > 1]


def _claims(hand_ins: Sequence[HandIn]) -> Iterator[tuple[Identity, Source, HandIn]]:
    for hand_in in hand_ins:
        if hand_in.assignment:
            for identity, source in zip(hand_in.owned.students, hand_in.owned.sources, strict=True):
                yield identity, source, hand_in

"""Where the text that stands for a student comes from: two sources of one text may be two people."""

from dataclasses import dataclass

from coursekit.workshop.grading.identity import Identity

__all__ = ["Source", "gradescope_source"]


@dataclass(frozen=True)
class Source:
    """What tells a student from others, before it is made a text.

    Attributes:
        kind: what it is, as "the folder" or "Canvas' user".
        name: what it is called: for folders and files as the file system has it.
    """

    kind: str
    name: tuple[str, ...]

    def __str__(self) -> str:
        # Accents that look alike are told apart by their numbers.
        return f"{self.kind} {'/'.join(self.name)!a}"


def gradescope_source(identity: Identity, folder: Source) -> Source:
    """Return what Gradescope tells a student by.

    Args:
        identity: as its list says.
        folder: what was handed in: the source of who has neither a number nor an address.
    """
    known = tuple(text for text in (identity.sid, identity.email) if text)
    return Source("Gradescope's student", known) if known else folder

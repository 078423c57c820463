"""What a folder of submissions is made of, and what must come of it."""

import json
import os
import socket
from collections.abc import Mapping
from contextlib import chdir
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from pathlib import Path

from coursekit.exercises import find
from coursekit.workshop.building import Chapter

__all__ = [
    "BLANK",
    "NOTES",
    "SOLVED",
    "TEXT",
    "ZOE",
    "ZOES",
    "A",
    "B",
    "HandIns",
    "Kind",
    "Lies",
    "both",
    "content",
    "link",
    "showing",
]

A = "04_saliency"
B = "05_gradcam"


class Kind(Enum):
    """What can lie at a path."""

    SOLUTION = "a chapter's solutions, which earn all points"
    BLANK = "a chapter's exercises as they were handed out, which earn none"
    NOTES = "a notebook of no assignment"
    DAMAGED = "half of a chapter's solutions"
    TEXT = "other bytes"
    LINK = "a link"
    PIPE = "a pipe"
    SOCKET = "a socket"
    FOLDER = "an empty folder"


@dataclass(frozen=True)
class Lies:
    """What lies at a path.

    Attributes:
        kind: what it is.
        chapter: of which.
        at: when it was changed, in seconds.
        to: for a link, where it leads; for other bytes, what they are.
    """

    kind: Kind
    chapter: str = A
    at: int = 1_000
    to: str = ""

    def put(self, path: Path) -> None:
        """Put it there."""
        path.parent.mkdir(parents=True, exist_ok=True)
        if self.kind is Kind.LINK:
            path.symlink_to(self.to)
        elif self.kind is Kind.PIPE:
            os.mkfifo(path)
        elif self.kind is Kind.SOCKET:
            with chdir(path.parent), socket.socket(socket.AF_UNIX) as server:  # its path must be short
                server.bind(path.name)
        elif self.kind is Kind.FOLDER:
            path.mkdir()
        else:
            path.write_bytes(self.to.encode() or content(self.kind, self.chapter))
            os.utime(path, (self.at, self.at))


@cache
def content(kind: Kind, chapter: str = A) -> bytes:
    """The bytes of a file."""
    if kind is Kind.NOTES:
        return json.dumps({"cells": [{"id": "mine", "cell_type": "code", "source": "1"}]}).encode()
    if kind is Kind.TEXT:
        return b"text"
    found = Chapter("exercises" if kind is Kind.BLANK else "solutions", chapter).path.read_bytes()
    return found[: len(found) // 2] if kind is Kind.DAMAGED else found


@dataclass(frozen=True)
class HandIns:
    """A folder.

    Attributes:
        name: what is special about it.
        files: what lies at each path.
        earned: for each student and assignment (04_saliency where none is said, behind a space), whether it
            earns all points. Nobody else is to be graded.
        left_out: the paths that must be named as not graded. If there are any, the command fails.
        others: the paths that are listed on the grader's page, beside the one that counts.
        in_doubt: the paths that are graded, and named as in doubt; None where that is of no interest.
        says: words that must stand on stderr.
    """

    name: str
    files: Mapping[str, Lies]
    earned: Mapping[str, bool] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    in_doubt: tuple[str, ...] | None = None
    says: tuple[str, ...] = ()

    def put(self, folder: Path) -> Path:
        """Make the folder."""
        folder.mkdir()
        for path, what in self.files.items():
            what.put(folder / path)
        return folder


SOLVED, BLANK, NOTES = Lies(Kind.SOLUTION), Lies(Kind.BLANK), Lies(Kind.NOTES)
TEXT = Lies(Kind.TEXT)
# What everybody else in the table hands in, to see that it is graded whatever lies beside it.
ZOE = {"zoe/04_saliency.ipynb": SOLVED}
ZOES = {"zoe": True}


def both(*chapters: str, most: str = "") -> Lies:
    """A notebook with a cell of each of several chapters, and one more of one of them."""
    names = [exercise.name for one in chapters for exercise in find(one)[: 1 + (one == most)]]
    return Lies(Kind.TEXT, to=json.dumps({"cells": [{"id": f"exercise-{name}"} for name in names]}))


def showing(chapter: str) -> Lies:
    """A notebook for 04_saliency with one cell, which shows all of another chapter's."""
    shown = [{"id": f"exercise-{exercise.name}"} for exercise in find(chapter)]
    output = {"output_type": "display_data", "data": {"application/json": {"cells": shown}}}
    cell = {"id": f"exercise-{find(A)[0].name}", "cell_type": "code", "source": "", "outputs": [output]}
    return Lies(Kind.TEXT, to=json.dumps({"cells": [cell]}))


def link(to: str) -> Lies:
    """A link."""
    return Lies(Kind.LINK, to=to)

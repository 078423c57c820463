"""Folders that would be one student's, and hold several students' work: too deep, or a tool's own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from coursekit.workshop.grading.assignment_name import find_assignment
from coursekit.workshop.grading.export_name import parse_export
from coursekit.workshop.grading.flat_naming import decide_naming
from coursekit.workshop.grading.gradescope_export import METADATA
from coursekit.workshop.grading.hand_in import HandIn
from coursekit.workshop.grading.identity import student_text
from coursekit.workshop.grading.ownership import Parts, wrapper

__all__ = ["Nesting", "find_nestings"]

_OF_THE_COURSE = frozenset(("exercises", "solutions", "notebooks"))
"""Folders of a clone of the course, which somebody may hand in as it is."""

_OF_NBGRADER = frozenset(("source", "release", "autograded", "feedback"))
"""What nbgrader keeps beside ``submitted/``: handed out, or made of what was handed in."""
_RENAME = "if a student is called so, rename it"


@dataclass(frozen=True)
class Nesting:
    """A top folder that seems to hold several students' work.

    Attributes:
        top: its path below the folder of submissions.
        inner: the path of the folder to grade instead: the same, or further inside; None if there is none.
        what: it looks like.
        instead: what to do.
    """

    top: Parts
    inner: Parts | None
    what: str
    instead: str = "if it is one student's, leave one notebook for each assignment in it"

    def holds(self, hand_in: HandIn) -> bool:
        """Return whether it was handed in there.

        Args:
            hand_in: something.
        """
        return hand_in.entry.parts[: len(self.top)] == self.top


def find_nestings(hand_ins: Sequence[HandIn], assignments: Sequence[str]) -> list[Nesting]:
    """Find top folders that look like a platform's export or a tool's own, or like a folder of students.

    Args:
        hand_ins: all that was handed in.
        assignments: names of the assignments.

    Returns:
        One for each such folder.
    """
    by_top = _by_top_folder(hand_ins)
    found = (next(_nestings(top, inside, assignments), None) for top, inside in by_top.items())
    nestings = [one for one in found if one]
    rest = [one for one in hand_ins if not any(nesting.holds(one) for nesting in nestings)]
    return [*nestings, *_wrappers_beside_students(rest)]


def _wrappers_beside_students(hand_ins: Sequence[HandIn]) -> Iterator[Nesting]:
    """Folders that are stepped over, beside students' folders: a student may be called ``submitted``."""
    students = (one for one in hand_ins if one.assignment and _is_in_students_folder(one))
    beside = next((one.entry.parts[0] for one in students), None)
    for outside in sorted({wrapper(one.entry.parts) for one in hand_ins} - {()} if beside else ()):
        what = (
            f"students' folders seem to lie in it, and others lie beside it ({student_text(beside or '')!r})"
        )
        yield Nesting(outside, outside, what, _RENAME)


def _is_in_students_folder(hand_in: HandIn) -> bool:
    """Whether it lies in a top folder that is named as people name it, and no platform."""
    sources, students = hand_in.owned.sources, hand_in.owned.students
    by_people = any(source.kind == "the folder" and len(source.name) == 1 for source in sources)
    return by_people and not any(student.gradescope_id for student in students)


def _nestings(top: Parts, inside: Sequence[HandIn], assignments: Sequence[str]) -> Iterator[Nesting]:
    if top[-1].lower() in _OF_NBGRADER and len(top) == 1:
        yield Nesting(top, None, "a folder of nbgrader's, which works on what is handed in", _RENAME)
    for one in inside:
        *above, name = one.entry.parts
        if name == METADATA:
            yield Nesting(top, tuple(above), "it looks like an export from Gradescope")
    inner = _inner(top, inside)
    for depth in range(len(top), len(inner) + 1):
        if platform := _platform([one for one in inside if one.entry.parts[:depth] == inner[:depth]], depth):
            yield Nesting(top, inner[:depth], f"it looks like an export from {platform}")
    if any(_is_of_students(one, inside, len(inner), assignments) for one in assignments):
        yield Nesting(top, inner, "several students' work seems to lie in it")


def _by_top_folder(hand_ins: Sequence[HandIn]) -> dict[Parts, list[HandIn]]:
    """What lies in each top folder of which no platform says whose it is."""
    found: dict[Parts, list[HandIn]] = {}
    for one in hand_ins:
        depth = len(wrapper(one.entry.parts)) + 1
        if len(one.entry.parts) > depth and all(it.kind == "the folder" for it in one.owned.sources):
            found.setdefault(one.entry.parts[:depth], []).append(one)
    return found


def _inner(top: Parts, inside: Sequence[HandIn]) -> Parts:
    """The innermost folder in which all notebooks lie."""
    folders = [one.entry.parts[:-1] for one in inside if one.assignment]
    inner = min(folders, default=top)
    while any(folder[: len(inner)] != inner for folder in folders):
        inner = inner[:-1]
    return inner


def _platform(inside: Sequence[HandIn], depth: int) -> str | None:
    """The platform that has named what lies directly in a folder, if that is of several students."""
    names = {student_text(one.entry.parts[depth]): len(one.entry.parts) == depth + 1 for one in inside}
    flat = [name for name, is_file in names.items() if is_file and name.lower().endswith(".ipynb")]
    naming = decide_naming(flat)
    if naming.is_export and naming.users > 1:
        return naming.form.value if naming.form else None
    exports = map(parse_export, names)
    return "Moodle" if len({one.source for one in exports if one and not one.attachment}) > 1 else None


def _is_of_students(
    assignment: str, inside: Sequence[HandIn], depth: int, assignments: Sequence[str]
) -> bool:
    """Whether notebooks for an assignment lie in several folders, or begin with several names, and all do."""
    found = {_apart(one.entry.parts[depth:], assignments) for one in inside if one.assignment == assignment}
    return len(found - {None}) > 1 and "" not in found


def _apart(parts: Parts, assignments: Sequence[str]) -> str | None:
    """What could be a student: "" for nobody, None for a folder that is nobody's."""
    if len(parts) == 1:
        named = find_assignment(parts[0].rpartition(".")[0], assignments)
        return named.before if named else ""
    of_course = parts[0].lower() in _OF_THE_COURSE or find_assignment(parts[0], assignments)
    return None if of_course else parts[0]

"""How the notebooks that lie in no student's folder are named: by a platform, or by people."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from statistics import median_low

from coursekit.workshop.grading.export_name import ExportName, parse_export
from coursekit.workshop.grading.source import Source

__all__ = ["FlatNaming", "Form", "decide_naming"]

_LARGE = 10 * 2_100
"""Canvas' numbers of files from here on are none that were once as small as a year."""


class Form(Enum):
    """Who named files."""

    PEOPLE = "people"
    CANVAS = "Canvas"
    MOODLE = "Moodle"


@dataclass(frozen=True)
class FlatNaming:
    """How the files directly in one folder are named.

    Attributes:
        names: those of each form that was found.
        users: how many students an export is of; 0 where people name files.
        contradicting: users of Canvas whom their files' names contradict.
        tells_years: whether Canvas' numbers are too large for that a year could be one.
    """

    names: Mapping[Form, Sequence[str]]
    users: int = 0
    contradicting: frozenset[Source] = frozenset()
    tells_years: bool = False

    @cached_property
    def form(self) -> Form | None:
        """Who named the files: two thirds of them, or more; None for a mixture."""
        count = sum(map(len, self.names.values()))
        return next((form for form, names in self.names.items() if 3 * len(names) >= 2 * count), None)

    @property
    def is_export(self) -> bool:
        """Whether a platform named the files."""
        return self.form in (Form.CANVAS, Form.MOODLE)

    @cached_property
    def odd(self) -> frozenset[str]:
        """Names of another form than nearly all have."""
        others = (names for form, names in self.names.items() if form is not self.form)
        return frozenset(name for names in others for name in names) if self.form else frozenset()

    def is_in_doubt(self, export: ExportName) -> bool:
        """Return whether a name could be another user's of Canvas.

        In a large Canvas, a year is no file's number, but begins the student's own name of the file.

        Args:
            export: what the name says.
        """
        return export.in_doubt and not (self.tells_years and export.begins_with_year)


def decide_naming(names: Sequence[str]) -> FlatNaming:
    """Decide, for all files together, how they are named.

    They are Canvas' if nearly all have its form, unless that contradicts itself for more than half of the
    users: in Canvas, a user has one name, no two files of the same own name, and no file's number is given
    twice. Names as ``ws_2026_10001_04_saliency.ipynb``, of many students, have the form, and are people's.
    Where fewer users contradict themselves, theirs alone are refused: nobody can have others' names read
    otherwise. Nor can a few names of another form: these alone are odd.

    Args:
        names: of the notebooks that lie directly in a folder, as text.

    Returns:
        How they are named.
    """
    exports = {name: parse_export(name) for name in names}
    by_form: dict[Form, list[str]] = {}
    for name, export in exports.items():
        by_form.setdefault(_form(export), []).append(name)
    found = [one for one in exports.values() if one and one.file]
    users = len({one.source for one in found})
    contradicting = frozenset(_contradicting(found))
    if 2 * len(contradicting) > users:
        return FlatNaming({Form.PEOPLE: list(names)})
    numbers = [one.attachment for one in found if one.attachment]
    tells_years = users > 1 and bool(numbers) and median_low(numbers) >= _LARGE
    return FlatNaming(by_form or {Form.PEOPLE: []}, users, contradicting, tells_years)


def _form(export: ExportName | None) -> Form:
    if not export or not export.file:
        return Form.PEOPLE
    return Form.CANVAS if export.attachment else Form.MOODLE


def _contradicting(exports: Sequence[ExportName]) -> Iterator[Source]:
    """Users of Canvas of whom its names say what cannot be. A name that is in doubt is no witness."""
    sure = [one for one in exports if one.attachment and not one.in_doubt]
    names: dict[Source, set[str]] = {}
    for one in sure:
        names.setdefault(one.source, set()).add(one.identity.student)
    files = Counter((one.source, one.file) for one in sure)
    numbers = Counter(one.attachment for one in sure)
    for one in sure:
        if len(names[one.source]) > 1 or files[one.source, one.file] > 1 or numbers[one.attachment] > 1:
            yield one.source

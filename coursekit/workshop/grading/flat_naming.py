"""How the notebooks that lie in no student's folder are named: by a platform, or by people."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from coursekit.workshop.grading.export_name import ExportName, parse_export
from coursekit.workshop.grading.source import Source

__all__ = ["FlatNaming", "Form", "decide_naming"]


class Form(Enum):
    """Who named files."""

    PEOPLE = "people"
    CANVAS = "Canvas"
    MOODLE = "Moodle"


@dataclass(frozen=True)
class FlatNaming:
    """How the files directly in one folder are named.

    Attributes:
        examples: for each form that was found, the first such names. More than one form is a mixture.
        users: how many students an export is of; 0 where people name files.
        contradicting: users of Canvas whom their files' names contradict.
    """

    examples: dict[Form, list[str]]
    users: int = 0
    contradicting: frozenset[Source] = frozenset()

    @property
    def is_export(self) -> bool:
        """Whether a platform named the files."""
        return Form.PEOPLE not in self.examples


def decide_naming(names: Sequence[str]) -> FlatNaming:
    """Decide, for all files together, how they are named.

    They are Canvas' if all have its form, unless that contradicts itself for more than half of the users: in
    Canvas, a user has one name, no two files of the same own name, and no file's number is given twice. Names
    as ``ws_2026_10001_04_saliency.ipynb``, of many students, have the form, and are people's. Where fewer
    users contradict themselves, theirs alone are refused: nobody can have others' names read otherwise.

    Args:
        names: of the notebooks that lie directly in a folder, as text.

    Returns:
        How they are named.
    """
    exports = {name: parse_export(name) for name in names}
    examples: dict[Form, list[str]] = {}
    for name, export in exports.items():
        examples.setdefault(_form(export), []).append(name)
    found = [one for one in exports.values() if one and one.file]
    users = len({one.source for one in found})
    contradicting = frozenset(_contradicting(found))
    if 2 * len(contradicting) > users:
        return FlatNaming({Form.PEOPLE: list(names)})
    return FlatNaming(examples or {Form.PEOPLE: []}, users, contradicting)


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

"""What learning platforms make of a table of grades: as much of their importers as it takes to read ours."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["CanvasCourse", "MoodleAssignment", "MoodleCourse"]


def _rows(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))


@dataclass
class CanvasCourse:
    """As in Canvas' lib/gradebook_importer.rb (process_header, process_pp, process_student).

    Students have a sortable name, a SIS user id and a login, by their ID; assignments a title, by theirs.
    """

    students: Mapping[str, tuple[str, str, str]]
    assignments: Mapping[str, str]
    points_possible: dict[str, str] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)

    def imported(self, path: Path) -> dict[tuple[str, str], float]:
        head, *rows = _rows(path)
        assert "Student" in head[0]
        assert "ID" in head[1]
        assert head[2:5] == ["SIS User ID", "SIS Login ID", "Section"]
        found = {}
        for row in rows:
            if "Points Possible" in row[0]:
                self.points_possible |= {self._assignment(head[5]): row[5]}
            elif student := self._student(row):
                found[student, self._assignment(head[5])] = float(row[5])
            else:
                self.unknown.append(row[0])
        return found

    def _assignment(self, title: str) -> str:
        numbered = re.fullmatch(r"(.*) \((\d+)\)", title)
        if numbered and numbered[2] in self.assignments:
            return numbered[2]
        return next((number for number, one in self.assignments.items() if one == title), f"new: {title}")

    def _student(self, row: Sequence[str]) -> str | None:
        name, number, *ids = row[:4]
        if number in self.students:
            return number
        for place, wanted in ((1, ids[0]), (2, ids[1]), (0, name)):
            for one, known in self.students.items():
                if wanted and known[place] == wanted:
                    return one
        return None


@dataclass
class MoodleCourse:
    """As in Moodle's grade/import/csv/classes/load_data.php (prepare_import_grade_data).

    Users have what the first column is mapped to, by their ids. One that is not known ends the import, and a
    cell that PHP calls empty leaves the grade to the user of the row before.
    """

    users: Mapping[str, Mapping[str, str]]

    def imported(self, path: Path) -> dict[str, tuple[float, str]]:
        head, *rows = _rows(path)
        found: dict[str, tuple[float, str]] = {}
        user = None
        for row in rows:
            assert len(row) == len(head)
            if (identifier := row[0].strip()) not in ("", "0"):
                known = (one for one, names in self.users.items() if names.get(head[0]) == identifier)
                if (user := next(known, None)) is None:
                    raise LookupError(f"no user has the {head[0]} {identifier!r}: nothing is imported")
            assert user is not None
            found[user] = (float(row[1]), row[2])
        return found


@dataclass
class MoodleAssignment:
    """As in Moodle's mod/assign/feedback/offline (importgradeslib.php and process_import_grades).

    Participants are the numbers of the assignment. What is above the maximum grade is left out.
    """

    participants: Sequence[str]
    maximum: float

    def imported(self, path: Path) -> dict[str, tuple[float, str]]:
        head, *rows = _rows(path)
        identifier, grade = head.index("Identifier"), head.index("Grade")
        assert "Last modified (grade)" in head
        feedback = head.index("Feedback comments") if "Feedback comments" in head else None
        found = {}
        for row in rows:
            number = row[identifier][len("Participant ") :]
            if number in self.participants and row[grade] and 0 <= float(row[grade]) <= self.maximum:
                found[number] = (float(row[grade]), row[feedback] if feedback is not None else "")
        return found

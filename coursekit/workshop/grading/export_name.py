"""Names of files and folders as Canvas and Moodle write them when all submissions are downloaded."""

import re
from dataclasses import dataclass

from coursekit.workshop.grading.identity import Identity, parse_student
from coursekit.workshop.grading.source import Source

__all__ = ["ExportName", "parse_export"]

# Of Canvas' lib/content_zipper.rb: <name>[_LATE]_<user>_<attachment>_<file>, or [LATE_]anon_<letters>_… where
# students are anonymous. Of a name of signs alone, as smileys, nothing is left. Two digits are taken for no
# attachment's number, but a part of a name: group_1_12.
_CANVAS = re.compile(
    r"(?:(?P<name>[^\s\-.,]*?)(?:_LATE)?_(?P<user>[0-9]+)|(?:LATE_)?(?P<anonymous>anon_[0-9A-Za-z]+))"
    r"_(?P<attachment>[0-9]{3,18})_(?P<file>.+)",
    re.DOTALL,
)
# Of Moodle's mod/assign/classes/downloader.php: <name>_<participant>_assignsubmission_<kind>, with spaces for
# each "_" in the name. For a folder that is all, in older versions with one more "_"; for a file "_<file>"
# follows. Where groups hand in, those who are in none have no number.
_MOODLE = re.compile(r"(?P<student>[^_]+(?:_[0-9]+)?)_assignsubmission_[a-z]+(?:_(?P<file>.*))?", re.DOTALL)
# Canvas takes "_<digits>_" out of names, but neither digits at their end nor what comes to light when it then
# takes other signs out ("_1-_22-2_x"). So Doejane_1, who has number 222, hands in doejane_1_222_333_<file>.
# Or an anonymous student's own name of the file begins with a number: anon_aB3dE_222_333_<file>.
_ANONYMOUS = re.compile(r"anon_[0-9A-Za-z]+_[0-9]+", re.IGNORECASE)
_YEAR = re.compile(r"20[0-9]{2}_")
_ANOTHER_READING = re.compile(r"(?:\A|_[0-9]+)_[0-9]{3,18}_.", re.DOTALL)


@dataclass(frozen=True)
class ExportName:
    """What the name of an exported file or folder says.

    Attributes:
        identity: the student.
        file: the name that the student gave the file; empty for a folder.
        source: what the platform tells students apart by.
        attachment: Canvas' number of the file, which grows with each that is handed in; 0 elsewhere.
    """

    identity: Identity
    file: str
    source: Source
    attachment: int = 0

    @property
    def in_doubt(self) -> bool:
        """Whether numbers that stand further behind could be Canvas' as well, and the first ones a name's."""
        if not self.attachment:
            return False
        is_anonymous = _ANONYMOUS.fullmatch(self.identity.student)
        return is_anonymous is not None or _has_another_reading(self.file)

    @property
    def begins_with_year(self) -> bool:
        """Whether a year, at the beginning of the student's own name of the file, is all that is in doubt."""
        return _YEAR.match(self.file) is not None and not _has_another_reading(_YEAR.sub("", self.file, 1))


def _has_another_reading(file: str) -> bool:
    return _ANOTHER_READING.search(f"_{file}") is not None


def parse_export(name: str) -> ExportName | None:
    """Read the name of a file or folder that a learning platform exported.

    Args:
        name: of a file or a folder directly in the folder of submissions, as text.

    Returns:
        What it says; None for a name of another form.
    """
    if found := _MOODLE.fullmatch(name):
        identity = parse_student(found["student"])
        source = Source("Moodle's participant", (identity.moodle_id or identity.student,))
        return ExportName(identity, found["file"] or "", source)
    if found := _CANVAS.fullmatch(name):
        student = found["anonymous"] or f"{found['name']}_{found['user']}"
        source = Source("Canvas' user", (found["user"] or student,))
        return ExportName(parse_student(student), found["file"], source, int(found["attachment"]))
    return None

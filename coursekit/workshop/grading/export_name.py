"""Names of files and folders as Canvas and Moodle write them when all submissions are downloaded."""

import re
from dataclasses import dataclass

from coursekit.workshop.grading.identity import Identity, parse_student

__all__ = ["ExportName", "parse_export"]

# Of Canvas' lib/content_zipper.rb: <name>[_LATE]_<user>_<attachment>_<file>, or [LATE_]anon_<letters>_… where
# students are anonymous. It takes "_<digits>_" out of names, so the first numbers are the ids. Two digits are
# taken for no attachment's number, but a part of a name: group_1_12.
_CANVAS = re.compile(
    r"(?:(?P<name>[^\s\-.,]+?)(?:_LATE)?_(?P<user>[0-9]+)|(?:LATE_)?(?P<anonymous>anon_[0-9A-Za-z]+))"
    r"_(?P<attachment>[0-9]{3,18})_(?P<file>.+)",
    re.DOTALL,
)
# Of Moodle's mod/assign/classes/downloader.php: <name>_<participant>_assignsubmission_<kind>, with spaces for
# each "_" in the name. For a folder that is all, in older versions with one more "_"; for a file "_<file>"
# follows. Where groups hand in, those who are in none have no number.
_MOODLE = re.compile(r"(?P<student>[^_]+(?:_[0-9]+)?)_assignsubmission_[a-z]+(?:_(?P<file>.*))?", re.DOTALL)


@dataclass(frozen=True)
class ExportName:
    """What the name of an exported file or folder says.

    Attributes:
        identity: the student.
        file: the name that the student gave the file; empty for a folder.
        attachment: Canvas' number of the file, which grows with each that is handed in; 0 elsewhere.
    """

    identity: Identity
    file: str
    attachment: int = 0


def parse_export(name: str) -> ExportName | None:
    """Read the name of a file or folder that a learning platform exported.

    Args:
        name: of a file or a folder directly in the folder of submissions, as text.

    Returns:
        What it says; None for a name of another form.
    """
    if found := _MOODLE.fullmatch(name):
        return ExportName(parse_student(found["student"]), found["file"] or "")
    if found := _CANVAS.fullmatch(name):
        student = found["anonymous"] or f"{found['name']}_{found['user']}"
        return ExportName(parse_student(student), found["file"], int(found["attachment"]))
    return None

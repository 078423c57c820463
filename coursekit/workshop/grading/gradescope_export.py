"""Who handed in which folder of an export from Gradescope, as the file beside the folders says."""

import re
from collections.abc import Mapping
from typing import Any

import yaml

from coursekit.workshop.grading.identity import Identity

__all__ = ["METADATA", "read_submitters"]

METADATA = "submission_metadata.yml"
"""The file's name."""

_FOLDER = re.compile(r"submission_[0-9]+")
# It leaves all values text: 0071 stays what it is, and Ruby's objects, such as times, do no harm.
_Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def read_submitters(data: bytes) -> dict[str, tuple[Identity, ...]]:
    """Read who handed in what.

    Args:
        data: the content of ``submission_metadata.yml``.

    Returns:
        For each folder, such as "submission_2345678", the students: several, where a group handed in. Folders
        without a known student are left out.

    Raises:
        ValueError: the file is no YAML, says something else, or names a folder that is none of Gradescope's:
            whoever can put such a file there could otherwise take another's folder.
    """
    try:
        folders = yaml.load(data, Loader=_Loader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ValueError(f"it is no YAML: {' '.join(str(error).split())[:200]}") from None
    if not isinstance(folders, dict):
        raise ValueError("wanted a YAML file with an entry for each submission, as Gradescope writes it")
    if strange := [folder for folder in folders if not _FOLDER.fullmatch(str(folder))]:
        raise ValueError(
            f"it names {str(strange[0])[:80]!r}, and Gradescope names folders submission_<number> alone: "
            "none of it is believed. Take it from the export again"
        )
    return {str(folder): found for folder, entry in folders.items() if (found := _students(folder, entry))}


def _students(folder: str, entry: Any) -> tuple[Identity, ...]:
    submitters = entry.get(":submitters") if isinstance(entry, dict) else None
    if not isinstance(submitters, list):
        return ()
    students = (_student(folder, one) for one in submitters if isinstance(one, dict))
    return tuple(dict.fromkeys(students))


def _student(folder: str, submitter: Mapping[str, Any]) -> Identity:
    name, sid, email = (_text(submitter.get(key)) for key in (":name", ":sid", ":email"))
    return Identity(
        sid or email or folder,
        name=name,
        gradescope_id=folder.removeprefix("submission_"),
        sid=sid,
        email=email,
    )


def _text(value: Any) -> str | None:
    # "" and null stand for what a student has not.
    return value.strip() or None if isinstance(value, str) and value not in ("null", "~") else None

"""Folders of what was handed in, as a table: what lies there, and what must come of it."""

import os

from tests.workshop.grading.corpus.exports import EXPORTS
from tests.workshop.grading.corpus.hand_in import (
    BLANK,
    NOTES,
    SOLVED,
    TEXT,
    ZOE,
    ZOES,
    B,
    HandIns,
    Kind,
    Lies,
)
from tests.workshop.grading.corpus.hand_ins_lost import LOST
from tests.workshop.grading.corpus.hand_ins_meeting import MEETING
from tests.workshop.grading.corpus.hand_ins_taking import TAKING
from tests.workshop.grading.corpus.left_out import LEFT_OUT

__all__ = ["HAND_INS"]

NEW, OLD = Lies(Kind.SOLUTION, at=2_000), Lies(Kind.BLANK, at=1_000)


def newest(name: str, one: str, other: str) -> tuple[HandIns, HandIns]:
    """Two files of a student, of which one or the other is newer."""
    return (
        HandIns(f"{name}, newer", {f"s1/{one}": OLD, f"s1/{other}": NEW}, {"s1": True}, (), (f"s1/{one}",)),
        HandIns(f"{name}, older", {f"s1/{one}": NEW, f"s1/{other}": OLD}, {"s1": True}, (), (f"s1/{other}",)),
    )


_OWNERS = (
    HandIns(
        "a folder with another's name gives the other nothing",
        {"s1/s2/04_saliency.ipynb": SOLVED, "s2/04_saliency.ipynb": BLANK},
        {"s1": True, "s2": False},
    ),
    HandIns("and nothing to one who handed in nothing", {"s1/s2/04_saliency.ipynb": SOLVED}, {"s1": True}),
    HandIns(
        "nor does a file with another's name",
        {
            "s1/s2_04_saliency.ipynb": SOLVED,
            "s2_04_saliency.ipynb": BLANK,
            "s3/s2_1_222_04_saliency.ipynb": SOLVED,
        },
        {"s1": True, "s2": False, "s3": True},
    ),
    HandIns(
        "nor a folder that looks like a platform's",
        {
            "s1/Ann B_1_assignsubmission_file_/04_saliency.ipynb": SOLVED,
            "Ann B_1_assignsubmission_file_/04_saliency.ipynb": BLANK,
        },
        {"s1": True, "Ann B_1": False},
    ),
    HandIns(
        "folders of equal names in two students' folders",
        {"s1/homework/04_saliency.ipynb": SOLVED, "s2/homework/04_saliency.ipynb": BLANK},
        {"s1": True, "s2": False},
    ),
    HandIns(
        "the course's own folder in two students' folders",
        {"s1/exercises/04_saliency.ipynb": BLANK, "s2/exercises/04_saliency.ipynb": SOLVED},
        {"s1": False, "s2": True},
    ),
    HandIns(
        "an old one in a folder of its own",
        {"s1/old/04_saliency.ipynb": OLD, "s1/04_saliency.ipynb": NEW},
        {"s1": True},
        others=("s1/old/04_saliency.ipynb",),
    ),
    HandIns(
        "nbgrader's folders, and its folder on top",
        {
            "submitted/s1/04_saliency/answer.ipynb": SOLVED,
            "submitted/s1/05_gradcam/05_gradcam.ipynb": Lies(Kind.BLANK, B),
            "submitted/s2/04_saliency/answer.ipynb": BLANK,
        },
        {"s1": True, "s1 05_gradcam": False, "s2": False},
    ),
    HandIns(
        "hidden folders and files are nobody's",
        {
            ".ipynb_checkpoints/04_saliency-checkpoint.ipynb": SOLVED,
            "s1/.ipynb_checkpoints/04_saliency-checkpoint.ipynb": NEW,
            "s1/.virtual_documents/04_saliency.ipynb": NEW,
            ".Trash-1000/files/04_saliency.ipynb": NEW,
            "__MACOSX/s1/._04_saliency.ipynb": NEW,
            "s1/._04_saliency.ipynb": NEW,
            "s1/04_saliency.ipynb": BLANK,
            ".DS_Store": TEXT,
        },
        {"s1": False},
    ),
    HandIns(
        "an assignment's folder on top is no student",
        {
            "04_saliency/s1.ipynb": SOLVED,
            "04-Saliency/s2/a.ipynb": SOLVED,
            "04 saliency (1)/s3/04_saliency.ipynb": SOLVED,
            "04_saliency_group/04_saliency.ipynb": BLANK,
            **ZOE,
        },
        {"04_saliency_group": False, **ZOES},
        ("04 saliency (1)/s3/04_saliency.ipynb", "04-Saliency/s2/a.ipynb", "04_saliency/s1.ipynb"),
    ),
)

_NAMES = (
    *newest("a copy of the browser's", "04_saliency.ipynb", "04_saliency (1).ipynb"),
    *newest("a copy of Canvas'", "04_saliency.ipynb", "04_saliency-1.ipynb"),
    *newest("a copy of Jupyter's", "04_saliency.ipynb", "04_saliency-Copy1.ipynb"),
    *newest("a copy of a drive's", "04_saliency.ipynb", "Copy of 04_saliency.ipynb"),
    *newest("other capitals", "04_saliency.ipynb", "04_Saliency.ipynb"),
    *newest("an ending in capitals", "04_saliency.ipynb", "04_saliency.IPYNB"),
    *newest("a word behind", "04_saliency.ipynb", "04_saliency_final.ipynb"),
    *newest("a name of its own", "04_saliency.ipynb", "my_solution.ipynb"),
    HandIns(
        "of equally old ones the higher number",
        {
            "s1/04_saliency.ipynb": BLANK,
            "s1/04_saliency (9).ipynb": BLANK,
            "s1/04_saliency (10).ipynb": SOLVED,
        },
        {"s1": True},
        others=("s1/04_saliency (9).ipynb", "s1/04_saliency.ipynb"),
    ),
    HandIns(
        "a name that says nothing, known by its cells",
        {"s1/homework.ipynb": SOLVED, "s1/other.ipynb": Lies(Kind.SOLUTION, B)},
        {"s1": True, "s1 05_gradcam": True},
    ),
    HandIns("a damaged one is known, too", {"s1/homework.ipynb": Lies(Kind.DAMAGED)}, {"s1": False}),
    HandIns(
        "a newer notebook in the assignment's folder is not taken for an answer",
        {
            "s1/04_saliency/04_saliency.ipynb": SOLVED,
            "s1/04_saliency/notes.ipynb": Lies(Kind.NOTES, at=9_000),
        },
        {"s1": True},
        others=("s1/04_saliency/notes.ipynb",),
    ),
    HandIns(
        "a newer chapter beside its exercises is not taken for an answer",
        {
            "s1/notebooks/04_saliency.ipynb": Lies(Kind.NOTES, at=9_000),
            "s1/exercises/04_saliency.ipynb": SOLVED,
        },
        {"s1": True},
        others=("s1/notebooks/04_saliency.ipynb",),
    ),
    HandIns(
        "an assignment under the name of another",
        {"s1/04_saliency.ipynb": Lies(Kind.SOLUTION, B)},
        {"s1 05_gradcam": True},
    ),
    HandIns("a notebook without known cells under its name", {"s1/04_saliency.ipynb": NOTES}, {"s1": False}),
    HandIns(
        "an assignment in the folder of another",
        {
            "s1/04_saliency/05_gradcam.ipynb": Lies(Kind.SOLUTION, B),
            "s1/04_saliency/04_saliency.ipynb": SOLVED,
        },
        {"s1": True, "s1 05_gradcam": True},
    ),
)

_ODD = (
    HandIns(
        "names that are no text stay apart",
        {
            os.fsdecode(b"\xff/04_saliency.ipynb"): SOLVED,
            os.fsdecode(b"\xfe/04_saliency.ipynb"): BLANK,
            os.fsdecode(b"s1/\xff.ipynb"): SOLVED,
        },
        {"\\xff": True, "\\xfe": False, "s1": True},
    ),
    HandIns(
        "lines, quotes, markup, smileys",
        {
            "a\nb/04_saliency.ipynb": SOLVED,
            "[red]x :boom:_04_saliency.ipynb": SOLVED,
            "s1/not\ngraded:\x1b[31m [red] :boom:.ipynb": NOTES,
            "--help/04_saliency.ipynb": SOLVED,
            '"; DROP TABLE submission; --/04_saliency.ipynb': SOLVED,
        },
        {
            "a\nb": True,
            "[red]x :boom:": True,
            "--help": True,
            '"; DROP TABLE submission; --': True,
        },
        ("s1/not\ngraded:\x1b[31m [red] :boom:.ipynb",),
    ),
    HandIns(
        "names as long as can be",
        {
            "n" * 255 + "/04_saliency.ipynb": SOLVED,
            "9" * 237 + "_04_saliency.ipynb": SOLVED,
            "s1/" + "9" * 249 + ".ipynb": SOLVED,
        },
        {"n" * 255: True, "9" * 237: True, "s1": True},
    ),
)

HAND_INS: tuple[HandIns, ...] = (*_OWNERS, *_NAMES, *_ODD, *LEFT_OUT, *EXPORTS, *MEETING, *TAKING, *LOST)

"""Folders in which different sources give one student, or one folder holds several students' work."""

import os

from tests.workshop.grading.corpus.hand_in import BLANK, SOLVED, TEXT, ZOE, ZOES, B, HandIns, Kind, Lies

__all__ = ["MEETING"]

_SAME_NUMBER = """
submission_1:
  :submitters: [{":name": Ann, ":sid": "0071", ":email": ann@school.edu}]
submission_2:
  :submitters: [{":name": Bo, ":sid": "0071", ":email": bo@school.edu}]
submission_3:
  :submitters:
  - {":name": Cy, ":sid": "0073", ":email": cy@school.edu}
  - {":name": Di, ":sid": "0074", ":email": di@school.edu}
  - {":name": Ed, ":sid": "0074", ":email": ed@school.edu}
"""

_MEETING = (
    HandIns(
        "Gradescope's list gives two students one number",
        {
            "submission_metadata.yml": Lies(Kind.TEXT, to=_SAME_NUMBER),
            "submission_1/a.ipynb": SOLVED,
            "submission_2/a.ipynb": BLANK,
            "submission_3/a.ipynb": SOLVED,
        },
        {"0073": True},
        ("submission_1/a.ipynb", "submission_2/a.ipynb", "submission_3/a.ipynb", "submission_3/a.ipynb"),
        says=("Gradescope's student '0071/ann@school.edu'", "correct the numbers"),
    ),
    HandIns(
        "a name whose accents are written in two ways",
        {"Jose\u0301/04_saliency.ipynb": SOLVED, "Jos\u00e9/05_gradcam.ipynb": Lies(Kind.SOLUTION, B), **ZOE},
        ZOES,
        ("Jose\u0301/04_saliency.ipynb", "Jos\u00e9/05_gradcam.ipynb"),
        says=(r"the folder 'Jose\u0301' and the folder 'Jos\xe9' give the same student",),
    ),
    HandIns(
        "the same in names of files",
        {"Jose\u0301_04_saliency.ipynb": SOLVED, "Jos\u00e9_04_saliency.ipynb": BLANK, **ZOE},
        ZOES,
        ("Jose\u0301_04_saliency.ipynb", "Jos\u00e9_04_saliency.ipynb"),
    ),
    HandIns(
        "a byte that is no text, and its spelling",
        {os.fsdecode(b"Jos\xe9/04_saliency.ipynb"): SOLVED, "Jos\\xe9/04_saliency.ipynb": BLANK, **ZOE},
        {"Jos\\xe9": True, "Jos\\\\xe9": False, **ZOES},
    ),
    HandIns(
        "a folder and a file of one name",
        {
            "s1/04_saliency.ipynb": BLANK,
            "s1_04_saliency.ipynb": SOLVED,
            **ZOE,
        },
        ZOES,
        ("s1/04_saliency.ipynb", "s1_04_saliency.ipynb"),
        says=("put all into one folder",),
    ),
    HandIns(
        "a platform's student, and a folder that is called so",
        {
            "Jane Doe_7_assignsubmission_file_/04_saliency.ipynb": BLANK,
            "Jane Doe_7/04_saliency.ipynb": SOLVED,
            **ZOE,
        },
        ZOES,
        ("Jane Doe_7/04_saliency.ipynb", "Jane Doe_7_assignsubmission_file_/04_saliency.ipynb"),
    ),
    HandIns(
        "two folders of Moodle's are one participant",
        {
            "Jane Doe_7_assignsubmission_file_/04_saliency.ipynb": SOLVED,
            "Jane Doe_7_assignsubmission_onlinetext_/05_gradcam.ipynb": Lies(Kind.SOLUTION, B),
        },
        {"Jane Doe_7": True, "Jane Doe_7 05_gradcam": True},
    ),
    HandIns(
        "a file that is no notebook takes nothing from a folder of its name, and is named",
        {"s1/04_saliency.ipynb": SOLVED, "s1_04_saliency.pdf": TEXT},
        {"s1": True},
        ("s1_04_saliency.pdf",),
    ),
    HandIns(
        "a name written in two ways may be of two students, who name their files themselves",
        {
            "anna_04_saliency.ipynb": BLANK,
            "anna-04_saliency.ipynb": Lies(Kind.SOLUTION, at=9_000),
            "bo_04_saliency.ipynb": SOLVED,
            "Copy of bo_04_saliency (9).ipynb": BLANK,
            "cy_04_saliency.ipynb": SOLVED,
            "cy__05_gradcam.ipynb": Lies(Kind.SOLUTION, B),
            **ZOE,
        },
        ZOES,
        (
            "Copy of bo_04_saliency (9).ipynb",
            "anna-04_saliency.ipynb",
            "anna_04_saliency.ipynb",
            "bo_04_saliency.ipynb",
            "cy_04_saliency.ipynb",
            "cy__05_gradcam.ipynb",
        ),
        says=("the files that begin with 'anna-' and the files that begin with 'anna_'",),
    ),
    HandIns(
        "what a system appends to a second file of one name is no other spelling",
        {
            "anna_04_saliency.ipynb": BLANK,
            "anna_04_saliency (1).ipynb": BLANK,
            "anna_04_saliency-Copy1.ipynb": Lies(Kind.SOLUTION, at=9_000),
            "Copy of bo_04_saliency.ipynb": SOLVED,
            "Copy of Copy of cy_04_saliency.ipynb": SOLVED,
        },
        {"anna": True, "bo": True, "cy": True},
        others=("anna_04_saliency (1).ipynb", "anna_04_saliency.ipynb"),
        in_doubt=(),
    ),
    HandIns(
        "a word behind is another name, which anybody may have given",
        {"anna_04_saliency.ipynb": BLANK, "anna_04_saliency_final.ipynb": Lies(Kind.SOLUTION, at=9_000)},
        {"anna": True},
        others=("anna_04_saliency.ipynb",),
        in_doubt=("anna_04_saliency_final.ipynb",),
        says=("only a name in no folder says so",),
    ),
    HandIns(
        "names that look alike",
        {
            "anna/04_saliency.ipynb": SOLVED,
            "Anna/04_saliency.ipynb": BLANK,
            " bo_04_saliency.ipynb": SOLVED,
            "\u3000bo_04_saliency.ipynb": BLANK,
            "b\u200bo_04_saliency.ipynb": BLANK,
            "Cy Lee/04_saliency.ipynb": SOLVED,
            "CyLee/04_saliency.ipynb": BLANK,
            **ZOE,
        },
        {"Cy Lee": True, "CyLee": False, **ZOES},
        (
            " bo_04_saliency.ipynb",
            "Anna/04_saliency.ipynb",
            "anna/04_saliency.ipynb",
            "b\u200bo_04_saliency.ipynb",
            "\u3000bo_04_saliency.ipynb",
        ),
        says=("the folder 'Anna' and the folder 'anna' give students who look alike", r"'b\u200bo_'"),
    ),
    HandIns(
        "Gradescope's list gives two students numbers that differ in capitals",
        {
            "submission_metadata.yml": Lies(
                Kind.TEXT,
                to="submission_1: {':submitters': [{':sid': AB7, ':email': b@x}]}\n"
                "submission_2: {':submitters': [{':sid': ab7, ':email': e@x}]}\n",
            ),
            "submission_1/a.ipynb": SOLVED,
            "submission_2/a.ipynb": BLANK,
            **ZOE,
        },
        ZOES,
        ("submission_1/a.ipynb", "submission_2/a.ipynb"),
    ),
    HandIns(
        "the names of two assignments are no student and an assignment",
        {"anna_04_saliency_05_gradcam.ipynb": Lies(Kind.SOLUTION, B), "anna_04_saliency.ipynb": SOLVED},
        {"anna": True},
        ("anna_04_saliency_05_gradcam.ipynb",),
        says=("its name is that of two assignments",),
    ),
)

_TOO_DEEP = (
    HandIns(
        "two students' folders in one",
        {"class/s1/04_saliency.ipynb": BLANK, "class/s2/04_saliency.ipynb": SOLVED, **ZOE},
        ZOES,
        ("class",),
        says=("/in/class by itself",),
    ),
    HandIns(
        "two levels too deep, under nbgrader's folder, and beside what is nobody's",
        {
            "a/b/s1/04_saliency.ipynb": BLANK,
            "a/b/s2/04_saliency.ipynb": SOLVED,
            "a/README.md": TEXT,
            "c/submitted/s1/04_saliency/x.ipynb": BLANK,
            "c/submitted/s2/04_saliency/x.ipynb": SOLVED,
            **ZOE,
        },
        ZOES,
        ("a", "c"),
        says=("/in/a/b by itself", "/in/c/submitted by itself"),
    ),
    HandIns(
        "files of several students in one folder",
        {"class/s1_04_saliency.ipynb": BLANK, "class/s2_04_saliency.ipynb": SOLVED, **ZOE},
        ZOES,
        ("class",),
    ),
    HandIns(
        "Canvas' export in a folder",
        {
            "submissions/doejane_1_500_04_saliency.ipynb": SOLVED,
            "submissions/leekim_2_501_my.ipynb": Lies(Kind.SOLUTION, B),
            **ZOE,
        },
        ZOES,
        ("submissions",),
        says=("export from Canvas", "/in/submissions by itself"),
    ),
    HandIns(
        "Moodle's export in a folder",
        {
            "M/Jane Doe_1_assignsubmission_file_/04_saliency.ipynb": SOLVED,
            "M/Kim Lee_2_assignsubmission_file_/a.pdf": TEXT,
            "N/Jane Doe_1_assignsubmission_file_04_saliency.ipynb": SOLVED,
            "N/Kim Lee_2_assignsubmission_file_05_gradcam.ipynb": SOLVED,
            **ZOE,
        },
        ZOES,
        ("M", "N"),
        says=("export from Moodle",),
    ),
    HandIns(
        "Gradescope's export in a folder",
        {
            "class/assignment_5_export/submission_metadata.yml": Lies(Kind.TEXT, to=_SAME_NUMBER),
            "class/assignment_5_export/submission_1/04_saliency.ipynb": SOLVED,
            **ZOE,
        },
        ZOES,
        ("class",),
        says=("export from Gradescope", "/in/class/assignment_5_export by itself"),
    ),
    HandIns(
        "several folders of one student",
        {
            "s1/04_saliency.ipynb": SOLVED,
            "s1/old/04_saliency.ipynb": BLANK,
            "s1/older/04_saliency.ipynb": BLANK,
            "s2/exercises/04_saliency.ipynb": SOLVED,
            "s2/solutions/04_saliency.ipynb": BLANK,
            "s3/week 1/04_saliency.ipynb": SOLVED,
            "s3/week 2/05_gradcam.ipynb": Lies(Kind.SOLUTION, B),
        },
        {"s1": True, "s2": True, "s3": True, "s3 05_gradcam": True},
        others=(
            "s1/old/04_saliency.ipynb",
            "s1/older/04_saliency.ipynb",
            "s2/solutions/04_saliency.ipynb",
        ),
    ),
)

MEETING = (*_MEETING, *_TOO_DEEP)

"""Folders as learning platforms export them."""

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
    link,
)

__all__ = ["EXPORTS"]

_METADATA = """
submission_1:
  :submitters: [{":name": Ann, ":sid": "0071", ":email": ann@school.edu}]
submission_2:
  :submitters:
  - {":name": Bo, ":email": bo@school.edu}
  - {":name": Cy, ":sid": "0073"}
"""

EXPORTS = (
    HandIns(
        "Canvas",
        {
            "doejane_12345_67890_04_saliency.ipynb": SOLVED,
            "doejane_12346_67891_04_saliency.ipynb": BLANK,
            "leekim_LATE_22_67892_04_saliency-1.ipynb": SOLVED,
            "leekim_LATE_22_67893_my_answer.ipynb": Lies(Kind.SOLUTION, B),
            "anon_aB3dE_67894_04_saliency.ipynb": SOLVED,
            "poemo_33_text.html": TEXT,
        },
        {
            "doejane_12345": True,
            "doejane_12346": False,
            "leekim_22": True,
            "leekim_22 05_gradcam": True,
            "anon_aB3dE": True,
        },
    ),
    HandIns(
        "Canvas numbers its files: an archive's times do not matter",
        {
            "doejane_1_501_04_saliency-1.ipynb": Lies(Kind.SOLUTION, at=1_000),
            "doejane_1_500_04_saliency.ipynb": Lies(Kind.BLANK, at=2_000),
        },
        {"doejane_1": True},
        others=("doejane_1_500_04_saliency.ipynb",),
        in_doubt=("doejane_1_501_04_saliency-1.ipynb",),
    ),
    HandIns(
        "Canvas: whose own name is Doejane_1, and number 666, hands in for nobody else",
        {
            "doejane_1_500_04_saliency.ipynb": BLANK,
            "doejane_1_666_777_04_saliency.ipynb": Lies(Kind.SOLUTION, at=9_000),
            "poemo_2_501_04_saliency.ipynb": SOLVED,
        },
        {"doejane_1": False, "poemo_2": True},
        ("doejane_1_666_777_04_saliency.ipynb",),
        in_doubt=(),
        says=("is it of Canvas' user '1'",),
    ),
    HandIns(
        "Canvas: not even for who handed in nothing, nor with letters between the numbers",
        {
            "doejane_12345_666_777_04_saliency.ipynb": SOLVED,
            "doejane_12346_222_x_666_778_04_saliency.ipynb": SOLVED,
            "poemo_2_501_04_saliency.ipynb": SOLVED,
        },
        {"poemo_2": True},
        ("doejane_12345_666_777_04_saliency.ipynb", "doejane_12346_222_x_666_778_04_saliency.ipynb"),
    ),
    HandIns(
        "Canvas: of one student alone it is in doubt",
        {"ws_2026_10001_04_saliency.ipynb": SOLVED},
        {"ws_2026": True},
        in_doubt=("ws_2026_10001_04_saliency.ipynb",),
        says=("read as Canvas'",),
    ),
    HandIns(
        "people's names that look like Canvas'",
        {
            "ws_2026_10001_04_saliency.ipynb": SOLVED,
            "ws_2026_10002_04_saliency.ipynb": BLANK,
            "ws_2026_10003_05_gradcam.ipynb": Lies(Kind.SOLUTION, B),
        },
        {"ws_2026_10001": True, "ws_2026_10002": False, "ws_2026_10003 05_gradcam": True},
    ),
    HandIns(
        "people's names that look like Canvas', of two courses, and of one student for two assignments",
        {
            "ws_2026_10001_04_saliency.ipynb": SOLVED,
            "ws_2026_10001_05_gradcam.ipynb": Lies(Kind.SOLUTION, B),
            "ss_2026_10002_04_saliency.ipynb": BLANK,
        },
        {"ws_2026_10001": True, "ws_2026_10001 05_gradcam": True, "ss_2026_10002": False},
    ),
    HandIns(
        "Canvas: one user whose files contradict themselves changes nothing for others",
        {
            "doejane_1_500_04_saliency.ipynb": SOLVED,
            "doejane_1_501_04_saliency.ipynb": BLANK,
            "leekim_2_502_04_saliency.ipynb": SOLVED,
            "poemo_3_503_04_saliency.ipynb": BLANK,
        },
        {"leekim_2": True, "poemo_3": False},
        ("doejane_1_500_04_saliency.ipynb", "doejane_1_501_04_saliency.ipynb"),
    ),
    HandIns(
        "Canvas: a name of nothing but signs, of which nothing is left",
        {
            "_111_2001_04_saliency.ipynb": SOLVED,
            "_LATE_112_2002_04_saliency.ipynb": BLANK,
            "doejane_12_2003_04_saliency.ipynb": BLANK,
        },
        {"_111": True, "_112": False, "doejane_12": False},
    ),
    HandIns(
        "Canvas: whose display name leaves nothing of it hands in for nobody else",
        {
            "_1_666_70777_04_saliency.ipynb": SOLVED,
            "doejane_12_70778_04_saliency.ipynb": BLANK,
            "poemo_13_70779_04_saliency.ipynb": SOLVED,
        },
        {"doejane_12": False, "poemo_13": True},
        ("_1_666_70777_04_saliency.ipynb",),
    ),
    HandIns(
        "Canvas: the student's own name of the file begins with a year",
        {
            "doejane_12_67890_2026_04_saliency.ipynb": SOLVED,
            "poemo_13_67891_04_saliency.ipynb": BLANK,
        },
        {"doejane_12": True, "poemo_13": False},
    ),
    HandIns(
        "Canvas: where a year could be a file's number, it is in doubt as any number",
        {
            "doejane_12_1998_2026_04_saliency.ipynb": SOLVED,
            "poemo_13_2003_04_saliency.ipynb": BLANK,
            "leekim_14_2009_04_saliency.ipynb": BLANK,
        },
        {"poemo_13": False, "leekim_14": False},
        ("doejane_12_1998_2026_04_saliency.ipynb",),
    ),
    HandIns(
        "one name in Canvas' form among people's",
        {
            "anna_04_saliency.ipynb": SOLVED,
            "bob_04_saliency.ipynb": BLANK,
            "eve_12_345_04_saliency.ipynb": SOLVED,
        },
        {"anna": True, "bob": False},
        ("eve_12_345_04_saliency.ipynb",),
        says=("nearly all notebooks beside it have people's own names, and this one not",),
    ),
    HandIns(
        "one name of people's among Canvas'",
        {
            "doejane_12_2003_04_saliency.ipynb": SOLVED,
            "poemo_13_2004_04_saliency.ipynb": BLANK,
            "doejane_12_04_saliency.ipynb": BLANK,
        },
        {"doejane_12": True, "poemo_13": False},
        ("doejane_12_04_saliency.ipynb",),
        says=("have Canvas's names",),
    ),
    HandIns(
        "a mixture of Canvas' names and people's, or of Moodle's",
        {
            "doejane_1_500_04_saliency.ipynb": SOLVED,
            "s1_04_saliency.ipynb": SOLVED,
            "submitted/doejane_1_500_04_saliency.ipynb": SOLVED,
            "submitted/Jane_2_assignsubmission_file_04_saliency.ipynb": SOLVED,
            "submitted/zoe/04_saliency.ipynb": SOLVED,
        },
        ZOES,
        (".", "submitted"),
        says=("1 by Canvas ('doejane_1_500_04_saliency.ipynb') and 1 by people",),
    ),
    HandIns(
        "Canvas: files that cannot be graded",
        {"doejane_1_500_notes.ipynb": NOTES, "leekim_2_501_work.zip": TEXT, "poemo_3_502_a.pdf": TEXT, **ZOE},
        ZOES,
        ("doejane_1_500_notes.ipynb", "leekim_2_501_work.zip", "poemo_3_502_a.pdf"),
    ),
    HandIns(
        "Moodle",
        {
            "Jane Doe_123456_assignsubmission_file_/04_saliency.ipynb": SOLVED,
            "Jane Doe_123456_assignsubmission_onlinetext_/onlinetext.html": TEXT,
            "Jane Doe_123457_assignsubmission_file/answer.ipynb": BLANK,
            "Kim Lee_123458_assignsubmission_file_04_saliency.ipynb": SOLVED,
            "Mo Poe_123459_assignsubmission_file_my answer.ipynb": SOLVED,
        },
        {"Jane Doe_123456": True, "Jane Doe_123457": False, "Kim Lee_123458": True, "Mo Poe_123459": True},
    ),
    HandIns(
        "Gradescope",
        {
            "assignment_5_export/submission_metadata.yml": Lies(Kind.TEXT, to=_METADATA),
            "assignment_5_export/submission_1/my_solution.ipynb": SOLVED,
            "assignment_5_export/submission_2/my_solution.ipynb": BLANK,
            "assignment_5_export/submission_3/04_saliency.ipynb": SOLVED,
        },
        {"0071": True, "bo@school.edu": False, "0073": False, "submission_3": True},
        in_doubt=("assignment_5_export/submission_3/04_saliency.ipynb",),
        says=("graded as 04_saliency of submission_3, but submission_metadata.yml does not say whose it is",),
    ),
    HandIns(
        "Gradescope's folder itself",
        {
            "submission_metadata.yml": Lies(Kind.TEXT, to=_METADATA),
            "submission_1/a.ipynb": SOLVED,
            "s1/submission_2/04_saliency.ipynb": SOLVED,
        },
        {"0071": True, "s1": True},
    ),
    HandIns(
        "Gradescope without its list, or with a damaged one",
        {
            "submission_2/my_solution.ipynb": SOLVED,
            "assignment_5_export/submission_1/04_saliency.ipynb": SOLVED,
            "assignment_5_export/submission_metadata.yml": Lies(Kind.TEXT, to="a: ["),
            "assignment_6_export/submission_metadata.yml": link("../submission_metadata.yml"),
        },
        {"submission_2": True, "submission_1": True},
        ("assignment_5_export/submission_metadata.yml", "assignment_6_export/submission_metadata.yml"),
    ),
)

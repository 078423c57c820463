"""Folders in which a student's own name of a file or folder would say whose others are."""

from tests.workshop.grading.corpus.hand_in import BLANK, SOLVED, ZOE, ZOES, B, HandIns, Kind, Lies

__all__ = ["TAKING"]

_OTHERS = "{':submitters': [{':name': Eve, ':sid': eve}]}"

TAKING = (
    HandIns(
        "a list that names a folder of a student",
        {
            "submission_metadata.yml": Lies(Kind.TEXT, to=f"bob: {_OTHERS}"),
            "bob/04_saliency.ipynb": SOLVED,
            **ZOE,
        },
        {"bob": True, **ZOES},
        ("submission_metadata.yml",),
        says=("it names 'bob', and Gradescope names folders submission_<number> alone",),
    ),
    HandIns(
        "a student who is called as nbgrader's folder hands in for nobody else",
        {"submitted/bob/04_saliency.ipynb": SOLVED, "bob/05_gradcam.ipynb": Lies(Kind.SOLUTION, B), **ZOE},
        {"bob 05_gradcam": True, **ZOES},
        ("submitted",),
        says=("others lie beside it ('bob')", "if a student is called so, rename it"),
    ),
    HandIns(
        "nor one who is called as Gradescope's, with a list",
        {
            "assignment_1_export/submission_metadata.yml": Lies(Kind.TEXT, to=f"submission_1: {_OTHERS}"),
            "assignment_1_export/submission_1/04_saliency.ipynb": SOLVED,
            **ZOE,
        },
        ZOES,
        ("assignment_1_export",),
    ),
    HandIns(
        "nbgrader's other folders are nobody's",
        {
            "source/04_saliency/04_saliency.ipynb": SOLVED,
            "release/04_saliency/04_saliency.ipynb": BLANK,
            "submitted/anna/04_saliency/04_saliency.ipynb": SOLVED,
            "submitted/bob/04_saliency/04_saliency.ipynb": BLANK,
            "autograded/anna/04_saliency/04_saliency.ipynb": SOLVED,
        },
        {"anna": True, "bob": False},
        ("autograded", "release", "source"),
        says=("a folder of nbgrader's",),
    ),
)

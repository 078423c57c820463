"""Folders in which something could be lost in silence: it is named."""

from tests.workshop.grading.corpus.hand_in import (
    NOTES,
    SOLVED,
    TEXT,
    ZOE,
    ZOES,
    A,
    B,
    HandIns,
    Kind,
    Lies,
    both,
    showing,
)

__all__ = ["LOST"]

OF_B = Lies(Kind.SOLUTION, B)
_SCRIPT = "import torch\n\n\ndef gradient_saliency(model, x, target):\n    return x\n"

_OTHER_KINDS = (
    HandIns(
        "a notebook under another ending, beside one for another assignment",
        {
            "s1/05_gradcam.ipynb": OF_B,
            "s1/my.json": SOLVED,
            "s1/my": SOLVED,
            "s1/my.ipyn": TEXT,
            "s1/my.\u0130PYNB": TEXT,
            "s1/my.ipnyb": TEXT,
            "s1/data.json": Lies(Kind.TEXT, to='{"a": 1}'),
        },
        {"s1 05_gradcam": True},
        ("s1/my", "s1/my.ipnyb", "s1/my.ipyn", "s1/my.json", "s1/my.\u0130PYNB"),
    ),
    HandIns(
        "archives of any kind, known by their names or by what is in them",
        {
            **{f"zoe/a.{ending}": TEXT for ending in ("txz", "tbz2", "zst", "tar.lzma", "Z", "cab")},
            "zoe/work.dat": Lies(Kind.TEXT, to="PK\x03\x04"),
            "zoe/work": Lies(Kind.TEXT, to="BZh91"),
            "zoe/report.docx": Lies(Kind.TEXT, to="PK\x03\x04"),
            **ZOE,
        },
        ZOES,
        (
            *(f"zoe/a.{ending}" for ending in ("Z", "cab", "tar.lzma", "tbz2", "txz", "zst")),
            "zoe/work",
            "zoe/work.dat",
        ),
    ),
    HandIns(
        "what is no notebook, answers an assignment, and is nobody's",
        {
            "04_saliency.pdf": TEXT,
            "work.py": Lies(Kind.TEXT, to=_SCRIPT),
            "helper.py": TEXT,
            "doejane_1_666_777_a.pdf": TEXT,
            "leekim_2_501_04_saliency.ipynb": SOLVED,
        },
        {"leekim_2": True},
        ("04_saliency.pdf", "doejane_1_666_777_a.pdf", "work.py"),
    ),
    HandIns(
        "what is no notebook, and answers an assignment for which there is none",
        {
            "s1/05_gradcam.ipynb": OF_B,
            "s1/04_saliency.pdf": TEXT,
            "s2/05_gradcam.ipynb": OF_B,
            "s2/work.py": Lies(Kind.TEXT, to=_SCRIPT),
            "s3/04_saliency.ipynb": SOLVED,
            "s3/work.py": Lies(Kind.TEXT, to=_SCRIPT),
            "s3/04_saliency.pdf": TEXT,
            "s3/helper.py": TEXT,
        },
        {"s1 05_gradcam": True, "s2 05_gradcam": True, "s3": True},
        ("s1/04_saliency.pdf", "s2/work.py"),
        says=("may answer 04_saliency, for which its student handed in no notebook",),
    ),
)

_HIDDEN = (
    HandIns(
        "hidden notebooks, and a hidden folder of a student",
        {
            "zoe/.04_saliency.ipynb": SOLVED,
            ".carl/04_saliency.ipynb": SOLVED,
            "zoe/.old/a.ipynb": NOTES,
            **ZOE,
        },
        ZOES,
        (".carl/04_saliency.ipynb", "zoe/.04_saliency.ipynb", "zoe/.old/a.ipynb"),
        says=("rename it, if it counts",),
    ),
    HandIns(
        "hidden work that is no notebook",
        {
            "anna/.04_saliency.ipynb.icloud": Lies(Kind.TEXT, to="bplist"),
            "anna/05_gradcam.ipynb": OF_B,
            "bo/.work.zip": TEXT,
            "bo/05_gradcam.ipynb": OF_B,
            "cy/.04_saliency.json": TEXT,
            "cy/05_gradcam.ipynb": OF_B,
            "di/.old/04_saliency.py": TEXT,
            "di/05_gradcam.ipynb": OF_B,
            "ed/.my.json": SOLVED,
            "ed/05_gradcam.ipynb": OF_B,
        },
        {f"{student} 05_gradcam": True for student in ("anna", "bo", "cy", "di", "ed")},
        (
            "anna/.04_saliency.ipynb.icloud",
            "bo/.work.zip",
            "cy/.04_saliency.json",
            "di/.old/04_saliency.py",
            "ed/.my.json",
        ),
        says=("iCloud's placeholder",),
    ),
    HandIns(
        "a web page of a notebook",
        {"zoe/04_saliency.ipynb - Colab.html": TEXT, "zoe/picture.html": TEXT, **ZOE},
        ZOES,
        ("zoe/04_saliency.ipynb - Colab.html",),
        says=("a web page of a notebook, not the notebook",),
    ),
    HandIns(
        "what is hidden, and no notebook, is of no interest",
        {".settings/a": TEXT, "zoe/.settings/a.zip": TEXT, ".gitignore": TEXT, **ZOE},
        ZOES,
    ),
    HandIns(
        "an empty folder in nbgrader's",
        {"submitted/s5": Lies(Kind.FOLDER), "submitted/zoe/04_saliency.ipynb": SOLVED},
        ZOES,
        ("submitted/s5",),
    ),
    HandIns(
        "students in whose folder nothing lies, or only what programs leave",
        {
            "s1": Lies(Kind.FOLDER),
            "s2/work": Lies(Kind.FOLDER),
            "s3/.ipynb_checkpoints/04_saliency-checkpoint.ipynb": SOLVED,
            "s4/.settings/a": TEXT,
            "zoe/data": Lies(Kind.FOLDER),
            **ZOE,
        },
        ZOES,
        ("s1", "s2/work", "s3", "s4/.settings/a"),
        says=(
            "nothing lies in it",
            "its student handed in no notebook, but .ipynb_checkpoints, which a program left",
        ),
    ),
)

_TWO = (
    HandIns(
        "a notebook of two assignments counts for one, and is named for the other",
        {"s1/a.ipynb": both(A, B, most=B)},
        {"s1 05_gradcam": False},
        ("s1/a.ipynb",),
        says=("it answers 04_saliency, too, but counts for 05_gradcam",),
    ),
    HandIns(
        "where there is another notebook for the other, the page lists both",
        {"s1/a.ipynb": both(A, B, most=B), "s1/b.ipynb": SOLVED},
        {"s1 05_gradcam": False, "s1": True},
        others=("s1/a.ipynb",),
    ),
    HandIns(
        "a notebook of as many cells of two assignments is of none",
        {"s1/a.ipynb": both(A, B), **ZOE},
        ZOES,
        ("s1/a.ipynb",),
        says=("of 04_saliency and 05_gradcam: hand in a notebook for each",),
    ),
    HandIns(
        "another notebook in an output of a notebook",
        {"s1/a.ipynb": showing(B), **ZOE},
        {"s1": False, **ZOES},
        says=(),
    ),
    HandIns(
        "or of that in its name, in doubt, and is named for the other",
        {"s1/04_saliency.ipynb": both(A, B)},
        {"s1": False},
        ("s1/04_saliency.ipynb",),
        in_doubt=("s1/04_saliency.ipynb",),
        says=("as many of its cells are of 05_gradcam", "it answers 05_gradcam, too"),
    ),
)

_IN_DOUBT = (
    HandIns(
        "an assignment that the name alone tells, or another than the name tells, is in doubt",
        {
            "s1/04_saliency.ipynb": NOTES,
            "s2/04_saliency/x.ipynb": NOTES,
            "s3/04_saliency.ipynb": OF_B,
            "s4/04_saliency/x.ipynb": OF_B,
            "s5/x.ipynb": SOLVED,
            **ZOE,
        },
        {
            "s1": False,
            "s2": False,
            "s3 05_gradcam": True,
            "s4 05_gradcam": True,
            "s5": True,
            **ZOES,
        },
        in_doubt=(
            "s1/04_saliency.ipynb",
            "s2/04_saliency/x.ipynb",
            "s3/04_saliency.ipynb",
            "s4/04_saliency/x.ipynb",
        ),
        says=(
            "graded as 04_saliency of s1, but its name alone says so, no cell",
            "graded as 05_gradcam of s3, but its name says 04_saliency",
        ),
    ),
    HandIns(
        "what does not count is in no doubt",
        {"zoe/04_saliency-old.ipynb": NOTES, **ZOE},
        ZOES,
        others=("zoe/04_saliency-old.ipynb",),
        in_doubt=(),
    ),
)

LOST = (*_OTHER_KINDS, *_HIDDEN, *_TWO, *_IN_DOUBT)

"""Folders in which something lies that cannot be graded, and is named."""

from tests.workshop.grading.corpus.hand_in import (
    BLANK,
    NOTES,
    SOLVED,
    TEXT,
    ZOE,
    ZOES,
    HandIns,
    Kind,
    Lies,
    link,
)

__all__ = ["LEFT_OUT"]

PIPE = Lies(Kind.PIPE)

LEFT_OUT = (
    HandIns("a notebook of no assignment", {"s1/notes.ipynb": NOTES, **ZOE}, ZOES, ("s1/notes.ipynb",)),
    HandIns(
        "a notebook of no assignment beside one of one",
        {"zoe/notes.ipynb": NOTES, **ZOE},
        ZOES,
        ("zoe/notes.ipynb",),
    ),
    HandIns(
        "notebooks of nobody",
        {
            "04_saliency.ipynb": SOLVED,
            "my_solution.ipynb": SOLVED,
            "Copy of 04_saliency.ipynb": SOLVED,
            **ZOE,
        },
        ZOES,
        ("04_saliency.ipynb", "Copy of 04_saliency.ipynb", "my_solution.ipynb"),
    ),
    HandIns(
        "a link to another's file",
        {"s1/04_saliency.ipynb": link("../zoe/04_saliency.ipynb"), **ZOE},
        ZOES,
        ("s1/04_saliency.ipynb",),
    ),
    HandIns(
        "a newer link beside a file",
        {"s1/04_saliency.ipynb": BLANK, "s1/04_saliency (1).ipynb": link("../zoe/04_saliency.ipynb"), **ZOE},
        {"s1": False, **ZOES},
        ("s1/04_saliency (1).ipynb",),
    ),
    HandIns(
        "links to another's folder, to nothing, and in a circle",
        {"s1": link("zoe"), "s2/a.ipynb": link("nowhere"), "s3/loop": link("."), **ZOE},
        ZOES,
        ("s1", "s2/a.ipynb", "s3/loop"),
    ),
    HandIns(
        "a pipe and a socket",
        {"s1/04_saliency.ipynb": PIPE, "s2/04_saliency.ipynb": Lies(Kind.SOCKET), **ZOE},
        ZOES,
        ("s1/04_saliency.ipynb", "s2/04_saliency.ipynb"),
    ),
    HandIns(
        "endings that a browser gives",
        {
            "s1/04_saliency.ipynb.txt": SOLVED,
            "s2/04_saliency.ipynb.json": SOLVED,
            "zoe/x.ipynb.txt": TEXT,
            **ZOE,
        },
        ZOES,
        ("s1/04_saliency.ipynb.txt", "s2/04_saliency.ipynb.json", "zoe/x.ipynb.txt"),
    ),
    HandIns(
        "archives",
        {"s1/04_saliency.zip": TEXT, "s2_04_saliency.ZIP": TEXT, "all.tar.gz": TEXT, **ZOE},
        ZOES,
        ("all.tar.gz", "s1/04_saliency.zip", "s2_04_saliency.ZIP"),
    ),
    HandIns(
        "files, but no notebook: one line for each student",
        {"s1/a.pdf": TEXT, "s1/b.pdf": TEXT, "s2_04_saliency.pdf": TEXT, "s3": Lies(Kind.FOLDER), **ZOE},
        ZOES,
        ("s1/a.pdf", "s2_04_saliency.pdf", "s3"),
    ),
    HandIns(
        "what lies beside notebooks is of no interest",
        {"zoe/picture.png": TEXT, "README.md": TEXT, "zoe/data/x.csv": TEXT, **ZOE},
        ZOES,
    ),
    HandIns(
        "folders without end",
        {"s1/" + "d/" * 40 + "04_saliency.ipynb": SOLVED, **ZOE},
        ZOES,
        ("s1/" + "/".join("d" * 32),),
    ),
)

"""Files that are no notebooks by name: which of them should have been handed in otherwise."""

import pytest

from coursekit.exercises import CHAPTERS
from coursekit.workshop.grading.lookalike import meant_for, trouble_of


@pytest.mark.parametrize(
    ("name", "head", "word"),
    [
        ("a.ZIP", b"", "archive"),
        ("a.tar.xz", b"", "archive"),
        ("a.tbz", b"", "archive"),
        ("a", b"PK\x03\x04", "archive"),
        ("a.data", b"\0" * 257 + b"ustar", "archive"),
        ("a.csv", b"\x1f\x8b\x08", "archive"),
        ("a.json", b'\xef\xbb\xbf {"cells": []}', "rename"),
        ("a", b'{"metadata": {}, "nbformat": 4}', "rename"),
        ("a.ipynb.txt", b"", "rename"),
        ("a.ipyn", b"", "rename"),
        ("a.pynb", b"", "rename"),
        ("a.\u0130PYNB", b"", "rename"),
    ],
)
def test_what_should_have_been_handed_in_otherwise(name: str, head: bytes, word: str) -> None:
    assert word in trouble_of(name, head)


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("a.docx", b"PK\x03\x04"),
        ("a.npz", b"PK\x03\x04"),
        ("a.py", b"def f(): pass"),
        ("a.json", b'{"a": 1}'),
        ("a.png", b"\x89PNG"),
        ("README", b""),
    ],
)
def test_others_are_what_they_are(name: str, head: bytes) -> None:
    assert trouble_of(name, head) == ""


@pytest.mark.parametrize(
    ("name", "head", "assignment"),
    [
        ("04_saliency.pdf", b"", "04_saliency"),
        ("my-05_gradcam", b"", "05_gradcam"),
        ("work.py", b"def f(): ...\ndef gradient_saliency(model, x, target):", "04_saliency"),
        ("work.txt", b"def gradient_saliency(model, x, target):", None),
        ("work.py", b"gradient_saliency(model, x, target)", None),
    ],
)
def test_what_a_file_answers(name: str, head: bytes, assignment: str | None) -> None:
    assert meant_for(name, head, CHAPTERS) == assignment

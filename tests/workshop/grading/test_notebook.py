"""Reading a submitted notebook's cells."""

import json
import time

import pytest

from coursekit.workshop.building.markers import stubbed
from coursekit.workshop.grading.notebook import (
    CELL_LIMIT,
    CODE_LIMIT,
    Cell,
    UnreadableNotebookError,
    code_digest,
    read_notebook,
)


def test_a_cell_belongs_to_its_exercise_until_it_is_still_the_stub() -> None:
    written = "def f():\n    # BEGIN SOLUTION\n    return 1\n    # END SOLUTION"
    assert Cell("exercise-f", "code", written).exercise == "f"
    assert Cell("exercise-f", "code", stubbed(written)).exercise is None
    assert Cell("check-f", "code", "check(f)").exercise is None


def test_copies_are_found_whatever_their_layout() -> None:
    one = [Cell("exercise-f", "code", "def f(x):\n    # mine\n    return  x")]
    other = [Cell("exercise-f", "code", "def f(x):\n\n        return x  # really")]
    third = [Cell("exercise-f", "code", "def f(x):\n    return -x")]
    assert code_digest(one, "f") == code_digest(other, "f") != code_digest(third, "f")
    assert code_digest(one, "g") is None


def test_printed_numbers_are_no_values() -> None:
    output = {"output_type": "stream", "name": "stdout", "text": "1, " * 1_000_001}
    data = json.dumps({"cells": [{"cell_type": "code", "id": "a", "source": "x", "outputs": [output]}]})
    assert [cell.source for cell in read_notebook(data.encode())] == ["x"]


def test_too_many_cells_are_refused() -> None:
    data = json.dumps({"cells": [{}] * 5_001}).encode()
    with pytest.raises(UnreadableNotebookError, match=r"it has 5,001 cells, more than 5,000"):
        read_notebook(data)


@pytest.mark.parametrize("unit", [b'\\"', b'"', b"\\", b'"",', b'"\\"', b'"a\\'])
def test_counting_values_takes_as_long_for_any_bytes(unit: bytes) -> None:
    data = b'{"cells":[' + b"," * 1_000_001 + b'"' + unit * (10**6 // len(unit))
    started = time.thread_time()
    with pytest.raises(UnreadableNotebookError):
        read_notebook(data)
    assert time.thread_time() - started < 2


@pytest.mark.parametrize(
    "text", ['1, "', "1, \\", '\\", ', "\u2200, " * 2], ids=["quote", "backslash", "both", "half a quote"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_values_are_counted_in_and_between_texts_of_any_kind(text: str, encoding: str) -> None:
    texts = {"cells": [{"cell_type": "code", "source": "x"}], "a": [text * 400_000, text]}
    data = json.dumps(texts, ensure_ascii=False).encode(encoding)
    assert [cell.source for cell in read_notebook(data)] == ["x"]
    values = {"cells": [], "a": [text, [0] * 1_000_001, text]}
    with pytest.raises(UnreadableNotebookError, match="more than 1,000,000 values"):
        read_notebook(json.dumps(values, ensure_ascii=False).encode(encoding))


def test_of_a_cell_that_is_too_long_it_is_told_and_nothing_is_run() -> None:
    sources = ["x" * CELL_LIMIT, "x\n" * CELL_LIMIT]
    kept, told = read_notebook(as_data("code", *sources))
    assert kept.source == sources[0]
    with pytest.raises(ValueError, match=r"200,000 characters of code, more than 100,000: it is not run"):
        exec(told.source)


def test_of_words_that_are_too_long_the_beginning_is_kept() -> None:
    (cell,) = read_notebook(as_data("markdown", "x\n" * CELL_LIMIT))
    assert cell.source == "x\n" * (CELL_LIMIT // 2)


def test_too_much_code_is_refused() -> None:
    sources = ["x" * CELL_LIMIT] * (CODE_LIMIT // CELL_LIMIT)
    assert len(read_notebook(as_data("code", *sources))) == len(sources)
    with pytest.raises(UnreadableNotebookError, match=r"500,001 characters together, more than 500,000"):
        read_notebook(as_data("code", *sources, "y"))


def as_data(kind: str, *sources: str) -> bytes:
    return json.dumps({"cells": [{"cell_type": kind, "source": source} for source in sources]}).encode()

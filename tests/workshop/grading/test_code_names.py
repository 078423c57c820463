"""The names in a cell's code."""

import ast
import time
import tracemalloc

import pytest

from coursekit.workshop.grading.code_names import CodeNames, code_names
from coursekit.workshop.grading.notebook import CELL_LIMIT


def test_each_name_is_where_it_belongs() -> None:
    source = "import a.b, c as d\nfrom e import f\n%time\ndef g(x): return h\nclass I: j = k\ndel m\n!ls"
    read, assigned, defined = {"h", "k", "m"}, {"j"}, {"a", "d", "f", "g", "I"}
    assert code_names(source) == CodeNames(frozenset(read), frozenset(assigned), frozenset(defined))


@pytest.mark.parametrize("source", ["retrun 3", "(" * 7000, "-" * 7000 + "1", "x\0", ""])
def test_what_cannot_be_read_has_none(source: str) -> None:
    assert code_names(source) == CodeNames()


def test_each_text_is_read_once(monkeypatch) -> None:
    read = []
    parse = ast.parse
    monkeypatch.setattr(ast, "parse", lambda source: read.append(source) or parse(source))
    for _ in range(3):
        code_names("only_of_this_test = 1")
    assert len(read) == 1


@pytest.mark.parametrize("unit", ["x\n", "a,", "f(", "[],", "'','',", "a=", "-", "@a\n", "if a:\n x\n"])
def test_a_cell_as_long_as_it_may_be_takes_little_time_and_memory(unit: str) -> None:
    """Of a longer one, each megabyte of code is half a gigabyte of memory."""
    source = unit * (CELL_LIMIT // len(unit))
    started = time.thread_time()
    code_names.__wrapped__(source)
    assert time.thread_time() - started < 8
    tracemalloc.start()
    code_names.__wrapped__(source)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 200 * 2**20

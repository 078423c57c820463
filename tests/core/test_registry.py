"""Methods are registered once, each under a name and in rows of its own."""

import importlib
import sys
from collections.abc import Iterator
from functools import wraps
from pathlib import Path

import pytest

from coursekit import attribution
from coursekit.core import registry
from coursekit.core.registry import METHODS, Row, method, methods_of

SOURCE = """
from coursekit.core.registry import method

@method("gradient", "A")
def first(model, x, target): return {value}
"""


@pytest.fixture(autouse=True)
def _own_register(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "METHODS", {})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield tmp_path
    sys.modules.pop("registered", None)


def test_a_name_is_taken_once() -> None:
    def one() -> int:
        return 1

    method("gradient")(one)
    with pytest.raises(ValueError, match=r"one is registered already, in tests\.core\.test_registry"):
        method("gradient")(_named("one"))
    assert registry.METHODS["one"].function is one


def test_a_name_is_taken_once_behind_other_decorators() -> None:
    def decorated(function):
        return wraps(function)(lambda: function())

    method("gradient")(decorated(_one))
    method("gradient")(decorated(_one))
    _another.__name__ = "_one"
    with pytest.raises(ValueError, match="registered already"):
        method("gradient")(decorated(_another))


def _one() -> None: ...


def _another() -> None: ...


def test_a_module_may_be_loaded_again(folder: Path) -> None:
    file = folder / "registered.py"
    file.write_text(SOURCE.format(value=1))
    module = importlib.import_module("registered")
    file.write_text("# a line more\n" + SOURCE.format(value=23))
    importlib.reload(module)
    assert registry.METHODS["first"].function is module.first
    assert module.first(None, None, None) == 23


@pytest.mark.parametrize("options", [{"row": "A"}, {"rows": {"B": Row("b"), "A": Row("a")}}])
def test_a_row_is_of_one_method(options: dict) -> None:
    method("gradient", "A")(_one)
    with pytest.raises(ValueError, match="test: the row 'A' is that of _one"):
        method("gradient", "a", **options)(_named("test"))
    assert [*registry.METHODS] == ["_one"]


def _named(name: str):
    def function() -> None: ...

    function.__name__ = name
    return function


def test_families_are_those_there_are() -> None:
    method("map")(_one)
    assert [*methods_of("map", "attack")] == ["_one"]
    assert methods_of("attack") == {}
    for ask in (methods_of, method):
        with pytest.raises(ValueError, match=r"family: wanted one of gradient, .*, got 'gradiant'"):
            ask("gradiant")


def test_the_methods_of_the_course_are_there() -> None:
    assert METHODS["grad_cam"].function is attribution.grad_cam

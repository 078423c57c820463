"""What ``help()`` says: each public function and class is described completely, in its own docstring."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any, Protocol

import pytest
from torch import Tensor
from torch.autograd import Function

import coursekit

NOT_PUBLIC = ("coursekit.workshop", "coursekit.exercises", "coursekit.__main__")
SECTION = re.compile(r"^(Args|Attributes|Returns|Yields):\n((?:[ ].*\n|\n)*)", re.MULTILINE)
ELSEWHERE = re.compile(
    r"\bas for\b|\bas in ``|: as ``|\b(arguments|result|errors|raises) as\b|\bsame as for\b", re.IGNORECASE
)
"""What sends a reader to another docstring."""
EXCEPTIONS: set[str] = set()
"""Docstrings that are not complete yet. This list may only shrink."""


def modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(coursekit.__path__, "coursekit."):
        if not found.name.startswith(NOT_PUBLIC):
            yield importlib.import_module(found.name)


def public() -> dict[str, Any]:
    """Return the functions and classes that a module names in ``__all__``, and the methods of the classes."""
    found: dict[str, Any] = {}
    for module in modules():
        for name in getattr(module, "__all__", ()):
            thing = getattr(module, name)
            if not inspect.isfunction(thing) and not inspect.isclass(thing):
                continue
            if thing.__module__.startswith("coursekit."):
                place = f"{thing.__module__.removeprefix('coursekit.')}.{thing.__qualname__}"
                found |= {place: thing, **methods(place, thing)}
    return found


def methods(place: str, thing: Any) -> dict[str, Any]:
    """Return the public methods that a class itself defines, without properties."""
    own = vars(thing).items() if inspect.isclass(thing) else ()
    return {f"{place}.{name}": m for name, m in own if inspect.isfunction(m) and not name.startswith("_")}


def parameters(thing: Any) -> list[str]:
    if inspect.isclass(thing):
        if issubclass(thing, Exception) or getattr(thing, "_is_protocol", False):  # a protocol is not called
            return []
        if issubclass(thing, Function):  # called by apply, which takes what forward takes behind its context
            return list(inspect.signature(thing.forward).parameters)[1:]
    try:
        return [name for name in inspect.signature(thing).parameters if name != "self"]
    except ValueError:  # of a class that is written in C
        return []


def trouble(thing: Any) -> str | None:
    """Return what is missing in the docstring, or what sends its reader elsewhere."""
    text = inspect.getdoc(thing) or ""
    sections = dict(SECTION.findall(text + "\n"))
    described = sections.get("Args", "") + sections.get("Attributes", "")
    missing = [
        n for n in parameters(thing) if not re.search(rf"^ {{4}}\*{{0,2}}{n}: ", described, re.MULTILINE)
    ]
    if missing:
        return f"Args: without {', '.join(missing)}"
    if found := ELSEWHERE.search(text):
        return f"sends its reader elsewhere: {found[0]!r}"
    returned = inspect.signature(thing).return_annotation if inspect.isfunction(thing) else None
    if returned not in (None, "None", inspect.Signature.empty) and not {"Returns", "Yields"} & set(sections):
        return "no Returns:"
    return None


PUBLIC = public()


@pytest.mark.parametrize("place", sorted(PUBLIC.keys() - EXCEPTIONS))
def test_the_docstring_is_complete(place: str) -> None:
    assert not (found := trouble(PUBLIC[place])), found


def test_the_exceptions_are_needed() -> None:
    done = {place for place in EXCEPTIONS if place not in PUBLIC or not trouble(PUBLIC[place])}
    assert not done, "complete now: take them out of EXCEPTIONS"


def documented(x: int, *more: int) -> int:
    """Return x.

    Args:
        x: a number.
        *more: others.

    Returns:
        The same number.
    """
    return x


def without_arguments(x: int) -> None:
    """Print x."""


def without_returns(x: int) -> int:
    """Return x.

    Args:
        x: a number.
    """
    return x


def sending(x: int) -> None:
    """Print x.

    Args:
        x: as for ``documented``.
    """


class Called(Protocol):
    """Something that is called."""

    def __call__(self, x: int) -> int: ...


class Step(Function):
    """Return x."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x


def test_what_is_missing_is_found() -> None:
    assert trouble(documented) is None
    assert trouble(without_arguments) == "Args: without x"
    assert trouble(without_returns) == "no Returns:"
    assert trouble(sending) == "sends its reader elsewhere: 'as for'"
    assert trouble(Called) is None
    assert trouble(Step) == "Args: without x"

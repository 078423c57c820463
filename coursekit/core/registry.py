"""The course's methods. Each is registered once, by a decorator where it is defined.

From there come its name in ``coursekit``, its row in the measured tables, the tests that every method of its
family has to pass, and its rows in the benchmarks and in the table of nets.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from inspect import unwrap
from typing import Any, TypeVar

__all__ = ["FAMILIES", "METHODS", "Method", "Row", "method", "methods_of"]

FAMILIES = {
    "gradient": "pixels, by gradients: method(model, x, target)",
    "relevance": "pixels, by relevance: method(model, x, target)",
    "perturbation": "pixels, by covering them: method(model, x, target)",
    "map": "class activation maps: method(model, x, target)",
    "product": "a map times pixels: method(model, x, target)",
    "segmentation": "pixels, of nets that score each pixel: method(model, x)",
    "attack": "changed images: attack(model, x, y)",
}
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Row:
    """A row of the measured tables.

    Attributes:
        spelling: the method as chapters write it ("LRP-ε").
        settings: what it is called with there, by keyword.
    """

    spelling: str
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Method:
    """A method of the course.

    Attributes:
        function: the method itself; its name is that of the function.
        family: a key of ``FAMILIES``: how it is called, and which tests it has to pass.
        rows: its rows in the measured tables, by the name that they have there; attacks have none.
        quick: settings with which it takes a moment, for tests.
        peer: the class or function of another library that does the same, "module:name"; "" if there is none.
    """

    function: Callable[..., Any]
    family: str
    rows: Mapping[str, Row] = field(default_factory=dict)
    quick: Mapping[str, Any] = field(default_factory=dict)
    peer: str = ""


METHODS: dict[str, Method] = {}
"""All methods of the modules that have been imported, by the function's name."""


def method(
    family: str,
    *spelling: str,
    row: str = "",
    settings: Mapping[str, Any] | None = None,
    rows: Mapping[str, Row] | None = None,
    quick: Mapping[str, Any] | None = None,
    peer: str = "",
) -> Callable[[F], F]:
    """Register the function that follows.

    Args:
        family: a key of ``FAMILIES``.
        *spelling: the method's name as chapters write it; none for one that no table has.
        row: its name in the measured tables; ``spelling`` when left out.
        settings: what it is measured with, by keyword; the defaults when None.
        rows: several rows, name → ``Row``, in place of one.
        quick: settings with which it takes a moment, for tests.
        peer: what does the same elsewhere, "module:name".

    Returns:
        A decorator, which returns the function unchanged. It raises ``ValueError`` if another function has
        that name, or a row of the table; the same one, of a module that is loaded again, takes its place.

    Raises:
        ValueError: there is no such family.
    """
    _check_family(family)
    if rows is None:
        rows = {row or name: Row(name, settings or {}) for name in spelling}

    def register(function: F) -> F:
        name = function.__name__
        known = METHODS.get(name)
        if known and _home(known.function) != _home(function):
            raise ValueError(f"{name} is registered already, in {known.function.__module__}")
        for other, found in METHODS.items():
            if other != name and (taken := found.rows.keys() & rows.keys()):
                raise ValueError(f"{name}: the row {min(taken)!r} is that of {other}")
        METHODS[name] = Method(function, family, rows, quick or {}, peer)
        return function

    return register


def _check_family(family: str) -> None:
    if family not in FAMILIES:
        raise ValueError(f"family: wanted one of {', '.join(FAMILIES)}, got {family!r}")


def _home(function: Callable[..., Any]) -> tuple[str, str]:
    """Where a function is defined: its module, and its name there; an edited file has it on another line."""
    plain = unwrap(function)
    return plain.__module__, plain.__qualname__


def methods_of(*families: str) -> dict[str, Method]:
    """Return the registered methods of some families.

    Args:
        *families: keys of ``FAMILIES``.

    Returns:
        The methods by name, in the order in which they were registered.

    Raises:
        ValueError: there is no such family.
    """
    for family in families:
        _check_family(family)
    return {name: found for name, found in METHODS.items() if found.family in families}

"""Factors: everything about a scene that can be fixed, tied to the class, or swept."""

from __future__ import annotations

import difflib
import numbers
from bisect import bisect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np

from coursekit.datasets.scenes.backgrounds import GROUNDS, HILLS, SKIES
from coursekit.datasets.scenes.clutter import HIDERS
from coursekit.datasets.scenes.objects import CLASSES
from coursekit.datasets.scenes.palette import HUES, SKIN
from coursekit.datasets.scenes.patterns import PATTERNS
from coursekit.datasets.scenes.pen import PARTS
from coursekit.datasets.scenes.weather import LIGHTS, WEATHERS

_RESERVED = 64  # uniform numbers per scene; a factor added later takes the next one and moves no other
Record = dict[str, Any]


@dataclass(frozen=True)
class Choice:
    """A factor with named values; `shares` are their odds by default."""

    values: tuple[Any, ...]
    shares: tuple[float, ...] | None = None
    default: Any = ...  # this value unless asked for another; `...` means: drawn at random

    def sample(self, u: float) -> Any:
        """The value for a uniform number in [0, 1)."""
        if self.default is not ...:
            return self.default
        if self.shares is None:
            return self.values[int(u * len(self.values))]
        return self.values[bisect(list(accumulate(self.shares)), u * sum(self.shares))]

    def check(self, name: str, value: Any) -> Any:
        """The value, or a ValueError that names the nearest valid ones."""
        for known in self.values:
            if value == known and isinstance(value, bool) == isinstance(known, bool):
                return known
        raise ValueError(f"{name}={value!r} is unknown. {nearest(value, self.values)}")


@dataclass(frozen=True)
class Number:
    """A factor with a number; drawn between `low` and `high` (bent by `bend`), allowed within `limits`."""

    low: float
    high: float
    limits: tuple[float, float]
    bend: float = 1.0  # above 1: small values are more frequent

    def sample(self, u: float) -> float:
        """The value for a uniform number in [0, 1)."""
        return round(self.low + (self.high - self.low) * u**self.bend, 6)

    def check(self, name: str, value: Any) -> float:
        """The value as a float, or a ValueError that names the limits."""
        low, high = self.limits
        if isinstance(value, numbers.Real) and not isinstance(value, bool) and low <= float(value) <= high:
            return float(value)
        raise ValueError(f"{name}={value!r} is not possible: give a number from {low:g} to {high:g}.")


@dataclass(frozen=True)
class Text:
    """A factor with a free text, or None for nothing (the default)."""

    longest: int

    def sample(self, u: float) -> None:
        """Nothing, unless asked for."""

    def check(self, name: str, value: Any) -> str | None:
        """The text, or a ValueError that says how long it may be."""
        if value is None or (isinstance(value, str) and 0 < len(value) <= self.longest):
            return value
        raise ValueError(f"{name}={value!r} is not possible: give None or 1 to {self.longest} characters.")


Factor = Choice | Number | Text

# The order fixes which random number belongs to which factor: append, never insert.
FACTORS: dict[str, Factor] = {
    "weather": Choice(WEATHERS, (0.30, 0.25, 0.15, 0.15, 0.15)),
    "light": Choice(LIGHTS, (0.60, 0.22, 0.18)),
    "sun": Choice(("left", "right")),
    "sky": Choice(SKIES),
    "ground": Choice(GROUNDS),
    "hills": Choice(HILLS),
    "horizon": Number(0.36, 0.62, (0.1, 0.9)),
    "clutter": Choice(tuple(range(9)), (1, 1, 1, 1, 1, 1, 1, 0, 0)),
    "colour": Choice(tuple(HUES)),
    "accent": Choice(tuple(HUES)),
    "texture": Choice(PATTERNS, (6, 1, 1, 1, 1, 1, 1)),
    "scale": Number(0.23, 0.50, (0.05, 1.0)),
    "x": Number(0.0, 1.0, (-2.0, 3.0)),
    "y": Number(0.55, 1.0, (-2.0, 3.0)),
    "angle": Number(-10.0, 10.0, (-180.0, 180.0)),
    "mirror": Choice((False, True)),
    "skin": Choice(tuple(range(1, len(SKIN) + 1))),
    "noise": Number(0.0, 0.05, (0.0, 0.5), bend=2.0),
    "blur": Number(0.0, 0.008, (0.0, 0.2), bend=2.0),
    "exposure": Number(0.82, 1.18, (0.1, 4.0)),
    "vignette": Number(0.0, 0.45, (0.0, 1.0), bend=1.5),
    "tag": Text(24),
    "camera": Choice((None, "A", "B", "C", "D"), default=None),
    "without": Choice((None, *PARTS), default=None),
    "occluder": Choice((None, *HIDERS), default=None),
    "shadow": Choice((True, False), default=True),
    "glasses": Choice((False, True), default=False),  # True: every face wears them, not one in four
}


def nearest(value: Any, options: Iterable[Any]) -> str:
    """A sentence that offers the options nearest to a wrong value."""
    names = [str(o) for o in options]
    close = difflib.get_close_matches(str(value), names, n=3, cutoff=0.5)
    lead = f"Did you mean {' or '.join(close)}? " if close else ""
    return f"{lead}Possible: {', '.join(names)}."


Plan = Callable[[Sequence[int], int, str], Record]


def plan(n: int, given: Mapping[str, Any]) -> Plan:
    """Check the factors given for n scenes; return (seeds, place in lists, class) → a scene's factors.

    Every factor is drawn first and then overridden, so that a value changes no other factor.
    """
    rules = {name: _rule(name, value, n) for name, value in given.items()}

    def factors(key: Sequence[int], at: int, label: str) -> Record:
        u = np.random.default_rng(key).random(_RESERVED).tolist()
        record = {name: factor.sample(u[k]) for k, (name, factor) in enumerate(FACTORS.items())}
        for name, rule in rules.items():
            record[name] = rule(at, label, record[name])
        return record

    return factors


def _rule(name: str, value: Any, n: int) -> Callable[[int, str, Any], Any]:
    """One value as a function (place in lists, class, drawn value) → value."""
    if name not in FACTORS:
        raise ValueError(f"There is no factor {name!r}. {nearest(name, FACTORS)}")
    factor = FACTORS[name]
    if isinstance(value, Mapping):
        return _tied(name, {label: factor.check(name, one) for label, one in value.items()})
    value = value.tolist() if hasattr(value, "tolist") else value  # arrays and tensors, of any rank
    if isinstance(value, Sequence) and not isinstance(value, str):
        if len(value) != n:
            raise ValueError(
                f"{name} is a list of {len(value)} values for {n} scenes: give one for each scene."
            )
        values = [factor.check(name, one) for one in value]
        return lambda at, label, drawn: values[at]
    checked = factor.check(name, value)
    return lambda at, label, drawn: checked


def _tied(name: str, values: dict[str, Any]) -> Callable[[int, str, Any], Any]:
    for label in values:
        if label not in CLASSES:
            raise ValueError(f"{name} is tied to {label!r}, which is no class. {nearest(label, CLASSES)}")
    return lambda at, label, drawn: values.get(label, drawn)

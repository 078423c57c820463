"""Builds `notebooks/`, `solutions/` and `exercises/` from their sources, and checks that they were.

A source is a `py:percent` script; CONTRIBUTING.md describes what it may hold.
"""

from coursekit.workshop.building.builder import build
from coursekit.workshop.building.chapter import BuildError, Chapter, chapters, chapters_of_clone
from coursekit.workshop.building.gate import check

__all__ = ["BuildError", "Chapter", "build", "chapters", "chapters_of_clone", "check"]

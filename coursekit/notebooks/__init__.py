"""Builds `notebooks/`, `solutions/` and `exercises/` from their sources, and checks that they were.

A source is a `py:percent` script; CONTRIBUTING.md describes what it may hold.
"""

from coursekit.notebooks.builder import build
from coursekit.notebooks.chapter import BuildError, Chapter, chapters, chapters_of_clone
from coursekit.notebooks.gate import check

__all__ = ["BuildError", "Chapter", "build", "chapters", "chapters_of_clone", "check"]

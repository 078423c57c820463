"""Small commands for those who work on the course: ``python -m tools.house``, and so the others."""

from pathlib import Path

__all__ = ["ROOT"]

ROOT = Path(__file__).parents[1]
"""The folder of the checkout."""

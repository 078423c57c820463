"""Checking and grading: runs a student's function, and judges what it returned."""

from coursekit.grading.check import CheckError, check

__all__ = ["CheckError", "check"]

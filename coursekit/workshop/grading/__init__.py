"""Grades submitted notebooks, which are not trusted: a sandbox, hidden cases, reports."""

"""Grades submitted notebooks that nobody trusts: a sandbox, hidden cases, reports."""

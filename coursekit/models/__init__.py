"""Nets: how they are built, loaded, wrapped and trained."""

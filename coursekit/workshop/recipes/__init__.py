"""Makers of the trained nets in `data/`: `coursekit train`."""

"""Trains the nets in `data/`: `coursekit train`."""

"""``python -m coursekit`` is the command line."""

from coursekit.workshop.cli import app

app(prog_name="coursekit")

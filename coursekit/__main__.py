"""``python -m coursekit`` is the command line."""

from coursekit.cli import app

app(prog_name="coursekit")

"""The command line: ``coursekit --help``. Each command imports what it needs when it runs."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_show_locals=False)


@app.callback()
def main() -> None:
    """A course on looking inside convolutional networks, and on fooling them."""


@app.command()
def train(
    name: Annotated[str, typer.Argument(help="scenes, scenes-robust or digits")],
    out: Annotated[
        Path | None, typer.Option(help="folder for the checkpoint and its card; where it ships when left out")
    ] = None,
) -> None:
    """Make a shipped checkpoint again from nothing; a killed training goes on where it stopped."""
    from coursekit.checkpoints import checkpoint_path
    from coursekit.recipes import make

    _or_exit(lambda: make(name, out or checkpoint_path(name).parent))


@app.command()
def measure(
    name: Annotated[str, typer.Argument(help="localisation")],
    out: Annotated[
        Path | None, typer.Option(help="folder for the table and its card; where it ships when left out")
    ] = None,
    scenes: Annotated[int, typer.Option(help="how many to measure on; fewer for a trial")] = 500,
) -> None:
    """Measure every method again: a table that ships, since it takes longer than a notebook may."""
    from coursekit.measurements import measure as make_table

    _or_exit(lambda: make_table(name, out, scenes=scenes))


@app.command()
def build(
    names: Annotated[
        list[str] | None, typer.Argument(help="notebooks such as 04_saliency; all when left out")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="change nothing; fail if a notebook is stale")
    ] = False,
) -> None:
    """Build notebooks, exercises and solutions from their sources."""
    from coursekit.notebooks import build as build_notebooks

    _or_exit(lambda: build_notebooks(names or [], check=check))


def _or_exit(command) -> None:  # type: ignore[no-untyped-def]
    """Errors that the user can mend are one line, not a traceback."""
    try:
        command()
    except (ValueError, OSError, RuntimeError) as error:
        typer.secho(str(error), fg="red", err=True)
        raise typer.Exit(1) from None

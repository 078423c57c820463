"""The command line: ``coursekit --help``. Each command imports what it needs when it runs."""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from coursekit import __version__

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_show_locals=False)
_UNIDENTIFIED = (
    "They stand as unidentified in the tables for Canvas and Moodle: mend the roster, or name one, and run "
    "this again, or take out their rows"
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"coursekit {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="print the version")
    ] = False,
) -> None:
    """A course on looking inside convolutional networks, and on fooling them."""


@app.command()
def train(
    name: Annotated[
        str, typer.Argument(help="scenes, scenes-robust or -stylised, digits, digits-robust or style-glass")
    ],
    out: Annotated[
        Path | None, typer.Option(help="folder for the checkpoint and its card; where it ships when left out")
    ] = None,
) -> None:
    """Train a shipped checkpoint again from scratch; a training that was killed goes on where it stopped."""

    def command() -> None:
        folder = out or _data_folder()
        from coursekit.workshop.recipes.nets import make

        make(name, folder)

    _exit_on_error(command)


@app.command()
def measure(
    name: Annotated[str, typer.Argument(help="localisation, attacks, confounders, photographs or trust")],
    out: Annotated[
        Path | None, typer.Option(help="folder for the table and its card; where it ships when left out")
    ] = None,
    scenes: Annotated[int, typer.Option(help="how many to measure on, where it measures on scenes")] = 500,
) -> None:
    """Make a shipped table again, of measurements that take too long for a notebook."""

    def command() -> None:
        folder = out or _data_folder()
        from coursekit.workshop.tables import measure as make_table

        make_table(name, folder, scenes=scenes)

    _exit_on_error(command)


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
    from coursekit.workshop.building import build as build_notebooks

    _exit_on_error(lambda: build_notebooks(names or [], check=check))


@app.command()
def pictures(
    names: Annotated[
        list[str] | None, typer.Argument(help="chapters such as 04_saliency; all when left out")
    ] = None,
) -> None:
    """List the pictures in built notebooks: width on the screen, density, size and encoding."""
    from coursekit.workshop.building.embedded import tables

    _exit_on_error(lambda: typer.echo(tables(names or [])))


@app.command()
def gallery(
    out: Annotated[Path, typer.Argument(help="folder for the page and its pictures")] = Path("build/gallery"),
) -> None:
    """Make a page with every kind of figure at its true size, in all themes, for who changes one."""
    from coursekit.workshop.gallery import write_gallery

    _exit_on_error(lambda: typer.echo(write_gallery(out)))


@app.command()
def site(out: Annotated[Path, typer.Option(help="folder for the site")] = Path("build/site")) -> None:
    """Make the web site of the built notebooks: a folder that needs no server."""

    def command() -> None:
        with _site_libraries():
            from coursekit.workshop.publishing.site import build_site
        typer.echo(build_site(out))

    _exit_on_error(command)


@app.command()
def slides(
    names: Annotated[
        list[str] | None, typer.Argument(help="chapters such as 04_saliency; all when left out")
    ] = None,
    out: Annotated[Path, typer.Option(help="folder for the slides")] = Path("build/slides"),
) -> None:
    """Make slides of the built notebooks: one HTML file a chapter, which needs no network."""

    def command() -> None:
        with _site_libraries():
            from coursekit.workshop.publishing.slides import build_slides
        typer.echo("\n".join(str(path) for path in build_slides(names or [], out)))

    _exit_on_error(command)


@app.command()
def grade(
    folder: Annotated[
        Path | None, typer.Argument(help="<student>/…ipynb, flat files, or a platform's export")
    ] = None,
    out: Annotated[Path, typer.Option(help="folder for results, seed and reports")] = Path("grades"),
    seed_file: Annotated[
        Path | None,
        typer.Option(help="the secret behind the hidden cases; made when missing; OUT/seed if left out"),
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(help="this assignment or student alone; or a platform's id")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="submissions at a time")] = 1,
    scheduler: Annotated[str | None, typer.Option(help="let a Dask cluster do it: tcp://host:8786")] = None,
    timeout: Annotated[
        float, typer.Option(min=1, help="seconds for a cell or a call; ten times that in all")
    ] = 30,
    memory: Annotated[float, typer.Option(min=1, help="GB for a submission")] = 2,
    unsafe: Annotated[bool, typer.Option("--unsafe", help="run students' code WITHOUT a sandbox")] = False,
    self_test: Annotated[
        bool, typer.Option("--self-test", help="grade our own solutions and untouched exercises instead")
    ] = False,
) -> None:
    """Grade submitted notebooks: what is new or changed, so that a run that was stopped goes on."""
    from coursekit.workshop.grading import course
    from coursekit.workshop.grading.limits import Limits

    limits = Limits(seconds=timeout, total=10 * timeout, memory=int(memory * 2**30))
    isolated = not unsafe

    def command() -> None:
        if self_test:
            _raise_if_any(course.self_test(limits, isolated=isolated))
            typer.echo("solutions earn all points, untouched exercises none")
        elif folder is None:
            raise ValueError("wanted a folder of submissions: coursekit grade FOLDER")
        elif not course.grade_folder(
            folder,
            out,
            seed_file=seed_file,
            only=only or (),
            workers=workers,
            limits=limits,
            isolated=isolated,
            scheduler=scheduler,
        ):
            raise ValueError(
                "not all that was handed in could be graded, or a name was not found: see above. "
                "What was graded is kept"
            )
        else:
            typer.echo(f"graded; now: coursekit report {out}")

    _exit_on_error(command)


@app.command()
def report(
    out: Annotated[Path, typer.Argument(help="the folder that grade was given")] = Path("grades"),
    points: Annotated[
        Path | None, typer.Option(help="…-by-hand.csv, with points filled in, to take into the results")
    ] = None,
    roster: Annotated[
        Path | None,
        typer.Option(help="list of students from Canvas, Moodle or Gradescope, to fill in their identifiers"),
    ] = None,
    keep_missing: Annotated[
        bool, typer.Option("--keep-missing", help="write as well what is no longer handed in")
    ] = False,
) -> None:
    """Write tables (plain, Canvas, Moodle, Gradescope) and pages of what was graded."""
    from coursekit.workshop.grading.class_report import report as write

    def command() -> None:
        written = write(out, points, roster, keep_missing=keep_missing)
        typer.echo("\n".join(map(str, written.paths)))
        for line in (*written.absent, *written.swapped, *(written.missing if keep_missing else ())):
            typer.echo(line, err=True)
        problems = [*(() if keep_missing else written.missing), *written.unmatched]
        if written.unmatched:
            problems.append(_UNIDENTIFIED)
        _raise_if_any(problems)

    _exit_on_error(command)


def _data_folder() -> Path:
    """The folder of nets and tables in a clone; those of an installed package are not changed."""
    from coursekit.workshop.building import BuildError, chapters_of_clone

    try:
        return chapters_of_clone()[0].root / "data"
    except BuildError as error:
        raise ValueError(f"{error}; or name a folder with --out") from None


def _raise_if_any(problems: list[str]) -> None:
    if problems:
        raise ValueError("\n".join(problems))


@contextmanager
def _site_libraries() -> Iterator[None]:
    """Say how to install a missing library: by path, since on the index the name is another project's."""
    from coursekit.workshop.building import chapters_of_clone

    clone = chapters_of_clone()[0].root
    try:
        yield
    except ModuleNotFoundError as error:
        wanted = shlex.quote(f"{clone}[site]")
        raise ValueError(f"this needs {error.name}: pip install -e {wanted}") from error


def _exit_on_error(command) -> None:  # type: ignore[no-untyped-def]
    """Run a command. An error that the user can mend is printed as a line, without a traceback."""
    try:
        command()
    except (ValueError, OSError, RuntimeError) as error:
        typer.secho(str(error), fg="red", err=True)
        raise typer.Exit(1) from None

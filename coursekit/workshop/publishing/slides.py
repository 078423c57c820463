"""Slides: a chapter as one HTML file that needs no other file.

Headings open a slide. When the file is opened, ``paginate.js`` moves what does not fit on a slide to a new
one.
"""

from collections.abc import Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import nbformat
from jinja2 import Environment, PackageLoader, select_autoescape
from nbformat import NotebookNode
from pygments.formatters import HtmlFormatter

from coursekit.core.files import replacing
from coursekit.workshop.building.chapter import ROOT, Chapter, chapters_of_clone
from coursekit.workshop.publishing.blocks import blocks

__all__ = ["build_slides", "slides"]


def build_slides(names: Sequence[str], out: Path, root: Path = ROOT) -> list[Path]:
    """Write the slides of built notebooks, without running them.

    Args:
        names: chapters such as "04_saliency"; all when empty.
        out: folder for the files.
        root: the checkout.

    Returns:
        The paths of the files.

    Raises:
        ValueError: ``root`` is no clone of the course, there is no such chapter, or a cell cannot be shown
            on a slide.
    """
    known = {chapter.name: chapter for chapter in chapters_of_clone(root) if chapter.kind == "notebooks"}
    if unknown := [name for name in names if name not in known]:
        raise ValueError(f"no chapter {', '.join(unknown)}; there are {', '.join(known)}")
    written = []
    for name in names or known:
        path = out / f"{name}.html"
        with replacing(path) as temporary:
            temporary.write_text(_page(known[name]), encoding="utf-8")
        written.append(path)
    return written


def _page(chapter: Chapter) -> str:
    notebook = nbformat.read(chapter.path, as_version=4)
    own, reveal = (
        files("coursekit.workshop.publishing") / "deck",
        files("sphinx_revealjs") / "_static/revealjs/dist",
    )
    page = Environment(
        loader=PackageLoader("coursekit.workshop.publishing", "deck"), autoescape=select_autoescape(["j2"])
    ).get_template("slides.html.j2")
    return page.render(
        title=notebook.cells[0].source.partition("\n")[0].lstrip("# "),
        slides=slides(notebook),
        styles=[
            _read(reveal / "reset.css"),
            _read(reveal / "reveal.css"),
            _highlighting(),
            _read(own / "slides.css"),
        ],
        scripts=[_read(reveal / "reveal.js"), _read(own / "paginate.js")],
    )


def _read(file: Traversable) -> str:
    return file.read_text(encoding="utf-8")


def _highlighting() -> str:
    return HtmlFormatter(style="a11y-high-contrast-light").get_style_defs(".highlight")


def slides(notebook: NotebookNode) -> list[list[list[str]]]:
    """Divide a notebook into slides.

    Args:
        notebook: as it was built.

    Returns:
        The slides. Each is a list of parts that open with a heading, and each part a list of blocks of HTML.
    """
    found: list[list[list[str]]] = []
    for cell in notebook.cells:
        kind = cell.metadata.get("slideshow", {}).get("slide_type", "-")
        if kind in ("skip", "notes"):
            continue
        if kind == "slide" or not found:
            found.append([[]])
        elif cell.cell_type == "markdown" and cell.source.startswith("#"):
            found[-1].append([])
        found[-1][-1].extend(blocks(cell))
    return found

"""The web site: the built notebooks as pages with a search, and as files to download."""

import shutil
import tempfile
from pathlib import Path

import nbformat
from nbformat.v4 import new_markdown_cell
from sphinx.cmd.build import build_main

from coursekit.workshop.building.chapter import ROOT, Chapter, chapters_of_clone
from coursekit.workshop.building.folding import is_further
from coursekit.workshop.publishing.extension import FURTHER

__all__ = ["SiteError", "build_site"]

_SPHINX_FILE = "searchindex.js"  # every site that Sphinx makes has this file
_TEXTS = ("CONTRIBUTING.md", "LICENSE", "LICENSE-text", "tests/GPU.md")


class SiteError(RuntimeError):
    """The site could not be built; Sphinx has printed what is wrong."""


def build_site(out: Path, root: Path = ROOT) -> Path:
    """Build the site from the built notebooks, without running them.

    Args:
        out: folder for the site; an older site there is replaced when the new one is complete.
        root: the checkout.

    Returns:
        The path of its first page.

    Raises:
        ValueError: ``root`` is no clone of the course, or ``out`` holds something else than a site.
        SiteError: Sphinx warns, such as of a broken link or a formula that cannot be converted.
    """
    built = chapters_of_clone(root)
    if out.exists() and not (out / _SPHINX_FILE).exists() and (not out.is_dir() or any(out.iterdir())):
        raise ValueError(f"{out} is no site, and would be replaced by one: name a new or an empty folder")
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent) as folder:
        source, pages = Path(folder, "source"), Path(folder, "pages")
        _copy_sources(built, root, source)
        if build_main(["-q", "-W", "--keep-going", "-b", "html", str(source), str(pages)]):
            raise SiteError(
                "the site has the faults named above; mend them in the notebooks' sources or docs/"
            )
        shutil.rmtree(out, ignore_errors=True)
        pages.rename(out)
    return out / "index.html"


def _copy_sources(built: list[Chapter], root: Path, source: Path) -> None:
    """Copy the files that become pages, at the paths that they have in the checkout, so that links work."""
    shutil.copytree(root / "site", source)
    contents = source / "contents.md"
    (source / "index.md").write_text(
        (root / "README.md").read_text("utf-8") + contents.read_text("utf-8"), "utf-8"
    )
    contents.unlink()
    for folder in ("docs", "data"):
        shutil.copytree(root / folder, source / folder, ignore=shutil.ignore_patterns("*.safetensors"))
    for name in _TEXTS:
        _copy(root / name, source / name)
    for chapter in built:
        if chapter.kind != "solutions":
            _write_page(chapter, source)


def _copy(path: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(path, to)


def _write_page(chapter: Chapter, source: Path) -> None:
    """Write a notebook with links to its downloads below the title, and the files that these lead to."""
    notebook = nbformat.read(chapter.path, as_version=4)
    files = _downloads(chapter)
    for path in files.values():
        _copy(path, source / "extra/files" / path.relative_to(chapter.root))
    for cell in filter(is_further, notebook.cells):
        cell.source += f"\n\n% {FURTHER}"
    notebook.cells.insert(1, new_markdown_cell(_links(files, chapter.root), id="downloads"))
    page = source / chapter.label
    page.parent.mkdir(exist_ok=True)
    nbformat.write(notebook, page)


def _downloads(chapter: Chapter) -> dict[str, Path]:
    exercises = Chapter("exercises", chapter.name, chapter.root)
    named = {"notebook": chapter.path, "exercises": exercises.path, "source": chapter.source}
    if chapter.kind == "exercises":  # their source is the solution
        named = {"exercises": chapter.path}
    return {name: path for name, path in named.items() if path.exists()}


def _links(files: dict[str, Path], root: Path) -> str:
    links = [
        f'<a href="../files/{path.relative_to(root)}" download>{name}</a>' for name, path in files.items()
    ]
    return f'<p class="downloads">Download: {" · ".join(links)}</p>'

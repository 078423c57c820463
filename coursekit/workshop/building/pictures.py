"""The README's pictures: copies of pictures in the built notebooks, which are kept equal to these."""

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat

from coursekit.core.files import replacing
from coursekit.workshop.building.chapter import ROOT, BuildError

_LINK = re.compile(r"\((docs/pictures/(?P<chapter>\w+)-(?P<number>\d+)\.(?P<kind>png|jpeg))\)")


def write_pictures(root: Path = ROOT) -> None:
    """Write the pictures that the README links: ``docs/pictures/00_start-1.jpeg`` is the first of 00_start.

    Args:
        root: the checkout.

    Raises:
        BuildError: the README links a picture that its notebook does not hold.
    """
    for path, content in _linked(root):
        if not path.is_file() or path.read_bytes() != content:
            with replacing(path) as partial:
                partial.write_bytes(content)


def stale_pictures(root: Path = ROOT) -> list[str]:
    """Check the pictures that the README links.

    Args:
        root: the checkout.

    Returns:
        What is wrong with them, each with the command that mends it; empty if all is well.
    """
    try:
        wrong = [
            path for path, content in _linked(root) if not path.is_file() or path.read_bytes() != content
        ]
    except BuildError as error:
        return [str(error)]
    return [
        f"{path.relative_to(root)}: not the notebook's picture; mend it with: coursekit build"
        for path in wrong
    ]


def _linked(root: Path) -> Iterator[tuple[Path, bytes]]:
    """The path of each picture that the README links, and the content that it should have."""
    readme = root / "README.md"
    for link in _LINK.finditer(readme.read_text(encoding="utf-8") if readme.is_file() else ""):
        notebook = root / "notebooks" / f"{link['chapter']}.ipynb"
        pictures = list(_pictures(notebook, f"image/{link['kind']}")) if notebook.is_file() else []
        if int(link["number"]) > len(pictures):
            raise BuildError(
                f"README.md links {link[1]}, but {notebook.name} holds {len(pictures)} such pictures"
            )
        yield root / link[1], pictures[int(link["number"]) - 1]


def _pictures(notebook: Path, mime: str) -> Iterator[bytes]:
    for cell in nbformat.read(notebook, as_version=4).cells:
        for output in cell.get("outputs", []):
            if mime in output.get("data", {}):
                yield base64.b64decode(output.data[mime])

"""A built notebook: the paths of it and of its source, and its edition."""

import re
from dataclasses import dataclass
from pathlib import Path

import coursekit

_HEADER = re.compile(r"# ---\n(?P<settings>(?:#.*\n)*?)# ---\n\s*")

ROOT = Path(coursekit.__file__).parents[1]
"""The checkout."""
SOURCES = {"notebooks": "notebooks/src", "solutions": "solutions/src", "exercises": "solutions/src"}
"""The folder of the sources of each kind of notebook."""


class BuildError(ValueError):
    """A notebook cannot be built, or is not what its source gives; the message says how to mend it."""


@dataclass(frozen=True)
class Chapter:
    """One built notebook.

    Attributes:
        kind: `notebooks`, `solutions` or `exercises`.
        name: such as `04_saliency`.
        root: the checkout.
    """

    kind: str
    name: str
    root: Path = ROOT

    @classmethod
    def at(cls, path: Path) -> "Chapter":
        """Return the notebook at a path.

        Args:
            path: of a notebook in one of the built folders.

        Raises:
            BuildError: it lies elsewhere, or is no notebook.
        """
        path = Path(path).resolve()
        kind = path.parent.name
        if kind not in SOURCES or path.suffix != ".ipynb":
            raise BuildError(f"wanted a notebook in {', '.join(SOURCES)}; got {kind}/{path.name}")
        return cls(kind, path.stem, path.parents[1])

    @property
    def path(self) -> Path:
        """The built notebook."""
        return self.root / self.label

    @property
    def source(self) -> Path:
        """The script that it is built from."""
        return self.root / self.source_label

    @property
    def label(self) -> str:
        """The notebook's path from the root, as messages name it."""
        return f"{self.kind}/{self.name}.ipynb"

    @property
    def source_label(self) -> str:
        """The source's path from the root, as messages and metadata name it."""
        return f"{SOURCES[self.kind]}/{self.name}.py"

    @property
    def command(self) -> str:
        """The command that builds it."""
        return f"coursekit build {self.name}"

    @property
    def edition(self) -> int:
        """1, or 2 where the source begins with a header that says `edition: 2`.

        Raises:
            BuildError: the header says anything else.
        """
        header = _HEADER.match(self.source.read_text(encoding="utf-8"))
        if header is None:
            return 1
        settings = header["settings"].splitlines()
        if settings not in (["# edition: 1"], ["# edition: 2"]):
            raise BuildError(f"{self.source_label}: wanted a header of '# edition: 2', got {settings}")
        return int(settings[0][-1])

    @property
    def cells_text(self) -> str:
        """The text of the source below its header."""
        text = self.source.read_text(encoding="utf-8")
        return text[header.end() :] if (header := _HEADER.match(text)) else text

    @property
    def executed(self) -> bool:
        """Whether the built notebook holds outputs; a student's exercises do not."""
        return self.kind != "exercises"


def chapters(root: Path = ROOT) -> list[Chapter]:
    """Return all notebooks that the sources under `root` give, sorted by chapter."""
    found = [
        Chapter(kind, source.stem, root)
        for kind, folder in SOURCES.items()
        for source in sorted((root / folder).glob("*.py"))
    ]
    return sorted(found, key=lambda chapter: chapter.name)


def chapters_of_clone(root: Path = ROOT) -> list[Chapter]:
    """Return all notebooks that the sources under `root` give.

    Args:
        root: the checkout.

    Returns:
        The notebooks, sorted by chapter; at least one.

    Raises:
        BuildError: there are no sources, as where the package is installed from a wheel.
    """
    if not (found := chapters(root)):
        raise BuildError(
            f"this needs a clone of the course, and there is no notebooks/src in {root}: run it with the "
            "environment that `make lab` makes in a clone"
        )
    return found


def strays(root: Path = ROOT) -> list[Path]:
    """Return the notebooks in the built folders that have no source."""
    built = {chapter.path for chapter in chapters(root)}
    return [path for kind in SOURCES for path in sorted((root / kind).glob("*.ipynb")) if path not in built]

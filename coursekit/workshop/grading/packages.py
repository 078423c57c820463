"""The packages that a submission may import: those named here, and what these need.

A list of what is allowed, since whatever else happens to be installed may hold an answer: a peer library, a
student's own package, next year's captum.
"""

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
)
"""What notebooks and the course itself import, as the package index spells it."""


@cache
def allowed_paths() -> dict[Path, Path]:
    """Return what the allowed packages have installed, but for scripts and data outside of Python's path.

    Returns:
        Where each module, package, library or metadata lies, by its path below the folder of packages. Each
        is as far up as nothing of another package lies in it. A package that is not installed has none.
    """
    found: dict[Path, Path] = {}
    files = {(folder, file) for one in _with_needs(ALLOWED) for folder, file in _importable_files(one)}
    for folder, file in sorted(files):
        if not any(parent in found for parent in file.parents):
            path = next(
                part for part in (*reversed(file.parents[:-1]), file) if _is_whole(folder, part, files)
            )
            found[path] = folder / path
    return found


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


def _importable_files(one: Distribution) -> Iterator[tuple[Path, Path]]:
    """The folder that a distribution is installed in, and the path of each of its files below it."""
    folder = Path(str(one.locate_file("")))
    for file in one.files or _top_levels(one, folder):
        # A .pth file is code that Python runs at its start, for whatever it brings into the path.
        if file.parts[0] not in ("..", "/", "__pycache__") and file.suffix != ".pth":
            yield folder, Path(*file.parts)


def _top_levels(one: Distribution, folder: Path) -> Iterator[Path]:
    """Its modules and packages, where a package manager has installed it without a list of files."""
    for name in (one.read_text("top_level.txt") or one.name.replace("-", "_")).split():
        package = Path(name, "__init__.py")
        yield package if (folder / package).is_file() else Path(f"{name}.py")


def _is_whole(folder: Path, path: Path, files: set[tuple[Path, Path]]) -> bool:
    """Whether all that lies there belongs to the allowed packages; several packages can share a folder."""
    if (folder, path) in files or (folder / path / "__init__.py").is_file():
        return True
    below = (file for file in (folder / path).rglob("*") if file.is_file() and file.suffix != ".pyc")
    return all((folder, file.relative_to(folder)) in files for file in below)

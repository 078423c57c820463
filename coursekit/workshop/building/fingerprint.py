"""A hash of what a notebook depends on: its source, the modules that it uses, the data that it loads."""

import ast
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from coursekit.workshop.building.chapter import Chapter

PACKAGE = "coursekit"


def fingerprint(chapter: Chapter) -> str:
    """Return a hash of all files that a built notebook depends on.

    Args:
        chapter: the notebook. One of `exercises` holds no outputs, so it depends on its source alone.

    Returns:
        16 hexadecimal digits.
    """
    files = [chapter.source]
    if chapter.executed:
        files += _modules(chapter)
        files += _data(files, chapter.root / "data")
    digest = sha256()
    for file in files:
        digest.update(file.relative_to(chapter.root).as_posix().encode() + b"\0")
        digest.update(file.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return digest.hexdigest()[:16]


def _modules(chapter: Chapter) -> list[Path]:
    """The package files that the source uses, and those that they use in turn."""
    package = _Package(chapter.root / PACKAGE)
    pending = list(package.used_by(chapter.source))
    if chapter.kind == "solutions":  # a check finds the chapter's exercises by name, when it runs
        pending += package.files(f"{PACKAGE}.exercises.{chapter.name.partition('_')[2]}")
    found: set[Path] = set()
    while pending:
        file = pending.pop()
        if file not in found:
            found.add(file)
            pending += package.used_by(file)
    return sorted(found)


def _data(files: list[Path], folder: Path) -> list[Path]:
    """The shipped files that `files` mention: `load_model("scenes")` depends on `data/scenes.*`."""
    nodes = (node for file in files for node in ast.walk(_tree(file)))
    mentioned = {
        node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return sorted(file for file in folder.glob("*.*") if {file.stem, file.name} & mentioned)


class _Package:
    """Finds the files of the package's modules without importing any."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lazy = lazy_names(folder)

    def files(self, module: str) -> list[Path]:
        """The file of a module, all files of a package, or none. A name in a module counts as the module."""
        base = self.folder.joinpath(*module.split(".")[1:])
        if base.is_dir():
            return [] if base == self.folder else sorted(base.rglob("*.py"))
        if (file := base.with_suffix(".py")).is_file():
            return [file]
        parent, _, name = module.rpartition(".")
        if parent == PACKAGE:
            return self.files(self.lazy[name]) if name in self.lazy else []
        return self.files(parent) if parent else []

    def used_by(self, file: Path) -> Iterator[Path]:
        """The files that a file, of the package or a notebook's source, imports or reaches by `ck.name`."""
        tree = _tree(file)
        for module in (*_imports(tree, self._module(file)), *_attributes(tree)):
            yield from self.files(module)

    def _module(self, file: Path) -> str:
        inside = file.is_relative_to(self.folder)
        return ".".join(file.relative_to(self.folder.parent).with_suffix("").parts) if inside else ""


def _imports(tree: ast.Module, importer: str) -> Iterator[str]:
    """The modules and names of the package that a file imports, as `package.module.name`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if _in_package(alias.name))
        elif isinstance(node, ast.ImportFrom):
            parts = importer.split(".")[: -node.level] if node.level else []
            base = ".".join([*parts, *([node.module] if node.module else [])])
            if _in_package(base):
                yield from (f"{base}.{alias.name}" for alias in node.names)


def _attributes(tree: ast.Module) -> Iterator[str]:
    """The names that a file uses as attributes of the package: `ck.name` after `import coursekit as ck`."""
    package = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.name == PACKAGE
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in package:
            yield f"{PACKAGE}.{node.attr}"


def lazy_names(folder: Path) -> dict[str, str]:
    """The module of each name that the package fetches when first used.

    Some are in its table {module: [names]}; the others are methods, each registered by a decorator in a
    module of one of the families that the package lists.
    """
    init = folder / "__init__.py"
    found: dict[str, str] = {}
    for node in _tree(init).body if init.is_file() else []:
        if isinstance(node, ast.Assign) and isinstance(target := node.targets[0], ast.Name):
            if target.id == "_HOME":
                found |= _table(node.value)
            elif target.id == "_FAMILIES":
                for family in ast.literal_eval(node.value):
                    found |= _registered(folder, family)
    return found


def _table(node: ast.expr) -> dict[str, str]:
    """The names in a table {module: [names]}, in which some may stand in tuples that are unpacked."""
    assert isinstance(node, ast.Dict)
    return {
        str(part.value): f"{PACKAGE}.{ast.literal_eval(module)}"
        for module, names in zip(node.keys, node.values, strict=True)
        if module is not None
        for part in ast.walk(names)
        if isinstance(part, ast.Constant)
    }


def _registered(folder: Path, family: str) -> dict[str, str]:
    """The methods of a family, which are decorated by ``@method(…)``, and their modules."""
    return {
        node.name: ".".join(file.relative_to(folder.parent).with_suffix("").parts)
        for file in sorted((folder / family).rglob("*.py"))
        for node in _tree(file).body
        if isinstance(node, ast.FunctionDef)
        for mark in node.decorator_list
        if isinstance(mark, ast.Call) and getattr(mark.func, "id", "") == "method"
    }


def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), str(file))


def _in_package(module: str) -> bool:
    return module.split(".")[0] == PACKAGE

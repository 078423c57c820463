"""How far is it from a call to its result? The files and functions that it can enter, by reading the source.

    python -m tools.paths coursekit.attribution.cam:grad_cam        a call of ours
    python -m tools.paths                                           the calls whose length has a limit
    python -m tools.paths pytorch_grad_cam.grad_cam:GradCAM         a peer's

A name leads to the function or class of its package that it is imported from. ``.name`` leads to the methods
called so in the classes that have been met. Nothing is run.

``coursekit.core`` is what methods use as they use torch: checks of input, locks, hooks, the ways back. So two
counts are given: the way outside of it, which has a limit, and all of it.
"""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path

__all__ = ["CORE", "LIMITS", "Place", "reached"]

LIMITS = {
    "coursekit.attribution.cam:grad_cam": (5, 25),
    "coursekit.attribution.lrp.lrp:lrp": (8, 55),
    "coursekit.attacks.gradient:pgd": (5, 30),
    "coursekit.exercises.check:check": (10, 56),
}
"""What a call may enter outside of core: files, functions."""

CORE = "coursekit.core"
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, order=True)
class Place:
    """A function or method: its module, and its name in there ("lrp", "Scorer.gradient")."""

    module: str
    name: str


@dataclass
class Module:
    """What a file defines, and where its other names come from.

    Attributes:
        functions: name → function, "Class.method" → method.
        classes: name → its bases, by name.
        imported: name → (module, name there; "" for the module itself).
        values: name → what a global is made of.
    """

    functions: dict[str, Function] = field(default_factory=dict)
    classes: dict[str, list[str]] = field(default_factory=dict)
    imported: dict[str, tuple[str, str]] = field(default_factory=dict)
    values: dict[str, ast.expr] = field(default_factory=dict)


def reached(entry: str, *closed: str) -> set[Place]:
    """Return all that a call can enter.

    Args:
        entry: "module:function" or "module:Class".
        closed: packages that are not entered.
    """
    module, _, name = entry.partition(":")
    walk = _Walk(module.partition(".")[0], closed)
    walk.meet(module, name)
    while walk.todo:
        walk.enter(walk.todo.pop())
    return walk.found


class _Walk:
    def __init__(self, package: str, closed: tuple[str, ...]) -> None:
        self.package, self.closed = package, closed
        self.found: set[Place] = set()
        self.todo: list[Place] = []
        self.seen: set[tuple[str, str]] = set()
        self.classes: set[tuple[str, str]] = set()
        self.attributes: set[str] = set()

    def meet(self, module: str, name: str) -> None:
        """Follow a name to what it stands for."""
        if not module.startswith(self.package) or (module, name) in self.seen:
            return
        if any(f"{module}.".startswith(f"{package}.") for package in self.closed):
            return
        self.seen.add((module, name))
        known = _read(module)
        if name in known.functions:
            self._add(Place(module, name))
        elif name in known.classes:
            self._meet_class(module, name)
        elif name in known.imported:
            self.meet(*known.imported[name])
        elif name in known.values:
            self._names(module, known.values[name])

    def _add(self, place: Place) -> None:
        if place not in self.found:
            self.found.add(place)
            self.todo.append(place)

    def _meet_class(self, module: str, name: str) -> None:
        self.classes.add((module, name))
        for base in _read(module).classes[name]:
            self.meet(module, base)
        for method in _methods(module, name):
            if method.startswith("__") or method in self.attributes:
                self._add(Place(module, f"{name}.{method}"))

    def enter(self, place: Place) -> None:
        self._names(place.module, _read(place.module).functions[place.name])

    def _names(self, module: str, node: ast.AST) -> None:
        for part in ast.walk(node):
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load):
                self.meet(module, part.id)
            elif isinstance(part, ast.Attribute):
                self._attribute(module, part)
            elif isinstance(part, ast.Import | ast.ImportFrom):
                for target in _imports(part).values():
                    self.meet(*target)

    def _attribute(self, module: str, node: ast.Attribute) -> None:
        if isinstance(node.value, ast.Name):
            origin = _read(module).imported.get(node.value.id, ("", "?"))
            if origin[1] == "":
                self.meet(origin[0], node.attr)
                return
        if node.attr not in self.attributes:
            self.attributes.add(node.attr)
            for owner, name in list(self.classes):
                if node.attr in _methods(owner, name):
                    self._add(Place(owner, f"{name}.{node.attr}"))


@cache
def _read(module: str) -> Module:
    known = Module()
    for node in ast.parse(_file(module).read_text(encoding="utf-8")).body:
        _note(known, node)
    return known


def _note(known: Module, node: ast.stmt) -> None:
    if isinstance(node, Function):
        known.functions[node.name] = node
    elif isinstance(node, ast.ClassDef):
        known.classes[node.name] = [base.id for base in node.bases if isinstance(base, ast.Name)]
        if "Protocol" in known.classes[node.name]:
            return  # which says what its methods are like, and has none
        known.functions |= {f"{node.name}.{f.name}": f for f in node.body if isinstance(f, Function)}
    elif isinstance(node, ast.Import | ast.ImportFrom):
        known.imported |= _imports(node)
    elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        known.values |= {target.id: node.value for target in targets if isinstance(target, ast.Name)}


def _imports(node: ast.Import | ast.ImportFrom) -> dict[str, tuple[str, str]]:
    if isinstance(node, ast.Import):
        return {alias.asname or alias.name: (alias.name, "") for alias in node.names if alias.asname}
    found = {}
    for alias in node.names:
        inner = f"{node.module}.{alias.name}"
        is_module = _is_module(inner)
        found[alias.asname or alias.name] = (inner, "") if is_module else (node.module or "", alias.name)
    return found


@cache
def _is_module(name: str) -> bool:
    path = _root(name).joinpath(*name.split(".")[1:])
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


@cache
def _file(module: str) -> Path:
    path = _root(module).joinpath(*module.split(".")[1:])
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@cache
def _root(module: str) -> Path:
    spec = find_spec(module.partition(".")[0])
    return Path((spec.origin if spec else None) or "/nowhere/none").parent


def _methods(module: str, name: str) -> Iterator[str]:
    for function in _read(module).functions:
        owner, _, method = function.partition(".")
        if owner == name and method:
            yield method


def count(found: set[Place]) -> str:
    """Return how many files and functions these are."""
    return f"{len({place.module for place in found})} files, {len(found)} functions"


def main() -> None:
    """Print a table of the calls that are asked for; one alone with all that it enters."""
    entries = sys.argv[1:] or list(LIMITS)
    for entry in entries:
        found = reached(entry)
        print(f"{entry}: {count(reached(entry, CORE))}; with core {count(found)}")
        if len(entries) == 1:
            print(*(f"  {place.module}  {place.name}" for place in sorted(found)), sep="\n")


if __name__ == "__main__":
    main()

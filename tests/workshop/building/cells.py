"""Which cells of a notebook need which: by the names that they read, set and change.

A function is taken to read its names where it is written, not where it is called.
"""

import ast
import symtable
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["attributes", "needed", "touched"]

Cells = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Names:
    """What a piece of code does with names outside functions.

    Attributes:
        read: it needs them.
        surely: it sets them whatever happens.
        perhaps: it sets them, or changes what they stand for.
        imported: it imports them.
    """

    read: set[str]
    surely: set[str]
    perhaps: set[str]
    imported: set[str]


def needed(cells: Cells, wanted: Collection[str]) -> list[str]:
    """Return the ids of wanted cells and, before them, of all that set or change a name which they need."""
    wishes: set[str] = set()
    ids, modules = [], _modules(cells)
    for cell in reversed(_code(cells)):
        names = _names(cell["source"], modules)
        if cell["id"] in wanted or (names.surely | names.perhaps) & wishes:
            ids.append(cell["id"])
            wishes = (wishes - names.surely) | names.read
    return ids[::-1]


def touched(cells: Cells, seeds: Collection[str]) -> list[str]:
    """Return the ids of the cells whose result may be another where some names, or attributes, are."""
    reached, ids, modules = set(seeds), [], _modules(cells)
    for cell in _code(cells):
        hit = False
        for part in map(ast.unparse, ast.parse(cell["source"]).body):
            names = _names(part, modules)
            if (names.read | names.imported) & reached or attributes(part) & set(seeds):
                hit = True
                reached |= names.surely | names.perhaps
            else:
                reached -= names.surely
        if hit:
            ids.append(cell["id"])
    return ids


def attributes(source: str) -> set[str]:
    """Return the attributes, such as functions of a module, that code names."""
    return {node.attr for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute)}


def _code(cells: Cells) -> list[Mapping[str, Any]]:
    return [cell for cell in cells if cell["cell_type"] == "code"]


def _modules(cells: Cells) -> set[str]:
    """Return the names that the notebook imports: to call a function of a module does not change it."""
    nodes = (node for cell in _code(cells) for node in ast.walk(ast.parse(cell["source"])))
    aliases = (one for node in nodes if isinstance(node, ast.Import | ast.ImportFrom) for one in node.names)
    return {(one.asname or one.name).partition(".")[0] for one in aliases}


def _names(source: str, modules: set[str]) -> Names:
    tree = ast.parse(source)
    top = symtable.symtable(source, "cell", "exec")
    read = {one.get_name() for one in top.get_symbols() if one.is_referenced()}
    for inner in _inside(top):
        read |= {one.get_name() for one in inner.get_symbols() if one.is_global()}
    imported = {one.get_name() for one in top.get_symbols() if one.is_imported()}
    changed = set(_changed(tree)) - modules - {""}
    surely = _set(_unconditional(tree)) - changed
    return Names(read | changed, surely, (_set(tree) - surely) | changed, imported)


def _set(tree: ast.Module) -> set[str]:
    symbols = symtable.symtable(ast.unparse(tree), "cell", "exec").get_symbols()
    return {one.get_name() for one in symbols if one.is_assigned() or one.is_imported()}


def _inside(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    for inner in table.get_children():
        yield inner
        yield from _inside(inner)


def _unconditional(tree: ast.Module) -> ast.Module:
    """Return the statements that run whatever happens."""
    skipped = ast.If | ast.For | ast.While | ast.Try
    return ast.Module([part for part in tree.body if not isinstance(part, skipped)], [])


def _changed(tree: ast.AST) -> Iterator[str]:
    """Yield the names at the start of ``name.x = …``, ``name[…] = …``, ``name += …`` and ``name.do(…)``."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda):
            continue
        yield from _changed(node)
        if isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield _root(node)
        elif isinstance(node, ast.AugAssign):
            yield _root(node.target)
        elif isinstance(node, ast.Expr) and isinstance(call := node.value, ast.Call):
            yield _root(call.func) if isinstance(call.func, ast.Attribute) else ""


def _root(node: ast.expr) -> str:
    """Return the name at the start of ``name[…].attribute``; empty where there is none, or nothing else."""
    inner = node
    while isinstance(inner, ast.Subscript | ast.Attribute):
        inner = inner.value
    return inner.id if isinstance(inner, ast.Name) else ""

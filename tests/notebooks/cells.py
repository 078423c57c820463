"""Which cells of a notebook need which: by the names that they read and set."""

import ast
import symtable
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

__all__ = ["called", "needed", "touched"]

Cells = Sequence[Mapping[str, Any]]


def needed(cells: Cells, wanted: Collection[str]) -> list[str]:
    """Return the ids of wanted cells and, before them, of all that set a name which they need."""
    names: set[str] = set()
    ids = []
    for cell in reversed(_code(cells)):
        read, written, changed = _names(cell["source"])
        if cell["id"] in wanted or (written | changed) & names:
            ids.append(cell["id"])
            names = (names - written) | read
    return ids[::-1]


def touched(cells: Cells, seeds: Collection[str]) -> list[str]:
    """Return the ids of the cells whose result may be another where some names, or attributes, are."""
    names, ids = set(seeds), []
    for cell in _code(cells):
        hit = False
        for part in map(ast.unparse, ast.parse(cell["source"]).body):
            read, written, changed = _names(part)
            if read & names or called(part) & set(seeds):
                hit = True
                names |= written | changed
            else:
                names -= written
        if hit:
            ids.append(cell["id"])
    return ids


def called(source: str) -> set[str]:
    """Return the attributes, such as functions of a module, that code names."""
    return {node.attr for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute)}


def _code(cells: Cells) -> list[Mapping[str, Any]]:
    return [cell for cell in cells if cell["cell_type"] == "code"]


def _names(source: str) -> tuple[set[str], set[str], set[str]]:
    """Return the names that code reads, those that it sets, and those whose object it changes."""
    top = symtable.symtable(source, "cell", "exec")
    read = {one.get_name() for one in top.get_symbols() if one.is_referenced()}
    for inner in _inside(top):
        read |= {one.get_name() for one in inner.get_symbols() if one.is_global()}
    written = {one.get_name() for one in top.get_symbols() if one.is_assigned() or one.is_imported()}
    changed = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store):
            changed.add(_root(node))
        if isinstance(node, ast.AugAssign):
            changed.add(_root(node.target))
    return read | changed, written - changed, changed


def _inside(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    for inner in table.get_children():
        yield inner
        yield from _inside(inner)


def _root(node: ast.expr) -> str:
    """Return the name at the start of ``name[…].attribute``; empty where there is none."""
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""

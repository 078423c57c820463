"""The names that a cell reads and does not define: it needs other cells for them."""

import symtable

__all__ = ["outer_names"]


def outer_names(source: str) -> set[str]:
    """Return the global names that a cell reads, at its top or in its functions, and does not bind itself.

    Args:
        source: of a code cell, which may be no Python: then it is known to read none.
    """
    lines = ["" if line.lstrip().startswith(("%", "!")) else line for line in source.splitlines()]
    try:
        top = symtable.symtable("\n".join(lines), "cell", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # the last for too deep a nesting
        return set()
    bound = {one.get_name() for one in top.get_symbols() if one.is_assigned() or one.is_imported()}
    return _read(top) - bound


def _read(table: symtable.SymbolTable) -> set[str]:
    is_top = table.get_type() == "module"
    found = {
        one.get_name() for one in table.get_symbols() if one.is_referenced() and (is_top or one.is_global())
    }
    return found.union(*map(_read, table.get_children()))

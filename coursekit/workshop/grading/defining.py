"""Which statements only define names, so that they are run also where one before them has failed."""

import ast

__all__ = ["only_defines"]

_DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_LOOPS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_WORK = (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr, *_LOOPS)


def only_defines(statement: ast.stmt) -> bool:
    """Return whether a statement imports or defines something, or gives a name to what takes no call.

    ``try`` and ``if`` around such statements count as well: ``try: import seaborn``.

    Args:
        statement: of a cell, at its top level.
    """
    match statement:
        case ast.Assign(targets=targets, value=value):
            return all(map(_is_name, targets)) and _is_made_without_work(value)
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            return _is_name(target) and _is_made_without_work(value)
        case ast.Try() | ast.If():
            inner = [node for node in ast.iter_child_nodes(statement) if isinstance(node, ast.stmt)]
            return all(only_defines(node) for node in [*inner, *_handled(statement)])
        case _:
            return isinstance(statement, (*_DEFINITIONS, ast.Pass))


def _handled(statement: ast.Try | ast.If) -> list[ast.stmt]:
    return [node for handler in getattr(statement, "handlers", ()) for node in handler.body]


def _is_name(target: ast.expr) -> bool:
    return all(isinstance(node, ast.Name | ast.Tuple | ast.expr_context) for node in ast.walk(target))


def _is_made_without_work(value: ast.expr) -> bool:
    """Whether a value takes no call, but for ``partial``; what a lambda does is done later."""
    if isinstance(value, ast.Lambda | ast.Constant):
        return True
    if isinstance(value, ast.Call):
        name = value.func.attr if isinstance(value.func, ast.Attribute) else getattr(value.func, "id", "")
        if name != "partial":
            return False
    elif isinstance(value, _WORK):
        return False
    return all(map(_is_made_without_work, _expressions(value)))


def _expressions(value: ast.expr) -> list[ast.expr]:
    return [node for node in ast.iter_child_nodes(value) if isinstance(node, ast.expr)]

"""The libraries that do what the course does, for those cells that show how."""

from importlib import import_module
from types import ModuleType

__all__ = ["SKIPPED", "library"]

SKIPPED = "so this cell is skipped"
"""What a cell prints, among other words, whose library is missing."""

# On the package index a few have another name than in an import.
_NAMES = {"pytorch_grad_cam": "grad-cam"}


def library(module: str) -> ModuleType | None:
    """Return a library's module, or None where it cannot be imported, and say so.

    ``if captum := ck.library("captum.attr"):`` stands above what a cell does with it. Where the library is
    missing, the cell says which one and how to install it, and the notebook goes on.

    Args:
        module: as it stands in an import, such as ``"captum.attr"`` or ``"pytorch_grad_cam"``.

    Returns:
        The module, or None where it cannot be imported.
    """
    try:
        return import_module(module)
    except ImportError as error:
        top = module.partition(".")[0]
        name = _NAMES.get(top, top)
        is_missing = isinstance(error, ModuleNotFoundError) and error.name == top
        why = "is not installed here" if is_missing else f"cannot be imported here ({error})"
        print(f"{name} {why}, {SKIPPED}. To run it: %pip install {name}")
        return None

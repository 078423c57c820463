"""A notebook as it runs on a GPU, pretended or real: its first cell watches it, and its last one judges."""

from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
_PRETEND = """\
import sys

sys.path.insert(0, {root!r})
from tests.gpu.pretended import switch_on

sys.path.pop(0)
switch_on(rounding={rounding}, tf32={tf32})

"""


def watched(notebook: NotebookNode, wanted: str) -> NotebookNode:
    """The notebook with a first cell that watches where nets work, and a last one that fails elsewhere."""
    first = f"{(HERE / 'residence.py').read_text(encoding='utf-8')}\n\n_residence = Residence()\n"
    last = f"assert not (found := _residence.troubles(dict(globals()), {wanted!r})), found"
    notebook.cells = [new_code_cell(first), *notebook.cells, new_code_cell(last)]
    return notebook


def pretended(notebook: NotebookNode, *, rounding: bool = False, tf32: bool = False) -> NotebookNode:
    """The notebook, watched, on the GPU that its first cell pretends."""
    notebook = watched(notebook, "cuda")
    first = _PRETEND.format(root=str(ROOT), rounding=rounding, tf32=tf32)
    notebook.cells[0].source = first + notebook.cells[0].source
    return notebook

"""Notebooks with right answers, as students write them, that are not run here as they were at home."""

from dataclasses import dataclass, field
from typing import Any

from tests.workshop.grading.notebooks import RIGHT, notebook, with_cells

__all__ = ["FAILING", "STUDENTS", "Student"]

GATHER = "def target_scores(model, x, target): return model(x).gather(DIM, target[:, None])[:, 0]"
"""A right answer where the helper ``DIM`` is 1."""


@dataclass(frozen=True)
class Student:
    """What one has changed in the solutions.

    Attributes:
        first: cells behind the imports.
        answers: the sources of exercise cells.
        last: cells behind all others.
    """

    first: tuple[str, ...] = ()
    answers: dict[str, str] = field(default_factory=dict)
    last: tuple[str, ...] = ()

    def notebook(self) -> dict[str, Any]:
        """The notebook that is handed in."""
        found = with_cells(*self.first, **self.answers)
        found["cells"] += [
            {"cell_type": "code", "id": f"last-{i}", "source": source} for i, source in enumerate(self.last)
        ]
        return found


def _answering(source: str, *first: str, last: tuple[str, ...] = ()) -> Student:
    return Student(first, {"target_scores": source}, last)


FAILING: dict[str, Student] = {
    "a hidden module, then the answer": _answering(f"ck.heatmap(ck.saliency(model, x, target))\n{RIGHT}"),
    "a hidden module, then a helper": _answering(GATHER, "ck.heatmap(torch.rand(1, 8, 8))\nDIM = 1"),
    "seaborn's style": _answering(
        "def target_scores(model, x, target): return F.softplus(model(x)[torch.arange(len(x)), target])"
        " + math.log(1) - F.softplus(-model(x)[torch.arange(len(x)), target])",
        "import seaborn as sns\nsns.set_theme()\nimport torch.nn.functional as F\nimport math",
    ),
    "pandas' options": _answering(
        GATHER, "import pandas as pd\npd.options.display.precision = 3\nDIM: int = 1"
    ),
    "Colab's drive": _answering(
        GATHER, "from google.colab import drive\ndrive.mount('/content/drive')\nclass Axis: one = 1\nDIM = Axis.one"
    ),
    "a module that may be missing": _answering(
        GATHER, "1 / 0\ntry:\n    import seaborn\nexcept ImportError:\n    seaborn = None\nDIM, EPS = 1, 0.1"
    ),
    "a partial function": _answering(
        "from functools import partial\nsns.set_theme()\n"
        "def scores(model, x, target, dim): return model(x).gather(dim, target[:, None])[:, 0]\n"
        "target_scores = partial(scores, dim=1)"
    ),
}
"""A statement in a cell fails, and what the cell defines behind it is needed."""
STUDENTS: dict[str, Student] = FAILING

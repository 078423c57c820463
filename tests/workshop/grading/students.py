"""Notebooks with right answers, as students write them, that are not run here as they were at home."""

from dataclasses import dataclass, field, replace
from typing import Any

from tests.workshop.grading.notebooks import RIGHT, with_cells

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
        behind: cells behind one of a given id.
    """

    first: tuple[str, ...] = ()
    answers: dict[str, str] = field(default_factory=dict)
    last: tuple[str, ...] = ()
    behind: tuple[tuple[str, str], ...] = ()

    def with_cell_behind(self, cell_id: str, source: str) -> "Student":
        """The same with one more cell."""
        return replace(self, behind=(*self.behind, (cell_id, source)))

    def notebook(self) -> dict[str, Any]:
        """The notebook that is handed in."""
        found = with_cells(*self.first, **self.answers)
        for cell_id, source in self.behind:
            place = next(i for i, cell in enumerate(found["cells"]) if cell["id"] == cell_id)
            found["cells"].insert(
                place + 1, {"cell_type": "code", "id": f"behind-{cell_id}", "source": source}
            )
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
        GATHER,
        "from google.colab import drive\ndrive.mount('/content/drive')\nclass Axis: one = 1\nDIM = Axis.one",
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
_RELU = "def guided_relu(gradient, output): return gradient * (gradient > EPS) * (output > EPS)"
_WRONG = "def target_scores(model, x, target): return model(x).softmax(1)[torch.arange(len(x)), target]"
_FREE = "def scores(model, x, target): return model(x).gather(1, target[:, None])[:, 0]\n"
RENAMING: dict[str, Student] = {
    "a constant of another exercise": Student(
        answers={"guided_relu": f"EPS = 0\n{_RELU}"}, last=("EPS = 0.3",)
    ),
    "a helper of another exercise": Student(
        answers={
            "target_scores": "def pick(s, t): return s.gather(1, t[:, None])[:, 0]\n"
            "def target_scores(model, x, target): return pick(model(x), target)",
            "guided_relu": "def pick(g, o): return g * (g > 0) * (o > 0)\n"
            "def guided_relu(gradient, output): return pick(gradient, output)",
        }
    ),
    "a module's name in a loop": _answering(
        "import torch.nn.functional as F\n"
        "def target_scores(model, x, target):\n"
        "    scores = model(x)\n    return (scores * F.one_hot(target, scores.shape[1])).sum(1)",
        last=("for F in (1, 2, 4): pass",),
    ),
    "names that were deleted": _answering(
        f"{_FREE}def target_scores(*given): return scores(*given)", last=("del scores, model, x",)
    ),
    "a result under the name of a helper": _answering(
        f"{_FREE}def target_scores(*given): return scores(*given)", last=("scores = 3",)
    ),
    "a cell that was handed out": Student(
        answers={
            "guided_relu": "def best(g, o): return g * (g > 0) * (o > 0)\n"
            "def guided_relu(gradient, output): return best(gradient, output)"
        },
        last=("%who",),
    ),
    "a helper below, with a name from above": _answering(
        GATHER, "DIM = 0", last=("DIM = 0",)
    ).with_cell_behind("exercise-target_scores", "DIM = 1"),
}
"""The notebook gives other meanings to names that an answer uses, behind its check."""
TRYING: dict[str, Student] = {
    f"{name}, and the answer below": _answering(
        f"def target_scores(model, x, target):\n    # Scores.\n    {stub}"
    ).with_cell_behind("exercise-target_scores", RIGHT)
    for name, stub in {
        "pass": "pass",
        "dots": "...",
        "words": "raise NotImplementedError('to do')",
        "a comment": "raise NotImplementedError  # to do",
        "a first try": "return model(x).max(1).values",
    }.items()
} | {
    "the answer above the stub": Student((RIGHT,), {"target_scores": "def target_scores(*given): ..."}),
    "a wrong function in a last cell": Student(answers={"target_scores": RIGHT}, last=(_WRONG,)),
}
"""An exercise's own cell holds what is no answer, or another cell does."""
SWALLOWING: dict[str, Student] = {
    name: _answering(GATHER, f"{source}\nDIM = 1 if N == 4 else 7")
    for name, source in {
        "dir": "N = 0\nif 'x' in dir(): N = x.dim()",
        "an except": "try: N = x.dim()\nexcept NameError: N = 0",
        "an except that prints": "N = 0\ntry:\n    N = x.dim()\nexcept NameError:\n    print('run it')",
        "a function": "def count():\n    try: return x.dim()\n    except NameError: return 0\nN = count()",
        "another error": "N = 0\ntry: N = x.dim()\nexcept NameError as e: raise RuntimeError('!') from e",
    }.items()
} | {"a name in dir alone": _answering(GATHER, "DIM = int('robust' in dir())")}
"""A cell wants a variable of the handed-out cells, and says nothing where it finds none."""
STUDENTS: dict[str, Student] = FAILING | RENAMING | TRYING | SWALLOWING

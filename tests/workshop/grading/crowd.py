"""A folder of submissions such as a course gets: right, half done, wrong, broken and hostile ones."""

import json
import secrets
import textwrap
from pathlib import Path
from typing import Any

from tests.workshop.grading.notebooks import ASSIGNMENT, notebook, with_cell

__all__ = ["MARK", "PEACEFUL", "fill"]

MARK = f"86423.{secrets.randbelow(10**9):09}"
"""Stands in the command line of what a hostile submission leaves running; another for each run of tests."""

_PROBABILITY = """
    def target_scores(model, x, target):
        return model(x).softmax(1)[torch.arange(len(x)), target]
    """
_MEAN = """
    def gradient_saliency(model, x, target):
        x = x.detach().requires_grad_()
        return torch.autograd.grad(model(x).gather(1, target[:, None]).sum(), x)[0].abs().mean(1)
    """
_ONE_IMAGE = """
    def guided_relu(gradient, output):
        return gradient * (gradient > 0) * (output > 0) * (len(output) == 1)
    """
_STUB = "def {}(*anything):\n    raise NotImplementedError('write {} here')"
_LOOP = "def occlusion(model, x, target, size, fill):\n    while True: pass"
_HOG = """
    def smoothgrad(model, x, target, noise):
        kept = []
        while True: kept.append(torch.ones(2**24))
    """
_DAEMON = f"""
    import subprocess, pathlib
    for _ in range(3): subprocess.Popen(["/bin/sh", "-c", "sleep {MARK}"], start_new_session=True)
    pathlib.Path("left").write_text("behind")
    """
_FORGER = """
    def target_scores(model, x, target):
        import sys
        frame = sys._getframe()
        while frame := frame.f_back: frame.f_locals.update(passed=True, credit=1)
        return torch.zeros(len(x))
    """


def _stubs(*names: str) -> dict[str, Any]:
    return notebook(**{name: _STUB.format(name, name) for name in names})


def _cut() -> bytes:
    return json.dumps(notebook()).encode()[:9000]


def _deleted() -> dict[str, Any]:
    found = notebook()
    return found | {"cells": [cell for cell in found["cells"] if cell["id"] != "exercise-smoothgrad"]}


PEACEFUL = (
    notebook,
    lambda: notebook(target_scores=_PROBABILITY),
    notebook,
    lambda: _stubs("guided_backprop", "guided_relu", "integrated_gradients", "completeness_gap"),
    notebook,
    lambda: notebook(gradient_saliency=_MEAN, guided_relu=_ONE_IMAGE),
)
"""What a grader gets on most days: half of them all right, the others with a mistake, or half done."""

_ROUGH = (
    _cut,
    _deleted,
    lambda: notebook(occlusion="retrun 3"),
    lambda: notebook(target_scores=_FORGER),
    lambda: with_cell(textwrap.dedent(_DAEMON)),
    lambda: with_cell("import os\nos._exit(0)"),
    lambda: notebook(occlusion=_LOOP),
    lambda: notebook(smoothgrad=_HOG),
)


def fill(folder: Path, count: int, *, rough: bool = True) -> None:
    """Write ``count`` submissions, of each kind in turn; every other one broken or hostile if ``rough``."""
    for number in range(count):
        kinds = _ROUGH if rough and number % 2 else PEACEFUL
        made = kinds[(number // 2 if rough else number) % len(kinds)]()
        path = folder / f"student-{number:05}" / f"{ASSIGNMENT}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_bytes(made if isinstance(made, bytes) else json.dumps(made).encode())

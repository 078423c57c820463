"""Run methods on nets, row by row, and keep each row as soon as it is there."""

import hashlib
import json
import time
import warnings
from pathlib import Path

import torch

from tests.zoo.case import Case, make
from tests.zoo.columns import METHODS
from tests.zoo.methods import Method
from tests.zoo.nets import Entry

__all__ = ["TOLERANCE", "Cell", "answer", "fingerprint", "row"]

ROOT = Path(__file__).parents[2]
TOLERANCE = 1e-6
Cell = dict[str, str]
"""verdict: right, runs, refused or wrong; why: the message of a refusal, or what is wrong."""


def answer(method: Method, case: Case) -> Cell:
    """Call a method and judge what comes."""
    wanted = method.refusal(case)
    try:
        ours = method.run(case)
    except ValueError as error:
        return _refused(" ".join(str(error).split()), wanted | method.excuse(case), case)
    except Exception as error:  # whatever else is raised is a fault of the method
        return {"verdict": "wrong", "why": f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"}
    if wanted:
        return {"verdict": "wrong", "why": f"answers, though there is {', '.join(sorted(wanted))}"}
    try:
        off = method.check(case, ours)
    except AssertionError as error:
        return {"verdict": "wrong", "why": str(error)}
    if off is None:
        return {"verdict": "runs"}
    if not off <= TOLERANCE:
        return {"verdict": "wrong", "why": f"off by {off:.2g}"}
    return {"verdict": "right"}


def _state(case: Case) -> list[object]:
    """Return what has to be the same before and after: modes, flags, hooks, and the weights' sums."""
    layers = [*case.model.modules()]
    hooks = [(layer._forward_hooks, layer._forward_pre_hooks, layer._backward_hooks) for layer in layers]
    weights = [*case.model.state_dict().values()]
    return [
        [(layer.training, "forward" in vars(layer)) for layer in layers],
        [len(some) for three in hooks for some in three],
        [(weight.requires_grad, weight.grad is None) for weight in case.model.parameters()],
        [(weight._version, weight.double().sum().item()) for weight in weights],
    ]


def _refused(message: str, reasons: set[str], case: Case) -> Cell:
    """A refusal that is due, and names a layer or the net itself; or one that is neither."""
    if not reasons:
        return {"verdict": "wrong", "why": f"refuses, though it should work: {message}"}
    names = (repr(name) for name, _ in case.model.named_modules() if name)
    if not any(name in message for name in (*names, "the net")):
        return {"verdict": "wrong", "why": f"the message names no layer, nor the net: {message}"}
    return {"verdict": "refused", "why": message}


def row(entry: Entry, names: list[str], quiet: bool = False) -> dict[str, Cell]:
    """Return the verdicts on one net."""
    started = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        case = make(entry)
        before, cells = _state(case), {}
        for name in names:
            at = time.process_time()
            cells[name] = answer(METHODS[name], case)
            if not case.is_as_it_was():
                cells[name] = {
                    "verdict": "wrong",
                    "why": f"the net answers otherwise after it; {cells[name]}",
                }
                case = make(entry)
            took = time.process_time() - at
            if not quiet and (took > 5 or cells[name]["verdict"] == "wrong"):
                print(f"  {entry.name}: {name}, {took:.0f} s: {cells[name]}", flush=True)
        if _state(case) != before:
            cells[names[-1]] = {"verdict": "wrong", "why": "the net is not as it was before these methods"}
    counts = {v: sum(cell["verdict"] == v for cell in cells.values()) for v in VERDICTS}
    if not quiet:
        took = time.process_time() - started
        print(f"{entry.name}: {', '.join(f'{n} {v}' for v, n in counts.items())}; {took:.0f} s", flush=True)
    return cells


VERDICTS = ("right", "runs", "refused", "wrong")


def fingerprint() -> str:
    """A hash of all code that a row depends on: where it changes, rows are made again."""
    digest = hashlib.sha256(torch.__version__.encode())
    for folder in ("attacks", "attribution", "embeddings", "filters", "synthesis", "."):
        for file in sorted((ROOT / "coursekit" / folder).glob("*.py")):
            digest.update(file.read_bytes())
    for file in sorted(Path(__file__).parent.glob("*.py")):
        if file.stem not in {"__main__", "report"}:
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def kept(folder: Path, name: str, mark: str) -> dict[str, Cell] | None:
    """Return a row that was made by this code, if there is one."""
    file = folder / f"{name}.json"
    if not file.is_file():
        return None
    found = json.loads(file.read_text())
    return found["cells"] if found["mark"] == mark else None


def keep(folder: Path, name: str, mark: str, cells: dict[str, Cell]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps({"mark": mark, "cells": cells}))

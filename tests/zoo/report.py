"""The table as a page, ``docs/nets.md``, and as data, ``docs/nets.json``."""

import json
from collections import Counter, defaultdict
from importlib.metadata import version
from pathlib import Path

from tests.zoo.methods import FAMILIES, METHODS
from tests.zoo.nets import NETS
from tests.zoo.table import VERDICTS, Cell

__all__ = ["summarise", "write"]

Rows = dict[str, dict[str, Cell]]
SIGNS = {"right": "●", "runs": "○", "refused": "–", "wrong": "✗"}
VERSIONS = ("torch", "torchvision", "timm", "transformers", "captum", "grad-cam", "foolbox")
INTRODUCTION = """# Every method on {nets} nets

Made by `make zoo`, with {versions}. Each net has random weights, biases and batch-norm
statistics that let its scores depend on the picture, and runs in double precision on pictures of 64 pixels
where it can. timm's and transformers' nets are given by `ck.wrap`, with normalisation. A cell says what
became of a method on a net:

- **●** right: what it gives is, to 10⁻⁶ of its largest value, what an oracle gives that has nothing to do
  with it: plain automatic differentiation and finite differences, the paper's formula written down slowly,
  captum, pytorch-grad-cam or foolbox. {right} cells.
- **○** runs: nobody else has such a number to compare with; budgets are kept, nothing is NaN or 0
  everywhere, and what is to rise rises. {runs} cells.
- **–** refused: a `ValueError` says what in the net the method is not for. {refused} cells; the messages
  are below.
- **✗** wrong: anything else. {wrong} cells.
"""


def count(rows: Rows) -> Counter[str]:
    return Counter(cell["verdict"] for cells in rows.values() for cell in cells.values())


def summarise(rows: Rows) -> int:
    """Print what there is, and return 1 if anything is wrong."""
    found = count(rows)
    for name, cells in rows.items():
        for method, cell in cells.items():
            if cell["verdict"] == "wrong":
                print(f"wrong: {name}, {method}: {cell['why']}")
    print(", ".join(f"{verdict}: {found[verdict]}" for verdict in VERDICTS))
    return int(found["wrong"] > 0)


def write(rows: Rows, folder: Path) -> None:
    versions = {name: version(name) for name in VERSIONS}
    page = [INTRODUCTION.format(nets=len(rows), versions=_list(versions), **_all(count(rows)))]
    for family, title in FAMILIES.items():
        page += [f"## {title}\n", *_table(rows, [m.name for m in METHODS.values() if m.family == family]), ""]
    page += ["## What is refused, and why\n", *_refusals(rows), ""]
    (folder / "nets.md").write_text("\n".join(page))
    data = {
        "versions": versions,
        "nets": {name: _facts(name) | {"cells": rows[name]} for name in rows},
    }
    (folder / "nets.json").write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n")


def _all(found: Counter[str]) -> dict[str, str]:
    return {verdict: f"{found[verdict]:,}" for verdict in VERDICTS}


def _list(versions: dict[str, str]) -> str:
    *most, last = (f"{name} {number}" for name, number in versions.items())
    return f"{', '.join(most)} and {last}"


def _facts(name: str) -> dict[str, str | int]:
    entry = NETS[name]
    return {"library": entry.library, "size": entry.size, "note": entry.note}


def _table(rows: Rows, methods: list[str]) -> list[str]:
    """Methods are numbered, since their names would not fit above columns one sign wide."""
    legend = "; ".join(f"{i} `{name}`" for i, name in enumerate(methods, 1))
    lines = [legend + "\n"]
    lines.append(f"| net | {' | '.join(str(i) for i, _ in enumerate(methods, 1))} |")
    lines.append(f"|---|{':-:|' * len(methods)}")
    for name, cells in rows.items():
        lines.append(f"| {_title(name)} | {' | '.join(SIGNS[cells[m]['verdict']] for m in methods)} |")
    return lines


def _title(name: str) -> str:
    entry = NETS[name]
    about = [] if entry.library == "torchvision" else [entry.library]
    about += [entry.note] if entry.note else []
    about += [f"{entry.size} pixels"] if entry.size != 64 else []
    return f"{name} ({', '.join(about)})" if about else name


def _refusals(rows: Rows) -> list[str]:
    """List each method's messages once, with the nets they are about."""
    nets: dict[tuple[str, str], list[str]] = defaultdict(list)
    methods: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, cells in rows.items():
        for method, cell in cells.items():
            if cell["verdict"] == "refused":
                methods[name, cell["why"]].append(method)
    for (name, why), several in methods.items():
        nets[", ".join(f"`{method}`" for method in several), why].append(name)
    return [f"- {', '.join(some)}: {which}: “{why}”" for (which, why), some in nets.items()]

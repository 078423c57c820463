"""``make zoo``: the table of all nets and methods, or with ``--only`` and ``--methods`` a part of it."""

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import torch

from tests.zoo import report, table
from tests.zoo.columns import METHODS
from tests.zoo.nets import NETS

KEPT = table.ROOT / "build" / "zoo"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.zoo", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=NETS, metavar="NET", help="these nets, and no table")
    parser.add_argument("--methods", nargs="+", choices=METHODS, metavar="METHOD", help="these methods alone")
    parser.add_argument("--jobs", type=int, default=2, help="nets at a time, each on one core")
    parser.add_argument("--fresh", action="store_true", help="run also what the same code has run before")
    return parser.parse_args()


def run(name: str, methods: list[str]) -> tuple[str, dict[str, table.Cell]]:
    torch.set_num_threads(1)
    return name, table.row(NETS[name], methods)


def main() -> int:
    """Return 1 if anything is wrong."""
    asked = arguments()
    mark, methods = table.fingerprint(), asked.methods or list(METHODS)
    rows = {}
    for name in asked.only or NETS:
        cells = None if asked.fresh or asked.methods else table.kept(KEPT, name, mark)
        if cells is not None:
            rows[name] = cells
    left = [name for name in asked.only or NETS if name not in rows]
    print(f"{len(rows)} nets are done, {len(left)} are left; rows are kept in {KEPT}", flush=True)
    with ProcessPoolExecutor(asked.jobs) as pool:
        for done in as_completed([pool.submit(run, name, methods) for name in left]):
            name, cells = done.result()
            rows[name] = cells
            print(f"{len(rows)} of {len(asked.only or NETS)}", flush=True)
            if not asked.methods:
                table.keep(KEPT, name, mark, cells)
    if not asked.only and not asked.methods:
        report.write({name: rows[name] for name in NETS}, Path(table.ROOT / "docs"))
    return report.summarise(rows)


if __name__ == "__main__":
    sys.exit(main())

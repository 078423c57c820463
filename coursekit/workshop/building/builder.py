"""`coursekit build`: makes what is stale, and says what each notebook took."""

from collections.abc import Sequence
from pathlib import Path

import nbformat

from coursekit.core.files import replacing
from coursekit.workshop.building import outputs
from coursekit.workshop.building.chapter import ROOT, BuildError, Chapter, chapters_of_clone, strays
from coursekit.workshop.building.execution import Cost, execute
from coursekit.workshop.building.gate import check as check_notebook
from coursekit.workshop.building.pictures import stale_pictures, write_pictures
from coursekit.workshop.building.skeleton import skeleton

GIGABYTES, SECONDS, SLOW = 2, 120, 60  # SLOW is the goal on two cores; SECONDS allows for a slower machine


def build(names: Sequence[str] = (), *, check: bool = False, root: Path = ROOT) -> None:
    """Build the notebooks, solutions and exercises of the chapters `names`, or all that are stale.

    Args:
        names: chapters such as `04_saliency`; when there are none, whatever is stale is built.
        check: change nothing; only say what is stale or wrong.
        root: the folder that holds `notebooks/`, `solutions/` and `exercises/`.

    Raises:
        BuildError: sources that are wrong, cells that failed, notebooks not as they should be: all of them.
    """
    chosen = _chosen(names, root)
    troubles = [f"{path.relative_to(root)}: no source builds it; remove it" for path in strays(root)]
    for chapter in chosen:
        if not check and (names or check_notebook(chapter.path)):
            troubles += _attempt(chapter)
        else:
            troubles += check_notebook(chapter.path)
    if not check and not troubles:
        write_pictures(root)
    troubles += stale_pictures(root)
    if troubles:
        raise BuildError("\n".join(troubles))


def _chosen(names: Sequence[str], root: Path) -> list[Chapter]:
    found = chapters_of_clone(root)
    if unknown := set(names) - {chapter.name for chapter in found}:
        known = ", ".join(dict.fromkeys(chapter.name for chapter in found))
        raise BuildError(f"no source for {', '.join(sorted(unknown))}; there are: {known}")
    return [chapter for chapter in found if not names or chapter.name in names]


def _attempt(chapter: Chapter) -> list[str]:
    """Build one notebook, whatever becomes of the others."""
    try:
        cost = make(chapter)
    except BuildError as error:
        return [str(error)]
    print(_report(chapter, cost), flush=True)
    return check_notebook(chapter.path) + _overspent(chapter, cost)


def make(chapter: Chapter) -> Cost:
    """Build one notebook; the file is replaced when all went well, and stays as it was when not."""
    notebook = skeleton(chapter)
    cost = Cost(0.0, None)
    if chapter.executed:
        cost = execute(notebook, chapter)
        notebook.metadata.coursekit["outputs"] = outputs.digest(notebook)
    with replacing(chapter.path) as partial:
        partial.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
    return cost


def _report(chapter: Chapter, cost: Cost) -> str:
    size = f"{chapter.path.stat().st_size / 1000:.0f} KB"
    if not chapter.executed:
        return f"{chapter.label}: {size}"
    memory = f"{cost.memory / 1e9:.2f} GB" if cost.memory else "memory not measured"
    slow = f" (slow: more than {SLOW} s)" if cost.seconds > SLOW else ""
    return f"{chapter.label}: {size}, {cost.seconds:.1f} s{slow}, {memory}"


def _overspent(chapter: Chapter, cost: Cost) -> list[str]:
    found = []
    if cost.seconds > SECONDS:
        found.append(f"{chapter.label}: took {cost.seconds:.0f} s, more than {SECONDS} s: compute less live")
    if cost.memory and cost.memory > GIGABYTES * 1e9:
        found.append(f"{chapter.label}: took more than {GIGABYTES} GB of memory: compute in smaller batches")
    return found

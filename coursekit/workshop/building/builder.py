"""`coursekit build`: builds the notebooks that are stale, and prints what each of them took."""

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

MAX_GIGABYTES, MAX_SECONDS = 2, 120
"""A notebook that takes more is an error."""
SLOW_SECONDS = 60
"""A notebook that takes longer is reported as slow. It should take no longer on two cores."""


def build(names: Sequence[str] = (), *, check: bool = False, root: Path = ROOT) -> None:
    """Build the notebooks, solutions and exercises of the chapters `names`, or all that are stale.

    Args:
        names: chapters such as `04_saliency`; when there are none, whatever is stale is built.
        check: change nothing; only say what is stale or wrong.
        root: the folder that holds `notebooks/`, `solutions/` and `exercises/`.

    Raises:
        BuildError: a source is wrong, a cell failed, or a notebook is not as it should be; it lists all.
    """
    chosen = _chosen(names, root)
    problems = [f"{path.relative_to(root)}: no source builds it; remove it" for path in strays(root)]
    for chapter in chosen:
        if not check and (names or check_notebook(chapter.path)):
            problems += _try_to_build(chapter)
        else:
            problems += check_notebook(chapter.path)
    if not check and not problems:
        write_pictures(root)
    problems += stale_pictures(root)
    if problems:
        raise BuildError("\n".join(problems))


def _chosen(names: Sequence[str], root: Path) -> list[Chapter]:
    found = chapters_of_clone(root)
    if unknown := set(names) - {chapter.name for chapter in found}:
        known = ", ".join(dict.fromkeys(chapter.name for chapter in found))
        raise BuildError(f"no source for {', '.join(sorted(unknown))}; there are: {known}")
    return [chapter for chapter in found if not names or chapter.name in names]


def _try_to_build(chapter: Chapter) -> list[str]:
    """Build a notebook and return what is wrong with it; an error does not stop the build of the others."""
    try:
        cost = build_chapter(chapter)
    except BuildError as error:
        return [str(error)]
    print(_report(chapter, cost), flush=True)
    return check_notebook(chapter.path) + _over_limits(chapter, cost)


def build_chapter(chapter: Chapter) -> Cost:
    """Build one notebook. Its file is replaced when all cells have run, and left as it was on an error.

    Args:
        chapter: the notebook to build.

    Returns:
        What running it took.

    Raises:
        BuildError: the source is wrong, or a cell failed.
    """
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
    slow = f" (slow: more than {SLOW_SECONDS} s)" if cost.seconds > SLOW_SECONDS else ""
    return f"{chapter.label}: {size}, {cost.seconds:.1f} s{slow}, {memory}"


def _over_limits(chapter: Chapter, cost: Cost) -> list[str]:
    found = []
    if cost.seconds > MAX_SECONDS:
        found.append(
            f"{chapter.label}: took {cost.seconds:.0f} s, more than {MAX_SECONDS} s: compute less live"
        )
    if cost.memory and cost.memory > MAX_GIGABYTES * 1e9:
        found.append(
            f"{chapter.label}: took more than {MAX_GIGABYTES} GB of memory: compute in smaller batches"
        )
    return found

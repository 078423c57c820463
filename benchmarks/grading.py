"""What grading a chapter costs: coursekit with a sandbox for each submission, nbgrader and Otter without one.

Run as ``python -m benchmarks.grading``. All get the same answers to the eight exercises of chapter
04, half of them all right, and judge them on as many cases. Coursekit reads whole notebooks; the peers get
the exercises and a test for each, ``check``, and nothing to draw. CPU seconds are those of the whole tree of
processes, start and end included. The peers pin things, so they live elsewhere: in an environment with this
package, nbgrader and otter-grader, whose Python ``COURSEKIT_GRADING_PEERS`` names.
"""

import ctypes
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from coursekit.exercises import find
from coursekit.workshop.grading import batch
from coursekit.workshop.grading.limits import Limits
from coursekit.workshop.grading.results import ExerciseResult
from coursekit.workshop.grading.store import Store
from coursekit.workshop.grading.submission import find_submissions
from tests.workshop.grading.crowd import PEACEFUL, fill
from tests.workshop.grading.notebooks import ASSIGNMENT, SECRET, notebook

PEERS = os.environ.get("COURSEKIT_GRADING_PEERS")
MANY, FEW, TURNS = 36, len(PEACEFUL), 3
ALL = 100_000
_PR_SET_CHILD_SUBREAPER = 36

Points = dict[str, float]


@dataclass
class Row:
    """What grading took, in seconds, and the points of each student."""

    name: str
    wall: float
    cpu: float
    points: Points

    @property
    def each(self) -> float:
        """CPU seconds per submission."""
        return self.cpu / len(self.points)

    def __str__(self) -> str:
        count = len(self.points)
        mean = sum(self.points.values()) / count
        return f"{self.name:<30}{count:>12}{60 * count / self.wall:>12.1f}{self.each:>20.2f}{mean:>13.2f}"


def spent(*commands: list[str], folder: Path | None = None) -> tuple[float, float]:
    """Run commands one after the other; return wall-clock and CPU seconds, those of all their processes."""
    ctypes.CDLL(None).prctl(
        _PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0
    )  # orphans become children of this process, and count
    path = f"{Path(commands[0][0]).parent}{os.pathsep}{os.environ['PATH']}"
    environment = dict(os.environ, OMP_NUM_THREADS="1", PATH=path)
    start, before = time.perf_counter(), _cpu()
    for command in commands:
        done = subprocess.run(
            command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}")
    wall = time.perf_counter() - start
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return wall, _cpu() - before


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def coursekit(submissions: Path, how: str, workers: int) -> tuple[Row, float]:
    """Grade in a process of its own; return the row, and seconds per submission once all workers are warm."""
    with tempfile.TemporaryDirectory() as out:
        words = [how, str(submissions), out, str(workers)]
        wall, cpu = spent([sys.executable, "-m", "benchmarks.grading", *words])
        came = json.loads((Path(out) / "came").read_text())
        with Store(Path(out) / "grades.sqlite") as store:
            points = {one.student: _sum(one.results) for one in store.submissions()}
    warm = came[2 * workers :]
    name = f"coursekit, {workers} worker{'s' * (workers > 1)}{', Dask' * (how == 'dask')}"
    return Row(name, wall, cpu, points), (warm[-1] - warm[0]) / (len(warm) - 1)


def _sum(results: Mapping[str, ExerciseResult]) -> float:
    return sum(result.earned for result in results.values())


def grade_all(how: str, submissions: Path, out: Path, workers: int) -> None:
    """Grade a folder, and note when each result came."""
    settings = batch.GradingSettings(SECRET, Limits())
    came: list[float] = []

    def progress(_: str) -> None:
        came.append(time.perf_counter())

    with Store(out / "grades.sqlite") as store:
        tasks = batch.pending_tasks(find_submissions(submissions, [ASSIGNMENT]).submissions, settings, store)
        if how == "dask":
            failed = _on_dask(tasks, settings, store, workers, progress)
        else:
            failed = batch.run(tasks, settings, store, workers=workers, progress=progress)
    if failed:
        raise RuntimeError(f"not graded: {failed}")
    (out / "came").write_text(json.dumps(came))


def _on_dask(
    tasks: Any, settings: batch.GradingSettings, store: Store, workers: int, progress: batch.Progress
) -> Any:
    from distributed import LocalCluster

    from coursekit.workshop.grading.cluster import run_on_cluster

    with LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as cluster:
        return run_on_cluster(tasks, settings, store, address=cluster.scheduler_address, progress=progress)


def _lean(made: dict[str, Any], *, tests: bool) -> dict[str, Any]:
    """A notebook for a peer: the imports, the exercises and, where it wants them there, their tests."""
    start = {"id": "start", "cell_type": "code", "source": "import torch\nimport coursekit as ck"}
    kinds = ("exercise-", "check-") if tests else ("exercise-",)
    cells = [start, *(cell for cell in made["cells"] if cell["id"].startswith(kinds))]
    kept = ("id", "cell_type", "source", "metadata")
    cells = [
        {"metadata": {}}
        | {key: cell[key] for key in kept if key in cell}
        | {"outputs": [], "execution_count": None}
        for cell in cells
    ]
    return made | {"cells": cells}


def nbgrader(folder: Path) -> Row:
    """``nbgrader autograde`` on all submissions, in one process with a kernel for each."""
    program = str(Path(PEERS or "").with_name("nbgrader"))
    _write(folder / "source" / ASSIGNMENT, _lean(notebook(), tests=True))
    for number, make in enumerate(PEACEFUL):
        _write(folder / "submitted" / f"s{number}" / ASSIGNMENT, _lean(make(), tests=True))
    spent([program, "generate_assignment", ASSIGNMENT], folder=folder)
    wall, cpu = spent([program, "autograde", ASSIGNMENT], folder=folder)
    ask = (
        "import json; from nbgrader.api import Gradebook; book = Gradebook('sqlite:///gradebook.db'); "
        f"found = book.assignment_submissions('{ASSIGNMENT}'); "
        "print(json.dumps({one.student.id: one.score for one in found}))"
    )
    said = subprocess.run([PEERS or "", "-c", ask], cwd=folder, capture_output=True, text=True, check=True)
    return Row("nbgrader autograde", wall, cpu, json.loads(said.stdout))


def otter(folder: Path) -> Row:
    """``otter run``, a process with a kernel for each submission, which is what its containers do."""
    program = str(Path(PEERS or "").with_name("otter"))
    for exercise in find(ASSIGNMENT):
        _write_test(folder / "tests" / f"{exercise.name}.py", exercise.name, exercise.points)
    runs = []
    for number, make in enumerate(PEACEFUL):
        _write(folder / f"s{number}", _lean(make(), tests=False))
        runs.append([program, "run", "-a", "tests.zip", "-o", f"s{number}", f"s{number}/{ASSIGNMENT}.ipynb"])
    make_tests = [
        program,
        "generate",
        "-t",
        "tests",
        "-o",
        "tests.zip",
        "--no-environment",
        "--no-requirements",
    ]
    spent(make_tests, folder=folder)
    wall, cpu = spent(*runs, folder=folder)
    results = {path.parent.name: json.loads(path.read_text()) for path in folder.glob("s*/results.json")}
    points = {name: sum(test.get("score", 0) for test in found["tests"]) for name, found in results.items()}
    return Row("otter run", wall, cpu, points)


def _write(folder: Path, made: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{ASSIGNMENT}.ipynb").write_text(json.dumps(made), encoding="utf-8")


def _write_test(path: Path, name: str, points: float) -> None:
    code = f">>> from coursekit.exercises.check import examine\n>>> examine({name}, {name!r}).passed\nTrue"
    suite = {"cases": [{"code": code, "hidden": False, "locked": False}], "scored": True, "type": "doctest"}
    test = {"name": name, "points": points, "suites": [suite | {"setup": "", "teardown": ""}]}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"OK_FORMAT = True\ntest = {test!r}\n", encoding="utf-8")


def scaling(submissions: Path) -> tuple[Row, Row, float]:
    """Return a row for one worker and one for two, and how much faster two are when warm."""
    turns = [[coursekit(submissions, "local", workers) for workers in (1, 2)] for _ in range(TURNS)]
    ratios = [one[1] / two[1] for one, two in turns]
    rows = [min((turn[i][0] for turn in turns), key=lambda row: row.cpu) for i in (0, 1)]
    print(
        "two workers against one, warm: " + ", ".join(f"{ratio:.2f}" for ratio in ratios) + " times as fast"
    )
    return rows[0], rows[1], statistics.median(ratios)


def main() -> None:
    """Print a table, how it scales, and what 100,000 submissions would cost."""
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before (above 0.3, times say little)")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder / "many", MANY, rough=False)
        fill(folder / "few", FEW, rough=False)
        one, two, ratio = scaling(folder / "many")
        few, _ = coursekit(folder / "few", "local", 1)
        rows = [few, one, two]
        if find_spec("distributed"):
            rows.append(coursekit(folder / "many", "dask", 2)[0])
        peers: list[Callable[[Path], Row]] = [nbgrader, otter] if PEERS else []
        for peer in peers:
            (folder / peer.__name__).mkdir()
            rows.append(peer(folder / peer.__name__))
    print(f"{'grader':<30}{'submissions':>12}{'per minute':>12}{'CPU s / submission':>20}{'mean points':>13}")
    print(*rows, sep="\n")
    if not peers:
        print("peers left out: COURSEKIT_GRADING_PEERS names no Python that has them")
    _conclude(one, two, few, ratio, rows)


def _conclude(one: Row, two: Row, few: Row, ratio: float, rows: list[Row]) -> None:
    more = (one.cpu - few.cpu) / (MANY - FEW)
    print(f"each further submission: {more:.2f} CPU s; {ALL:,} of them: {more * ALL / 3600:.0f} CPU hours")
    print(f"two workers against one, warm, median of {TURNS}: {ratio:.2f} times as fast (goal 1.8)")
    same = all(
        row.points == one.points for row in rows if row.name.startswith("coursekit") and row is not few
    )
    print("the same grades from one worker, two, and Dask" if same else "MISSES THE GOAL: the grades differ")


if __name__ == "__main__":
    if len(sys.argv) == 5:
        grade_all(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
    else:
        main()

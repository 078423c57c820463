"""The same work on a Dask cluster: a real scheduler and a real worker, on the loopback."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from coursekit.exercises import find
from coursekit.workshop.grading import cluster, course
from coursekit.workshop.grading.store import Store
from tests.workshop.grading.notebooks import ASSIGNMENT, LIMITS, SECRET, graded, notebook

WRONG = "def target_scores(model, x, target): return model(x).amax(1)"


@contextmanager
def dask(*arguments: str) -> Iterator[None]:
    program = [sys.executable, "-m", "dask", *arguments]
    process = subprocess.Popen(program, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=120)


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    told = tmp_path_factory.mktemp("dask") / "scheduler.json"
    place = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--no-show")
    with dask("scheduler", *place, "--scheduler-file", str(told)):
        deadline = time.monotonic() + 300
        while not told.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        yield json.loads(told.read_text())["address"]


def test_a_cluster_without_workers_says_what_to_do(scheduler: str, monkeypatch) -> None:
    monkeypatch.setattr(cluster, "_CONNECT_TIMEOUT", 0.5)
    with pytest.raises(OSError, match=f"no workers: start some with `dask worker {scheduler}`"):
        cluster.run_on_cluster([], None, None, address=scheduler, progress=print)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nonsense", "tcp://x:y"])
def test_an_address_without_a_scheduler_says_what_to_do(address: str, monkeypatch) -> None:
    monkeypatch.setattr(cluster, "_CONNECT_TIMEOUT", 0.5)
    with pytest.raises(OSError, match=f"no Dask scheduler answers at '{address}': start one with"):
        cluster.run_on_cluster([], None, None, address=address, progress=print)


def test_a_cluster_gives_the_same_grades(scheduler: str, tmp_path: Path) -> None:
    submissions = {"anna": notebook(), "bert": notebook(target_scores=WRONG), "carl": {"cells": 3}}
    for student, submitted in submissions.items():
        path = tmp_path / "in" / f"{student}_{ASSIGNMENT}.ipynb"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(submitted))
    seed, out = tmp_path / "seed", tmp_path / "out"
    seed.touch(0o600)
    seed.write_bytes(SECRET)
    # Without a nanny: the worker is one process, which ends when it is told to.
    with dask("worker", scheduler, "--nthreads", "1", "--no-nanny", "--no-dashboard"):
        assert course.grade_folder(tmp_path / "in", out, seed_file=seed, limits=LIMITS, scheduler=scheduler)
    with Store(out / "grades.sqlite") as store:
        remote = {one.student: one.results for one in store.submissions()}
    names = [exercise.name for exercise in find(ASSIGNMENT)]
    assert remote == {student: graded(one, *names).exercises for student, one in submissions.items()}

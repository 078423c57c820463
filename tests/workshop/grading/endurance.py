"""A grader that is killed at random moments, and one that grades a whole course in one run.

Run as ``python -m tests.workshop.grading.endurance kills`` (60 submissions, 10 kills) or ``… memory`` (300).
"""

import json
import os
import pty
import random
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from coursekit.workshop.cli import app
from tests.workshop.grading.crowd import MARK, fill

__all__ = ["Grader", "killed", "left_running"]

WORKERS, SECONDS, GIGABYTES = 2, 30.0, 1.5  # seconds that no honest answer needs on a busy machine
_PATIENCE = 600.0
_SAMPLE = 1.0


class Grader:
    """The program ``coursekit grade`` on a folder, as often as it is started.

    Args:
        folder: for its results and its temporary files.
        submissions: what it grades.
        seed: the file of the secret, so that several graders set the same cases.
        workers: submissions at a time.
    """

    def __init__(self, folder: Path, submissions: Path, seed: Path, workers: int = WORKERS) -> None:
        self.out, self.temporary = folder / "out", folder / "tmp"
        self.temporary.mkdir(parents=True)
        # All that belongs to this grader bears a number of its own in its command line, also in JSON.
        self.mark = repr(SECONDS + random.SystemRandom().randrange(1, 10**6) / 10**9)
        self._words = ["grade", str(submissions), "--out", str(self.out), "--seed-file", str(seed)]
        self._words += ["--workers", str(workers), "--memory", str(GIGABYTES), "--timeout", self.mark]

    def start(self, **options: Any) -> "subprocess.Popen[bytes]":
        """Start the program, in a process of its own."""
        program = [sys.executable, "-c", "from coursekit.workshop.cli import app; app()", *self._words]
        environment = dict(os.environ, TMPDIR=str(self.temporary), OMP_NUM_THREADS="1")
        return subprocess.Popen(program, env=environment, **{"stderr": subprocess.DEVNULL} | options)

    def run(self) -> None:
        """Run the program to its end, in this process: torch is here already."""
        app(self._words, standalone_mode=False)

    def grades(self) -> dict[tuple[str, str], Any]:
        """Return points, credits and known mistakes, by student and exercise.

        Messages are left out: a submission that takes more and more memory is stopped by the kernel, the fork
        server or the clock, whichever comes first.
        """
        rows = self._rows("SELECT student, exercise, outcome FROM result")
        found = ((student, name, json.loads(outcome)) for student, name, outcome in rows)
        return {
            (student, name): (
                outcome["earned"],
                outcome["written"],
                [case["credit"] for case in outcome["cases"]],
                outcome["mistake"],
            )
            for student, name, outcome in found
        }

    def times(self) -> list[int]:
        """Return how often each exercise of each submission was graded."""
        return [times for (times,) in self._rows("SELECT times FROM result")]

    def count(self) -> int:
        """Return how many submissions are in the store."""
        return len(self._rows("SELECT 1 FROM submission"))

    def _rows(self, select: str) -> list[tuple[Any, ...]]:
        with suppress(sqlite3.OperationalError):  # it is not there yet
            uri = f"file:{self.out / 'grades.sqlite'}?mode=ro"
            with closing(sqlite3.connect(uri, uri=True)) as base:
                return base.execute(select).fetchall()
        return []


def killed(grader: Grader, after: int, delay: float) -> None:
    """Start the grader, and kill it ``delay`` seconds after it has added so many results to its store.

    Raises:
        RuntimeError: it came to its end before.
    """
    wanted = grader.count() + after
    process = grader.start()
    deadline = time.monotonic() + _PATIENCE
    while grader.count() < wanted and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.02)
    time.sleep(delay)
    process.kill()
    if process.wait() != -signal.SIGKILL:
        raise RuntimeError(f"it ended by itself with {grader.count()} results, before it was killed")


def left_running(*marks: str, patience: float = 60.0) -> list[str]:
    """Return the command lines of processes that bear a mark and do not end within ``patience`` seconds."""
    deadline = time.monotonic() + patience
    while (found := list(_bearing(marks))) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def _bearing(marks: tuple[str, ...]) -> Iterator[str]:
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with suppress(OSError):
            line = Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
            if int(pid) != os.getpid() and any(mark in line for mark in marks):
                yield line


def _kills(folder: Path, submissions: int = 60, kills: int = 10, seed: int = 4) -> None:
    """Kill a grader again and again, and compare with one that was left alone."""
    fill(folder / "submissions", submissions)
    seed_file = folder / "seed"
    alone = Grader(folder / "alone", folder / "submissions", seed_file)
    alone.run()
    disturbed = Grader(folder / "disturbed", folder / "submissions", seed_file)
    moments = random.Random(seed)
    for number in range(kills):
        after = moments.choice((0, 1, 2, 3, 5, 7, 9))
        killed(disturbed, after, moments.random() * (1 if after else 12))
        left = left_running(disturbed.mark, MARK)
        print(f"kill {number + 1}: {disturbed.count()} graded, {len(left)} processes left", flush=True)
    disturbed.run()
    print("the same grades:", disturbed.grades() == alone.grades())
    print(
        "graded more than once:", sum(times > 1 for times in disturbed.times()), "of", len(disturbed.times())
    )
    print("left running:", left_running(disturbed.mark, alone.mark, MARK))
    print("left in its temporary folder:", os.listdir(disturbed.temporary))


class _Watch(threading.Thread):
    """Looks every second at the memory of a process and of all that it started, in MB."""

    def __init__(self, pid: int, mark: str) -> None:
        super().__init__(daemon=True)
        self.pid, self.mark = pid, mark
        self.grader: list[tuple[float, float, float]] = []
        self.submission = 0.0

    def run(self) -> None:
        with suppress(OSError):
            while True:
                now = time.monotonic()
                self.grader.append((now, _memory(self.pid, "Rss"), _memory(self.pid, "Private_")))
                for pid in filter(str.isdigit, os.listdir("/proc")):
                    self.submission = max(self.submission, _unless_gone(int(pid), self.mark))
                time.sleep(_SAMPLE)


def _memory(pid: int, field: str) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(map(int, re.findall(rf"^{field}\w*:\s+(\d+)", lines, re.MULTILINE))) / 1024


def _unless_gone(pid: int, mark: str) -> float:
    """Resident MB of a process that is a submission's, of the grader with that mark."""
    with suppress(OSError):
        line = Path(f"/proc/{pid}/cmdline").read_text()
        if "coursekit.workshop.grading.forkserver" in line and mark in line:
            return _memory(pid, "Rss")
    return 0.0


def _memory_over_time(folder: Path, submissions: int = 300) -> None:
    """Grade a course in one run, in a terminal, and say what memory it took and what the terminal showed."""
    fill(folder / "submissions", submissions)
    grader = Grader(folder / "grader", folder / "submissions", folder / "seed")
    ours, theirs = pty.openpty()
    process = grader.start(stderr=theirs, stdin=theirs)
    os.close(theirs)
    watch = _Watch(process.pid, grader.mark)
    watch.start()
    start, shown = time.monotonic(), _read(ours)
    process.wait()
    seconds = time.monotonic() - start
    print(f"{submissions} submissions in {seconds:.0f} s, {WORKERS} workers")
    for moment, rss, uss in watch.grader[1 :: max(1, len(watch.grader) // 10)]:
        print(f"  {moment - start:5.0f} s: RSS {rss:.0f} MB, USS {uss:.0f} MB")
    print(f"largest process of a submission: {watch.submission:.0f} MB of {GIGABYTES * 1024:.0f}")
    steps = [
        (moment - start, int(done), int(left[0]) * 60 + int(left[1]))
        for moment, text in shown
        for done, *left in re.findall(rf"(\d+)/{submissions}\b.*?0:(\d\d):(\d\d)", text)
    ]
    counts = [done for _, done, _ in steps]
    print("progress rises to the end:", counts == sorted(counts) and counts[-1] == submissions)
    for moment, done, left in steps[:: len(steps) // 6]:
        print(
            f"  {moment:.0f} s: {done} done, {left} s left by its estimate, {seconds - moment:.0f} s in truth"
        )


def _read(terminal: int) -> list[tuple[float, str]]:
    """Return what the terminal shows, and when, until the other side closes it."""
    parts = []
    with suppress(OSError):
        while part := os.read(terminal, 2**16):
            parts.append((time.monotonic(), part.decode(errors="replace")))
    return parts


@contextmanager
def _folder() -> Iterator[Path]:
    """A temporary folder; the third argument names one to be kept."""
    if len(sys.argv) > 2:
        yield Path(sys.argv[2])
    else:
        with tempfile.TemporaryDirectory() as name:
            yield Path(name)


if __name__ == "__main__":
    with _folder() as where:
        {"kills": _kills, "memory": _memory_over_time}[sys.argv[1]](where)

"""Tiers: who is in which, and what is said of what was not run."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tiers import SLOW, TARGETS

ROOT = Path(__file__).parents[1]
QUICK = "not (slow or notebook or sandbox or browser)"
TESTS = """
import pytest

@pytest.fixture
def browser():
    pytest.skip("No browser to be had; install one")

@pytest.fixture
def nbval():
    pass

def test_plain(): pass
def test_page(browser): pass
@pytest.mark.sample
def test_sampled_page(browser): pass
def test_notebook(nbval): pass
@pytest.mark.slow
def test_slow(): pass
@pytest.mark.sandbox
def test_sandbox(): pytest.skip("no sandbox: install it")
"""
APART = ["tests/gpu/device_*.py, which make test-device runs", "tests/gpu/gpu_*.py, which make test-gpu runs"]


def run(folder: Path, *options: str) -> list[str]:
    """Run the tests above; return how it ended, and the lines on what was not run."""
    (folder / "tests").mkdir()
    shutil.copy(ROOT / "tests/tiers.py", folder / "tests/conftest.py")
    (folder / "tests/test_some.py").write_text(TESTS)
    shutil.copy(ROOT / "pyproject.toml", folder)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    *_, told = re.split("=+ not run =+\n", done.stdout)
    *lines, end = [line for line in told.splitlines() if line and not line.startswith("SKIPPED")]
    return [re.sub(" in .*|=", "", end).strip(), *(line for line in lines if "summary" not in line)]


# One process and two: what the processes of xdist leave out must come to be said.
@pytest.mark.parametrize("processes", ["-n0", "-n2"])
def test_quick_says_what_it_did_not_run(processes: str, tmp_path: Path) -> None:
    end, *lines = run(tmp_path, processes, "-m", QUICK)
    assert end.startswith("1 passed")
    assert lines == [
        "browser: 2, which make test-browser runs",
        "notebook: 1, which make test runs",
        "sandbox: 1, which make test runs",
        "slow: 1, which make test runs",
        *APART,
    ]


@pytest.mark.parametrize("processes", ["-n0", "-n2"])
def test_a_program_that_is_missing_is_named(processes: str, tmp_path: Path) -> None:
    end, *lines = run(tmp_path, processes)
    assert end == "3 passed, 3 skipped"
    assert lines == [
        *APART,
        "2, since: No browser to be had; install one",
        "1, since: no sandbox: install it",
    ]


def test_the_test_command_takes_a_sample_in_the_browser(tmp_path: Path) -> None:
    end, *lines = run(tmp_path, "-m", "sample or not browser", "-k", "page or slow")
    assert end.startswith("1 passed, 1 skipped")
    assert lines[:2] == ["browser: 1, which make test-browser runs", "notebook: 1, which make test runs"]


def test_a_mark_that_nobody_knows_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("import pytest\n@pytest.mark.slwo\ndef test_it(): pass\n")
    config = ("-c", str(ROOT / "pyproject.toml"), "-p", "no:cacheprovider")
    command = [sys.executable, "-m", "pytest", *config, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "'slwo' not found in `markers`" in done.stdout


def test_the_slow_files_are_there() -> None:
    assert [name for name in SLOW if not (ROOT / "tests" / name).exists()] == []


def test_the_makefile_chooses_by_these_marks() -> None:
    assert f"-m '{QUICK}'" in (ROOT / "Makefile").read_text()
    assert set(re.findall(r"\w+", QUICK)) - {"not", "or"} == TARGETS.keys() - {"other"}

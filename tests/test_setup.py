"""The set-up: Makefile, dependencies, first import. Nothing is downloaded: scripts play Python and df."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PYTHONS = ("python3.13", "python3.12", "python3.11", "python3")
# Logs how it is called; `-m venv` makes an environment whose Python is this script again.
PLAYED_PYTHON = """#!/bin/bash
echo "$(basename "$0") $*" >> "$PLAYED_LOG"
if [ "$1" = -c ]; then exit "$PLAYED_TOO_OLD"; fi
if [ "$1 $2" = "-m venv" ]; then mkdir -p .venv/bin && cp "$0" .venv/bin/python; fi
"""
PLAYED_DF = """#!/bin/bash
echo 'Filesystem 1024-blocks Used Available Capacity Mounted on'
echo "/dev/disk 99999999 1 $PLAYED_FREE 1% /"
"""


class Machine:
    """A folder with spaces in its name, and a PATH that starts with scripts of ours."""

    def __init__(self, folder: Path) -> None:
        self.course = folder / "my course"
        self.course.mkdir()
        for name in ("Makefile", "pyproject.toml"):
            shutil.copy(ROOT / name, self.course)
        self.log = folder / "calls.log"
        tools = folder / "tools"
        tools.mkdir()
        for name in (*PYTHONS, "df"):
            (tools / name).write_text(PLAYED_DF if name == "df" else PLAYED_PYTHON)
            (tools / name).chmod(0o755)
        self.path = f"{tools}:{os.environ['PATH']}"

    def make(
        self, *arguments: str, too_old: bool = False, free: int = 50 << 20
    ) -> tuple[int, str, list[str]]:
        """Call make; return its status, what it wrote to stderr, and how Python was called, without `-c`."""
        self.log.write_text("")
        played = {"PLAYED_LOG": str(self.log), "PLAYED_TOO_OLD": str(int(too_old)), "PLAYED_FREE": str(free)}
        environment = os.environ | played | {"PATH": self.path, "MAKEFLAGS": ""}
        done = subprocess.run(
            ["make", *arguments],
            cwd=self.course,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        calls = [line for line in self.log.read_text().splitlines() if " -c " not in line]
        return done.returncode, done.stderr, calls


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_make_lab_sets_up_once_and_opens_the_start(machine: Machine) -> None:
    status, _, (venv, install, lab) = machine.make("lab", "LAB=--no-browser --port 1234")
    assert status == 0
    assert venv == "python3.13 -m venv --clear .venv"
    assert install == "python -m pip install --disable-pip-version-check -e ."
    assert lab.startswith("python -m jupyterlab")
    assert lab.endswith("--no-browser --port 1234")
    assert "/lab/tree/notebooks/00_start.ipynb" in lab
    assert ("--allow-root" in lab) == (os.geteuid() == 0)
    _, _, again = machine.make("lab")
    assert len(again) == 1, "a second call installs nothing"


def test_a_changed_dependency_is_installed(machine: Machine) -> None:
    machine.make("lab")
    changed = (machine.course / "pyproject.toml").stat().st_mtime + 10
    os.utime(machine.course / "pyproject.toml", (changed, changed))
    _, _, calls = machine.make("lab")
    assert [call.split()[2] for call in calls] == ["pip", "jupyterlab"]


def test_a_moved_folder_is_installed_again(machine: Machine) -> None:
    machine.make("lab")
    machine.course = machine.course.rename(machine.course.with_name("another place"))
    _, _, calls = machine.make("lab")
    assert [call.split()[2] for call in calls] == ["pip", "jupyterlab"]


def test_make_test_checks_everything(machine: Machine) -> None:
    status, _, calls = machine.make("test", "TEST=-k saliency")
    assert status == 0
    assert calls[1].endswith("-e .[dev,peers]")
    assert calls[2:] == [
        "python -m ruff check .",
        "python -m ruff format --check .",
        "python -m mypy",
        "python -m pytest -k saliency",
    ]
    _, _, lab = machine.make("lab")
    assert len(lab) == 1, "what `make test` installed serves `make lab` too"


def test_an_old_python_is_answered_with_what_to_do(machine: Machine) -> None:
    status, said, calls = machine.make("lab", too_old=True)
    assert status != 0
    assert "Python 3.11 or later is needed; looked for: python3.13 python3.12 python3.11 python3." in said
    assert "https://www.python.org/downloads/" in said
    assert calls == []


def test_a_full_disk_is_answered_before_anything_is_installed(machine: Machine) -> None:
    status, said, calls = machine.make("lab", free=5 << 20)
    assert status != 0
    assert "needs about 7 GB" in said
    assert "5 GB are free" in said
    assert calls == []


def test_a_failed_install_is_tried_again(machine: Machine) -> None:
    machine.make("lab")
    for stamp in (machine.course / ".venv").glob("ready-*"):
        stamp.unlink()
    (machine.course / ".venv/bin/python").write_text("#!/bin/sh\n[ $1 = -c ]\n")
    status, _, _ = machine.make("lab")
    assert status != 0
    assert not list((machine.course / ".venv").glob("ready-*"))


def test_help_is_the_default_and_lists_the_commands(machine: Machine) -> None:
    # As from a terminal, also when `make test` runs this test.
    command = ["env", "-u", "MAKEFLAGS", "-u", "MAKELEVEL", "make"]
    shown = subprocess.run(command, cwd=machine.course, capture_output=True, text=True, check=True).stdout
    commands = [line.split()[1] for line in shown.splitlines()]
    assert commands[:3] == ["help", "lab", "test"]
    assert {"build", "bench", "test-gpu", "train"} <= set(commands)


def test_the_readme_starts_with_the_two_commands() -> None:
    lines = [line for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines() if line]
    assert [line.split("#")[0].strip() for line in lines[1:3]] == ["make lab", "make test"]


def test_ci_runs_the_readmes_command() -> None:
    script = ROOT / ".ci/run"
    assert os.access(script, os.X_OK)
    assert script.read_text().splitlines()[-1] == "make test"


def test_conda_and_binder_get_the_same_dependencies() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    conda, _, pip = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    assert conda == f"python{project['requires-python']}"
    assert pip["pip"] == [*project["dependencies"], "-e ."]


def test_importing_the_package_does_not_import_torch() -> None:
    code = "import sys, coursekit; sys.exit(bool({'torch', 'numpy', 'matplotlib'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_make_test_does_not_collect_the_gpu_tests() -> None:
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "tests/gpu"]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode == 5


@pytest.mark.parametrize("path", ["README.md", "docs/pictures/00_start-1.jpeg", "coursekit/claims.py"])
def test_a_commit_of_what_notebooks_depend_on_checks_them(path: str) -> None:
    (repository,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    (hook,) = (hook for hook in repository["hooks"] if hook["id"] == "notebooks")
    assert re.search(hook["files"], path)


def test_the_commit_hooks_are_read() -> None:
    command = [sys.executable, "-m", "pre_commit", "validate-config", str(ROOT / ".pre-commit-config.yaml")]
    assert subprocess.run(command, check=False).returncode == 0

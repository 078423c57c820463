"""The set-up: Makefile, dependencies, first import. Nothing is downloaded: scripts play Python and df."""

import os
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
# Logs how it is called, and installs what it is asked for where it may.
PLAYED_APT = """#!/bin/bash
echo "apt-get $*" >> "$PLAYED_LOG"
if [[ " $* " = *" install "* && "$PLAYED_APT" = works ]]; then
  program=$(dirname "$0")/${@: -1}
  program=${program/bubblewrap/bwrap}
  printf '#!/bin/bash\\n' > "$program"
  chmod +x "$program"
fi
[ "$PLAYED_APT" = works ]
"""
PLAYED_SUDO = '#!/bin/bash\n[ "$1" = -n ] && shift && [ "$PLAYED_SUDO" = 1 ] && exec "$@"\n'
PLAYED_ID = '#!/bin/bash\necho "$PLAYED_USER"\n'
SCRIPTS = dict.fromkeys(PYTHONS, PLAYED_PYTHON)
SCRIPTS |= {"df": PLAYED_DF, "apt-get": PLAYED_APT, "sudo": PLAYED_SUDO, "id": PLAYED_ID}


class Machine:
    """A folder with an odd name, and a PATH of ours: what is there, less what is to be installed."""

    def __init__(self, folder: Path) -> None:
        self.course = folder / 'my "own" teacher\'s $course'
        self.course.mkdir()
        for name in ("Makefile", "pyproject.toml", "jupyter/coursekit.json5"):
            (self.course / name).parent.mkdir(exist_ok=True)
            shutil.copy(ROOT / name, self.course / name)
        self.log = folder / "calls.log"
        tools = folder / "tools"
        tools.mkdir()
        for name, script in SCRIPTS.items():
            (tools / name).write_text(script)
            (tools / name).chmod(0o755)
        system = folder / "system"
        system.mkdir()
        there = {file.name: file for place in ("/usr/bin", "/bin") for file in Path(place).iterdir()}
        for name in there.keys() - {"bwrap", "chromium"}:
            (system / name).symlink_to(there[name])
        self.path = f"{tools}:{system}"

    def make(self, *arguments: str, free: int = 50 << 20, **played: object) -> tuple[int, str, list[str]]:
        """Call make; return its status, what it wrote to stderr, and how scripts were called, without `-c`.

        Played: TOO_OLD (1: the Pythons), USER (0: root), SUDO (1: needs no password), APT ("works" or not).
        """
        self.log.write_text("")
        roles = {"TOO_OLD": 0, "USER": 0, "SUDO": 0, "APT": "works", "FREE": free, "LOG": self.log}
        settings = {f"PLAYED_{name}": str(value) for name, value in (roles | played).items()}
        environment = os.environ | settings | {"PATH": self.path, "MAKEFLAGS": ""}
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
    assert install == "python -m pip install --disable-pip-version-check -e .[libraries]"
    assert lab.startswith("python -m jupyterlab")
    assert lab.endswith("--no-browser --port 1234")
    assert "/lab/tree/notebooks/00_start.ipynb" in lab
    assert "--allow-root" in lab
    _, _, (lab,) = machine.make("lab", USER=1000)
    assert "--allow-root" not in lab
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


def test_the_first_editions_package_is_removed_before_it_is_found_instead_of_this(machine: Machine) -> None:
    machine.make("lab")
    old = machine.course / ".venv/lib/python3.11/site-packages/coursekit-0.1.0.dist-info"
    old.mkdir(parents=True)
    machine.course = machine.course.rename(machine.course.with_name("another place"))
    _, _, calls = machine.make("lab")
    assert [call.split()[2:4] for call in calls][:2] == [["pip", "uninstall"], ["pip", "install"]]
    assert calls[0].endswith("--yes coursekit")


def test_jupyterlabs_settings_are_those_of_the_course_in_its_environment_alone(machine: Machine) -> None:
    machine.make("lab")
    course, name = machine.course, "coursekit.json5"
    (settings,) = course.glob(f".venv/**/{name}")
    assert (
        settings.relative_to(course / ".venv").as_posix() == f"share/jupyter/lab/settings/overrides.d/{name}"
    )
    assert settings.read_bytes() == (ROOT / "jupyter" / name).read_bytes()
    os.utime(settings, (0, 0))
    settings.write_text("{}")
    os.utime(settings, (0, 0))
    machine.make("lab")
    assert settings.read_bytes() == (ROOT / "jupyter" / name).read_bytes(), (
        "what has changed is put there anew"
    )


STYLE = ["python -m ruff check .", "python -m ruff format --check .", "python -m mypy"]
SUITE = "python -m pytest -n 2 --dist worksteal"


def test_make_test_checks_everything_but_what_is_for_the_browser_alone(machine: Machine) -> None:
    status, _, calls = machine.make("test", "TEST=-k saliency")
    assert status == 0
    assert calls[1].endswith("-e .[dev,grade,peers,site]")
    tests = [call for call in calls[2:] if "apt-get" not in call]
    assert tests == [*STYLE, f"{SUITE} -m sample or not browser -k saliency"]
    _, _, lab = machine.make("lab")
    assert len(lab) == 1, "what `make test` installed serves `make lab` too"


@pytest.mark.parametrize(
    ("target", "calls", "installed"),
    [
        ("quick", [*STYLE, f"{SUITE} -m not (slow or notebook or sandbox or browser) -k x"], set()),
        ("test-browser", [f"{SUITE} -m browser -k x"], {"chromium"}),
        ("test-device", [f"{SUITE} -o python_files=device_*.py tests/gpu -k x"], set()),
        ("test-gpu", ["python -m pytest -o python_files=gpu_*.py tests/gpu -k x"], set()),
    ],
)
def test_the_other_tiers(machine: Machine, target: str, calls: list[str], installed: set[str]) -> None:
    status, _, (_, _, *called) = machine.make(target, "TEST=-k x")
    assert status == 0
    assert [call for call in called if "apt-get" not in call] == calls
    assert {call.split()[-1] for call in called if " install " in call} == installed


@pytest.mark.parametrize("played", [{"USER": 0}, {"USER": 1000, "SUDO": 1}], ids=["root", "sudo"])
def test_sandbox_and_browser_are_installed_once_and_quietly_where_that_may_be(
    machine: Machine, played
) -> None:
    status, said, calls = machine.make("test", **played)
    assert status == 0
    update, install, again, other = (call for call in calls if "apt-get" in call)
    assert update.endswith(" update")
    assert install.endswith(" install -y --no-install-recommends bubblewrap")
    assert (again, other) == (update, install.replace("bubblewrap", "chromium"))
    assert said.splitlines()[-2:] == [
        "Installing bubblewrap, the sandbox for students' code.",
        "Installing chromium, the browser.",
    ]
    _, said, calls = machine.make("test", **played)
    assert "Installing" not in said
    assert not any("apt-get" in call for call in calls)


@pytest.mark.parametrize(
    "played", [{"USER": 1000}, {"USER": 0, "APT": "fails"}], ids=["nobody", "no network"]
)
def test_without_sandbox_and_browser_the_tests_run_all_the_same(machine: Machine, played) -> None:
    status, said, calls = machine.make("test", **played)
    assert status == 0
    for package in ("bubblewrap", "chromium"):
        assert f"  sudo apt-get update && sudo apt-get install {package}" in said.splitlines()
    assert calls[-1].startswith("python -m pytest")
    assert any("apt-get" in call for call in calls) == (played["USER"] == 0)


def test_an_old_python_is_answered_with_what_to_do(machine: Machine) -> None:
    status, said, calls = machine.make("lab", TOO_OLD=1)
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
    assert commands[:4] == ["help", "lab", "style", "quick"]
    assert {"test", "test-browser", "test-device", "test-gpu", "build", "bench", "train"} <= set(commands)


def test_the_readme_starts_with_the_two_commands() -> None:
    lines = [line for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines() if line]
    assert [line.split("#")[0].strip() for line in lines[1:3]] == ["make lab", "make test"]


def test_ci_runs_the_readmes_command_and_the_pretended_device() -> None:
    script = ROOT / ".ci/run"
    assert os.access(script, os.X_OK)
    assert script.read_text().splitlines()[-2:] == ["make test", "make test-device"]


def test_conda_and_binder_get_the_same_dependencies() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    _, _, pip = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    libraries = project["optional-dependencies"]["libraries"]
    assert pip["pip"] == [*project["dependencies"], *libraries, "-e ."]


def test_importing_the_package_does_not_import_torch() -> None:
    code = "import sys, coursekit; sys.exit(bool({'torch', 'numpy', 'matplotlib'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_notebook_does_not_wait_for_what_it_rarely_needs() -> None:
    code = (
        "import sys; from coursekit import plots, synthesis, widgets;"
        "print({'torchvision', 'scipy.optimize', 'scipy.spatial'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_make_test_does_not_collect_the_gpu_tests() -> None:
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "tests/gpu"]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode == 5

"""The wheel: what somebody has who has no clone of the course."""

import os
import re
import shlex
import subprocess
import sys
import tomllib
from importlib.metadata import Distribution
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement

import coursekit

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built and unpacked, without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    build = ("-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder))
    subprocess.run([sys.executable, *build], cwd=ROOT, capture_output=True, check=True)
    (wheel,) = folder.glob("*.whl")
    ZipFile(wheel).extractall(folder / "site")
    return folder / "site"


def call(unpacked: Path, folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run Python in an empty folder, where of the course only the wheel is found."""
    folder = folder / "an empty folder"
    folder.mkdir()
    environment = os.environ | {"PYTHONPATH": str(unpacked), "COLUMNS": "200"}
    done = subprocess.run(
        [sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert list(folder.iterdir()) == []
    return done


def test_it_says_its_version(unpacked: Path, tmp_path: Path) -> None:
    done = call(unpacked, tmp_path, "-m", "coursekit", "--version")
    assert (done.returncode, done.stdout) == (0, f"coursekit {coursekit.__version__}\n")
    (about,) = Distribution.discover(path=[str(unpacked)])
    assert about.version == coursekit.__version__


@pytest.mark.parametrize(
    "command", ["build --check", "site", "slides", "train scenes", "measure trust", "grade --self-test"]
)
def test_a_command_that_needs_a_clone_says_so_in_a_line(command: str, unpacked: Path, tmp_path: Path) -> None:
    done = call(unpacked, tmp_path, "-m", "coursekit", *command.split())
    assert done.returncode == 1
    (said,) = done.stderr.splitlines()
    assert said.startswith(f"this needs a clone of the course, and there is no notebooks/src in {unpacked}: ")
    assert said.endswith("--out") == command.startswith(("train", "measure"))
    assert done.stdout == ""


def test_what_needs_no_clone_asks_for_none(unpacked: Path, tmp_path: Path) -> None:
    done = call(unpacked, tmp_path, "-m", "coursekit", "train", "nonsense", "--out", "nets")
    assert done.returncode == 1
    assert done.stderr.startswith("no recipe for 'nonsense'")


def test_its_nets_come_with_it(unpacked: Path, tmp_path: Path) -> None:
    code = "import coursekit; print(coursekit.__file__); print(coursekit.read_card('scenes')['seed'])"
    done = call(unpacked, tmp_path, "-c", code)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(unpacked))


def test_it_changes_nobodys_jupyterlab(unpacked: Path) -> None:
    shared = [path for path in unpacked.glob("*.data/**/*") if path.is_file()]
    inside = {path.relative_to(unpacked).as_posix().partition("/data/")[2] for path in shared}
    extension = "share/jupyter/labextensions/coursekit-slides"
    assert inside == {f"{extension}/package.json", f"{extension}/static/shared.js"}


def test_it_has_the_templates_of_pages_and_slides(unpacked: Path) -> None:
    folders = ("workshop/grading/templates", "workshop/publishing/deck")
    files = [file for name in folders for file in sorted((ROOT / "coursekit" / name).iterdir())]
    assert len(files) == 8
    assert [file for file in files if not (unpacked / file.relative_to(ROOT)).is_file()] == []


def test_its_types_can_be_used(unpacked: Path) -> None:
    assert (unpacked / "coursekit/py.typed").is_file()
    assert "Typing :: Typed" in PROJECT["classifiers"]


def test_dask_is_asked_for_as_the_project_does() -> None:
    from coursekit.workshop.grading.cluster import _DASK_REQUIREMENT

    assert PROJECT["optional-dependencies"]["grade"] == [_DASK_REQUIREMENT]


def test_a_library_that_the_site_needs_is_installed_by_path() -> None:
    code = "import sys; sys.modules['sphinx.cmd.build'] = None; from coursekit.workshop.cli import app; app()"
    done = subprocess.run(
        [sys.executable, "-c", code, "site"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("this needs sphinx.cmd.build: pip install -e ")
    assert shlex.split(done.stderr)[-1] == f"{ROOT}[site]"


# Both names: the one that is imported is a stranger's on the index, and the other may become one's.
NAMES = f"coursekit|{PROJECT['name']}"
BY_NAME = re.compile(
    rf"""\b(install|add|uvx|pipx\ run)\b [^\n|;&]*? [\s"'`(,=] ({NAMES}) (?=[\s"'`\[(),;=<>~!&|]|\\n|$)
    | (^|[\s"'`(]) ({NAMES}) \[ [a-z, ]+ \]""",
    re.VERBOSE | re.MULTILINE,
)
OURS = {".git", ".venv", "build", "__pycache__"}


def texts() -> dict[str, str]:
    """Return what the project says, by file."""
    found = {}
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in OURS and not name.endswith("_cache")]
        for path in (Path(folder, name) for name in names):
            if path.suffix not in {".safetensors", ".jpeg", ".png"}:
                found[path.relative_to(ROOT).as_posix()] = path.read_text(encoding="utf-8", errors="replace")
    return found


@pytest.mark.parametrize(
    "line",
    [
        "pip install {}",
        "%pip install -q '{}[grade]'",
        'a worker needs `pip install "{}>=0.1"`, and',
        '["pip", "install", "--quiet", "{}"]',
        '    "!uv pip install {}\\n",',
        "uv add {}",
        "uvx {} grade",
        "the extra '{}[site]' has it",
        "pip install torch {} && jupyter lab",
    ],
)
@pytest.mark.parametrize("name", NAMES.split("|"))
def test_an_install_by_name_is_found(line: str, name: str) -> None:
    assert BY_NAME.search(line.format(name))


@pytest.mark.parametrize(
    "line",
    [
        "pip install -e '.[grade]'",
        "pip install './dist/inside_image_nets-0.1.0-py3-none-any.whl[grade]'",
        "pip install git+https://example.org/coursekit.git",
        "pip install -e '/srv/coursekit[site]'",
        "conda activate coursekit",
        "python -m coursekit build",
        'metadata.coursekit["outputs"]',
    ],
)
def test_an_install_by_path_is_not_taken_for_one(line: str) -> None:
    assert not BY_NAME.search(line)


def test_nothing_is_installed_by_a_name_that_a_stranger_has() -> None:
    said = texts()
    assert {"README.md", "environment.yml", "docs/grading.md", "notebooks/00_start.ipynb"} <= said.keys()
    found = {path: hit[0] for path, text in said.items() if (hit := BY_NAME.search(text))}
    assert found == {}
    lists = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    assert not {Requirement(line).name for wanted in lists for line in wanted} & set(NAMES.split("|"))

"""The course elsewhere, as docs/elsewhere.md has it: Colab, VS Code, a dev container, Binder."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import ipywidgets
import pytest
import yaml
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell
from packaging.specifiers import SpecifierSet

from coursekit.workshop.building import Chapter, chapters
from coursekit.workshop.building.execution import build_environment
from coursekit.workshop.building.skeleton import skeleton

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PYTHONS = SpecifierSet(PYPROJECT["project"]["requires-python"])
ADDRESS = "https://example.org/course.git"
DEVCONTAINER = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text(encoding="utf-8"))

ASKED = """
from coursekit.tables import measured
from coursekit.widgets.explorer import is_live

bool(measured("trust")), is_live()
"""


class Machine:
    """Runs the cell that installs the course, where the course is there or not, and pip is played."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[tuple[str, str]] = []
        self.on_colab = False
        self.spec: ModuleSpec | None = None
        monkeypatch.setattr(importlib.util, "find_spec", lambda _name: self.spec)

    def run(self, address: str = "") -> set[str]:
        """Run the cell with COURSE set to `address`; return the names that it leaves behind."""
        cells = skeleton(Chapter("exercises", "04_saliency")).cells
        (cell,) = [cell for cell in cells if cell.id == "install"]
        source, found = re.subn('^COURSE = ".*?"', f'COURSE = "{address}"', cell.source, flags=re.MULTILINE)
        assert found == 1
        names: dict[str, Any] = {"get_ipython": lambda: self}
        exec(source, names)
        return names.keys() - {"__builtins__", "get_ipython"}

    def __str__(self) -> str:
        return f"<{'google.colab._shell' if self.on_colab else 'ipykernel.zmqshell'}.Shell object>"

    def run_line_magic(self, name: str, line: str) -> None:
        """Hear what IPython is asked for."""
        self.calls.append((name, line))


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)


@pytest.fixture
def colab(machine: Machine) -> None:
    """As if it were Colab, by the shell that tells it."""
    machine.on_colab = True


def test_where_the_course_is_nothing_is_installed(machine: Machine, colab: None) -> None:
    machine.spec = ModuleSpec("coursekit", None, origin="coursekit/__init__.py")
    assert machine.run(ADDRESS) == set()
    assert machine.calls == []


@pytest.mark.parametrize("spec", [None, ModuleSpec("coursekit", None)], ids=["nothing", "a bare folder"])
def test_where_the_course_is_missing_on_colab_it_is_installed_and_nothing_else(
    machine: Machine, spec: ModuleSpec | None, colab: None
) -> None:
    machine.spec = spec
    assert machine.run(ADDRESS) == set()
    assert machine.calls == [("pip", f"install --quiet --no-deps git+{ADDRESS}")]


def test_elsewhere_nothing_is_installed_unasked(machine: Machine) -> None:
    with pytest.raises(ModuleNotFoundError, match=r"On your machine: choose .*\.venv"):
        machine.run(ADDRESS)
    assert machine.calls == []


def test_without_an_address_the_reader_is_told_what_to_do(machine: Machine, colab: None) -> None:
    with pytest.raises(ModuleNotFoundError, match=r"missing.*On Colab: put .* into COURSE"):
        machine.run()
    assert machine.calls == []


def test_every_shipped_file_is_in_the_package_that_colab_installs() -> None:
    included = PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    shipped = {f"data/{file.name}" for file in (ROOT / "data").iterdir() if file.suffix != ".md"}
    assert included == {name: f"coursekit/{name}" for name in shipped}


@pytest.mark.notebook
@pytest.mark.parametrize("beside", [True, False], ids=["in its folder, as in VS Code", "alone, as on Colab"])
def test_a_notebook_finds_what_it_needs(beside: bool, tmp_path: Path, monkeypatch) -> None:
    """From any working directory, in a kernel that nothing but jupyter_client has set up."""
    for name, value in build_environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("COURSEKIT_BUILD")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    notebook = skeleton(Chapter("exercises", "04_saliency"))
    start = next(place for place, cell in enumerate(notebook.cells) if "load_model" in cell.source)
    notebook.cells = [*notebook.cells[: start + 1], new_code_cell(ASKED)]
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute(
        cwd=str(ROOT / "exercises" if beside else tmp_path)
    )
    (output,) = notebook.cells[-1].outputs
    assert output.data["text/plain"] == "(True, True)"
    assert list(tmp_path.iterdir()) == []


def test_no_code_reads_or_writes_beside_its_notebook() -> None:
    reads = re.compile(r"""["']\.\./|["'](data|docs|build|notebooks|exercises|solutions)/|\bopen\(""")
    for source in {chapter.source for chapter in chapters()}:
        text = source.read_text(encoding="utf-8")
        code = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
        assert not (found := reads.search(code)), f"{source.name}: {found}"


def test_widgets_need_no_script_that_ipywidgets_does_not_bring() -> None:
    """Colab, VS Code and JupyterLab hold these two modules; others are fetched from the network."""
    sources = [file.read_text(encoding="utf-8") for file in (ROOT / "coursekit").rglob("*.py")]
    used = {name for source in sources for name in re.findall(r"\bipywidgets\.([A-Z]\w+)", source)}
    assert {"Image", "IntSlider", "Play"} <= used
    modules = {
        getattr(ipywidgets, name)._model_module.default_value for name in used - {"Widget", "ValueWidget"}
    }
    assert modules <= {"@jupyter-widgets/base", "@jupyter-widgets/controls"}
    assert not any(re.search(r"\b(anywidget|ipympl|bqplot|plotly)\b", source) for source in sources)


def test_the_dev_container_is_set_up_by_make() -> None:
    name, _, version = DEVCONTAINER["image"].rpartition(":")
    assert name == "mcr.microsoft.com/devcontainers/python"
    assert PYTHONS.contains(version)
    make, *arguments = DEVCONTAINER["postCreateCommand"].split()
    assert make == "make"
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    planned = subprocess.run(
        [make, "--dry-run", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    ).stdout
    assert planned.rstrip().endswith("--version"), "JupyterLab says its version, and does not stay"


def test_the_dev_container_and_vs_code_know_the_environment() -> None:
    code = DEVCONTAINER["customizations"]["vscode"]
    recommended = json.loads((ROOT / ".vscode/extensions.json").read_text(encoding="utf-8"))
    assert set(code["extensions"]) == set(recommended["recommendations"])
    (venv,) = re.findall(r"^VENV := (\S+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    interpreter = code["settings"]["python.defaultInterpreterPath"]
    assert interpreter == f"${{containerWorkspaceFolder}}/{venv}/bin/python"


def test_binder_begins_with_a_python_that_will_do() -> None:
    """repo2docker reads `python=3.x` and nothing else; for any other line it begins with one of its own."""
    first, *_ = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    found = re.fullmatch(r"python\s*=+\s*(3\.\d+)", first)
    assert found, f"wanted python=3.x, got {first}"
    assert PYTHONS.contains(found[1])


def test_binders_last_step_saves_the_first_cell_its_work(tmp_path: Path) -> None:
    script = shutil.copy(ROOT / "postBuild", tmp_path)
    (tmp_path / "coursekit").mkdir()
    (tmp_path / "coursekit/module.py").write_text("x = 1\n")
    shutil.copytree(ROOT / "jupyter", tmp_path / "jupyter")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    places = {"MPLCONFIGDIR": str(tmp_path / "fonts"), "NB_PYTHON_PREFIX": str(tmp_path / "its python")}
    environment = os.environ | {"PATH": path} | places
    subprocess.run([script], cwd=tmp_path.parent, env=environment, check=True)
    settings = tmp_path / "its python/share/jupyter/lab/settings/overrides.d/coursekit.json5"
    assert settings.read_bytes() == (ROOT / "jupyter/coursekit.json5").read_bytes()
    assert list((tmp_path / "coursekit/__pycache__").glob("module.*.pyc"))
    assert list((tmp_path / "fonts").glob("fontlist*"))


def test_binders_last_step_stops_where_something_fails_and_downloads_nothing() -> None:
    text = (ROOT / "postBuild").read_text(encoding="utf-8")
    assert "\nset -euo pipefail\n" in text
    assert not re.search(r"\b(pip|conda|mamba|curl|wget|git|https?)\b", text)

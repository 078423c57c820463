import re
import sys
import tomllib
from pathlib import Path

import pytest

from coursekit import libraries
from coursekit.libraries import SKIPPED, library


class Hidden:
    """Finds a package nowhere, as an import does that has looked everywhere."""

    def __init__(self, name: str) -> None:
        self.name = name

    def find_spec(self, name: str, *_: object) -> None:
        if name.partition(".")[0] == self.name:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


@pytest.fixture
def missing(monkeypatch: pytest.MonkeyPatch):
    """``missing("captum")``: as if a package were not installed."""

    def hide(name: str) -> None:
        for module in [one for one in sys.modules if one.partition(".")[0] == name]:
            monkeypatch.delitem(sys.modules, module)
        monkeypatch.setattr(sys, "meta_path", [Hidden(name), *sys.meta_path])

    return hide


def test_a_library_that_is_there_is_its_module(capsys) -> None:
    assert library("json.decoder") is sys.modules["json.decoder"]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("module", "name"),
    [("captum.attr", "captum"), ("zennit.composites", "zennit"), ("pytorch_grad_cam", "grad-cam")],
)
def test_one_that_is_missing_is_named_with_the_command_and_the_cell_goes_on(
    module, name, missing, capsys
) -> None:
    missing(module.partition(".")[0])
    if theirs := library(module):
        pytest.fail(f"{theirs} is missing")
    said = f"{name} is not installed here, {SKIPPED}. To run it: %pip install {name}\n"
    assert capsys.readouterr().out == said


def test_one_that_needs_what_is_missing_says_so(monkeypatch, capsys) -> None:
    def broken(_name):
        raise ImportError("libGL.so.1: cannot open shared object file")

    monkeypatch.setattr(libraries, "import_module", broken)
    assert library("pytorch_grad_cam") is None
    assert "grad-cam cannot be imported here (libGL.so.1: cannot open" in capsys.readouterr().out


def test_a_module_that_the_library_does_not_have_is_not_called_missing(capsys) -> None:
    assert library("json.nonsense") is None
    assert "json cannot be imported here (No module named 'json.nonsense')" in capsys.readouterr().out


def test_other_errors_of_a_library_are_errors(monkeypatch) -> None:
    def broken(_name):
        raise RuntimeError("no")

    monkeypatch.setattr(libraries, "import_module", broken)
    with pytest.raises(RuntimeError, match="no"):
        library("captum")


def test_what_it_says_to_install_is_what_make_lab_installs() -> None:
    project = Path(__file__).parents[1] / "pyproject.toml"
    extra = tomllib.loads(project.read_text("utf-8"))["project"]["optional-dependencies"]["libraries"]
    names = {re.match(r"[\w-]+", requirement)[0] for requirement in extra}
    assert names == {"captum", "zennit", *libraries._NAMES.values()}

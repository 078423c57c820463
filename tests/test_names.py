"""The names of `coursekit`: one door to each, and each is of use to somebody."""

import ast
import re
import subprocess
import sys
import textwrap

import pytest

import coursekit
from tools import ROOT, names

SOURCES = [*ROOT.glob("notebooks/src/*.py"), *ROOT.glob("solutions/src/*.py")]
FOR_OWN_NOTEBOOKS = {
    *("adversarial_patch", "detail", "insertion", "load_folder"),
    *("pgd_to_runner_up", "projector", "redrawn", "relevance_rank", "wrap"),
}
"""Names that no notebook of ours uses: for other nets and pictures, for class, and the rest of a family."""


def test_the_page_is_up_to_date() -> None:
    page = (ROOT / "docs/names.md").read_text(encoding="utf-8")
    assert page == names.page(), "python -m tools.names"


def test_every_name_is_used_in_a_notebook() -> None:
    used = set(re.findall(r"\bck\.(\w+)", "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)))
    assert used <= {*coursekit.__all__}
    assert {*coursekit.__all__} - used == FOR_OWN_NOTEBOOKS


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.parent.parent.name + "/" + path.stem)
def test_a_notebook_goes_through_one_door(path) -> None:
    """A name of `coursekit` is spelled `ck.name`, not also by the module that it comes from."""
    assert not by_another_door(path.read_text(encoding="utf-8")) & {*coursekit.__all__}


def by_another_door(source: str) -> set[str]:
    """The names that a source imports from modules of the package, or reaches through such modules."""
    nodes = list(ast.walk(ast.parse(source)))
    aliases = [
        alias
        for node in nodes
        if isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith("coursekit.")
        for alias in node.names
    ]
    here = {alias.asname or alias.name for alias in aliases}
    through = {
        node.attr
        for node in nodes
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in here
    }
    return {alias.name for alias in aliases} | through


def test_another_door_is_seen() -> None:
    source = """
        from coursekit.attribution.lrp.rules import (
            Epsilon,
            Gamma as G,  # (two of them)
        )
        from coursekit import attribution as a
        from torch import nn
        a.saliency(nn.ReLU(), ck.grad_cam, "a.occlusion")
    """
    assert by_another_door(textwrap.dedent(source)) == {"Epsilon", "Gamma", "attribution", "saliency"}


def test_the_page_has_no_line_for_what_it_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coursekit, "__all__", [*coursekit.__all__, "odd"])
    monkeypatch.setattr(coursekit, "odd", 3, raising=False)
    with pytest.raises(ValueError, match="odd is no function"):
        names.page()


def test_a_module_is_imported_without_the_methods() -> None:
    code = "from coursekit import tables; import sys; print({'torch', 'coursekit.attacks'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_an_unknown_name_is_told_also_where_a_family_is_missing() -> None:
    code = """
import sys
sys.modules["coursekit.attacks"] = None
import coursekit as ck
assert not hasattr(ck, "nothing") and not hasattr(ck, "pgd")
assert ck.saliency and "saliency" in dir(ck) and "pgd" not in dir(ck)
from coursekit import tables
try:
    ck.pgd
except AttributeError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("module 'coursekit' has no attribute 'pgd': ")

"""The names of `coursekit`: one door to each, and each is of use to somebody."""

import re
import subprocess
import sys

import pytest

import coursekit
from tools import names

SOURCES = [*names.ROOT.glob("notebooks/src/*.py"), *names.ROOT.glob("solutions/src/*.py")]
FOR_OWN_NOTEBOOKS = {
    *("adversarial_patch", "insertion", "load_folder", "pgd_to_runner_up", "projector", "relevance_rank"),
    "wrap",
}
"""Names that no notebook of ours uses: for other nets and pictures, for class, and the rest of a family."""


def test_the_page_is_up_to_date() -> None:
    page = (names.ROOT / "docs/names.md").read_text(encoding="utf-8")
    assert page == names.page(), "python -m tools.names"


def test_every_name_is_used_in_a_notebook() -> None:
    used = set(re.findall(r"\bck\.(\w+)", "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)))
    assert used <= {*coursekit.__all__}
    assert {*coursekit.__all__} - used == FOR_OWN_NOTEBOOKS


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.parent.parent.name + "/" + path.stem)
def test_a_notebook_goes_through_one_door(path) -> None:
    """A name of `coursekit` is spelled `ck.name`, not also by the module that it comes from."""
    text = path.read_text(encoding="utf-8")
    modules = re.findall(r"^from coursekit[\w.]* import (.+)$", text, re.MULTILINE)
    imported = {name.strip() for names in modules for name in names.strip("()").split(",")}
    assert not imported & {*coursekit.__all__}
    through = {name for module in imported - {""} for name in re.findall(rf"(?<![\w.]){module}\.(\w+)", text)}
    assert not through & {*coursekit.__all__}


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

"""How the house is built: which part may import which, and how far a call goes."""

import ast
import html
import re
from collections.abc import Iterator

import pytest

from tools import ROOT
from tools.house import FLOORS, GOES, purpose
from tools.paths import CORE, LIMITS, Place, reached

BESIDES = {("models", "datasets")}
MODULES = {
    ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file
    for file in (ROOT / "coursekit").rglob("*.py")
}


def part(module: str) -> str:
    return f"{module}.".split(".")[1]


def imports(module: str) -> Iterator[str]:
    """Yield what a module imports of the package, wherever in it."""
    return imported(MODULES[module].read_text(encoding="utf-8"))


def imported(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if is_ours(alias.name))
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"line {node.lineno}: import by the full name"
            for alias in node.names if is_ours(str(node.module)) else ():
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in MODULES else str(node.module)
        elif isinstance(node, ast.Call) and node.args and ast.unparse(node.func).endswith("import_module"):
            yield from filter(is_ours, [beginning(node.args[0])])


def is_ours(module: str) -> bool:
    return f"{module}.".startswith("coursekit.")


def beginning(name: ast.expr) -> str:
    """The name of a module, or of the package in which the rest of the name is made up when it runs."""
    if isinstance(name, ast.JoinedStr):
        return beginning(name.values[0]).rpartition(".")[0]
    return str(name.value) if isinstance(name, ast.Constant) else ""


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import coursekit.plots, torch", ["coursekit.plots"]),
        ("from coursekit import plots, widgets", ["coursekit.plots", "coursekit.widgets"]),
        ("def f():\n    from coursekit.plots import show", ["coursekit.plots"]),
        ("import_module('coursekit.workshop.cli')", ["coursekit.workshop.cli"]),
        ("importlib.import_module(f'coursekit.plots.{name}')", ["coursekit.plots"]),
        ("import_module('torch'); import_module(name); from coursekits import plots", []),
    ],
)
def test_imports_are_found(source: str, found: list[str]) -> None:
    assert list(imported(source)) == found


def test_a_relative_import_is_refused() -> None:
    with pytest.raises(AssertionError, match="full name"):
        list(imported("from ..workshop import cli"))


def test_every_part_has_its_floor() -> None:
    assert {part(module) for module in MODULES} - {"", "__main__"} == set().union(*FLOORS)


def test_the_map_shows_every_part_and_where_things_go() -> None:
    """`python -m tools.house` draws it again."""
    drawn = (ROOT / "docs/house.svg").read_text(encoding="utf-8")
    words = html.unescape(" ".join(re.findall(r">([^<>]+)</(?:text|tspan)>", drawn)))
    parts = set().union(*FLOORS)
    for text in (*parts, *map(purpose, parts), *GOES, *GOES.values()):
        assert text in words, text


@pytest.mark.parametrize("module", [module for module in MODULES if part(module) not in {"", "__main__"}])
def test_imports_run_one_way(module: str) -> None:
    floor = {name: height for height, names in enumerate(FLOORS) for name in names}
    own = part(module)
    for other in imports(module):
        known = part(other)
        # "coursekit" itself only says its version.
        assert not known or known == own or floor[known] < floor[own] or (own, known) in BESIDES, other


def test_nothing_outside_of_the_workshop_imports_it() -> None:
    outside = {module for module in MODULES if part(module) not in {"workshop", "__main__"}}
    assert not {m for m in outside for other in imports(m) if part(other) == "workshop"}
    sources = [*ROOT.glob("notebooks/src/*.py"), *ROOT.glob("solutions/src/*.py")]
    assert len(sources) >= 19
    assert not [path.name for path in sources if "coursekit.workshop" in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize(("entry", "limit"), LIMITS.items())
def test_the_path_of_a_call_is_short(entry: str, limit: tuple[int, int]) -> None:
    found = reached(entry, CORE)
    assert Place(*entry.split(":")) in found, "tools/paths.py names what is not there"
    assert len({place.module for place in found}) <= limit[0]
    assert len(found) <= limit[1]


def test_a_path_is_followed_through_names_methods_and_decorators() -> None:
    found = {place.name for place in reached("coursekit.attribution.cam:grad_cam", CORE)}
    assert {"grad_cam", "class_activation_map", "look", "Look.gradient", "_Finder.see"} <= found
    assert "layer_cam" not in found
    everything = {place.name for place in reached("coursekit.attribution.cam:grad_cam")}
    assert {"explaining", "evaluating", "check_images", "Scorer.outputs"} <= everything

"""How the house is built: which part may import which, and how far a call goes."""

import ast
import html
import re
from collections.abc import Iterator

import pytest

from tools.house import FLOORS, GOES, ROOT, purpose
from tools.paths import CORE, LIMITS, reached

BESIDES = {("models", "datasets")}
MODULES = {
    ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file
    for file in (ROOT / "coursekit").rglob("*.py")
}


def part(module: str) -> str:
    return f"{module}.".split(".")[1]


def imports(module: str) -> Iterator[str]:
    """Yield what a module imports of the package, wherever in it."""
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("coursekit."))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("coursekit"):
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in MODULES else str(node.module)


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
    assert len(sources) == 19
    assert not [path.name for path in sources if "coursekit.workshop" in path.read_text(encoding="utf-8")]
    assert "workshop" not in (ROOT / "coursekit/__init__.py").read_text(encoding="utf-8")


@pytest.mark.parametrize(("entry", "limit"), LIMITS.items())
def test_the_path_of_a_call_is_short(entry: str, limit: tuple[int, int]) -> None:
    found = reached(entry, CORE)
    assert len({place.module for place in found}) <= limit[0]
    assert len(found) <= limit[1]


def test_a_path_is_followed_through_names_methods_and_decorators() -> None:
    found = {place.name for place in reached("coursekit.attribution.cam:grad_cam", CORE)}
    assert {"grad_cam", "class_activation_map", "look", "Look.gradient", "_Finder.see"} <= found
    assert "layer_cam" not in found
    everything = {place.name for place in reached("coursekit.attribution.cam:grad_cam")}
    assert {"explaining", "evaluating", "check_images", "Scorer.outputs"} <= everything

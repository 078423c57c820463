"""How the house is built: which part may import which, and how far a call goes."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FLOORS = (
    {"core"},
    {"datasets", "models"},
    {"subject", "tables"},
    {"claims", "filters", "attribution"},
    {"attacks", "synthesis", "embeddings", "confounding", "fairness"},
    {"plots"},
    {"widgets"},
    {"exercises"},
    {"workshop"},
    {"__main__"},
)
"""Each part imports from those above it in this list, and from its own; ``models`` from ``datasets`` too."""
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
    assert {part(module) for module in MODULES} - {""} == set().union(*FLOORS)


@pytest.mark.parametrize("module", [module for module in MODULES if part(module)])
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

"""Which names a cell reads that it does not define itself."""

import pytest

from coursekit.workshop.grading.outer_names import outer_names


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("y = x.dim()", {"x"}),
        ("x = x.dim()", set()),
        ("for x in (1, 2): print(x)", {"print"}),
        ("def f(model, x): return model(x)", set()),
        ("def f(y):\n    return lambda: (x, y)", {"x"}),
        ("class A:\n    y = x", {"x"}),
        ("[y for y in x]", {"x"}),
        ("import x\nx.y", set()),
        ("def f():\n    try: return x\n    except NameError: return 0", {"x", "NameError"}),
        ("%matplotlib inline\n!ls\nx", {"x"}),
        ("retrun x", set()),
        ("-" * 7000 + "x", set()),
    ],
)
def test_names(source: str, wanted: set[str]) -> None:
    assert outer_names(source) == wanted

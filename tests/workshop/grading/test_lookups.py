"""Which cells find names, or results, by other ways than their names alone."""

import pytest

from coursekit.workshop.grading.lookups import looks_names_up


@pytest.mark.parametrize(
    "source",
    [
        "globals()['robust']",
        "from __main__ import robust",
        "f.__globals__['robust']",
        "eval('robust')",
        "%run -i s.py",
        "get_ipython().user_ns['x']",
        "y = _ + 1",
        "Out[3]",
        "In",
        "_i3",
        "_3.mean()",
        "'x' in dir()",
        "%matplotlib inline\nprint(__)",
    ],
)
def test_one_that_does(source: str) -> None:
    assert looks_names_up(source)


@pytest.mark.parametrize(
    "source",
    [
        "model.eval()",
        "for _ in range(3): pass",
        "_, best = x.max(1)",
        "'In short: out.'",
        "n = 1_000",
        "my_eval(x)",
        "dir(model), os.dir()",
        "-" * 7000 + "1",
        "retrun 3",
        "",
    ],
)
def test_one_that_does_not(source: str) -> None:
    assert not looks_names_up(source)

"""All columns, in their order: the modules' own, and a plain one for what is only registered."""

from functools import partial

from torch import Tensor

from coursekit import attacks as _attacks
from coursekit import attribution as _attribution
from coursekit.core import registry
from tests.zoo import attacks, gradients, layers, maps, measures, synthesis  # noqa: F401
from tests.zoo.case import Case
from tests.zoo.methods import FAMILIES, METHODS, method

__all__ = ["FAMILIES", "METHODS", "OWN"]

OWN = frozenset(METHODS)
"""The columns with an oracle of their own."""
_OF_FAMILY = {"map": "maps", "product": "maps", "perturbation": "measures", "attack": "attacks"}


def _enter(name: str, found: registry.Method) -> None:
    is_attack = found.family == "attack"
    quickly = partial(found.function, **found.quick)

    def run(case: Case) -> Tensor:
        return quickly(case.model, case.x, case.target)

    @method(name, _OF_FAMILY.get(found.family, "gradients"), run)
    def check(case: Case, ours: Tensor) -> None:
        assert len(ours) == len(case.x), f"shape {tuple(ours.shape)}"
        assert ours.isfinite().all(), "NaN or infinite values"
        if is_attack:
            attacks.check_pixels(case, ours)


_known = {name.partition(",")[0] for name in METHODS}
for _module in (_attribution, _attacks):
    for _name, _found in registry.METHODS.items():
        if _found.function.__module__.startswith(f"{_module.__name__}.") and _name not in _known:
            _enter(_name, _found)

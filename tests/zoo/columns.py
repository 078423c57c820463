"""All columns, in their order: each of the modules enters its own."""

from tests.zoo import attacks, gradients, layers, maps, measures, synthesis  # noqa: F401
from tests.zoo.methods import FAMILIES, METHODS

__all__ = ["FAMILIES", "METHODS"]

"""Which rule for which layer."""

from collections.abc import Collection, Mapping
from types import MappingProxyType

from torch import nn

from coursekit.attribution.lrp.rule import Rule
from coursekit.attribution.lrp.rules import AlphaBeta, Epsilon, Gamma, ZBox, Zero, ZPlus
from coursekit.core.hooks import find_layer

__all__ = ["COMPOSITES", "KINDS", "Composite", "check_applied", "chosen", "find_composite", "needs_depth"]

Composite = tuple[tuple[str | float, Rule], ...]
"""Pairs (which layers, rule), of which the first that fits decides.

Which layers: a kind, "first" (a layer that sees pixels), "convolution", "linear", "batch norm" (where it is
not folded into the layer just before) or "max pooling"; the name of a layer or block ("layer4");
or a share of depth, 0.5 for the first half of the convolutions and linear layers in their order.
A word for a kind always means the kind: a layer that is called so is "0.linear" of ``nn.Sequential(model)``.

Batch norm that no pair fits hands its relevance on by ``Zero``; max pooling gives it to the winner.
"""

KINDS = ("first", "convolution", "linear", "batch norm", "max pooling")


def _both(convolution: Rule, linear: Rule) -> Composite:
    return ("convolution", convolution), ("linear", linear)


COMPOSITES: Mapping[str, Composite] = MappingProxyType(
    {
        # By z alone, a unit near 0 that batch norm gives the relevance of its shift would blow it up.
        "zero": (*_both(Zero(), Zero()), ("batch norm", Zero(bias=True))),
        "epsilon": (*_both(Epsilon(), Epsilon()), ("batch norm", Zero(bias=True))),
        "gamma": _both(Gamma(), Gamma()),
        "alpha1-beta0": _both(ZPlus(), ZPlus()),
        "alpha2-beta1": _both(AlphaBeta(), AlphaBeta()),
        # Kohlbrenner et al. 2020 (arXiv:1910.09840); the last after Montavon et al. 2019.
        "epsilon-plus": _both(ZPlus(), Epsilon()),
        "epsilon-alpha2-beta1": _both(AlphaBeta(), Epsilon()),
        "epsilon-gamma-box": (("first", ZBox()), *_both(Gamma(), Epsilon())),
    }
)
"""The composites that have a name: one rule everywhere, or "epsilon" for linear layers and one before them.

"zero" and "epsilon" let a batch norm that is not folded keep the share of its shift.
"""


def find_composite(model: nn.Module, composite: str | Composite) -> Composite:
    """Return the composite of a name, or check one's own.

    Args:
        model: the net.
        composite: a key of ``COMPOSITES``, or pairs (which layers, rule).

    Returns:
        The pairs.

    Raises:
        ValueError: no such composite, or a pair in it that no layer of ``model`` can fit.
    """
    if isinstance(composite, str):
        if composite not in COMPOSITES:
            raise ValueError(f"no composite {composite!r}; there are {', '.join(COMPOSITES)}; or give pairs")
        return COMPOSITES[composite]
    for pair in composite:
        _check(model, pair)
    return tuple(composite)


def _check(model: nn.Module, pair: tuple[str | float, Rule]) -> None:
    if not (isinstance(pair, tuple) and len(pair) == 2 and isinstance(pair[1], Rule)):
        raise ValueError(f"composite: wanted pairs such as ('linear', Epsilon()), got {pair!r}")
    which, rule = pair
    if isinstance(which, str):
        if which not in KINDS:
            find_layer(model, which)
        elif which not in rule.kinds:
            raise ValueError(f"composite: {rule!r} is for {' or '.join(rule.kinds)}, not for {which!r}")
    elif not 0 < which <= 1:
        raise ValueError(f"composite: a share of depth lies between 0 and 1, got {which}")


def needs_depth(composite: Composite) -> bool:
    """Return whether a pair asks for a share of depth.

    Args:
        composite: the pairs.

    Returns:
        True if one does.
    """
    return any(not isinstance(which, str) for which, _ in composite)


def chosen(composite: Composite, kinds: tuple[str, ...], name: str, depth: float) -> Rule | None:
    """Choose the rule for a layer: that of the first pair that fits.

    Args:
        composite: the pairs.
        kinds: the kinds that it is of: "convolution", and "first" too if it sees pixels.
        name: of the layer, in the spelling of ``model.named_modules()``.
        depth: the share of convolutions and linear layers that run before it; 1 for what is neither.

    Returns:
        The rule; None if no pair fits.

    Raises:
        ValueError: the rule is not for a layer of these kinds.
    """
    for which, rule in composite:
        fits = _fits(which, kinds, name, depth)
        if fits and any(kind in rule.kinds for kind in kinds):
            return rule
        # Max pooling may well stand in a block whose layers have another rule.
        if fits and kinds != ("max pooling",):
            wanted = " or ".join(rule.kinds)
            raise ValueError(f"composite: {rule!r} is for {wanted}; layer {name!r} is {' and '.join(kinds)}")
    return None


def _fits(which: str | float, kinds: tuple[str, ...], name: str, depth: float) -> bool:
    if not isinstance(which, str):
        return depth < which
    return which in kinds if which in KINDS else f"{name}.".startswith(f"{which}.")


def check_applied(composite: Composite, asked: Collection[tuple[tuple[str, ...], str]], left: str) -> None:
    """Raise for a pair for "first" or for a named layer that fitted nothing that ran.

    Args:
        composite: the pairs.
        asked: kinds and name of whatever asked for a rule.
        left: why no layer sees pixels, if none does.

    Raises:
        ValueError: there is such a pair. That all its layers went to pairs before it is none.
    """
    for which, rule in composite:
        if not isinstance(which, str) or which in KINDS[1:]:
            continue
        if any(_fits(which, kinds, name, 1) and {*kinds} & {*rule.kinds} for kinds, name in asked):
            continue
        if which == "first":
            raise ValueError(
                f"composite: no layer sees pixels and takes {rule}, since {left}; do that before the"
                " net, or leave 'first' out"
            )
        raise ValueError(
            f"composite: nothing in layer {which!r} took {rule}, which is for {' or '.join(rule.kinds)}"
            " (batch norm that is folded into a layer goes by that layer's rule)"
        )

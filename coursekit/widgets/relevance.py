"""A widget on layer-wise relevance propagation: any rule in each third of the net, and its parameters."""

from collections.abc import Sequence

from matplotlib.figure import Figure
from torch import Tensor, nn

from coursekit.attribution import heatmap
from coursekit.attribution.lrp.composites import Composite
from coursekit.attribution.lrp.lrp import lrp
from coursekit.attribution.lrp.rule import Rule
from coursekit.attribution.lrp.rules import AlphaBeta, Epsilon, Gamma, WSquare, ZBox
from coursekit.plots.layout import Panel
from coursekit.plots.mosaics import mosaic
from coursekit.plots.pixels import overlay, to_pixels, to_rgb
from coursekit.widgets.explorer import choice, explore, slider
from coursekit.widgets.pictures import check_one, choices, class_names, scores

__all__ = ["relevance_picture", "relevance_widget"]

_RULES = ("αβ", "γ", "ε")
_PIXELS = ("as above it", "z^B", "w²")


def relevance_widget(model: nn.Module, images: Tensor, names: Sequence[str] | None = None) -> None:
    """Show the relevance of each pixel for any class, under any mixture of rules by depth.

    Args:
        model: the net.
        images: (N, 3, H, W) in [0, 1], to choose from.
        names: one for each image; numbers when None.

    Raises:
        ValueError: ``images`` are none, or the number of names differs.

    Reference: Bach et al. 2015 (PLoS ONE 10:e0130140); Kohlbrenner et al. 2020 (arXiv:1910.09840).
    """
    pictures = choices(images, names)
    classes = class_names(model, scores(model, images[:1]).shape[1])

    def draw(
        picture: int,
        target: int,
        upper: str,
        middle: str,
        lower: str,
        first: str,
        alpha: float,
        gamma: float,
        epsilon: float,
    ) -> Figure:
        return relevance_picture(
            model,
            images[picture : picture + 1],
            rules=(lower, middle, upper),
            first=first,
            alpha=alpha,
            gamma=gamma,
            epsilon=epsilon,
            target=None if target < 0 else target,
        )

    explore(
        draw,
        alt="A picture; the relevance of its pixels for the predicted class, red for and blue against, with"
        " how much of the score arrives; and the relevance over the picture.",
        idle=_idle,
        picture=choice("Picture", pictures, 0),
        target=choice("Class", [("the predicted one", -1), *((name, i) for i, name in enumerate(classes))]),
        upper=choice("Upper third", _RULES, "ε"),
        middle=choice("Middle third", _RULES, "γ"),
        lower=choice("Lower third", _RULES, "γ"),
        first=choice("Layer at the pixels", _PIXELS, "z^B"),
        alpha=slider("α (β = α − 1)", 1.0, 3.0, 2.0, 0.1),
        gamma=slider("γ", 0.0, 2.0, 0.25, 0.05),
        epsilon=slider("ε", 0.0, 1.0, 0.0, 0.02),
    )


def _idle(*, upper: str, middle: str, lower: str, **_others: object) -> set[str]:
    """A parameter changes nothing while no third of the net has its rule."""
    rules = {"alpha": "αβ", "gamma": "γ", "epsilon": "ε"}
    return {name for name, rule in rules.items() if rule not in (upper, middle, lower)}


def relevance_picture(
    model: nn.Module,
    image: Tensor,
    *,
    rules: tuple[str, str, str] = ("γ", "γ", "ε"),
    first: str = "z^B",
    alpha: float = 2.0,
    gamma: float = 0.25,
    epsilon: float = 0.0,
    target: int | None = None,
) -> Figure:
    """Return a picture, the relevance of its pixels with what arrives of the score, and one over the other.

    Args:
        model: the net.
        image: (1, 3, H, W) in [0, 1].
        rules: "αβ", "γ" or "ε" for the lower, middle and upper third of the layers that have weights.
        first: "z^B" or "w²" for the layer that sees the pixels, or "as above it": that of the lower third.
        alpha: α ≥ 1 of the αβ-rule, whose β is α − 1.
        gamma: γ ≥ 0 of the γ-rule.
        epsilon: ε ≥ 0 of the ε-rule.
        target: the class; None for the predicted one.

    Returns:
        The figure; ``show`` brings it into a notebook.

    Raises:
        ValueError: not one image, another rule, or what ``lrp`` raises.
    """
    check_one(image)
    answer = scores(model, image)[0]
    classes, best = class_names(model, len(answer)), int(answer.argmax())
    chosen = best if target is None else target
    known = {"αβ": AlphaBeta(alpha, alpha - 1), "γ": Gamma(gamma), "ε": Epsilon(epsilon)}
    relevance = lrp(model, image, chosen, composite=_composite(known, rules, first))
    heat = heatmap(relevance, signed=True)
    arrived = f"{relevance.sum():.1f} of {answer[chosen]:.1f}"
    panels = [
        Panel(to_pixels(image)[0], f"{classes[best]}, {answer.softmax(0)[best]:.0%}"),
        Panel(to_rgb(heat, signed=True)[0], f"{classes[chosen]}: {arrived} arrives"),
        Panel(overlay(image, heat, signed=True)[0], "both"),
    ]
    return mosaic([panels])


def _composite(known: dict[str, Rule], rules: Sequence[str], first: str) -> Composite:
    """Return which rule is for which third of the net, and for the pixels."""
    for rule in rules:
        if rule not in known:
            raise ValueError(f"rules: wanted {', '.join(known)}, got {rule!r}")
    if first not in _PIXELS:
        raise ValueError(f"first: wanted {', '.join(_PIXELS)}, got {first!r}")
    thirds = tuple((share, known[rule]) for share, rule in zip((1 / 3, 2 / 3, 1.0), rules, strict=True))
    pixels: dict[str, Rule] = {"z^B": ZBox(), "w²": WSquare()}
    return (("first", pixels[first]), *thirds) if first in pixels else thirds

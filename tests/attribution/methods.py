"""Every attribution method that is registered, set so that it is quick, as ``method(model, x)``."""

from functools import partial

from coursekit import attribution
from coursekit.attribution.lrp.rules import ZPlus
from coursekit.core.registry import methods_of


def quick(*families: str) -> dict[str, partial]:
    return {name: partial(found.function, **found.quick) for name, found in methods_of(*families).items()}


GRADIENT = quick("gradient")
CAM = quick("map")
# The others ask the net once for each channel, or do not ask for a gradient.
CAM_BY_GRADIENT = {
    name: cam for name, cam in CAM.items() if name not in {"cam", "eigen_cam", "ablation_cam", "score_cam"}
}
RELEVANCE = {
    **quick("relevance"),
    "conservation": lambda *args, **settings: (
        attribution.conservation(*args, **settings, composite=((1.0, ZPlus()),))[0].leak
    ),
}
CLASSIFIER = {**GRADIENT, **CAM, **RELEVANCE, **quick("product", "perturbation")}
ALL = {**CLASSIFIER, **quick("segmentation")}
METRICS = {
    "deletion": lambda model, x: attribution.deletion(model, x, x.mean(1), steps=3),
    "insertion": lambda model, x: attribution.insertion(model, x, x.mean(1), steps=3),
    "randomisation": lambda model, x: attribution.randomisation(model, x, attribution.saliency)["head"],
}
"""The scores of a map that ask the net, as ``metric(model, x)``."""
ON_MAPS = {
    "area_under",
    "pointing_game",
    "random_heatmap",
    "rank_correlation",
    "relevance_mass",
    "relevance_rank",
}
"""What never asks a net."""

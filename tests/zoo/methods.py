"""Every public method that asks a net: how it is called, and what its answer is held against."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.zoo.case import Case

__all__ = ["FAMILIES", "METHODS", "NOT_ASKING", "Method", "method"]

FAMILIES = {
    "gradients": "Gradients and relevance",
    "maps": "Class activation maps",
    "measures": "Covering, measures of maps, and sanity checks",
    "attacks": "Attacks",
    "pictures": "Pictures that are made",
    "layers": "Layers, filters and features",
}


@dataclass(frozen=True)
class Method:
    """A column of the table.

    Attributes:
        name: as ``coursekit`` spells it, with the setting behind a comma if there are several.
        family: a key of ``FAMILIES``.
        run: calls it.
        check: (case, answer) → how far off the oracle it is, relative; None if there is no oracle, but what
            has to hold does. Raises ``AssertionError`` for an answer that cannot be.
        refusal: what there is in the net that it has to refuse.
        excuse: what there is in the net that it may refuse. With neither it has to work.
    """

    name: str
    family: str
    run: Callable[[Case], Any]
    check: Callable[[Case, Any], float | None]
    refusal: Callable[[Case], set[str]]
    excuse: Callable[[Case], set[str]]


METHODS: dict[str, Method] = {}


def method(
    name: str,
    family: str,
    run: Callable[[Case], Any],
    refusal: Callable[[Case], set[str]] = lambda case: set(),
    excuse: Callable[[Case], set[str]] = lambda case: set(),
) -> Callable[[Callable[[Case, Any], float | None]], Callable[[Case, Any], float | None]]:
    """Enter what follows as the check of a method."""

    def enter(check: Callable[[Case, Any], float | None]) -> Callable[[Case, Any], float | None]:
        assert name not in METHODS, name
        assert family in FAMILIES, family
        METHODS[name] = Method(name, family, run, check, refusal, excuse)
        return check

    return enter


NOT_ASKING = {
    *("Settings", "evaluate", "fit", "train_detector"),  # they train
    *("COMPOSITES", "Staircase", "area_under", "heatmap", "pointing_game", "random_heatmap"),
    *("rank_correlation", "relevance_mass", "relevance_rank", "neighbours", "purity", "winning_channels"),
    *("kernel_noise", "kernel_pictures", "draw_box", "paste", "physical_view", "printability"),
    *("band_energies", "record_speakers", "clip", "draw", "traffic", "load_digits", "load_folder"),
    *("photograph", "photographs", "collage", "detail", "detail_mask", "redrawn", "own_picture"),
    *("check", "claim", "quietly", "library", "describe", "device"),
    *("digit_net", "scene_net", "load_model", "read_card", "is_replaced", "subject_model", "projector"),
    *("subject_photographs", "subject_pictures", "applicable", "measured", "evaluating"),
    *("predicted", "wrap"),  # the names of a net's classes, and what every wrapped net is given by
}
"""Public names that never ask a net about pictures, or only as a part of what the table has."""

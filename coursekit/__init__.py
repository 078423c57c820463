"""A course on looking inside convolutional networks, and on fooling them.

The names that a notebook uses are fetched when first used, so that ``import coursekit`` is instant; torch
comes later.
"""

from importlib import import_module
from pathlib import Path
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "claims": ["claim", "quietly"],
    "libraries": ["library"],
    "core.devices": ["describe", "device"],
    "core.hooks": ["evaluating", "record"],
    "core.folders": ["load_folder"],
    "datasets.digits": ["load_digits"],
    "datasets.photographs": ["collage", "detail", "detail_mask", "photograph", "photographs"],
    "datasets.recordings": ["band_energies", "record_speakers"],
    "datasets.scenes": ["clip", "draw", "redrawn", "traffic"],
    "models.checkpoints": ["load_model", "read_card"],
    "models.networks": ["digit_net", "scene_net"],
    "models.training": ["Settings", "evaluate", "fit"],
    "models.wrapping": ["wrap"],
    "tables": ["measured"],
    "subject": [
        *("applicable", "is_replaced", "predicted", "subject_model", "subject_photographs"),
        "subject_pictures",
    ],
    "filters": [
        *("first_kernels", "kernel_noise", "kernel_pictures", "map_layers", "draw_box", "activation_ranges"),
        *("receptive_field", "activation_peaks", "top_patches", "winning_channels"),
    ],
    "embeddings": ["features", "layer_features", "neighbours", "purity"],
    "attribution": [
        *("area_under", "completeness_gap", "conservation", "deletion", "heatmap", "insertion", "last_map"),
        *("pointing_game", "random_heatmap", "randomisation", "rank_correlation", "relevance_mass"),
        "relevance_rank",
    ],
    "attribution.lrp.composites": ["COMPOSITES"],
    "attacks": [
        *("Staircase", "accuracy_under", "adversarial_patch", "deepfool", "fool_by_evolution"),
        *("fool_by_gradient", "masked_attack", "one_pixel", "paste", "physical_view", "printability"),
        *("robust_accuracy", "train_detector", "transfer_matrix", "universal", "with_saliency"),
    ],
    "synthesis": ["deep_dream", "invert", "maximize", "style_transfer", "texture"],
    "plots.projecting": ["projector"],
    "widgets.own": ["own_picture"],
    "exercises.check": ["check"],
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}
_FAMILIES = ("attribution", "attacks")
"""Packages of methods: each method that is registered there has its name here, see ``core.registry``."""


def _methods() -> tuple[dict[str, Any], ModuleNotFoundError | None]:
    """Return the registered methods, and why a family is missing if one is, as it may be in the sandbox."""
    missing = None
    for family in _FAMILIES:
        try:
            import_module(f"coursekit.{family}")
        except ModuleNotFoundError as error:
            missing = error
    registry = import_module("coursekit.core.registry")
    return {name: method.function for name, method in registry.METHODS.items()}, missing


def __getattr__(name: str) -> Any:
    if name in _MODULE_OF:
        return getattr(import_module(f"coursekit.{_MODULE_OF[name]}"), name)
    if name == "__all__":
        return sorted({*_MODULE_OF, *_methods()[0]})
    missing, message = None, f"module 'coursekit' has no attribute {name!r}"
    # A module of the package is no attribute until it is imported, which is not for us to do.
    is_module = any((Path(__file__).parent / f"{name}{end}").exists() for end in ("", ".py"))
    if not name.startswith("__") and not is_module:
        methods, missing = _methods()
        if name in methods:
            return methods[name]
        message += f": {missing}" if missing else ""
    raise AttributeError(message) from missing


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULE_OF, *_methods()[0]})

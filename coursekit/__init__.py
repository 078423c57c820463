"""A course on looking inside convolutional networks, and on fooling them.

The names that a notebook uses are fetched when first used, so that ``import coursekit`` is instant; torch
comes later.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "claims": ["claim"],
    "core.devices": ["describe", "device", "seed_everything"],
    "core.images": ["check_images", "load_folder", "photographs", "to_tensor"],
    "datasets.scenes": ["clip", "draw", "traffic"],
    "datasets.digits": ["load_digits"],
    "filters": [
        "first_kernels",
        "kernel_noise",
        "kernel_pictures",
        "map_layers",
        "outline",
        "read_out",
        "receptive_field",
        "survey",
        "top_patches",
        "winners",
    ],
    "synthesis": ["deep_dream", "invert", "maximize", "style_transfer", "texture"],
    "datasets.recordings": ["band_energies", "record_speakers"],
    "models.networks": ["digit_net", "scene_net"],
    "models.checkpoints": ["load_model", "read_card"],
    "subject": ["applicable", "is_replaced", "predicted", "subject_model", "subject_pictures"],
    "models.wrapping": ["wrap"],
    "models.training": ["Settings", "adversarial_loss", "evaluate", "fit"],
    "core.hooks": ["evaluating", "record", "relu_rule"],
    "attribution": [
        "ablation_cam",
        "area_under",
        "cam",
        "completeness_gap",
        "conservation",
        "deconvnet",
        "deletion",
        "eigen_cam",
        "eigen_grad_cam",
        "grad_cam",
        "grad_cam_pp",
        "guided_backprop",
        "guided_grad_cam",
        "heatmap",
        "input_x_gradient",
        "insertion",
        "integrated_gradients",
        "last_map",
        "layer_cam",
        "lrp",
        "occlusion",
        "pointing_game",
        "random_heatmap",
        "randomisation",
        "rank_correlation",
        "relevance_mass",
        "relevance_rank",
        "saliency",
        "score_cam",
        "segmentation_saliency",
        "smoothgrad",
        "xgrad_cam",
    ],
    "attribution.lrp.composites": ["COMPOSITES"],
    "embeddings": ["features", "layer_features", "neighbours", "purity"],
    "measured": ["measured"],
    "plots.projecting": ["projector"],
    "attacks": [
        "Staircase",
        "accuracy_under",
        "adversarial_patch",
        "attacked_images",
        "deepfool",
        "fgsm",
        "fool_by_evolution",
        "fool_by_gradient",
        "masked_attack",
        "one_pixel",
        "paste",
        "pgd",
        "pgd_to_runner_up",
        "physical_view",
        "printability",
        "robust_accuracy",
        "train_detector",
        "transfer_matrix",
        "universal",
        "with_saliency",
    ],
    "exercises.check": ["check"],
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = sorted(_MODULE_OF)


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'coursekit' has no attribute {name!r}")
    return getattr(import_module(f"coursekit.{_MODULE_OF[name]}"), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]

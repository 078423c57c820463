"""Attacks: images in [0, 1] within a perturbation budget ε of the originals that a net gets wrong."""

from coursekit.attacks.defence import Staircase, train_detector, with_saliency
from coursekit.attacks.fooling import fool_by_evolution, fool_by_gradient
from coursekit.attacks.gradient import fgsm, pgd
from coursekit.attacks.patch import adversarial_patch, masked_attack, paste, physical_view, printability
from coursekit.attacks.robustness import (
    accuracy_under,
    attacked_images,
    pgd_to_runner_up,
    robust_accuracy,
    transfer_matrix,
)
from coursekit.attacks.search import deepfool, one_pixel
from coursekit.attacks.universal import universal

__all__ = [
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
]

"""Attacks: images in [0, 1] within a perturbation budget ε of the originals that a net gets wrong."""

from coursekit.attacks.gradient import fgsm, pgd
from coursekit.attacks.norms import L2, Linf, Norm

__all__ = ["L2", "Linf", "Norm", "fgsm", "pgd"]

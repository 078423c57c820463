"""Attacks: images in [0, 1] within a perturbation budget ε of the originals that a net gets wrong."""

from coursekit.attacks.gradient import fgsm, pgd

__all__ = ["fgsm", "pgd"]

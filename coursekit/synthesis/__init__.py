"""Synthesis: pictures that a net would like to see."""

from coursekit.synthesis.images import FourierImage, PixelImage
from coursekit.synthesis.maximize import maximize

__all__ = ["FourierImage", "PixelImage", "maximize"]

"""Synthesis: pictures that are optimised for what a net computes from them."""

from coursekit.synthesis.dream import deep_dream, dream_zoom
from coursekit.synthesis.images import FourierImage, PixelImage
from coursekit.synthesis.inversion import Inversion, invert
from coursekit.synthesis.losses import gram, style_loss, total_variation
from coursekit.synthesis.maximize import maximize
from coursekit.synthesis.objectives import (
    Objective,
    channel,
    direction,
    diversity,
    layer,
    neuron,
    score,
    variation,
)
from coursekit.synthesis.regularisers import blur_every, clip_contribution, clip_norm, decay
from coursekit.synthesis.stained_glass import stained_glass
from coursekit.synthesis.style import style_transfer, texture
from coursekit.synthesis.transforms import blur, jitter, rotate, scale

__all__ = [
    "FourierImage",
    "Inversion",
    "Objective",
    "PixelImage",
    "blur",
    "blur_every",
    "channel",
    "clip_contribution",
    "clip_norm",
    "decay",
    "deep_dream",
    "direction",
    "diversity",
    "dream_zoom",
    "gram",
    "invert",
    "jitter",
    "layer",
    "maximize",
    "neuron",
    "rotate",
    "scale",
    "score",
    "stained_glass",
    "style_loss",
    "style_transfer",
    "texture",
    "total_variation",
    "variation",
]

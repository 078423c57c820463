"""Filters: the kernels of a convolution, receptive fields, activations, and the patches that cause them."""

from coursekit.filters.boxes import crop, draw_box
from coursekit.filters.kernels import first_kernels, kernel_noise, kernel_pictures
from coursekit.filters.patches import Patches, Peaks, activation_peaks, top_patches
from coursekit.filters.readout import ActivationRange, activation_ranges, map_layers, winning_channels
from coursekit.filters.receptive import ReceptiveField, receptive_field

__all__ = [
    "ActivationRange",
    "Patches",
    "Peaks",
    "ReceptiveField",
    "activation_peaks",
    "activation_ranges",
    "crop",
    "draw_box",
    "first_kernels",
    "kernel_noise",
    "kernel_pictures",
    "map_layers",
    "receptive_field",
    "top_patches",
    "winning_channels",
]

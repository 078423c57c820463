"""Filters: kernels, what their units see and answer, and what makes them fire."""

from coursekit.filters.kernels import first_kernels, kernel_noise, kernel_pictures
from coursekit.filters.patches import Patches, Peaks, crop, survey, top_patches
from coursekit.filters.readout import Reading, map_layers, read_out, winners
from coursekit.filters.receptive import ReceptiveField, outline, receptive_field

__all__ = [
    "Patches",
    "Peaks",
    "Reading",
    "ReceptiveField",
    "crop",
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
]

"""Confounders: how they are found, what they cost, and what can be done about them."""

from coursekit.confounding.cameras import correlation, fingerprint, noise_residual
from coursekit.confounding.clusters import spectral_relevance
from coursekit.confounding.maps import majorise, pair_stress, speaker_map, stress
from coursekit.confounding.probes import neighbour_agrees, probe
from coursekit.confounding.remedies import (
    Unconfounded,
    balanced,
    independence_weights,
    joint,
    reverse_gradient,
)

__all__ = [
    "Unconfounded",
    "balanced",
    "correlation",
    "fingerprint",
    "independence_weights",
    "joint",
    "majorise",
    "neighbour_agrees",
    "noise_residual",
    "pair_stress",
    "probe",
    "reverse_gradient",
    "speaker_map",
    "spectral_relevance",
    "stress",
]

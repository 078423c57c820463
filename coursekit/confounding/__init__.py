"""Confounders: how they are found, what they cost, and what can be done about them."""

from coursekit.confounding.cameras import correlation, fingerprint, noise_residual
from coursekit.confounding.clusters import Clusters, spectral_relevance
from coursekit.confounding.maps import pair_stress, smacof, speaker_map, stress
from coursekit.confounding.probes import linear_probe, neighbour_agrees
from coursekit.confounding.remedies import (
    DomainAdversarialNet,
    balanced_subset,
    gradient_reversal,
    independence_weights,
    joint_labels,
)

__all__ = [
    "Clusters",
    "DomainAdversarialNet",
    "balanced_subset",
    "correlation",
    "fingerprint",
    "gradient_reversal",
    "independence_weights",
    "joint_labels",
    "linear_probe",
    "neighbour_agrees",
    "noise_residual",
    "pair_stress",
    "smacof",
    "speaker_map",
    "spectral_relevance",
    "stress",
]

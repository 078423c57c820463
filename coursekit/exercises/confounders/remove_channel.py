"""Exercise: a microphone's mean taken away."""

import torch
from torch import Tensor

from coursekit.exercises.confounders.cases import ANSWERS
from coursekit.exercises.exercise import Case, Exercise, Mistake

__all__ = ["REMOVE_CHANNEL"]


def _means(bands: Tensor, microphone: Tensor) -> Tensor:
    """Each recording's own microphone's mean, (N, D)."""
    means = torch.zeros_like(bands)
    for one in microphone.unique():
        means[microphone == one] = bands[microphone == one].mean(0)
    return means


def _remove(bands: Tensor, microphone: Tensor) -> Tensor:
    return bands - _means(bands, microphone)


def _standardised(bands: Tensor, microphone: Tensor) -> Tensor:
    left = _remove(bands, microphone)
    for one in microphone.unique():
        left[microphone == one] /= left[microphone == one].std(0)
    return left


def _recording_cases(seed: int) -> list[Case]:
    generator = torch.Generator().manual_seed(seed)
    cases = []
    for name, speakers, bands, microphones in (
        ("two microphones", 9, 12, 2),
        ("three microphones", 5, 8, 3),
        ("two microphones, a few bands", 14, 5, 2),
    ):
        voices = 5 * torch.randn(speakers, bands, generator=generator)
        channel = 12 * torch.randn(microphones, bands, generator=generator)
        # Some recordings are missing, so that microphones have different numbers of them.
        there = torch.rand(speakers, microphones, generator=generator) < 0.8
        there[:2] = True
        speaker, microphone = torch.nonzero(there).T
        noise = torch.randn(len(speaker), bands, generator=generator)
        arguments = {"bands": voices[speaker] + channel[microphone] + noise - 40, "microphone": microphone}
        cases.append(Case(name, {**arguments}))
    return cases


REMOVE_CHANNEL = Exercise(
    name="remove_channel",
    points=1,
    minutes=8,
    reference=_remove,
    cases=_recording_cases,
    mistakes=(
        Mistake(
            "the recordings less the mean over all microphones",
            lambda bands, microphone: bands - bands.mean(0),
            "Each microphone has a mean of its own: select its recordings with microphone == m.",
        ),
        Mistake(
            "the recordings less the mean over their bands",
            lambda bands, microphone: bands - bands.mean(1, keepdim=True),
            "That takes the loudness away, not the microphone: average over recordings, for each band.",
        ),
        Mistake(
            "the recordings divided by their microphone's mean",
            lambda bands, microphone: bands / _means(bands, microphone),
            "In decibels a filter adds: subtract.",
        ),
        Mistake(
            "the microphones' means instead of what is left without them",
            _means,
            "Subtract the means from the recordings.",
        ),
        Mistake(
            "the recordings with their microphone's mean added",
            lambda bands, microphone: bands + _means(bands, microphone),
            "Subtract the mean.",
        ),
        Mistake(
            "recordings that were divided by each microphone's deviation too",
            _standardised,
            "Take the mean away and leave the scale: it is in decibels.",
        ),
        Mistake(
            "the first microphone's mean taken from every recording",
            lambda bands, microphone: bands - bands[microphone == 0].mean(0),
            "Each recording loses the mean of its own microphone.",
        ),
    ),
    hidden=ANSWERS,
)

"""Exercise: a microphone's mean taken away."""

import torch
from torch import Tensor

from coursekit.exercises.confounders.cases import ANSWERS
from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Exercise, mistake

__all__ = ["REMOVE_CHANNEL"]


def _means(bands: Tensor, microphone: Tensor) -> Tensor:
    """Each recording's own microphone's mean, (N, D)."""
    means = torch.zeros_like(bands)
    for one in microphone.unique():
        means[microphone == one] = bands[microphone == one].mean(0)
    return means


def _remove(bands: Tensor, microphone: Tensor) -> Tensor:
    return bands - _means(bands, microphone)


@mistake(
    "recordings that were divided by each microphone's deviation too",
    "Take the mean away and leave the scale: it is in decibels.",
)
def _standardised(bands: Tensor, microphone: Tensor) -> Tensor:
    left = _remove(bands, microphone)
    for one in microphone.unique():
        left[microphone == one] /= left[microphone == one].std(0)
    return left


def _recording_cases(draws: Draws) -> list[Case]:
    cases = []
    for name, speakers, bands, microphones in (
        ("two microphones", 9, 12, 2),
        ("three microphones", 5, 8, 3),
        ("two microphones, a few bands", 14, 5, 2),
    ):
        generator = draws(name)
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
    draw=_recording_cases,
    mistakes=(
        mistake(
            "the recordings less the mean over all microphones",
            "Each microphone has a mean of its own: select its recordings with microphone == m.",
        )(lambda bands, microphone: bands - bands.mean(0)),
        mistake(
            "the recordings less the mean over their bands",
            "That takes the loudness away, not the microphone: average over recordings, for each band.",
        )(lambda bands, microphone: bands - bands.mean(1, keepdim=True)),
        mistake("the recordings divided by their microphone's mean", "In decibels a filter adds: subtract.")(
            lambda bands, microphone: bands / _means(bands, microphone)
        ),
        mistake(
            "the microphones' means instead of what is left without them",
            "Subtract the means from the recordings.",
        )(_means),
        mistake("the recordings with their microphone's mean added", "Subtract the mean.")(
            lambda bands, microphone: bands + _means(bands, microphone)
        ),
        _standardised,
        mistake(
            "the first microphone's mean taken from every recording",
            "Each recording loses the mean of its own microphone.",
        )(lambda bands, microphone: bands - bands[microphone == 0].mean(0)),
    ),
    hidden=ANSWERS,
)

"""Exercises: a microphone's mean taken away, and what the nearest recording of another speaker shares."""

import torch
from torch import Tensor

from coursekit.confounding import neighbour_agrees
from coursekit.exercises.confounders.cases import ANSWERS
from coursekit.exercises.exercise import Case, Exercise, Mistake

__all__ = ["NEIGHBOUR_AGREES", "REMOVE_CHANNEL"]


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


def _agrees(points: Tensor, label: Tensor, speaker: Tensor) -> Tensor:
    return neighbour_agrees(points, label, speaker).float()


def _apart(points: Tensor) -> Tensor:
    return torch.cdist(points, points, compute_mode="donot_use_mm_for_euclid_dist")


def _recordings_apart(points: Tensor, label: Tensor, speaker: Tensor) -> Tensor:
    return _agrees(points, label, torch.arange(len(points)))


def _itself(points: Tensor, label: Tensor, speaker: Tensor) -> Tensor:
    return (label[_apart(points).argmin(1)] == label).float()


def _farthest(points: Tensor, label: Tensor, speaker: Tensor) -> Tensor:
    return (label[_apart(points).argmax(1)] == label).float()


def _same_speaker(points: Tensor, label: Tensor, speaker: Tensor) -> Tensor:
    return (speaker[_apart(points).fill_diagonal_(torch.inf).argmin(1)] == speaker).float()


def _disagrees(points: Tensor, label: Tensor, speaker: Tensor) -> Tensor:
    return 1 - _agrees(points, label, speaker)


def _share(points: Tensor, label: Tensor, speaker: Tensor) -> Tensor:
    return _agrees(points, label, speaker).mean().expand(len(points)).clone()


def _labels(points: Tensor, label: Tensor, speaker: Tensor) -> Tensor:
    apart = _apart(points)
    apart[speaker[:, None] == speaker] = torch.inf
    return label[apart.argmin(1)].float()


def _point_cases(seed: int) -> list[Case]:
    generator = torch.Generator().manual_seed(seed)
    cases = []
    for name, speakers, dimensions in (
        ("a map", 12, 2),
        ("a larger map", 20, 2),
        ("24 bands", 15, 24),
    ):
        home = torch.randn(speakers, dimensions, generator=generator)
        order = torch.randperm(2 * speakers, generator=generator)
        speaker = torch.arange(speakers).repeat_interleave(2)[order]
        label = torch.arange(2).repeat(speakers)[order]
        points = home[speaker] + 0.25 * torch.randn(2 * speakers, dimensions, generator=generator)
        points[:, 0] += 0.8 * label
        cases.append(Case(name, {"points": points, "label": label, "speaker": speaker}))
    return cases


NEIGHBOUR_AGREES = Exercise(
    name="neighbour_agrees",
    points=2,
    minutes=12,
    reference=_agrees,
    cases=_point_cases,
    mistakes=(
        Mistake(
            "neighbours that are apart by recording, not by speaker",
            _recordings_apart,
            "The other recording of the same speaker must not answer: put the distance to every recording of "
            "the same speaker to infinity.",
        ),
        Mistake(
            "each point as its own neighbour",
            _itself,
            "The nearest point to a point is itself, at distance 0: put that to infinity.",
        ),
        Mistake("the farthest point instead of the nearest", _farthest, "Take argmin, not argmax."),
        Mistake(
            "whether the neighbour is the same speaker",
            _same_speaker,
            "Compare the label of the neighbour, and exclude the same speaker.",
        ),
        Mistake("where the labels differ", _disagrees, "Return 1 where they are the same."),
        Mistake("the share over all points, at every point", _share, "Return one answer for each point."),
        Mistake(
            "the neighbour's label itself",
            _labels,
            "Compare it with the point's own label: 1 where they are the same, else 0.",
        ),
    ),
    hidden=ANSWERS,
)

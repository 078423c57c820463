"""Exercise: what the nearest recording of another speaker shares."""

import torch
from torch import Tensor

from coursekit.confounding import neighbour_agrees
from coursekit.exercises.confounders.cases import ANSWERS
from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Exercise, mistake

__all__ = ["NEIGHBOUR_AGREES"]


def _agrees(points: Tensor, label: Tensor, speaker: Tensor) -> Tensor:
    return neighbour_agrees(points, label, speaker).float()


def _apart(points: Tensor) -> Tensor:
    return torch.cdist(points, points, compute_mode="donot_use_mm_for_euclid_dist")


@mistake(
    "neighbours that are apart by recording, not by speaker",
    "The other recording of the same speaker must not answer: put the distance to every recording of "
    "the same speaker to infinity.",
)
def _recordings_apart(points: Tensor, label: Tensor, speaker: Tensor) -> Tensor:
    return _agrees(points, label, torch.arange(len(points)))


@mistake(
    "each point as its own neighbour",
    "The nearest point to a point is itself, at distance 0: put that to infinity.",
)
def _itself(points: Tensor, label: Tensor, speaker: Tensor) -> Tensor:
    return (label[_apart(points).argmin(1)] == label).float()


@mistake("the farthest point instead of the nearest", "Take argmin, not argmax.")
def _farthest(points: Tensor, label: Tensor, speaker: Tensor) -> Tensor:
    return (label[_apart(points).argmax(1)] == label).float()


@mistake(
    "whether the neighbour is the same speaker",
    "Compare the label of the neighbour, and exclude the same speaker.",
)
def _same_speaker(points: Tensor, label: Tensor, speaker: Tensor) -> Tensor:
    return (speaker[_apart(points).fill_diagonal_(torch.inf).argmin(1)] == speaker).float()


@mistake("where the labels differ", "Return 1 where they are the same.")
def _disagrees(points: Tensor, label: Tensor, speaker: Tensor) -> Tensor:
    return 1 - _agrees(points, label, speaker)


@mistake("the share over all points, at every point", "Return one answer for each point.")
def _share(points: Tensor, label: Tensor, speaker: Tensor) -> Tensor:
    return _agrees(points, label, speaker).mean().expand(len(points)).clone()


@mistake(
    "the neighbour's label itself",
    "Compare it with the point's own label: 1 where they are the same, else 0.",
)
def _labels(points: Tensor, label: Tensor, speaker: Tensor) -> Tensor:
    apart = _apart(points)
    apart[speaker[:, None] == speaker] = torch.inf
    return label[apart.argmin(1)].float()


def _point_cases(draws: Draws) -> list[Case]:
    cases = []
    for name, speakers, dimensions in (
        ("a map", 12, 2),
        ("a larger map", 20, 2),
        ("24 bands", 15, 24),
    ):
        generator = draws(name)
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
    draw=_point_cases,
    mistakes=(_recordings_apart, _itself, _farthest, _same_speaker, _disagrees, _share, _labels),
    hidden=ANSWERS,
)

"""Probes and neighbours, on data of which it is known what can be read."""

import pytest
import torch
from torch import Tensor

from coursekit import confounding


def test_a_probe_reads_what_is_there_and_not_what_is_not() -> None:
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(120) % 3
    features = torch.randn(120, 4, 2, generator=generator)
    features[:, 0, 0] += 4 * labels
    assert confounding.linear_probe(features, labels + 7) > 0.9
    assert confounding.linear_probe(features[:, 1:], labels) < 0.5


def test_a_probe_s_accuracy_is_balanced() -> None:
    """Of the rare class half cannot be read: the mean over the classes says so, that over all hardly."""
    labels = (torch.arange(200) % 10 == 0).long()
    features = torch.randn(200, 1, generator=torch.Generator().manual_seed(1)) + 8 * labels[:, None]
    features[labels.bool() & (torch.arange(200) >= 100)] -= 8
    assert confounding.linear_probe(features, labels) == pytest.approx(0.75, abs=0.15)


def test_a_probe_keeps_groups_together() -> None:
    """Each pair of recordings is alike, and has a label by lot: only its twin gives it away."""
    generator = torch.Generator().manual_seed(2)
    features = torch.randn(40, 300, generator=generator).repeat_interleave(2, 0)
    features = features + 0.01 * torch.randn(80, 300, generator=generator)
    labels = torch.randint(2, (40,), generator=generator).repeat_interleave(2)
    assert confounding.linear_probe(features, labels) > 0.8
    assert confounding.linear_probe(features, labels, groups=torch.arange(40).repeat_interleave(2)) < 0.7


@pytest.mark.parametrize(
    ("features", "labels"),
    [
        (torch.zeros(9, 2), torch.arange(10) % 2),
        (torch.full((20, 2), torch.nan), torch.arange(20) % 2),
        (torch.zeros(20, 2), torch.zeros(20)),
        (torch.zeros(20, 2), (torch.arange(20) < 3).long()),
    ],
)
def test_what_cannot_be_probed_is_refused(features: Tensor, labels: Tensor) -> None:
    with pytest.raises(ValueError, match="wanted"):
        confounding.linear_probe(features, labels)


def test_a_neighbour_is_the_nearest_of_another_group() -> None:
    points = torch.tensor([[0.0], [1.0], [3.0], [7.0]])
    labels = torch.tensor([0, 1, 0, 0])
    assert confounding.neighbour_agrees(points, labels).tolist() == [False, False, False, True]
    apart = confounding.neighbour_agrees(points, labels, torch.tensor([0, 0, 1, 1]))
    assert apart.tolist() == [True, False, False, False]
    with pytest.raises(ValueError, match="one group"):
        confounding.neighbour_agrees(points, labels, torch.zeros(4))

"""Neighbours and purity, against scikit-learn's and by hand."""

import pytest
import torch
from sklearn.neighbors import NearestNeighbors

from coursekit.embeddings import neighbours, purity


@pytest.fixture
def points() -> torch.Tensor:
    """More of them than are taken at a time, far from the origin."""
    return 100 + torch.randn(300, 6, generator=torch.Generator().manual_seed(0))


def test_they_are_scikit_learns(points) -> None:
    theirs = NearestNeighbors(n_neighbors=4, algorithm="brute").fit(points.double()).kneighbors()[1]
    assert (neighbours(points, 4).numpy() == theirs).all()


def test_queries_may_be_others(points) -> None:
    queries = points[:7] + 0.1
    theirs = (
        NearestNeighbors(n_neighbors=3, algorithm="brute")
        .fit(points.double())
        .kneighbors(queries.double())[1]
    )
    assert (neighbours(points, 3, queries=queries).numpy() == theirs).all()


def test_a_copy_is_a_neighbour_and_oneself_is_not() -> None:
    points = torch.tensor([[0.0], [0.0], [1.0], [1.0], [5.0]])
    assert neighbours(points, 1)[:4, 0].tolist() == [1, 0, 3, 2]


def test_images_are_flattened() -> None:
    images = torch.rand(9, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    assert torch.equal(neighbours(images, 2), neighbours(images.flatten(1), 2))


def test_purity_by_hand() -> None:
    points = torch.tensor([[0.0], [1.0], [2.1], [10.0], [11.0], [12.1]])
    labels = torch.tensor([0, 0, 1, 1, 1, 1])
    assert purity(points, labels, 2).tolist() == [0.5, 0.5, 0, 1, 1, 1]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"k": 300}, "300 other points"),
        ({"k": 0}, "k: wanted at least 1"),
        ({"queries": torch.rand(2, 5)}, r"queries \(2, 5\)"),
        ({"points": torch.full((4, 2), torch.nan), "k": 1}, "NaN"),
    ],
)
def test_bad_input_is_named(points, change, complaint) -> None:
    with pytest.raises(ValueError, match=complaint):
        neighbours(**{"points": points, **change})


def test_a_label_for_each_point_is_wanted(points) -> None:
    with pytest.raises(ValueError, match="one for each of 300"):
        purity(points, torch.zeros(299, dtype=torch.int64))

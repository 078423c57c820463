"""Principal components, colours and squares, against scikit-learn and against all there is to try."""

from itertools import permutations

import pytest
import torch
from sklearn.decomposition import PCA

from coursekit.embeddings import component_colours, grid_places, principal_components


@pytest.fixture
def points() -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return 5 + torch.randn(40, 9, generator=generator, dtype=torch.float64) * torch.linspace(3, 0.5, 9)


@pytest.mark.parametrize("shape", [(40, 9), (6, 9)])
def test_components_are_scikit_learns_up_to_their_sign(points, shape) -> None:
    some = points[: shape[0]]
    theirs = torch.from_numpy(PCA(3, svd_solver="full").fit_transform(some))
    torch.testing.assert_close(principal_components(some, 3).abs(), theirs.abs())


def test_components_are_those_of_a_singular_value_decomposition(points) -> None:
    left, sizes, _ = torch.linalg.svd(points - points.mean(0), full_matrices=False)
    torch.testing.assert_close(principal_components(points, 4).abs(), (left * sizes)[:, :4].abs())


def test_the_largest_entry_of_a_direction_is_positive(points) -> None:
    found = principal_components(points, 4)
    directions = found.T @ (points - points.mean(0))
    assert (directions.gather(1, directions.abs().argmax(1, keepdim=True)) > 0).all()
    flipped = principal_components(-points, 4)
    torch.testing.assert_close(found, -flipped)


def test_equal_points_lie_at_one_place_without_a_warning(recwarn) -> None:
    assert not principal_components(torch.ones(5, 3), 2).any()
    assert not recwarn.list


@pytest.mark.parametrize("k", [0, 10])
def test_a_number_of_components_that_cannot_be_is_named(points, k) -> None:
    with pytest.raises(ValueError, match=f"k = {k}"):
        principal_components(points, k)


def test_colours_are_the_components_of_all_positions_together() -> None:
    maps = torch.rand(2, 5, 3, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    rows = torch.stack([maps[n, :, i, j] for n in range(2) for i in range(3) for j in range(4)])
    parts = principal_components(rows, 3)
    wanted = (parts - parts.amin(0)) / (parts.amax(0) - parts.amin(0))  # 1 % of 24 is none
    found = component_colours(maps)
    assert found.shape == (2, 3, 3, 4)
    torch.testing.assert_close(found.movedim(1, 3).reshape(24, 3), wanted)


def test_an_outlier_leaves_the_other_colours_alone() -> None:
    maps = torch.rand(1, 4, 20, 20, generator=torch.Generator().manual_seed(0))
    maps[0, :, 0, 0] = 1000
    found = component_colours(maps)
    assert found.min() == 0
    assert found.max() == 1
    assert (found.flatten(2).std(2) > 0.05).all()


def test_maps_are_wanted() -> None:
    with pytest.raises(ValueError, match=r"\(N, K, h, w\), got \(4, 5\)"):
        component_colours(torch.rand(4, 5))


@pytest.mark.parametrize(("n", "rows", "columns"), [(6, 2, 3), (4, 2, 3), (5, 5, 1)])
def test_no_other_squares_are_nearer(n, rows, columns) -> None:
    points = torch.rand(n, 2, generator=torch.Generator().manual_seed(n))
    unit = (points - points.amin(0)) / (points.amax(0) - points.amin(0))
    at = torch.stack([(1 - unit[:, 1]) * rows, unit[:, 0] * columns], 1)

    def cost(places: torch.Tensor) -> float:
        return (at - places - 0.5).square().sum().item()

    squares = torch.tensor([(r, c) for r in range(rows) for c in range(columns)])
    best = min(cost(squares[list(order)]) for order in permutations(range(len(squares)), n))
    found = grid_places(points, rows, columns)
    assert len({tuple(place) for place in found.tolist()}) == n
    assert cost(found) == pytest.approx(best, rel=1e-5)


def test_up_on_the_map_is_up_on_the_grid() -> None:
    corners = torch.tensor([[0.0, 0.0], [0.0, 9.0], [5.0, 0.0], [5.0, 9.0]])
    assert grid_places(corners, 2, 2).tolist() == [[1, 0], [0, 0], [1, 1], [0, 1]]


@pytest.mark.parametrize(
    ("points", "complaint"),
    [
        (torch.rand(5, 2), "5 points do not fit"),
        (torch.rand(4, 3), r"\(4, 3\)"),
        (torch.rand(0, 2), r"wanted finite ones .* \(0, 2\)"),
    ],
)
def test_bad_points_are_named(points, complaint) -> None:
    with pytest.raises(ValueError, match=complaint):
        grid_places(points, 2, 2)

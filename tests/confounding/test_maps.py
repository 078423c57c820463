"""Maps against scikit-learn, SciPy and slow formulas."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from sklearn.manifold import smacof
from torch import Tensor

from coursekit import confounding
from coursekit.confounding import maps


def _distances(n: int, seed: int, dimensions: int = 6) -> Tensor:
    points = torch.from_numpy(np.random.default_rng(seed).standard_normal((n, dimensions)))
    distances = torch.cdist(points, points, compute_mode="donot_use_mm_for_euclid_dist")
    return (distances + distances.T) / 2


PAIRS = torch.tensor([[0, 7], [1, 5], [2, 9]])


def _slow_stress(points: np.ndarray, distances: Tensor) -> float:
    """Sammon's formula, a pair at a time."""
    above, below = 0.0, 0.0
    for i in range(len(points)):
        for j in range(i + 1, len(points)):
            wanted = distances[i, j].item()
            above += (wanted - float(np.linalg.norm(points[i] - points[j]))) ** 2 / wanted
            below += wanted
    return above / below


def _slow_pairs(points: np.ndarray, distances: Tensor) -> float:
    wanted = [distances[i, j].item() for i, j in PAIRS.tolist()]
    found = [float(np.linalg.norm(points[i] - points[j])) for i, j in PAIRS.tolist()]
    return sum(f**2 / w for f, w in zip(found, wanted, strict=True)) / sum(wanted)


def test_stress_is_sammon_s() -> None:
    points, distances = torch.randn(12, 2, dtype=torch.float64), _distances(12, 0)
    assert confounding.stress(points, distances) == pytest.approx(_slow_stress(points.numpy(), distances))
    assert confounding.pair_stress(points, distances, PAIRS) == pytest.approx(
        _slow_pairs(points.numpy(), distances)
    )


@pytest.mark.parametrize("steps", [1, 5, 40])
def test_with_equal_weights_it_takes_scikit_learn_s_steps(
    steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    distances, start = _distances(15, 1), np.random.default_rng(2).standard_normal((15, 2))
    monkeypatch.setattr(maps, "_STEPS", steps)
    monkeypatch.setattr(maps, "_TOLERANCE", -1.0)
    ours = confounding.smacof(distances, 1 - torch.eye(15, dtype=torch.float64), torch.from_numpy(start))
    theirs, _ = smacof(
        distances.numpy(), init=start, n_init=1, max_iter=steps, eps=0, normalized_stress=False
    )
    np.testing.assert_allclose(ours - ours.mean(0), theirs - theirs.mean(0), atol=1e-8)


@pytest.mark.parametrize("weight", [0.0, 0.3, 0.9])
def test_no_small_step_betters_the_map(weight: float) -> None:
    """It settles where SciPy's descent of the formula, from the same place, finds nothing lower."""
    distances = _distances(12, 3)
    found = confounding.speaker_map(distances, PAIRS, weight)

    def energy(flat: np.ndarray) -> float:
        points = flat.reshape(-1, 2)
        return (1 - weight) * _slow_stress(points, distances) + weight * _slow_pairs(points, distances)

    here = energy(found.numpy().ravel())
    lowest = minimize(energy, found.numpy().ravel(), method="L-BFGS-B", options={"maxiter": 25}).fun
    assert here == pytest.approx(lowest, rel=1e-3)
    assert here < energy(maps.classical_scaling(distances).numpy().ravel())


def test_a_plane_is_found_again() -> None:
    flat = _distances(20, 4, dimensions=2)
    for found in (maps.classical_scaling(flat), confounding.speaker_map(flat)):
        torch.testing.assert_close(torch.cdist(found, found), flat, atol=1e-3, rtol=0)


def test_the_more_weight_the_nearer_the_pairs() -> None:
    distances = _distances(12, 5)
    costs = [
        (confounding.pair_stress(m, distances, PAIRS), confounding.stress(m, distances))
        for m in (confounding.speaker_map(distances, PAIRS, weight) for weight in (0.0, 0.2, 0.6, 0.95))
    ]
    assert costs == sorted(costs, reverse=True)
    assert [stress for _, stress in costs] == sorted(stress for _, stress in costs)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda d: (d, PAIRS, 1.0), "below 1"),
        (lambda d: (d, None, 0.5), r"wanted the pairs .* got None"),
        (lambda d: (d * (1 - torch.eye(12)) - torch.eye(12).roll(1, 0), None, 0.0), "above 0 between"),
        (lambda d: (d[:6], None, 0.0), r"distances \(N, N\)"),
    ],
)
def test_what_is_no_map_is_refused(change: Callable[[Tensor], tuple], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        confounding.speaker_map(*change(_distances(12, 6)))


@pytest.mark.parametrize(
    "pairs", [[[3, 3]], [[0, 12]], [[0, -1]], [[0, 7], [7, 0]], [[0, 1, 2]], [[0.0, 1.0]]]
)
def test_what_is_no_pair_is_refused(pairs: list[list[float]]) -> None:
    """A point with itself gives a map of NaN; a pair given twice counts as nobody asked."""
    distances = _distances(12, 7)
    with pytest.raises(ValueError, match=r"pairs: wanted \(P, 2\)"):
        confounding.speaker_map(distances, torch.tensor(pairs), 0.5)
    with pytest.raises(ValueError, match=r"pairs: wanted \(P, 2\)"):
        confounding.pair_stress(torch.zeros(12, 2), distances, torch.tensor(pairs))

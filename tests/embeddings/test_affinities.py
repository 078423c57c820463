"""t-SNE's affinities, against scikit-learn's own and against a row by row search."""

import math

import numpy as np
import pytest
import torch
from scipy.optimize import brentq
from scipy.spatial.distance import squareform
from sklearn.manifold._t_sne import _joint_probabilities
from sklearn.manifold._utils import _binary_search_perplexity

from coursekit.embeddings import conditional_affinities, joint_affinities


@pytest.fixture
def points() -> torch.Tensor:
    """A crowd and a desert."""
    x = torch.randn(90, 7, generator=torch.Generator().manual_seed(0))
    x[:30] *= 0.05
    return x


@pytest.mark.parametrize("perplexity", [2.0, 15.0, 60.0])
@pytest.mark.parametrize("scale", [1.0, 1e-3, 1e3])
def test_they_are_scikit_learns(points, perplexity, scale) -> None:
    apart = torch.cdist(points.double(), points.double()).square().numpy()
    theirs = _binary_search_perplexity(apart.astype(np.float32), perplexity, 0)
    ours = conditional_affinities(points * scale, perplexity)
    assert abs(ours.numpy() - theirs).max() < 1e-4
    joint = squareform(_joint_probabilities(apart, perplexity, 0))
    assert abs(joint_affinities(points * scale, perplexity).numpy() - joint).max() < 1e-6


def test_each_row_is_the_formula_at_its_own_width(points) -> None:
    x = points.double().numpy()
    found = conditional_affinities(points, 12.0).numpy()
    for i in (0, 29, 30, 89):
        apart = ((x - x[i]) ** 2).sum(1)
        others = np.arange(len(x)) != i

        def row(beta, apart=apart, others=others):
            weights = np.exp(np.where(others, -beta * (apart - apart[others].min()), -np.inf))
            return weights / weights.sum()

        def excess(log_beta, row=row):
            p = row(math.exp(log_beta))
            return -(p[p > 0] * np.log(p[p > 0])).sum() - math.log(12.0)

        assert abs(found[i] - row(math.exp(brentq(excess, -20, 20)))).max() < 1e-8


def test_rows_add_up_and_no_point_chooses_itself(points) -> None:
    each, joint = conditional_affinities(points, 9), joint_affinities(points, 9)
    torch.testing.assert_close(each.sum(1), torch.ones(90, dtype=torch.float64))
    assert not each.diagonal().any()
    assert torch.equal(joint, joint.T)
    assert joint.sum().item() == pytest.approx(1)
    assert (joint.sum(1) >= 1 / 180).all()


@pytest.mark.parametrize("perplexity", [1.0, 89.0, 200.0])
def test_a_perplexity_that_cannot_be_is_named(points, perplexity) -> None:
    with pytest.raises(ValueError, match="perplexity above 1"):
        conditional_affinities(points, perplexity)


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
def test_numbers_that_are_not_finite_are_named(points, value) -> None:
    points[3, 0] = value
    with pytest.raises(ValueError, match="finite"):
        conditional_affinities(points, 9.0)


def test_copies_are_named() -> None:
    points = torch.zeros(20, 3)
    points[10:] += torch.randn(10, 3, generator=torch.Generator().manual_seed(0))
    with pytest.raises(ValueError, match="cannot have so few neighbours"):
        conditional_affinities(points, 3.0)

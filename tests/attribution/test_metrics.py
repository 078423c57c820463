import itertools

import numpy as np
import pytest
import torch
from scipy.ndimage import distance_transform_edt
from torch import Tensor

from coursekit.attribution import pointing_game, random_heatmap, relevance_mass, relevance_rank
from tests.attribution import nets

ALL = (pointing_game, relevance_mass, relevance_rank)


@pytest.fixture
def heat() -> Tensor:
    return torch.randn(40, 12, 9, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


@pytest.fixture
def mask(heat) -> Tensor:
    return torch.rand(heat.shape, generator=torch.Generator().manual_seed(1)) < 0.3


def slow_rank(heat: np.ndarray, mask: np.ndarray) -> float:
    size = mask.sum()
    hottest = np.argsort(-heat.ravel())[:size]
    return mask.ravel()[hottest].sum() / size


def test_they_are_what_the_papers_say(heat, mask):
    heat = heat.exp()  # positive, and no two values tie
    pairs = [(h.numpy(), m.numpy()) for h, m in zip(heat, mask, strict=True)]
    hits = [m.ravel()[h.argmax()] for h, m in pairs]
    assert 0 < sum(hits) < len(hits)
    assert pointing_game(heat, mask).tolist() == hits
    np.testing.assert_allclose(relevance_mass(heat, mask), [h[m].sum() / h.sum() for h, m in pairs])
    np.testing.assert_allclose(relevance_rank(heat, mask), [slow_rank(h, m) for h, m in pairs])


@pytest.mark.parametrize("metric", [pointing_game, relevance_rank])
def test_ties_are_broken_in_every_way(metric):
    heat = torch.tensor([[3, 3, 1, 1, 1, 0]]).float()
    mask = torch.tensor([[True, False, True, False, False, True]])
    orders = [torch.tensor(order) * 1e-3 for order in itertools.permutations(range(6))]
    broken = torch.cat([heat + order for order in orders])[:, None]
    expected = metric(broken, mask.expand(len(orders), -1)[:, None]).mean()
    torch.testing.assert_close(metric(heat[:, None], mask[:, None]), expected[None])


@pytest.mark.parametrize("metric", ALL)
def test_an_even_map_gets_what_guessing_gets(metric, heat, mask):
    area = mask.double().mean((1, 2))
    for even in (torch.zeros_like(heat), torch.ones_like(heat), -heat.abs()):
        torch.testing.assert_close(metric(even, mask).double(), area)


@pytest.mark.parametrize("metric", ALL)
def test_what_speaks_against_a_class_does_not_point_at_it(metric, heat, mask):
    against = heat.clone()
    against[mask & (heat < 0)] *= 100
    torch.testing.assert_close(metric(against, mask), metric(heat.clamp(min=0), mask))


@pytest.mark.parametrize("metric", ALL)
def test_the_mask_itself_scores_1_and_the_rest_0(metric, mask):
    assert (metric(mask.float(), mask) == 1).all()
    assert (metric((~mask).float(), mask) == 0).all()
    assert (metric(mask.float(), torch.ones_like(mask)) == 1).all()


@pytest.mark.parametrize("tolerance", [1, 1.5, 3])
def test_a_near_miss_may_count(heat, mask, tolerance):
    mask = mask & (torch.rand(mask.shape, generator=torch.Generator().manual_seed(2)) < 0.1)
    mask[:, 0, 0] = True
    outside = (distance_transform_edt(~m.numpy()).ravel() for m in mask)
    hits = [distance[h.argmax()] <= tolerance for distance, h in zip(outside, heat, strict=True)]
    assert pointing_game(heat, mask).sum() < sum(hits) < len(hits)
    assert pointing_game(heat, mask, tolerance=tolerance).tolist() == hits


def test_noise_is_the_floor():
    x = nets.images(300, size=16)
    heat = random_heatmap(None, x, generator=torch.Generator().manual_seed(3))
    assert heat.shape == (300, 1, 16, 16)
    assert (heat != random_heatmap(None, x)).any()
    assert torch.equal(random_heatmap(None, x), random_heatmap(None, x, 2))
    mask = torch.zeros(300, 16, 16, dtype=torch.bool)
    mask[:, 2:8, 3:9] = True
    area = 36 / 256
    assert pointing_game(heat[:, 0], mask).mean() == pytest.approx(area, abs=5 * (area / 300) ** 0.5)
    assert relevance_mass(heat[:, 0], mask).mean() == pytest.approx(area, abs=0.005)
    with pytest.raises(ValueError, match="NaN"):
        random_heatmap(None, x / 0)


@pytest.mark.parametrize("metric", ALL)
def test_what_is_no_map_or_no_mask_is_named(metric, heat, mask):
    with pytest.raises(ValueError, match=r"wanted maps \(N, H, W\).*\(40, 1, 12, 9\)"):
        metric(heat[:, None], mask)
    with pytest.raises(ValueError, match=r"got \(40, 12, 9\) and torch.bool \(39, 12, 9\)"):
        metric(heat, mask[1:])
    with pytest.raises(ValueError, match="int64"):
        metric(heat, mask.long())
    with pytest.raises(ValueError, match="NaN or infinite"):
        metric(heat / 0, mask)
    mask[7] = False
    with pytest.raises(ValueError, match="nothing is marked in picture 7"):
        metric(heat, mask)


def test_a_tolerance_is_not_negative(heat, mask):
    with pytest.raises(ValueError, match="tolerance: wanted at least 0"):
        pointing_game(heat, mask, tolerance=-1)

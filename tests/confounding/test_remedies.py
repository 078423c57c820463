"""Weights, balance, and the reversed gradient against finite differences."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from coursekit import confounding
from coursekit.confounding import trials


def test_weights_make_class_and_confounder_independent() -> None:
    generator = torch.Generator().manual_seed(0)
    y = torch.cat([torch.arange(3).repeat(2), torch.randint(3, (200,), generator=generator)])
    z = torch.cat([torch.arange(2).repeat_interleave(3), (y[6:] > 0).long()])
    weights = confounding.independence_weights(y, z)
    table_ = torch.zeros(3, 2, dtype=torch.float64).index_put_((y, z), weights, accumulate=True)
    torch.testing.assert_close(table_ / len(y), torch.outer(table_.sum(1), table_.sum(0)) / len(y) ** 2)
    torch.testing.assert_close(table_.sum(1), y.bincount().double())
    assert weights.mean().item() == pytest.approx(1)


def test_balanced_keeps_equally_many_of_each() -> None:
    y, z = torch.tensor([0] * 10 + [1] * 10), torch.tensor([0] * 9 + [1] + [0] * 2 + [1] * 8)
    kept = confounding.balanced_subset(y, z, torch.Generator().manual_seed(0))
    assert confounding.joint_labels(y[kept], z[kept]).bincount().tolist() == [1, 1, 1, 1]
    assert len(set(kept.tolist())) == 4
    again = confounding.balanced_subset(y, z, torch.Generator().manual_seed(1))
    assert kept.tolist() != again.tolist()


def test_what_was_never_seen_cannot_be_made_up_for() -> None:
    with pytest.raises(ValueError, match="no picture of class 1 with confounder 0"):
        confounding.independence_weights(torch.tensor([0, 0, 1]), torch.tensor([0, 1, 1]))


def test_the_gradient_is_that_of_the_class_less_that_of_the_confounder() -> None:
    """Against finite differences of two losses; the confounder's own head learns the right way round."""
    model = trials.quick_net(("a", "b", "c"), seed=1).double().eval()
    both = confounding.DomainAdversarialNet(model, 2, 0.7, seed=2).double().eval()
    x = torch.rand(4, 3, 32, 32, dtype=torch.float64)
    y, z = torch.tensor([0, 1, 2, 1]), torch.tensor([0, 1, 1, 0])
    cross_entropy(both(x), confounding.joint_labels(y, z)).backward()
    weight, reader = model.conv3.weight, both.reader[0].weight

    def losses() -> tuple[float, float]:
        with torch.no_grad():
            features = both.body(x)
            return (
                cross_entropy(model.head(features), y).item(),
                cross_entropy(both.reader(features), z).item(),
            )

    def slopes(tensor: Tensor) -> np.ndarray:
        with torch.no_grad():
            tensor.view(-1)[5] += 1e-6
            above = np.array(losses())
            tensor.view(-1)[5] -= 2e-6
            below = np.array(losses())
            tensor.view(-1)[5] += 1e-6
        return (above - below) / 2e-6

    of_class, of_confounder = slopes(weight)
    assert weight.grad is not None
    assert reader.grad is not None
    assert weight.grad.view(-1)[5].item() == pytest.approx(of_class - 0.7 * of_confounder, rel=1e-4, abs=1e-9)
    assert reader.grad.view(-1)[5].item() == pytest.approx(slopes(reader)[1], rel=1e-4, abs=1e-9)


def test_the_schedule_rises_from_nothing_to_the_scale() -> None:
    both = confounding.DomainAdversarialNet(trials.quick_net(("a", "b")), 2, 0.5)
    x = torch.rand(1, 3, 32, 32)
    heights = []
    for done in (0.0, 0.1, 0.5, 1.0):
        assert both.schedule(done)(both, x, x) is x
        heights.append(both.scale)
    assert heights[0] == 0
    assert heights == sorted(heights)
    assert heights[-1] == pytest.approx(0.5, abs=1e-3)
    with pytest.raises(TypeError, match="linear last layer"):
        confounding.DomainAdversarialNet(nn.Sequential(nn.Flatten()), 2)

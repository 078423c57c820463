"""A linear layer's sums by a part of its weight, a block of rows at a time."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from coursekit.attribution.lrp import blocks
from coursekit.attribution.lrp.blocks import Blockwise


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(blocks, "_NUMBERS", 20)  # three rows of six columns


def drawn(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(len(shape)), dtype=torch.float64)


@pytest.mark.parametrize("shape", [(6,), (2, 6), (2, 4, 6)])
def test_sums_and_gradient_are_those_of_the_whole_weight(shape):
    x, weight = drawn(*shape).requires_grad_(), drawn(11, 6)
    whole = F.linear(x, weight.abs())
    slope = drawn(*whole.shape)
    by_blocks = Blockwise.apply(x, weight, Tensor.abs)
    torch.testing.assert_close(by_blocks, whole)
    expected, got = (torch.autograd.grad(sums, x, slope)[0] for sums in (whole, by_blocks))
    torch.testing.assert_close(got, expected)


def test_no_copy_of_the_whole_weight_is_made():
    seen: list[int] = []

    def part(rows: Tensor) -> Tensor:
        seen.append(rows.numel())
        return rows.abs()

    x = drawn(2, 6).requires_grad_()
    torch.autograd.grad(Blockwise.apply(x, drawn(11, 6), part).sum(), x)
    assert max(seen) <= blocks._NUMBERS
    assert sum(seen) == 2 * 11 * 6  # once forward, once backward


def test_a_row_longer_than_a_block_is_a_block():
    x, weight = drawn(2, 50), drawn(3, 50)
    torch.testing.assert_close(Blockwise.apply(x, weight, Tensor.abs), x @ weight.abs().T)

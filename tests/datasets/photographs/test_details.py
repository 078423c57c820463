"""Details: where the masks say, and as pictures of their own."""

import pytest
import torch
import torch.nn.functional as F

from coursekit.datasets.photographs import CATALOGUE, DETAILS, detail, detail_mask, photograph


@pytest.mark.parametrize("name", DETAILS)
def test_each_lies_in_its_square_and_is_what_the_mask_cuts_out(name: str) -> None:
    one = DETAILS[name]
    assert one.photograph in CATALOGUE
    assert min(one.left, one.top) >= 0
    assert max(one.left, one.top) + one.edge <= 1
    mask = detail_mask(name, size=224)
    rows, columns = (mask.any(dim).nonzero()[:, 0] for dim in (1, 0))
    cut = photograph(one.photograph, size=224)[:, rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    assert mask.sum() == cut[0].numel()
    small = F.interpolate(detail(name)[None], cut.shape[1:], mode="bilinear", antialias=True)[0]
    assert (small - cut).abs().mean() < 0.05
    elsewhere = photograph(one.photograph, size=224).flip(2)[:, : len(rows), : len(columns)]
    assert (small - elsewhere).abs().mean() > 2 * (small - cut).abs().mean()


@pytest.mark.parametrize("size", [64, 224, 321])
def test_sizes_are_kept(size: int) -> None:
    assert all(detail(name, size=size).shape == (3, size, size) for name in DETAILS)
    assert all(detail_mask(name, size=size).shape == (size, size) for name in DETAILS)


def test_an_unknown_detail_gets_the_nearest() -> None:
    with pytest.raises(ValueError, match=r"no detail 'whel'; did you mean one of wheel"):
        detail("whel")
    assert torch.is_tensor(detail("wheel"))

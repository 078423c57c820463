"""Collages: strips of photographs, and masks that are exact."""

import pytest
import torch

from coursekit.datasets.photographs import collage, photograph


def test_each_part_is_the_middle_strip_of_its_photograph() -> None:
    both = collage("cat", "coffee", size=224)
    cat, coffee = photograph("cat", size=224), photograph("coffee", size=224)
    assert torch.equal(both.image[:, :, :112], cat[:, :, 56:168])
    assert torch.equal(both.image[:, :, 112:], coffee[:, :, 56:168])
    assert both.names == ("cat", "coffee")


@pytest.mark.parametrize("n", [2, 3, 5])
def test_masks_divide_the_picture(n: int) -> None:
    parts = collage(*["cat", "coffee", "rocket", "china", "flower"][:n], size=101)
    assert parts.image.shape == (3, 101, 101)
    assert (parts.masks.sum(0) == 1).all()
    shares = parts.masks.float().mean((1, 2))
    assert (shares - 1 / n).abs().max() < 0.01


def test_too_few_names_and_pixels_are_refused() -> None:
    with pytest.raises(ValueError, match="at least two photographs, got 1"):
        collage("cat")
    with pytest.raises(ValueError, match="at least 2 pixels"):
        collage("cat", "coffee", size=1)

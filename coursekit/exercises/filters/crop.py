"""Exercise: the patch that a unit sees."""

import torch
import torch.nn.functional as F
from torch import Tensor

from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Exercise, Property, mistake
from coursekit.exercises.filters.cases import ANSWERS

__all__ = ["CROP"]


def _padded(image: Tensor, top: int, left: int, size: int) -> Tensor:
    # Wide enough for a wrong answer that lies outside of the image altogether.
    margin = size + max(abs(top), abs(left))
    top, left = top + margin, left + margin
    return F.pad(image, 4 * (margin,), value=0.5)[:, top : top + size, left : left + size]


def _crop(image: Tensor, row: int, column: int, size: int, stride: int, offset: int) -> Tensor:
    return _padded(image, offset + row * stride, offset + column * stride, size)


@mistake("no offset", "Unit 0 starts at the offset: the first row is offset + row · stride.")
def _no_offset(image: Tensor, row: int, column: int, size: int, stride: int, offset: int) -> Tensor:
    return _padded(image, row * stride, column * stride, size)


@mistake(
    "the offset subtracted", "The offset is below 0 already, where unit 0 looks into the padding: add it."
)
def _turned_offset(image: Tensor, row: int, column: int, size: int, stride: int, offset: int) -> Tensor:
    return _padded(image, row * stride - offset, column * stride - offset, size)


@mistake(
    "a patch at the border moved inside",
    "That shows pixels which the unit does not see. Fill with grey what lies outside.",
)
def _moved_inside(image: Tensor, row: int, column: int, size: int, stride: int, offset: int) -> Tensor:
    top = min(max(offset + row * stride, 0), image.shape[1] - size)
    left = min(max(offset + column * stride, 0), image.shape[2] - size)
    return _padded(image, top, left, size)


@mistake(
    "black outside the picture", "Behind the normalisation the net's zeros stand for grey: fill with 0.5."
)
def _black(image: Tensor, row: int, column: int, size: int, stride: int, offset: int) -> Tensor:
    grey = _crop(image, row, column, size, stride, offset)
    inside = _crop(torch.ones_like(image), row, column, size, stride, offset) == 1
    return torch.where(inside, grey, 0.0)


@mistake("rows and columns swapped", "An image is (3, rows, columns).")
def _transposed(image: Tensor, row: int, column: int, size: int, stride: int, offset: int) -> Tensor:
    return _crop(image, column, row, size, stride, offset)


@mistake("the unit's position taken for pixels", "From one unit to the next it is `stride` pixels.")
def _without_stride(image: Tensor, row: int, column: int, size: int, stride: int, offset: int) -> Tensor:
    return _padded(image, offset + row, offset + column, size)


@mistake(
    "a patch centred on the unit's stride", "The offset says where the field begins: offset + row · stride."
)
def _around(image: Tensor, row: int, column: int, size: int, stride: int, offset: int) -> Tensor:
    return _padded(image, row * stride - size // 2, column * stride - size // 2, size)


def _crops(draws: Draws) -> list[Case]:
    """Patches inside, beyond the upper left corner, and beyond the lower right one."""
    cases = []
    for name, height, width, row, column, size, stride, offset in (
        ("a patch inside", 24, 30, 3, 4, 8, 3, -2),
        ("a patch that begins outside", 20, 26, 0, 1, 9, 2, -4),
        ("a patch that ends outside", 21, 16, 5, 3, 7, 4, -3),
    ):
        generator = draws(name)
        image = torch.rand(3, height, width, generator=generator)
        settings = {"row": row, "column": column, "size": size, "stride": stride, "offset": offset}
        cases.append(Case(name, {"image": image, **settings}))
    return cases


CROP = Exercise(
    name="crop",
    points=2,
    minutes=10,
    reference=_crop,
    draw=_crops,
    mistakes=(_no_offset, _turned_offset, _moved_inside, _black, _transposed, _without_stride, _around),
    properties=(
        Property(
            lambda value, _: bool((value >= 0).all() and (value <= 1).all()),
            "Some pixels lie outside [0, 1].",
        ),
    ),
    hidden=ANSWERS,
)

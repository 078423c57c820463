import pytest
import torch

from coursekit.datasets.illusions import LENGTH, brick_wall, equal_greys, equal_lines

SIZE = 128


@pytest.mark.parametrize("draw", [equal_lines, equal_greys, brick_wall])
def test_an_illusion_is_a_picture_of_the_size_asked_for(draw):
    for size in (64, SIZE):
        picture = draw(size)
        assert picture.shape == (3, size, size)
        assert 0 <= picture.min() < 0.2 < 0.8 < picture.max() <= 1


def test_both_lines_have_the_same_length():
    dark = equal_lines(SIZE).mean(0) < 0.5
    left, right = round((0.5 - LENGTH / 2) * SIZE), round((0.5 + LENGTH / 2) * SIZE)
    for row in (round(0.33 * SIZE), round(0.67 * SIZE)):
        assert dark[row, left + 1 : right - 1].all()
        assert not dark[row, : left - 8].any()  # feathers reach some pixels further
        assert not dark[row, right + 8 :].any()
    # Arrowheads lie within the line, feathers beyond it.
    assert not dark[: SIZE // 2, : left - 2].any()
    assert dark[SIZE // 2 :, : left - 2].any()


def test_both_squares_have_one_grey_and_the_ground_does_not():
    picture = equal_greys(SIZE)
    middle = SIZE // 2
    assert torch.equal(picture[:, middle, 25], picture[:, middle, 95])
    ground = picture[0, 0]
    assert (ground.diff() >= 0).all()
    assert ground[-1] - ground[0] > 0.7
    assert ground[25] < picture[0, middle, 25] < ground[95]


def test_what_parts_the_bricks_is_level():
    picture = brick_wall(SIZE)
    for row in range(1, 8):
        line = picture[0, SIZE // 8 * row]
        assert line.max() - line.min() < 0.6  # grey over black, grey over white
        assert torch.equal(picture[0, SIZE // 8 * row], picture[1, SIZE // 8 * row])
        assert line.min() > 0.2
    bricks = picture[0].unflatten(0, (8, SIZE // 8))[:, 1:-1]
    assert (bricks.amax(1) - bricks.amin(1)).max() < 0.01
    assert picture[0, 8].std() > 0.3


def test_rows_of_bricks_are_shifted():
    picture = brick_wall(SIZE)
    assert not torch.equal(picture[0, 8], picture[0, 24])
    assert torch.equal(picture[0, 24], picture[0, 56])

import numpy as np
import pytest

from coursekit.datasets.scenes.pen import PART_ID, Shape
from coursekit.datasets.scenes.rasterise import OUTLINE, Pose, extent, oversampling, prepare, rasterise
from coursekit.datasets.scenes.shapes import box, oval, rounded, smooth, spread, stroke, turn

LIGHT = np.array([0.0, 0.0])


def area(points: np.ndarray) -> float:
    x, y = points.T
    return float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2


def plain(colours: np.ndarray, glows: np.ndarray) -> np.ndarray:
    return colours


@pytest.mark.parametrize("size", [64, 128, 256])
def test_a_square_covers_its_area_and_its_pixels(size: int) -> None:
    drawing = [Shape("body", box(-1, -1, 1, 1), (200, 100, 50), outline=False)]
    pose = Pose(size / 8, shift=(size / 2, size / 2))
    sprite = rasterise(prepare(drawing, LIGHT), pose, size, plain, sun=0.0)
    assert sprite is not None
    fine = oversampling(size)
    assert sprite.alpha.sum() == pytest.approx((size / 4) ** 2, abs=size / fine)
    rows, columns = np.nonzero(sprite.parts == PART_ID["body"])
    inside = list(range(3 * size // 8, 5 * size // 8))
    assert np.unique(rows + sprite.top).tolist() == np.unique(columns + sprite.left).tolist() == inside
    solid = sprite.alpha == 1
    assert np.all(sprite.rgb[solid] == (200, 100, 50))


@pytest.mark.parametrize("direction", [1, -1])
def test_rims_lie_outside_whichever_way_round_a_polygon_runs(direction: int) -> None:
    shape = Shape("body", oval(0.3, -0.2, 0.5, 0.5)[::direction], (100, 100, 100))
    fills = prepare([shape], LIGHT)
    rim, face = fills.points[: fills.ends[0]], fills.points[fills.ends[0] :]
    assert np.allclose(np.hypot(*(rim - (0.3, -0.2)).T), 0.5 + OUTLINE, atol=1e-3)
    assert np.array_equal(face, shape.points)


def test_soft_shapes_get_lighter_towards_the_light() -> None:
    fills = prepare(
        [Shape("body", oval(0, 0, 1, 1), (80, 80, 80), outline=False, soft=True)], np.array([0.4, -0.4])
    )
    assert np.all(np.diff(fills.colours[:, 0]) > 0)
    centres = [p.mean(0) for p in np.split(fills.points, fills.ends[:-1])]
    assert np.all(np.diff([c[0] for c in centres]) > 0)
    assert np.all(np.diff([c[1] for c in centres]) < 0)


def test_later_shapes_hide_earlier_ones() -> None:
    drawing = [
        Shape("body", box(-1, -1, 1, 1), (9, 9, 9)),
        Shape("window", box(-0.5, -0.5, 0.5, 0.5), (99, 99, 99)),
    ]
    sprite = rasterise(prepare(drawing, LIGHT), Pose(16, shift=(32, 32)), 64, plain, sun=0.0)
    assert sprite is not None
    middle = sprite.parts.shape[0] // 2
    assert sprite.parts[middle, middle] == PART_ID["window"]
    assert set(np.unique(sprite.parts)) >= {PART_ID["body"], PART_ID["window"]}


def test_a_drawing_outside_the_picture_is_nothing() -> None:
    fills = prepare([Shape("body", box(-1, -1, 1, 1), (9, 9, 9))], LIGHT)
    assert rasterise(fills, Pose(10, shift=(-50, 10)), 64, plain, sun=0.0) is None


def test_a_pose_turns_mirrors_and_knows_the_way_back() -> None:
    pose = Pose(10, angle=90, mirror=True, shift=(5, 5))
    assert np.allclose(pose.apply(np.array([[1.0, 0.0]])), [[5, -5]])
    there = Pose(10, angle=37, mirror=True)
    assert np.allclose(there.apply(there.back((0.6, -0.8))[None]), [[6, -8]])
    corner = [Shape("body", box(0, 0, 1, 2), (9, 9, 9))]
    assert extent(corner, Pose(10)) == pytest.approx((-0.28, -0.28, 10.28, 20.28))


def test_curves() -> None:
    square = box(-1, -1, 1, 1)
    assert area(rounded(square)) == pytest.approx(4 - 2 * 0.4**2 - 0.1, abs=0.15)
    assert len(rounded(square, 2)) == 16
    assert len(smooth(square, 5)) == 20
    assert np.allclose(smooth(square, 5)[::5], square)
    assert np.allclose(turn(np.array([[1.0, 0.0]]), 90), [[0, 1]])
    assert abs(area(stroke([(0, 0), (3, 4)], 0.2))) == pytest.approx(1.0)
    assert abs(area(stroke([(0, 0), (1, 0), (2, 0)], 0.4, 0.2))) == pytest.approx(0.6)
    assert spread(0, 1, 3) == [0, 0.5, 1]
    assert spread(0, 1, 1) == [0.5]

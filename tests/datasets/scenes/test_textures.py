import numpy as np
import pytest

from coursekit.datasets.scenes.noise import fractal, window
from coursekit.datasets.scenes.textures import MAKERS, floor

HERE = (0.3, 0.6)


def shrunk(image: np.ndarray, side: int) -> np.ndarray:
    step = len(image) // side
    return image[: side * step].reshape(side, step, -1, step, 3).mean((1, 3))


def test_the_ground_is_the_same_at_every_size() -> None:
    small, large = (floor("tiles", size, size // 2, size / 2, HERE) for size in (128, 256))
    near = shrunk(small, 32)[12:], shrunk(large, 32)[12:]
    assert np.corrcoef(near[0].ravel(), near[1].ravel())[0, 1] > 0.9


def test_the_ground_grows_as_it_comes_nearer() -> None:
    tiles = floor("tiles", 128, 64, 64.0, HERE).mean(2)
    crossings = (np.diff(np.sign(tiles - tiles.mean(1, keepdims=True)), axis=1) != 0).sum(1)
    assert crossings[16:24].mean() > 1.4 * crossings[-8:].mean() > 4


def test_far_ground_is_smoother_than_near_ground() -> None:
    rough = np.abs(np.diff(floor("asphalt", 128, 64, 64.0, HERE), axis=1)).mean((1, 2))
    assert rough[2:10].mean() < 0.6 * rough[-8:].mean()


def test_grounds_differ() -> None:
    means = [floor(name, 64, 32, 32.0, HERE).mean((0, 1)) for name in MAKERS]
    for k, colour in enumerate(means):
        others = [np.abs(colour - other).max() for j, other in enumerate(means) if j != k]
        assert min(others) > 8


@pytest.mark.parametrize("side", [64, 256])
def test_noise_has_unit_deviation_and_tiles(side: int) -> None:
    noise = fractal(side, 1.5, 3)
    assert noise.mean() == pytest.approx(0, abs=1e-4)
    assert noise.std() == pytest.approx(1, abs=1e-4)
    seam = np.abs(noise[:, 0] - noise[:, -1]).mean()
    assert seam < 2 * np.abs(np.diff(noise, axis=1)).mean()
    assert np.array_equal(window(noise, 4, side, (0.0, 0.5)), np.roll(noise, -side // 2, 1)[:4])


def test_stretched_noise_runs_sideways() -> None:
    noise = fractal(128, 1.2, 3, stretch=4.0)
    assert np.abs(np.diff(noise, axis=1)).mean() < 0.6 * np.abs(np.diff(noise, axis=0)).mean()

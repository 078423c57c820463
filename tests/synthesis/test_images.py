import pytest
import torch

from coursekit.synthesis import FourierImage, PixelImage
from coursekit.synthesis.images import coloured

KINDS = {"fourier": FourierImage, "pixels": PixelImage}


def made(kind: str, shape=(2, 3, 48, 32)):
    return KINDS[kind](shape, torch.Generator().manual_seed(0)).double()


@pytest.mark.parametrize("kind", KINDS)
def test_the_start_is_nearly_grey(kind: str) -> None:
    with torch.no_grad():
        start = made(kind)()
    assert start.shape == (2, 3, 48, 32)
    assert (start - 0.5).abs().max() < 0.25


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(1, 3, 48, 32), (2, 3, 33, 47)])
def test_a_picture_that_is_put_in_comes_out_again_a_little_paler(kind: str, shape: tuple[int, ...]) -> None:
    picture, x = made(kind, shape), torch.rand(shape, dtype=torch.float64).round(decimals=1)
    assert (x.min(), x.max()) == (0, 1)
    picture.set_images(x)
    torch.testing.assert_close(picture().detach(), x.clamp(0.1, 0.9))
    torch.testing.assert_close(coloured(picture.decorrelated()), picture())


def test_the_picture_of_one_wave_is_that_wave_over_its_frequency() -> None:
    picture = made("fourier", (1, 3, 24, 24))
    waves = {}
    for across in (1, 4):
        with torch.no_grad():
            picture.values.zero_()
            picture.values[0, 0, 0, across, 0] = 1.0
        columns = torch.arange(24, dtype=torch.float64)
        # Half of a real wave lies at the negative frequency, which rfft leaves out: 2/√(24 · 24) cos(…), and
        # the scale is √(24 · 24) / (f · 24) with f = across / 24.
        wanted = 2 / across * (2 * torch.pi * across * columns / 24).cos()
        waves[across] = picture.decorrelated().detach()
        torch.testing.assert_close(waves[across][0, 0], wanted.expand(24, 24))
        assert not waves[across][0, 1:].any()
    torch.testing.assert_close(waves[1].amax(), 4 * waves[4].amax())


def test_brightness_moves_all_colours_alike_and_the_others_against_each_other() -> None:
    plane = torch.zeros(3, 3, 1, 1, dtype=torch.float64)
    plane[range(3), range(3)] = 0.1
    bright, yellow, green = coloured(plane)[:, :, 0, 0] - 0.5
    assert bright.min() == bright.max() > 0
    assert yellow[2] < 0 == yellow[1] < yellow[0]
    assert green[1] < 0 < green[0] == green[2]

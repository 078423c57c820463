import numpy as np
import pytest
import torch

from coursekit.plots.pixels import overlay, scale, to_pixels, to_rgb


def lightness(pixels):
    return pixels @ np.array([0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("shape", [(2, 3, 8, 6), (2, 1, 8, 6), (2, 8, 6)])
def test_every_layout_of_images_is_taken(shape):
    images = torch.rand(shape, requires_grad=True)
    pixels = to_pixels(images)
    assert pixels.shape == (2, 8, 6, 3)
    first = images.detach()[0, ..., 1, 2].numpy() * 255
    np.testing.assert_allclose(pixels[0, 1, 2], np.broadcast_to(first, 3), atol=0.51)


@pytest.mark.parametrize(
    ("images", "complaint"),
    [
        (torch.rand(3, 8, 8), r"x\[None\]"),
        (torch.rand(2, 4, 8, 8), r"\(2, 4, 8, 8\)"),
        (torch.full((1, 3, 8, 8), 255.0), "divide by 255"),
        (torch.full((1, 3, 8, 8), torch.nan), "NaN"),
        (torch.rand(0, 3, 8, 8), "empty"),
    ],
)
def test_what_is_no_image_is_refused(images, complaint):
    with pytest.raises(ValueError, match=complaint):
        to_pixels(images)


def test_floats_in_an_array_are_refused():
    with pytest.raises(TypeError, match="array"):
        to_pixels(np.zeros((1, 8, 8, 3)))


def test_heat_grows_lighter_in_greyscale():
    light = lightness(to_rgb(torch.linspace(0, 1, 256).view(1, 1, 256), percentile=100)[0, 0])
    assert (np.diff(light) >= -0.5).all()  # bytes are rounded
    assert light[-1] - light[0] > 180


@pytest.mark.parametrize(("theme", "zero"), [("light", 255), ("projector", 255), ("dark", 0)])
def test_nothing_is_as_empty_as_the_ground(monkeypatch, theme, zero):
    monkeypatch.setenv("COURSEKIT_THEME", theme)
    zeros = torch.zeros(1, 4, 4)
    assert to_rgb(zeros).max() < 10
    assert (to_rgb(zeros, signed=True) == zero).all()


def test_red_is_for_and_blue_against():
    against, towards = to_rgb(torch.tensor([[[-1.0, 1.0]]]), signed=True)[0, 0].astype(int)
    assert towards[0] > towards[2] + 100
    assert against[2] > against[0] + 100


def test_an_outlier_does_not_turn_all_else_black():
    heat = torch.rand(1, 32, 32)
    heat[0, 5, 5] = 1000.0
    assert np.median(scale(heat)) > 0.3
    assert np.median(scale(heat, percentile=100)) < 0.01


def test_a_sparse_map_is_not_lost():
    heat = torch.zeros(1, 32, 32)
    heat[0, 3, 4] = 1e-6
    assert scale(heat)[0, 3, 4] == 1


def test_each_map_has_its_own_scale():
    heat = torch.rand(1, 16, 16).repeat(2, 1, 1) * torch.tensor([1.0, 100.0]).view(2, 1, 1)
    first, second = to_rgb(heat)
    assert np.abs(first.astype(int) - second).max() <= 4


@pytest.mark.parametrize(
    ("heat", "complaint"),
    [
        (-torch.rand(1, 8, 8), "negative"),
        (torch.rand(1, 3, 8, 8), "heatmap"),
        (torch.full((1, 8, 8), torch.inf), "infinite"),
        (torch.rand(8, 8), r"\(8, 8\)"),
    ],
)
def test_what_is_no_heatmap_is_refused(heat, complaint):
    with pytest.raises(ValueError, match=complaint):
        to_rgb(heat)


def test_an_overlay_shows_the_picture_where_there_is_no_heat():
    image = torch.rand(1, 3, 16, 16)
    heat = torch.zeros(1, 4, 4)
    heat[0, 0, 0] = 1
    laid = overlay(image, heat)
    grey = laid[0, 8:, 8:].astype(int)
    assert np.ptp(grey, axis=-1).max() == 0
    picture = lightness(to_pixels(image)[0, 8:, 8:])
    assert np.corrcoef(lightness(grey).ravel(), picture.ravel())[0, 1] > 0.9
    assert np.ptp(laid[0, 0, 0].astype(int)) > 40


def test_the_object_shows_through_the_strongest_heat():
    board = ((torch.arange(16)[:, None] + torch.arange(16)) % 2).float().expand(1, 3, 16, 16)
    for signed in (False, True):
        laid = lightness(overlay(board, torch.ones(1, 16, 16), signed=signed)[0])
        assert np.ptp(laid) > 25


def test_an_overlay_needs_a_heatmap_for_each_image():
    with pytest.raises(ValueError, match="2 images but 1"):
        overlay(torch.rand(2, 3, 8, 8), torch.rand(1, 8, 8))

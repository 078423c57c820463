from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from matplotlib.text import Text
from PIL import Image

from coursekit.plots import image_map, point_maps, write_picture
from coursekit.plots.output import render


def texts(figure):
    return [[text.get_text() for text in axes.texts] for axes in figure.axes]


def test_a_class_bears_its_name_where_it_gathers():
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(60) % 3
    apart = torch.randn(60, 2, generator=generator) + 20 * torch.stack([labels == 0, labels == 1], 1)
    mixed = torch.randn(60, 2, generator=generator)
    figure = point_maps({"apart": apart, "mixed": mixed}, labels, ["a", "b", "c"])
    assert [sorted(names) for names in texts(figure)] == [["a", "b", "c"], []]
    for text in figure.axes[0].texts:
        number = "abc".index(text.get_text())
        assert np.linalg.norm(np.array(text.xy) - apart[labels == number].mean(0).numpy()) < 3


def test_no_name_covers_another():
    labels = torch.arange(90) % 3
    one_place = torch.randn(90, 2, generator=torch.Generator().manual_seed(0)) / 5
    far = torch.tensor([[10.0, 10.0], [-10.0, -10.0]]).repeat(45, 1)
    figure = point_maps(
        {"map": torch.cat([one_place, far])},
        torch.cat([labels, torch.full((90,), 3)]),
        ["one", "two", "three", "far"],
    )
    render(figure)
    named = [text for text in figure.axes[0].texts if text.get_text() != "far"]
    boxes = sorted((Text.get_window_extent(text) for text in named), key=lambda box: box.y0)
    assert len(boxes) == 3
    assert all(low.y1 <= high.y0 + 3 for low, high in pairwise(boxes))


def test_ten_classes_look_different():
    points = torch.rand(30, 2, generator=torch.Generator().manual_seed(0))
    (axes,) = point_maps({"map": points}, torch.arange(30) % 10, list("abcdefghij")).axes
    looks = {
        (tuple(drawn.get_edgecolor()[0]), tuple(drawn.get_facecolor()[0]), len(drawn.get_paths()[0].vertices))
        for drawn in axes.collections
    }
    assert len(axes.collections) == len(looks) == 10


def test_maps_without_a_point_for_each_label_are_refused():
    with pytest.raises(ValueError, match=r"each \(4, 2\), got {'m': \(5, 2\)}"):
        point_maps({"m": torch.rand(5, 2)}, torch.zeros(4), ["a"])
    with pytest.raises(ValueError, match="at least one"):
        point_maps({}, torch.zeros(4), ["a"])


@pytest.mark.parametrize("label", [-1, 2])
def test_no_dot_is_left_out_for_want_of_a_name(label):
    with pytest.raises(ValueError, match="wanted numbers of 2 names"):
        point_maps({"m": torch.rand(3, 2)}, torch.tensor([0, 1, label]), ["a", "b"])


@pytest.fixture
def images():
    return torch.linspace(0, 0.8, 5).view(5, 1, 1, 1).expand(5, 3, 6, 9)


def test_each_picture_lies_in_its_square(images):
    places = torch.tensor([[0, 0], [0, 2], [1, 1], [2, 0], [2, 2]])
    canvas = image_map(images, places)
    assert canvas.shape == (18, 27, 3)
    for image, (row, column) in zip(images, places.tolist(), strict=True):
        square = canvas[row * 6 : row * 6 + 6, column * 9 : column * 9 + 9]
        assert (square == round(255 * image.mean().item())).all()
    assert (canvas[:6, 9:18] == 255).all()  # a free one


def test_squares_may_be_smaller(images):
    assert image_map(images, torch.tensor([[k, 0] for k in range(5)]), size=4).shape == (20, 6, 3)


def test_a_place_for_each_picture_is_wanted(images):
    with pytest.raises(ValueError, match=r"wanted \(5, 2\)"):
        image_map(images, torch.zeros(4, 2, dtype=torch.long))


@pytest.mark.parametrize("name", ["map.png", "folder/map.JPG"])
def test_a_picture_is_written_whole(tmp_path, images, name):
    pixels = image_map(images, torch.tensor([[k, 0] for k in range(5)]))
    path = write_picture(pixels, tmp_path / name)
    assert abs(np.asarray(Image.open(path)).astype(int) - pixels).max() < 4
    assert list(path.parent.iterdir()) == [path]


def test_a_failed_write_leaves_the_old_picture(tmp_path, monkeypatch):
    path = write_picture(np.zeros((4, 4, 3), np.uint8), tmp_path / "map.jpg")

    def save(image, file, *settings, **named):
        Path(file).write_bytes(b"half")
        raise OSError("the disk is full")

    monkeypatch.setattr(Image.Image, "save", save)
    with pytest.raises(OSError, match="the disk is full"):
        write_picture(np.zeros((8, 8, 3), np.uint8), path)
    assert Image.open(path).size == (4, 4)
    assert list(tmp_path.iterdir()) == [path]


def test_another_kind_of_file_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"map.gif: wanted a name that ends in .png, .jpg, .jpeg"):
        write_picture(np.zeros((4, 4, 3), np.uint8), tmp_path / "map.gif")

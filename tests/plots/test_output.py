import base64
from io import BytesIO

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from coursekit.datasets.photographs import photograph as photo
from coursekit.plots import bars, image_grid, lines, output, show
from coursekit.plots.output import render
from coursekit.plots.pixels import to_pixels

ALT = "Three squares of coloured noise side by side"


@pytest.fixture
def published(monkeypatch):
    """What would have reached the notebook."""
    outputs = []
    monkeypatch.setattr(output.InteractiveShell, "initialized", lambda: True)
    monkeypatch.setattr(output, "display", lambda data, **rest: outputs.append((data, rest)))
    return outputs


def opened(still):
    return Image.open(BytesIO(still.data))


@pytest.mark.parametrize("alt", ["", "too short", " " * 30, None])
def test_a_picture_without_alt_text_is_refused(pictures, published, alt):
    with pytest.raises(ValueError, match="at least 20 characters"):
        show(image_grid(pictures), alt)
    assert published == []


def test_alt_text_reaches_the_notebook(pictures, published):
    show(image_grid(pictures), ALT)
    ((data, rest),) = published
    assert rest["raw"]
    assert rest["metadata"]["image/png"]["alt"] == ALT == data["text/plain"]
    image = Image.open(BytesIO(base64.b64decode(data["image/png"])))
    assert image.width == rest["metadata"]["image/png"]["width"]


def test_outside_a_notebook_the_alt_text_is_printed(pictures, capsys):
    show(image_grid(pictures), ALT)
    assert capsys.readouterr().out == ALT + "\n"


def test_a_shown_figure_is_closed(published):
    figure, axes = plt.subplots()
    axes.plot([0, 1])
    show(figure, "A line that rises from the left to the right")
    assert not plt.fignum_exists(figure.number)


def test_the_same_picture_gives_the_same_bytes(pictures):
    first, second = render(image_grid(pictures)), render(image_grid(pictures))
    assert first.data == second.data
    image = opened(first)
    assert not getattr(image, "text", {})
    assert b"tIME" not in first.data


def test_art_is_sharp_on_fine_screens_and_as_wide_as_ever():
    still = render(lines([0, 1], {"a": [0, 1]}, xlabel="x", ylabel="y"))
    assert opened(still).width == pytest.approx(2 * still.width, abs=1)
    assert still.width < 700


def test_what_stands_over_the_edge_is_not_cut_off():
    figure, axes = plt.subplots(figsize=(2, 2), dpi=100)
    axes.set_axis_off()
    axes.text(1.3, 0.5, "■", transform=axes.transAxes, color="red")
    pixels = np.asarray(opened(render(figure)).convert("RGB")).astype(int)
    plt.close(figure)
    assert (pixels[..., 0] - pixels[..., 1] > 200).any()


def test_colours_survive_the_palette():
    photograph = to_pixels(photo("flower")[None, :, ::4, ::4])[0]
    photograph[20:70, 20:70] = 128
    still = render(photograph)
    assert still.mime == "image/png"
    assert opened(still).mode == "P"
    shown = np.asarray(opened(still).convert("RGB")).astype(int)
    assert np.abs(shown - photograph).mean() < 2.4
    assert (shown[20:70, 20:70] == 128).all()


def test_what_would_be_large_is_a_jpeg(published):
    photograph = to_pixels(photo("china")[None])[0]
    still = render(photograph)
    assert still.mime == "image/jpeg"
    assert opened(still).format == "JPEG"
    assert np.abs(np.asarray(opened(still)).astype(int) - photograph).mean() < 8
    show(photograph, ALT)
    ((data, rest),) = published
    assert set(data) == {"image/jpeg", "text/plain"}
    assert rest["metadata"]["image/jpeg"]["alt"] == ALT


def test_lines_stay_sharp_though_they_are_large():
    many = {f"curve {i}": np.random.default_rng(i).normal(size=300).cumsum() for i in range(9)}
    still = render(lines(range(300), many, xlabel="x", ylabel="y"))
    assert len(still.data) > output._LARGE
    assert still.mime == "image/png"


def test_a_slider_is_not_kept_waiting_for_a_second_drawing(pictures, monkeypatch):
    monkeypatch.delattr(Figure, "savefig")
    assert render(image_grid(pictures), fast=True).mime == "image/png"
    still = render(image_grid(pictures), fast=True, lossy=True)
    shown = np.asarray(Image.open(BytesIO(still.data)), dtype=float)
    exact = np.asarray(Image.open(BytesIO(render(image_grid(pictures), fast=True).data)), dtype=float)
    assert still.mime == "image/jpeg"
    assert np.abs(shown - exact).mean() < 4


@pytest.mark.parametrize(
    ("make", "kilobytes"),
    [
        (lambda: image_grid(photo("china")[None, :, ::4, ::4]), 30),
        (lambda: bars({"a": 1.0, "b": -2.0}, xlabel="x"), 15),
        (lambda: lines(range(50), {"a": range(50), "b": range(50)}, xlabel="x", ylabel="y"), 30),
    ],
)
def test_files_are_small(make, kilobytes):
    assert len(render(make()).data) < kilobytes * 1000

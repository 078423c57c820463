import base64
from io import BytesIO

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from PIL import Image, ImageColor, JpegImagePlugin

from coursekit.datasets.photographs import photograph as photo
from coursekit.plots import bars, image_grid, lines, output, show
from coursekit.plots.encoding import encode_art
from coursekit.plots.output import render
from coursekit.plots.pixels import to_pixels
from coursekit.plots.theme import THEMES
from tests.plots.stored import stored_panels

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
    about = rest["metadata"]["image/png"]
    assert image.width == about["density"] * about["width"]
    assert "panels" not in about
    assert "aside" not in about
    show(image_grid(pictures), ALT, aside=True)
    assert published[1][1]["metadata"]["image/png"]["aside"] is True


def test_a_caption_is_text_below_the_picture(pictures, published, capsys, monkeypatch):
    show(image_grid(pictures), ALT, caption="Three squares: x < y & z.")
    (_, (data, rest)) = published
    assert data["text/plain"] == "Three squares: x < y & z."
    assert "Three squares: x &lt; y &amp; z.</p>" in data["text/html"]
    assert rest == {"raw": True}
    monkeypatch.setattr(output.InteractiveShell, "initialized", lambda: False)
    show(image_grid(pictures), ALT, caption="Below it.")
    assert capsys.readouterr().out == f"{ALT}\nBelow it.\n"
    with pytest.raises(ValueError, match="caption: it is empty"):
        show(image_grid(pictures), ALT, caption=" ")


@pytest.mark.parametrize("size", [7, 32, 64, 130])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_lossless_panels_are_stored_as_they_were_computed(monkeypatch, size, theme):
    monkeypatch.setenv("COURSEKIT_THEME", theme)
    images = torch.rand(5, 3, size, size, generator=torch.Generator().manual_seed(size))
    still = render(image_grid(images, list("abcde")), lossless=True)
    assert opened(still).mode == "RGB"
    shown = list(stored_panels(still.data, still.panels))
    assert (np.stack(shown) == to_pixels(images)).all()


def test_lossless_bytes_are_stored_as_they_are(pictures):
    pixels = to_pixels(pictures)[0]
    still = render(pixels, lossless=True)
    (shown,) = stored_panels(still.data, still.panels)
    assert (shown == pixels).all()


def test_lossless_says_what_it_cannot_do():
    with pytest.raises(ValueError, match="this figure has no panels"):
        render(bars({"a": 1.0}, xlabel="x"), lossless=True)
    with pytest.raises(ValueError, match="a panel of 1200 × 1200 pixels has room for"):
        render(image_grid(torch.zeros(2, 3, 1200, 1200)), lossless=True)


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
    assert 960 <= still.width <= 1010


def test_what_stands_over_the_edge_is_not_cut_off():
    figure, axes = plt.subplots(figsize=(2, 2), dpi=100)
    axes.set_axis_off()
    axes.text(1.3, 0.5, "■", transform=axes.transAxes, color="red")
    pixels = np.asarray(opened(render(figure)).convert("RGB")).astype(int)
    plt.close(figure)
    assert (pixels[..., 0] - pixels[..., 1] > 200).any()


def test_colours_survive_the_palette():
    photograph = to_pixels(photo("flower")[None, :, ::4, ::4])[0]
    photograph[20:90, 20:120] = 253
    encoded = Image.open(BytesIO(encode_art(photograph).data))
    assert encoded.mode == "P"
    shown = np.asarray(encoded.convert("RGB")).astype(int)
    assert np.abs(shown - photograph).mean() < 2.4
    assert (shown[20:90, 20:120] == 253).all()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_paper_of_a_chart_is_that_of_the_page(monkeypatch, theme):
    monkeypatch.setenv("COURSEKIT_THEME", theme)
    still = render(lines(range(9), {"a": range(9), "b": range(9)}, xlabel="x", ylabel="y"))
    corner = opened(still).convert("RGB").getpixel((0, 0))
    assert corner == ImageColor.getrgb(THEMES[theme].colours.paper)


def test_what_would_be_large_is_a_jpeg(published):
    photograph = to_pixels(photo("china")[None])[0]
    still = render(photograph)
    assert still.mime == "image/jpeg"
    assert opened(still).format == "JPEG"
    assert np.abs(np.asarray(opened(still)).astype(int) - photograph).mean() < 2.5
    assert JpegImagePlugin.get_sampling(opened(still)) == 0  # 4:4:4
    show(photograph, ALT)
    ((data, rest),) = published
    assert set(data) == {"image/jpeg", "text/plain"}
    assert rest["metadata"]["image/jpeg"]["alt"] == ALT


def test_lines_stay_sharp_though_they_are_large():
    many = {f"curve {i}": np.random.default_rng(i).normal(size=300).cumsum() for i in range(9)}
    still = render(lines(range(300), many, xlabel="x", ylabel="y"))
    assert len(still.data) > 60_000
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
        (lambda: image_grid(photo("china")[None]), 130),
        (lambda: bars({"a": 1.0, "b": -2.0}, xlabel="x"), 15),
        (lambda: lines(range(50), {"a": range(50), "b": range(50)}, xlabel="x", ylabel="y"), 30),
    ],
)
def test_files_are_small(make, kilobytes):
    assert len(render(make()).data) < kilobytes * 1000

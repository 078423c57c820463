import itertools
import re
from io import BytesIO

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from coursekit.plots import image_grid, lines, projector
from coursekit.plots.output import render
from coursekit.plots.theme import THEMES, signed_colormap, style, theme

# Machado, Oliveira & Fernandes 2009, severity 1, on linear light.
VISION = {
    "usual": np.eye(3),
    "deuteranopia": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "protanopia": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "tritanopia": [[1.256, -0.077, -0.178], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}


def lab(colour, vision):
    """CIELAB of an sRGB colour as someone with that vision sees it."""
    srgb = np.array(to_rgb(colour))
    light = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    light = np.clip(np.array(vision) @ light, 0, 1)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ light / np.array([0.9505, 1, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.fixture(params=["light", "dark"])
def colours(request):
    return THEMES[request.param].colours


def luminance(colour):
    srgb = np.array(to_rgb(colour))
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4) @ (0.2126, 0.7152, 0.0722)


@pytest.mark.parametrize("vision", VISION.values(), ids=VISION)
def test_the_palette_survives_colour_blindness(colours, vision):
    colours = [lab(colour, vision) for colour in colours.palette]
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(colours, 2)) > 20


def test_the_palette_survives_greyscale(colours):
    light = sorted(lab(colour, VISION["usual"])[0] for colour in colours.palette)
    assert min(np.diff(light)) > 9


@pytest.mark.parametrize("ground", ["white", "black"])
@pytest.mark.parametrize("vision", VISION.values(), ids=VISION)
def test_for_and_against_differ_for_every_eye(ground, vision):
    colours = signed_colormap(ground)
    for size in (0.25, 0.5, 1.0):
        towards, against = (lab(colours((1 + sign * size) / 2)[:3], vision) for sign in (1, -1))
        assert np.linalg.norm(towards - against) > 40 * size


@pytest.mark.parametrize("ground", ["white", "black"])
def test_signed_colours_are_even_steps_from_the_ground(ground):
    colours = [lab(signed_colormap(ground)(i / 16)[:3], VISION["usual"]) for i in range(17)]
    assert np.abs(colours[8] - lab(ground, VISION["usual"])).max() < 0.1
    steps = np.linalg.norm(np.diff(colours, axis=0), axis=1)
    for side in (steps[:8], steps[8:]):
        assert side.max() < 1.8 * side.min()


def test_another_ground_is_refused():
    with pytest.raises(ValueError, match="ground: wanted one of white, black, got 'grey'"):
        signed_colormap("grey")


def test_what_is_drawn_stands_out_from_the_paper_on_a_washed_out_projector(colours):
    """A projector in daylight adds light to everything: here, a fifth of white."""

    def contrast(a, b):
        bright, dim = sorted((luminance(a) + 0.2, luminance(b) + 0.2), reverse=True)
        return bright / dim

    assert contrast(colours.ink, colours.paper) > 4.5
    assert min(contrast(colour, colours.paper) for colour in colours.palette) > 1.7


def test_a_projector_gets_big_type_and_lines(monkeypatch):
    def look():
        figure = lines([0, 1], {"a": [0, 1]}, xlabel="x", ylabel="y")
        axes = figure.axes[0]
        return axes.xaxis.label.get_size(), axes.lines[0].get_linewidth()

    monkeypatch.delenv("COURSEKIT_THEME", raising=False)
    size, width = look()
    assert size >= 10
    monkeypatch.setenv("COURSEKIT_THEME", "projector")
    assert look() >= (1.5 * size, 1.5 * width)


@pytest.mark.parametrize("dark", [False, True])
def test_one_call_makes_a_notebook_fit_for_a_projector(monkeypatch, capsys, dark):
    monkeypatch.setenv("COURSEKIT_THEME", "light")
    shown = []
    monkeypatch.setattr("coursekit.plots.projecting.display", shown.append)
    projector(dark=dark)
    assert theme().size >= 1.5 * THEMES["light"].size
    drawn = render(lines([0, 1], {"a": [0, 1]}, xlabel="x", ylabel="y"))
    corner = Image.open(BytesIO(drawn.data)).convert("L").getpixel((0, 0))
    assert (corner < 50) == dark
    sizes = [int(size) for size in re.findall(r"size1?: (\d+)px", shown[0].data)]
    assert min(sizes) >= 20


def test_an_unknown_theme_is_named(monkeypatch):
    monkeypatch.setenv("COURSEKIT_THEME", "proyector")
    with pytest.raises(ValueError, match=r"proyector.*light, dark, projector"):
        theme()


def test_matplotlib_is_left_as_it_was(pictures):
    before = dict(matplotlib.rcParams)
    render(image_grid(pictures))
    render(lines([0, 1], {"a": [0, 1]}, xlabel="x", ylabel="y"))
    with pytest.raises(RuntimeError), style():
        raise RuntimeError
    assert dict(matplotlib.rcParams) == before

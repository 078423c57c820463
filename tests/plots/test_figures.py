from io import BytesIO
from itertools import pairwise

import numpy as np
import pytest
import torch
from matplotlib.text import Text
from PIL import Image

from coursekit.plots import (
    bars,
    heatmap_grid,
    image_grid,
    intervals,
    lines,
    overlay,
    panels,
    plate,
    signed_grid,
    to_rgb,
)
from coursekit.plots.direct_labels import apart
from coursekit.plots.output import render
from coursekit.plots.theme import theme


def pixels(figure):
    return np.asarray(Image.open(BytesIO(render(figure).data)).convert("RGB"))


def texts(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts if text.get_text()]


@pytest.fixture
def heat(pictures):
    return torch.rand(len(pictures), 32, 32, generator=torch.Generator().manual_seed(1))


def test_pixels_are_shown_as_even_squares():
    board = (torch.arange(30)[:, None] + torch.arange(30)) % 2
    drawn = pixels(image_grid(board[None].float()))
    ink = np.argwhere((drawn == 0).all(axis=2))
    (top, left), (bottom, right) = ink.min(0), ink.max(0) + 1
    inside = drawn[top:bottom, left:right]
    assert set(np.unique(inside)) == {0, 255}
    edge = inside.shape[0] // 30
    assert edge * 30 == inside.shape[0] == inside.shape[1]
    assert (inside[edge // 2 :: edge, edge // 2 :: edge, 0] == 255 * board.numpy()).all()


@pytest.mark.parametrize("n", [1, 5, 13, 40])
def test_every_grid_fills_the_page_and_hides_nothing(n):
    figure = image_grid(torch.rand(n, 3, 64, 64), [f"picture {i}" for i in range(n)])
    assert 960 <= render(figure).width <= 1020
    assert all(panel.width >= 150 for panel in figure.panels)


def test_a_row_that_is_too_long_is_broken_into_equal_ones():
    figure = image_grid(torch.rand(16, 3, 16, 16), columns=8, rows=["first", "second"])
    assert [len([p for p in figure.panels if p.top == top]) for top in sorted(tops(figure))] == [4, 4, 4, 4]
    assert texts(figure) == ["first", "second"]
    small = image_grid(torch.rand(16, 3, 16, 16), columns=8, smallest=64)
    assert len(tops(small)) == 2


def tops(figure):
    return {panel.top for panel in figure.panels}


def test_heatmaps_stay_below_their_pictures(pictures, heat):
    many, maps = pictures.repeat(3, 1, 1, 1)[:8], heat.repeat(3, 1, 1)[:8]
    figure = heatmap_grid(many, {"m": maps})
    assert all(panel.width >= 150 for panel in figure.panels)
    shown = [panel.pixels for panel in figure.panels]
    wanted = [(255 * many).round().byte().permute(0, 2, 3, 1).numpy(), to_rgb(maps)]
    order = [*range(4), *range(8, 12), *range(4, 8), *range(12, 16)]
    for pixels_of, k in zip(shown, order, strict=True):
        assert (pixels_of == np.concatenate(wanted)[k]).all()


def test_a_plate_is_wide_and_its_panels_large():
    figure = plate(torch.rand(3, 3, 128, 128), ["one", "two", "three"])
    assert render(figure).width >= 1200
    assert min(panel.width for panel in figure.panels) >= 380
    assert figure.axes[0].texts[0].get_size() > theme().size * 1.2


def test_titles_and_labels_are_written(pictures, heat):
    figure = heatmap_grid(
        pictures, {"saliency": heat, "guided backpropagation": heat}, ["car", "tank", "fish"]
    )
    assert texts(figure) == ["car", "tank", "fish", "picture", "saliency", "guided\nbackpropagation"]
    assert texts(image_grid(pictures, columns=2, rows=["first", "second"])) == ["first", "second"]


def test_titles_do_not_run_into_each_other(pictures):
    figure = image_grid(pictures, ["a title of very many words that cannot fit above"] * 3)
    figure.canvas.draw()
    boxes = [text.get_window_extent() for text in figure.axes[0].texts]
    assert all(left.x1 < right.x0 for left, right in pairwise(boxes))


def test_grids_show_what_to_rgb_and_overlay_make(pictures, heat):
    plain, over = (heatmap_grid(pictures, {"m": heat}, over=over) for over in (False, True))
    assert (plain.axes[0].images[3].get_array() == to_rgb(heat)[0]).all()
    assert (over.axes[0].images[3].get_array() == overlay(pictures, heat)[0]).all()
    signed = signed_grid(pictures, {"m": heat - 0.5})
    assert (signed.axes[0].images[3].get_array() == to_rgb(heat - 0.5, signed=True)[0]).all()


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda x: image_grid(x, ["one"]), "1 for 3 images"),
        (lambda x: image_grid(x, columns=0), "at least 1"),
        (lambda x: image_grid(x, columns=2, rows=["one"]), "1 names for 2 rows"),
        (lambda x: heatmap_grid(x, {"m": torch.rand(2, 8, 8)}), r"heatmaps\['m'\]: 2 maps for 3"),
        (lambda x: lines([0, 1], {}, xlabel="x", ylabel="y"), "none to draw"),
        (lambda x: lines([0, 1], {"a": [1]}, xlabel="x", ylabel="y"), r"a: wanted numbers \(2,\)"),
        (lambda x: panels([0, 1], {}, xlabel="x", ylabel="y"), "none to draw"),
        (lambda x: panels([0, 1], {"a": {}}, xlabel="x", ylabel="y"), "none to draw"),
        (lambda x: bars({}, xlabel="x"), "at least one"),
        (lambda x: bars({"a": float("nan")}, xlabel="x"), "finite"),
        (lambda x: bars({"a": 1}, xlabel="x", before={"b": 1}), "names of values"),
        (lambda x: intervals({}, xlabel="x"), "none to draw"),
        (lambda x: intervals({"a": {}}, xlabel="x"), "none to draw"),
        (lambda x: intervals({"a": {"b": (0.5, 0.6, 0.7)}}, xlabel="x"), "a: wanted .* low ≤ value ≤ high"),
        (lambda x: intervals({"a": {"b": (0.5, 0.4)}}, xlabel="x"), r"a: wanted \(value, low, high\)"),
        (lambda x: intervals({"a": {"b": (1, 1, 1)}, "c": {}}, xlabel="x"), r"c: wanted the rows \['b'\]"),
    ],
)
def test_bad_input_is_named(pictures, make, complaint):
    with pytest.raises(ValueError, match=complaint):
        make(pictures)


def test_every_line_is_named_and_no_name_covers_another():
    names = ["gradient", "SmoothGrad", "Integrated Gradients", "occlusion"]
    figure = lines([0, 1], dict.fromkeys(names, torch.tensor([0.0, 1.0])), xlabel="x", ylabel="y")
    pixels(figure)
    # A text's own box: an annotation's would hold its line too.
    boxes = sorted((Text.get_window_extent(text) for text in figure.axes[0].texts), key=lambda box: box.y0)
    assert texts(figure) == names
    assert all(low.y1 <= high.y0 + 2 for low, high in pairwise(boxes))


def test_heights_are_moved_no_more_than_needed():
    np.testing.assert_allclose(apart(np.array([0.1, 0.9, 0.5]), 0.1, 0, 1), [0.1, 0.9, 0.5])
    np.testing.assert_allclose(apart(np.array([1.0, 1.0, 0.0]), 0.2, 0, 1), [0.8, 1.0, 0.0])


def test_small_charts_share_axes_and_colours():
    several = {"one": {"a": [0, 1], "b": [0, 2]}, "two": {"b": [0, 5], "a": [1, 1]}, "three": {"a": [0, 3]}}
    axes = panels([0, 1], several, xlabel="x", ylabel="y").axes
    assert len({axis.get_ylim() for axis in axes}) == 1
    (one, other), (other_too, one_too) = axes[0].lines, axes[1].lines
    assert one.get_color() == one_too.get_color() != other.get_color() == other_too.get_color()
    alike = {title: {"a": [0, 1], "b": [1, 0]} for title in "pqr"}
    assert [len(axis.texts) for axis in panels([0, 1], alike, xlabel="x", ylabel="y").axes] == [0, 0, 2]


def test_bars_are_sorted_unless_they_have_an_order_and_bear_their_values():
    values = {"small": 1.0, "large": 3.0, "medium": 2.0}

    def names(figure):
        return [label.get_text() for label in figure.axes[0].get_yticklabels()]

    assert names(bars(values, xlabel="x")) == ["large", "medium", "small"]
    assert names(bars(values, xlabel="x", ordered=True)) == [*values]
    assert texts(bars({"a": 0.25, "b": -0.5}, xlabel="x")) == ["0.25", "−0.5"]
    colours = {bar.get_facecolor() for bar in bars(values, xlabel="x").axes[0].patches}
    assert len(colours) == 1


def test_bars_tell_their_sign():
    figure = bars({"z": 1.0, "a": -2.0}, xlabel="x", before={"z": 0.5, "a": 0.5})
    axes = figure.axes[0]
    now, before = axes.patches[:2], axes.patches[2:]
    assert [bar.get_width() for bar in now] == [1.0, -2.0]
    assert [bar.get_width() for bar in before] == [0.5, 0.5]
    (red, _, blue, _), (red_below, _, blue_below, _) = (bar.get_facecolor() for bar in now)
    assert red > blue
    assert red_below < blue_below
    assert [label.get_text() for label in axes.get_yticklabels()] == ["z", "a"]
    assert axes.get_ylim()[0] > axes.get_ylim()[1]


def test_intervals_are_where_they_belong_and_cover_no_other():
    net = {"Grad-CAM": (0.5, 0.4, 0.7), "saliency": (0.2, 0.1, 0.3)}
    figure = intervals({"one": net, "two": net}, xlabel="x", floor=0.13)
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == [*net]
    assert axes.get_ylim()[0] > axes.get_ylim()[1]
    assert texts(figure) == ["one", "two"]
    assert axes.get_legend() is None
    bars = [container[2][0].get_segments() for container in axes.containers]
    for segments in bars:
        np.testing.assert_allclose([segment[:, 0] for segment in segments], [(0.4, 0.7), (0.1, 0.3)])
    (one, other), below = (segments[0][0, 1] for segments in bars), bars[0][1][0, 1]
    assert -0.5 < one < other < 0.5 < below
    assert list(axes.lines[-1].get_xdata()) == [0.13, 0.13]
    assert axes.get_xlim()[0] < 0.13
    assert texts(intervals({"one": net}, xlabel="x")) == []
